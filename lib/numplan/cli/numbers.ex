defmodule Numplan.CLI.Numbers do
  @moduledoc "Reads the numbers of a command: from its arguments, a file, or standard input."

  alias Numplan.Batch.Reject
  alias Numplan.CLI.Terminal
  alias Numplan.{Encoding, Finding}

  @doc """
  The numbers from the arguments, else from the lines of `--file`, else from those of standard
  input, if it is a pipe or a file. `:none` where there is none.

  Empty lines are dropped; lines that a spreadsheet has damaged are dropped and reported on
  standard error. Files are read lazily. An argument that is the path of a file, and not a number,
  is a usage error.

      iex> Numplan.CLI.Numbers.read([], ["911"])
      {:ok, ["911"]}
      iex> Numplan.CLI.Numbers.read([file: "/no/such/file"], [])
      {:error, "/no/such/file: no such file or directory"}
      iex> Numplan.CLI.Numbers.read([], ["911", "/dev/null"])
      {:usage, "/dev/null is a file, not a number; read the numbers in it with --file /dev/null"}
  """
  @spec read(keyword(), [binary()]) :: {:ok, Enumerable.t()} | :none | {:error, binary()} | {:usage, binary()}
  def read(options, [_ | _] = numbers) do
    case {options[:file], Enum.find(numbers, &names_file?/1)} do
      {nil, nil} ->
        {:ok, numbers}

      {nil, name} ->
        {:usage, "#{name} is a file, not a number; read the numbers in it with --file #{name}"}

      {file, _} ->
        {:usage, "numbers come from the arguments or from --file #{file}, not from both"}
    end
  end

  def read(options, []) do
    case options[:file] do
      nil -> standard_input(Terminal.input?())
      file -> file(file)
    end
  end

  defp names_file?(argument) do
    not (argument =~ ~r/^[+*#\d]*$/) and match?({:ok, %{type: type}} when type != :directory, File.stat(argument))
  end

  defp file(file) do
    case File.open(file, [:read, :binary]) do
      {:ok, device} -> with :none <- lines(device, file), do: {:ok, []}
      {:error, reason} -> {:error, "#{file}: #{:file.format_error(reason)}"}
    end
  end

  defp standard_input(false), do: :none
  defp standard_input(true), do: lines(:stdio, "standard input")

  # Reads up to the first number, which shows the encoding, and whether there is any.
  defp lines(device, name) do
    lines = IO.binstream(device, :line)

    with {:ok, first} <- without_mark(Enum.take(lines, 1), name) do
      case if(first == [], do: Enum.take(numbers(lines), 1), else: first) do
        [] -> :none
        found -> {:ok, Stream.concat(found, numbers(lines))}
      end
    end
  end

  defp without_mark([], _name), do: {:ok, []}

  defp without_mark([first], name) do
    with {:ok, mark} <- Encoding.mark(first, name),
         do: {:ok, [binary_part(first, mark, byte_size(first) - mark)] |> numbers() |> Enum.to_list()}
  end

  defp numbers(lines), do: lines |> Stream.map(&without_end/1) |> Stream.filter(&number?/1)

  defp without_end(line), do: line |> String.replace_suffix("\n", "") |> String.replace_suffix("\r", "")

  defp number?(line) do
    case Reject.reason(line) do
      nil ->
        true

      :no_number ->
        false

      reason ->
        Terminal.tell("left out: #{Finding.shown(line)}: #{Reject.words(reason)}")
        false
    end
  end
end
