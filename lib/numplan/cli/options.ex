defmodule Numplan.CLI.Options do
  @moduledoc "Parses the options of a command."

  @doc """
  The options and the other arguments; or the fault of the first bad option. An option with an
  empty value counts as not given, so that scripts need not leave it out.

      iex> Numplan.CLI.Options.parse([config: :string], ["--config", "kazoo-4.3", "911"])
      {:ok, [config: "kazoo-4.3"], ["911"]}
      iex> Numplan.CLI.Options.parse([config: :string], ["--confg", "kazoo-4.3"])
      {:usage, "there is no option --confg; did you mean --config?"}
      iex> Numplan.CLI.Options.parse([port: :integer], ["--port", "http"])
      {:usage, "--port takes a whole number, not http"}
  """
  @spec parse(keyword(), [binary()]) :: {:ok, keyword(), [binary()]} | {:usage, binary()}
  def parse(known, arguments) do
    case OptionParser.parse(arguments, strict: [help: :boolean] ++ known, aliases: [h: :help]) do
      {options, words, []} -> {:ok, given(options), words}
      {_, _, [invalid | _]} -> {:usage, wrong(invalid, known)}
    end
  end

  # The options that count: --help overrides all others.
  defp given(options) do
    if options[:help],
      do: [help: true],
      else: Enum.reject(options, fn {name, value} -> name == :help or value == "" end)
  end

  defp wrong({option, value}, known) do
    case Enum.find(known, fn {name, _type} -> switch(name) == option end) do
      nil -> "there is no option #{option}" <> guess(option, known)
      {_name, :boolean} -> "#{option} takes no value"
      {_name, type} when value in [nil, ""] -> "#{option} needs #{type(type)} after it"
      {_name, type} -> "#{option} takes #{type(type)}, not #{value}"
    end
  end

  defp type(:integer), do: "a whole number"
  defp type(_text), do: "a value"

  defp guess(option, known) do
    switches = for {name, _type} <- [{:help, :boolean} | known], do: switch(name)
    nearest = Enum.max_by(switches, &String.jaro_distance(&1, option))
    if String.jaro_distance(nearest, option) > 0.85, do: "; did you mean #{nearest}?", else: ""
  end

  defp switch(name), do: "--" <> String.replace(Atom.to_string(name), "_", "-")

  @doc """
  The option `:otp` of a check for `--otp`, if it is given; or the fault of it.

      iex> Numplan.CLI.Options.otp(otp: 28)
      {:ok, [otp: 28]}
      iex> Numplan.CLI.Options.otp([])
      {:ok, []}
      iex> Numplan.CLI.Options.otp(otp: 19)
      {:usage, "--otp takes a release of Erlang/OTP from 24 on, such as 28, not 19"}
  """
  @spec otp(keyword()) :: {:ok, [{:otp, pos_integer()}]} | {:usage, binary()}
  def otp(options) do
    case options[:otp] do
      nil -> {:ok, []}
      release when release in 24..999 -> {:ok, [otp: release]}
      other -> {:usage, "--otp takes a release of Erlang/OTP from 24 on, such as 28, not #{other}"}
    end
  end

  @doc """
  The value of `--format`, by default the first of `formats`; or the fault of it.

      iex> Numplan.CLI.Options.format([], ["table", "json"])
      {:ok, "table"}
      iex> Numplan.CLI.Options.format([format: "xml"], ["table", "json"])
      {:usage, "there is no format xml: the formats are table and json"}
  """
  @spec format(keyword(), [binary(), ...]) :: {:ok, binary()} | {:usage, binary()}
  def format(options, formats) do
    format = Keyword.get(options, :format, hd(formats))

    if format in formats,
      do: {:ok, format},
      else: {:usage, "there is no format #{format}: the formats are #{listed(formats)}"}
  end

  defp listed(formats) do
    {last, others} = List.pop_at(formats, -1)
    Enum.join(others, ", ") <> " and " <> last
  end
end
