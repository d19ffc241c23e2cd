defmodule Mix.Tasks.Numplan.Classify do
  @shortdoc "Normalises and classifies numbers"

  @moduledoc """
  Normalises and classifies numbers, and prints a table: number, E.164, class, friendly name, pretty print, reconcilable.

      mix numplan.classify [options] [NUMBER …]

  Numbers come from the arguments; without any from `--file`, and without that from standard input, if it is a pipe or a file; else
  a built-in sample is shown.

  ## Options

    * `--config SOURCE` - a preset (`kazoo-3.18`, `kazoo-3.20`, `kazoo-4.1`, `kazoo-4.2`, `kazoo-4.3`) or a file of JSON
    * `--file FILE` - a file with a number in each line
    * `--format json` - a JSON object in each line, instead of the table
    * `--help` - this text

  A configuration that is refused, a file that cannot be read or an unknown option ends the task with status 1 and says what is
  wrong.
  """

  use Mix.Task

  alias Numplan.{ConfigError, Plan}

  @sample ~w(4158867900 14158867900 +14158867900 18005551234 911 01144123456789 12425551234 anonymous)
  @columns ~w(number e164 class friendly_name pretty_print reconcilable)
  @titles ["NUMBER", "E.164", "CLASS", "FRIENDLY NAME", "PRETTY PRINT", "RECONCILABLE"]
  @batch 1_000

  @impl true
  def run(arguments) do
    if "--help" in arguments, do: Mix.shell().info(@moduledoc), else: classify(arguments)
  end

  defp classify(arguments) do
    Mix.Task.run("app.start")

    with {:ok, options, numbers} <- options(arguments),
         {:ok, plan} <- plan(options[:config]),
         {:ok, numbers} <- numbers(numbers, options[:file]) do
      print(numbers, plan, options[:format] || "table")
    else
      {:error, message} -> Mix.raise(message)
    end
  end

  defp options(arguments) do
    case OptionParser.parse(arguments, strict: [config: :string, file: :string, format: :string]) do
      {_, _, [{option, _} | _]} -> {:error, "unknown option #{option}; see mix numplan.classify --help"}
      {options, numbers, []} -> known_format(options, numbers)
    end
  end

  defp known_format(options, numbers) do
    case options[:format] do
      format when format in [nil, "", "table", "json"] -> {:ok, options, numbers}
      format -> {:error, "unknown format #{format}: the formats are table and json"}
    end
  end

  defp plan(config) when config in [nil, ""], do: {:ok, Plan.active()}

  defp plan(config) do
    preset? = config in :numplan_nif.presets()
    source = if preset?, do: {:preset, config}, else: {:file, config}

    with {:error, error} <- Plan.new(source) do
      {:error, "#{config} is refused:\n" <> ConfigError.message(error)}
    end
  end

  defp numbers([_ | _] = numbers, _file), do: {:ok, numbers}
  defp numbers([], file) when file in [nil, ""], do: {:ok, standard_input()}

  defp numbers([], file) do
    case File.open(file, [:read, :binary]) do
      {:ok, device} -> {:ok, lines(device)}
      {:error, reason} -> {:error, "#{file}: #{:file.format_error(reason)}"}
    end
  end

  # A terminal has columns, and nobody who waits for a table types numbers into it.
  defp standard_input do
    case :io.columns(:standard_io) do
      {:ok, _} -> @sample
      {:error, _} -> first_or_sample(lines(:stdio))
    end
  end

  defp first_or_sample(lines) do
    case Enum.take(lines, 1) do
      [] -> @sample
      first -> Stream.concat(first, lines)
    end
  end

  defp lines(device) do
    device |> IO.binstream(:line) |> Stream.map(&String.trim_trailing(&1, "\n")) |> Stream.reject(&(&1 == ""))
  end

  defp print(numbers, plan, "json") do
    numbers |> Stream.map(&answer(&1, plan)) |> Enum.each(&IO.binwrite(:stdio, [json(&1), "\n"]))
  end

  # The columns are as wide as the batch needs: a file of any length is printed as it is read.
  defp print(numbers, plan, _table) do
    numbers
    |> Stream.map(&answer(&1, plan))
    |> Stream.chunk_every(@batch)
    |> Enum.each(&print_table([@titles | Enum.map(&1, fn answer -> row(answer) end)]))
  end

  defp answer(number, plan) do
    classification = Numplan.classification(number, plan)

    %{
      "number" => number,
      "e164" => classification.e164,
      "class" => classification.name,
      "friendly_name" => classification.friendly_name,
      "pretty_print" => Numplan.pretty_print(number, plan),
      "reconcilable" => Numplan.reconcilable?(number, plan)
    }
  end

  defp json(answer) do
    case Numplan.json_encode({Enum.map(@columns, &{&1, answer[&1]})}) do
      {:ok, text} -> text
      {:error, error} -> Numplan.json_encode!(%{"error" => Exception.message(error)})
    end
  end

  defp row(answer), do: Enum.map(@columns, &cell(answer[&1]))

  defp cell(nil), do: "-"
  defp cell(true), do: "yes"
  defp cell(false), do: "no"
  defp cell(text), do: if(String.printable?(text), do: text, else: inspect(text))

  defp print_table(rows) do
    widths =
      rows |> Enum.zip_with(& &1) |> Enum.map(fn column -> column |> Enum.map(&String.length/1) |> Enum.max() end)

    IO.binwrite(:stdio, Enum.map(rows, &[line(&1, widths), "\n"]))
  end

  defp line(row, widths) do
    row |> Enum.zip_with(widths, &String.pad_trailing/2) |> Enum.join("  ") |> String.trim_trailing()
  end
end
