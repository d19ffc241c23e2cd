defmodule Numplan.CLI.Classify do
  @moduledoc """
  `numplan classify`: normalises and classifies numbers, in a table, or a file of any size.
  """

  @behaviour Numplan.CLI.Command

  alias Numplan.Batch.{Fields, Layout, Output}
  alias Numplan.CLI.{Numbers, Options, Progress, Source, Table, Terminal}
  alias Numplan.CLI.Fields, as: Names
  alias Numplan.{Batch, Finding}

  @sample ~w(4158867900 14158867900 +14158867900 18005551234 911 01144123456789 12425551234 anonymous)
  @batch 1_000
  @of_rows [:column, :separator, :header, :resume, :force]

  @impl true
  def name, do: "classify"

  @impl true
  def summary, do: "Normalises and classifies numbers"

  @impl true
  def help do
    """
    Normalises and classifies numbers, and prints a table: number, E.164, class, friendly name, pretty print, reconcilable.

        numplan classify [options] [NUMBER …]
        numplan classify FILE --out FILE [options]

    Numbers are read from the arguments, else from `--file`, else from standard input, if it is a pipe or a file; else a built-in sample
    is shown.

    With `--out` a file of any size is processed on all cores: each row is written with E.164 and class, or the fields of `--fields`,
    appended (see `Numplan.Batch`). Files whose names end in `.gz` are compressed.

    ## Options

      * `--config SOURCE` - a preset (`kazoo-3.18`, `kazoo-3.20`, `kazoo-4.1`, `kazoo-4.2`, `kazoo-4.3`) or a file of JSON;
        default: what the application environment names, or `kazoo-3.20`
      * `--file FILE` - a file with a number in each line
      * `--clean` - strips formatting from each number first: spaces, dashes, brackets, dots, slashes, invisible marks and a `tel:`
        scheme; full-width digits become ASCII. The number is shown as it was written
      * `--format json` - a JSON object in each line, instead of the table
      * `--fields LIST` - the columns behind the number, with commas between them: `e164`, `class`, `friendly_name`, `pretty_print`,
        `reconcilable` (the default), and by libphonenumber's data `region`, `type`, `valid`, `possible`, `national`, `international`,
        `rfc3966`, `carrier`, `timezone`, `geocode`. With `--out` they are appended to each row, by default `e164` and `class`
      * `--help` - this text

    With `--out`:

      * `--format plain|csv|tsv|jsonl` - the format of the file; default: by its name, else plain, a number in each line
      * `--separator CHARACTER` - the separator of CSV, such as `';'`, or `tab`; default: the one of `,` `;` `|` and tab that the first
        rows have, if they agree
      * `--column NAME_OR_NUMBER` - the column of the number, by its name or its number, from 1 (the default); in JSON lines the key
        (default `number`)
      * `--header`, `--no-header` - whether the first row is a header; default: yes if the column is given by name
      * `--resume` - resumes an interrupted run
      * `--force` - replaces an existing file, and starts over after an interrupted run
      * `--quiet` - no progress and no summary on standard error

    Rows without a number are left out, written to `OUT.rejects` with their row number and the reason, and counted; so are rows whose
    number a spreadsheet has damaged (`4.15887E+09`, `'415…`, `="415…"`). From `--file` and standard input such lines are left out too,
    and reported on standard error. Text is UTF-8; a byte-order mark is dropped, UTF-16 is refused. Tabs and line breaks in numbers and
    names are written as `\\t` and `\\n`, in CSV in quotes, so that a row stays one row.

    Rows are written to `OUT.part`, by one run at a time, which is renamed when it is complete.

    ## Examples

        $ numplan classify 4158867900 911
        NUMBER      E.164         CLASS      FRIENDLY NAME         PRETTY PRINT      RECONCILABLE
        4158867900  +14158867900  did_us     US DID                (415) 886 - 7900  yes
        911         911           emergency  Emergency Dispatcher  911               no
        $ echo 988 | numplan classify --config kazoo-4.3 --format json
        {"number":"988","e164":"988","class":"emergency","friendly_name":"Emergency Dispatcher","pretty_print":"988","reconcilable":false}
        $ numplan classify --fields region,type,valid +442079460000 +4420794600
        NUMBER         REGION  TYPE        VALID
        +442079460000  GB      FIXED_LINE  yes
        +4420794600    -       UNKNOWN     no
        $ printf 'id,dialled\\n1,4158867900\\n' > calls.csv
        $ numplan classify calls.csv --out answered.csv --column dialled --quiet
        $ cat answered.csv
        id,dialled,e164,class
        1,4158867900,+14158867900,did_us
        $ numplan classify calls.csv --out regions.csv --column dialled --fields region,valid,timezone --quiet
        $ cat regions.csv
        id,dialled,region,valid,timezone
        1,4158867900,US,true,America/Los_Angeles

    ## Exit codes

    0: success, also with rejected rows. 1: the configuration is refused, or a file cannot be read or written. 2: wrong usage.
    """
  end

  @impl true
  def options do
    [
      config: :string,
      file: :string,
      clean: :boolean,
      format: :string,
      fields: :string,
      out: :string,
      column: :string,
      separator: :string,
      header: :boolean,
      resume: :boolean,
      force: :boolean,
      quiet: :boolean
    ]
  end

  @impl true
  def run(options, arguments) do
    case options[:out] do
      nil -> table(options, arguments)
      output -> batch(options, arguments, output)
    end
  end

  defp table(options, numbers) do
    with :ok <- without_rows(options),
         {:ok, format} <- Options.format(options, ["table", "json"]),
         {:ok, fields} <- Names.read(options, Fields.of_plan()),
         {:ok, plan} <- Source.plan(options),
         source = source(options, numbers),
         {:ok, numbers} <- numbers_or_sample(options, numbers) do
      asked = [plan: plan, clean: options[:clean] == true]
      numbers |> with_progress(options, source) |> print(["number" | fields], asked, format)
      0
    end
  end

  # Refuses options for files where no file is written: a user would wait for one.
  defp without_rows(options) do
    case Enum.find(@of_rows, &Keyword.has_key?(options, &1)) do
      nil -> :ok
      option -> {:usage, "--#{option} is for files of rows, FILE --out FILE"}
    end
  end

  defp numbers_or_sample(options, arguments) do
    with :none <- Numbers.read(options, arguments), do: {:ok, @sample}
  end

  # The file that the numbers are read from, if any.
  defp source(_options, [_ | _]), do: nil
  defp source(options, []), do: options[:file] || if(Terminal.input?(), do: "/dev/stdin")

  # The numbers, with a progress bar while they are read if the table goes to a file. It would be
  # mixed with the rows of a table on a terminal, or with a pager.
  defp with_progress(numbers, options, source) do
    if source == nil or options[:quiet] == true or not Terminal.file?(:stdio),
      do: numbers,
      else: Progress.lines(numbers, "numbers", size(source))
  end

  # The size of a file; that of a pipe is unknown.
  defp size(path) do
    case File.stat(path) do
      {:ok, %{type: :regular, size: size}} -> size
      _ -> nil
    end
  end

  # Prints the answers. The columns of a table are as wide as the batch needs: a file of any length
  # is printed as it is read.
  defp print(numbers, fields, asked, "table") do
    numbers
    |> Stream.map(&{&1, Fields.answer(&1, fields, asked)})
    |> Stream.chunk_every(@batch)
    |> Enum.each(fn answers ->
      Table.print(Names.titles(fields), for({_number, answer} <- answers, do: Enum.map(answer, &cell/1)))
      Enum.each(answers, fn {number, _answer} -> tell_hint(number, asked) end)
    end)
  end

  defp print(numbers, fields, asked, "json") do
    numbers |> Stream.map(&Fields.answer(&1, fields, asked)) |> Enum.each(&Terminal.print([json(&1), "\n"]))
  end

  defp cell({"timezone", []}), do: nil
  defp cell({"timezone", zones}), do: Enum.join(zones, " ")
  defp cell({_field, value}), do: value

  # Tells the hint for a number, if there is one. An explanation costs a thousand times an answer,
  # so only numbers that cleaning changes are explained.
  defp tell_hint(number, asked) do
    unless asked[:clean] or Numplan.clean(number) == number do
      hint = Numplan.explain(number, asked).hint
      if hint, do: Terminal.tell("#{Finding.shown(number)}: #{hint}")
    end
  end

  defp json(answer) do
    case Numplan.json_encode({answer}) do
      {:ok, text} -> text
      {:error, error} -> Numplan.json_encode!(%{"error" => Exception.message(error)})
    end
  end

  defp batch(options, files, output) do
    with {:ok, input} <- input(files, options[:file]),
         {:ok, fields} <- Names.read(options, Layout.appended()),
         :ok <- understood(options),
         {:ok, format} <- layout(options),
         {:ok, plan} <- Source.plan(options),
         {:ok, done} <-
           run_batch(input, output, [plan: plan, fields: fields] ++ format ++ batch_options(options), options[:quiet]) do
      unless options[:quiet], do: tell_done(done, output)
      if done.rejected > 0, do: tell_rejected(done.rejected, output)
      0
    end
  end

  defp input([file], nil), do: {:ok, file}
  defp input([], file) when file != nil, do: {:ok, file}
  defp input(_, _), do: {:usage, "--out needs one file of numbers: FILE --out FILE"}

  # The faults of a call that do not depend on the file.
  defp understood(options) do
    with :ok <- Layout.separator(options[:separator]), :ok <- Layout.place(column(options[:column])) do
      :ok
    else
      {:error, message} -> {:usage, message}
    end
  end

  defp layout(options) do
    if options[:format] do
      with {:ok, format} <- Options.format(options, Enum.map(Layout.formats(), &Atom.to_string/1)),
           do: {:ok, [format: String.to_existing_atom(format)]}
    else
      {:ok, []}
    end
  end

  defp batch_options(options) do
    known = Keyword.take(options, [:separator, :header, :resume, :force, :clean])
    if options[:column], do: [column: column(options[:column])] ++ known, else: known
  end

  defp column(nil), do: nil

  defp column(text) do
    case Integer.parse(text) do
      {place, ""} -> place
      _ -> text
    end
  end

  defp run_batch(input, output, options, true), do: Batch.run(input, output, options)

  # Runs the batch and shows its progress. The first call of `show` in a resumed run has the rows
  # of the earlier one.
  defp run_batch(input, output, options, _quiet) do
    show = fn %{rows: rows, read: read, size: size} ->
      progress = Process.get(__MODULE__) || Progress.new("rows", {rows, read})
      Process.put(__MODULE__, progress)
      Progress.show(progress, rows, read, size)
    end

    try do
      Batch.run(input, output, [progress: show] ++ options)
    after
      if progress = Process.delete(__MODULE__), do: Progress.finish(progress)
    end
  end

  defp tell_done(done, output) do
    milliseconds = max(System.monotonic_time(:millisecond) - done.started_at, 1)
    now = done.rows - done.earlier
    of_them = if done.earlier > 0, do: ", #{Progress.grouped(now)} of them now,", else: ""
    seconds = Float.round(milliseconds / 1_000, 1)
    rate = Progress.grouped(Progress.rate(now, milliseconds))
    Terminal.tell("#{rows(done.rows)}#{of_them} in #{seconds} s, #{rate} rows/s, to #{output}")
  end

  defp tell_rejected(count, output),
    do: Terminal.tell("#{rows(count)} rejected: see #{Output.rejects(output)}")

  defp rows(1), do: "1 row"
  defp rows(count), do: "#{Progress.grouped(count)} rows"
end
