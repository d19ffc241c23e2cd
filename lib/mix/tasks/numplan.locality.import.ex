defmodule Mix.Tasks.Numplan.Locality.Import do
  @shortdoc "Makes a file of localities from an operator's NPA-NXX data"

  @moduledoc """
  Makes a file of localities from data about codes and blocks of the North American plan.

      mix numplan.locality.import FILE… --out numbers.locality [options]

  Layouts are told by the header: NANPA's reports of central office codes and of thousands blocks, Canada's (CNAC), commercial NPA-NXX
  lists with a row for each ZIP code, NALENND, LERG 6, and LERG 1 or another list of companies for their names. Tabs, commas,
  semicolons and bars separate columns; names that end in `.gz` are decompressed. What an earlier file says wins over a later one; blocks
  win over codes.

  ## Options

    * `--out FILE` - what to write; a file that is there is replaced when all went well
    * `--format npa_nxx_city_state` - how the rows of files without a header are made
    * `--as-of YYYY-MM-DD` - the date of the data; else the one in a file's header, or that of its last change
    * `--quiet` - no progress on standard error
    * `--help` - this text

  Rows that cannot be used are counted by reason, and written to `FILE.rejects` with their line. A file that cannot be read ends the
  task with status 1 and says what is wrong.

  Put the file in force with `config :numplan, locality: [file: "numbers.locality"]`, or in a running node with
  `:numplan_locality.load("numbers.locality")`.
  """

  use Mix.Task

  alias Numplan.Locality.Import
  alias Numplan.Progress

  @switches [out: :string, format: :string, as_of: :string, quiet: :boolean]

  @impl true
  def run(arguments) do
    if "--help" in arguments, do: Mix.shell().info(@moduledoc), else: read(arguments)
  end

  defp read(arguments) do
    Mix.Task.run("app.config")

    case OptionParser.parse(arguments, strict: @switches) do
      {_, _, [{option, _} | _]} -> refuse("unknown or malformed option #{option}")
      {_, [], _} -> refuse("name at least one file")
      {options, files, []} -> make(files, options[:out] || refuse("say with --out what to write"), options)
    end
  end

  @spec refuse(binary()) :: no_return()
  defp refuse(message), do: Mix.raise("#{message}; see mix numplan.locality.import --help")

  defp make(files, output, options) do
    progress = Progress.new("rows")
    tell = if options[:quiet], do: [], else: [tell: &Progress.tell(progress, &1, &2, &3)]

    case Import.run(files, output, Keyword.take(options, [:format, :as_of]) ++ tell) do
      {:ok, report} ->
        Progress.finish(progress)
        Enum.each(Import.Report.lines(report), &Mix.shell().info/1)
        Mix.shell().info("written to #{output}")

      {:error, message} ->
        Mix.raise(message)
    end
  end
end
