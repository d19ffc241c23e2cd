defmodule Mix.Tasks.Numplan.Classify do
  @shortdoc "Normalises and classifies numbers"

  @moduledoc """
  Normalises and classifies numbers, and prints a table: number, E.164, class, friendly name, pretty print, reconcilable.

      mix numplan.classify [options] [NUMBER …]
      mix numplan.classify FILE --out FILE [options]

  Numbers come from the arguments; without any from `--file`, and without that from standard input, if it is a pipe or a file; else
  a built-in sample is shown.

  With `--out` a file of any size is answered on all cores: each row with E.164 and class behind it (see `Numplan.Batch`). Names that
  end in `.gz` are compressed.

  ## Options

    * `--config SOURCE` - a preset (`kazoo-3.18`, `kazoo-3.20`, `kazoo-4.1`, `kazoo-4.2`, `kazoo-4.3`) or a file of JSON
    * `--file FILE` - a file with a number in each line
    * `--format json` - a JSON object in each line, instead of the table
    * `--help` - this text

  With `--out`:

    * `--format plain|csv|tsv|jsonl` - how the file is written; else its name tells, and what tells nothing is plain: a number in each
      line
    * `--column NAME_OR_PLACE` - where the number stands: the name of a column, or its place, from 1 (the default); in JSON lines the
      key (default `number`)
    * `--header`, `--no-header` - whether the first row is one; default: if the column is named
    * `--resume` - goes on where an interrupted run left off
    * `--force` - replaces a file that is there, and begins anew after an interrupted run
    * `--quiet` - no progress on standard error

  Rows without a number are left out, written to `OUT.rejects` and counted.

  A configuration that is refused, a file that cannot be read or an unknown option ends the task with status 1 and says what is
  wrong.
  """

  use Mix.Task

  alias Numplan.Batch.{Layout, Output}
  alias Numplan.{Batch, ConfigError, Plan, Progress}

  @options [
    config: :string,
    file: :string,
    format: :string,
    out: :string,
    column: :string,
    header: :boolean,
    resume: :boolean,
    force: :boolean,
    quiet: :boolean
  ]

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
         :ok <- answer(numbers, plan, options) do
      :ok
    else
      {:error, message} -> Mix.raise(message)
    end
  end

  defp options(arguments) do
    case OptionParser.parse(arguments, strict: @options) do
      {_, _, [{option, _} | _]} -> {:error, "unknown option #{option}; see mix numplan.classify --help"}
      {options, numbers, []} -> known_format(options, numbers)
    end
  end

  defp known_format(options, numbers) do
    formats = if options[:out], do: Enum.map(Layout.formats(), &to_string/1), else: ["table", "json"]
    format = options[:format]

    if format in [nil, ""] or format in formats do
      {:ok, options, numbers}
    else
      {:error, "unknown format #{format}: the formats are #{listed(formats)}"}
    end
  end

  defp listed(formats) do
    {last, others} = List.pop_at(formats, -1)
    Enum.join(others, ", ") <> " and " <> last
  end

  defp answer(numbers, plan, options) do
    case options[:out] do
      nil ->
        with {:ok, numbers} <- numbers(numbers, options[:file]), do: print(numbers, plan, options[:format] || "table")

      output ->
        batch(numbers, output, plan, options)
    end
  end

  defp batch(files, output, plan, options) do
    with {:ok, input} <- input(files, options[:file]),
         {:ok, done} <- Batch.run(input, output, [plan: plan] ++ batch_options(options)) do
      seconds = max(System.monotonic_time(:millisecond) - done.started_at, 1) / 1_000
      Progress.finish(Progress.new("rows"))
      rate = Progress.grouped(round(done.rows / seconds))

      Mix.shell().error(
        "#{Progress.grouped(done.rows)} rows in #{Float.round(seconds, 1)} s, #{rate} rows/s, to #{output}"
      )

      tell_rejects(done.rejected, output)
    end
  end

  defp tell_rejects(0, _output), do: :ok

  defp tell_rejects(count, output),
    do: Mix.shell().error("#{Progress.grouped(count)} rows rejected: see #{Output.rejects(output)}")

  defp input([file], none) when none in [nil, ""], do: {:ok, file}
  defp input([], file) when file not in [nil, ""], do: {:ok, file}
  defp input(_, _), do: {:error, "--out needs one file of numbers: mix numplan.classify FILE --out FILE"}

  defp batch_options(options) do
    known = Keyword.take(options, [:header, :resume, :force])

    known =
      if options[:format] in [nil, ""], do: known, else: [format: String.to_existing_atom(options[:format])] ++ known

    known = if options[:column], do: [column: column(options[:column])] ++ known, else: known
    if options[:quiet], do: known, else: [progress: &tell/1] ++ known
  end

  defp column(text) do
    case Integer.parse(text) do
      {place, ""} -> place
      _ -> text
    end
  end

  # The bar's state is that of this process, which is the one that is told.
  defp tell(%{rows: rows, read: read, size: size}) do
    progress = Process.get(__MODULE__) || Progress.new("rows")
    Process.put(__MODULE__, Progress.tell(progress, rows, read, size))
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
    numbers |> Stream.map(&answer_to(&1, plan)) |> Enum.each(&IO.binwrite(:stdio, [json(&1), "\n"]))
  end

  # The columns are as wide as the batch needs: a file of any length is printed as it is read.
  defp print(numbers, plan, _table) do
    numbers
    |> Stream.map(&answer_to(&1, plan))
    |> Stream.chunk_every(@batch)
    |> Enum.each(&print_table([@titles | Enum.map(&1, fn answer -> row(answer) end)]))
  end

  defp answer_to(number, plan) do
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
