defmodule Numplan.CLI.Numbers do
  @moduledoc "The numbers that a command is to answer: from its arguments, a file, or standard input."

  alias Numplan.CLI.Terminal

  @doc """
  The arguments; without any the lines of `--file`; without that those of standard input, if it is a pipe or a file. `:none` where
  there is no number anywhere. Empty lines are left out. Files are read as the numbers are taken.

      iex> Numplan.CLI.Numbers.read([], ["911"])
      {:ok, ["911"]}
      iex> Numplan.CLI.Numbers.read([file: "/no/such/file"], [])
      {:error, "/no/such/file: no such file or directory"}
  """
  @spec read(keyword(), [binary()]) :: {:ok, Enumerable.t()} | :none | {:error, binary()}
  def read(_options, [_ | _] = numbers), do: {:ok, numbers}

  def read(options, []) do
    case options[:file] do
      nil -> standard_input(Terminal.input?())
      file -> file(file)
    end
  end

  defp file(file) do
    case File.open(file, [:read, :binary]) do
      {:ok, device} -> {:ok, lines(device)}
      {:error, reason} -> {:error, "#{file}: #{:file.format_error(reason)}"}
    end
  end

  defp standard_input(false), do: :none

  defp standard_input(true) do
    lines = lines(:stdio)

    case Enum.take(lines, 1) do
      [] -> :none
      first -> {:ok, Stream.concat(first, lines)}
    end
  end

  defp lines(device) do
    device |> IO.binstream(:line) |> Stream.map(&String.trim_trailing(&1, "\n")) |> Stream.reject(&(&1 == ""))
  end
end
