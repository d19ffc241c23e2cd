defmodule Numplan.CLI.ServerAccess do
  @moduledoc """
  The access settings of `numplan serve`, from its options and the environment: the token,
  `--open` and `--hosts`.

  A token is never an argument, because arguments are visible to everybody on the machine.
  """

  import Bitwise

  alias Numplan.API.Access

  @variable "NUMPLAN_TOKEN"
  @readable_by_all 0o004
  @one_word "one word of visible ASCII characters"

  @doc """
  The keys of the application environment for the options. The token is for the default account,
  as superadmin, and is added to those that are configured.
  """
  @spec environment(keyword()) :: {:ok, keyword()} | {:error, binary()} | {:usage, binary()}
  def environment(options) do
    with {:ok, token} <- token(options[:token_file], System.get_env(@variable)),
         :ok <- one_of(token, options[:open]) do
      {:ok, tokens(token) ++ open(options[:open]) ++ hosts(options[:hosts]) ++ state(options[:state])}
    end
  end

  defp token(nil, nil), do: {:ok, nil}
  defp token(nil, ""), do: {:usage, "#{@variable} is set and empty: give it a token, or unset it"}

  defp token(nil, text) do
    if word?(text), do: {:ok, text}, else: {:usage, "#{@variable} is not a token: #{@one_word}"}
  end

  defp token(file, _variable) do
    with {:ok, text} <- File.read(file), :ok <- warn(file) do
      in_file(file, String.trim(text))
    else
      {:error, reason} -> {:error, "#{file}: #{:file.format_error(reason)}"}
    end
  end

  defp in_file(file, ""), do: {:error, "#{file} holds no token: write one into it"}

  defp in_file(file, text) do
    if word?(text), do: {:ok, text}, else: {:error, "#{file} holds no token: #{@one_word}"}
  end

  defp word?(text), do: text =~ ~r/\A[!-~]+\z/

  # Warns of a file of a token that everybody can read. It is no error, because containers often get
  # secrets as such files.
  defp warn(file) do
    case File.stat(file) do
      {:ok, %File.Stat{mode: mode}} when band(mode, @readable_by_all) != 0 ->
        IO.puts(:stderr, "numplan: #{file} can be read by everybody on this machine; chmod 600 #{file}")

      _readable_by_few ->
        :ok
    end
  end

  defp one_of(token, true) when token != nil,
    do: {:usage, "--open is for a server without tokens: leave it out, or #{@variable} and --token-file"}

  defp one_of(_token, _open), do: :ok

  defp tokens(nil), do: []

  defp tokens(token) do
    configured = List.wrap(Application.get_env(:numplan, :tokens, []))
    [tokens: [%{token: token, account_id: Access.default_account(), superadmin: true} | configured]]
  end

  defp open(true), do: [access: :open]
  defp open(_not_given), do: []

  defp hosts(nil), do: []
  defp hosts(names), do: [hosts: names |> String.split(",", trim: true) |> Enum.map(&String.trim/1)]

  defp state(nil), do: []
  defp state(directory), do: [state_dir: directory]
end
