defmodule Numplan.CLI.LocalityImport do
  @moduledoc "`numplan locality import`: makes a file of localities from an operator's data."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Progress, Terminal}
  alias Numplan.Locality.Import

  @impl true
  def name, do: "locality import"

  @impl true
  def summary, do: "Makes a file of localities from an operator's NPA-NXX data"

  @impl true
  def help do
    """
    Makes a file of localities from data about codes and blocks of the North American plan.

        numplan locality import FILE… --out numbers.locality [options]

    The layout is recognised by the header: NANPA's reports of central office codes and of thousands blocks, Canada's (CNAC), commercial
    NPA-NXX lists with a row for each ZIP code, NALENND, LERG 6, and LERG 1 or another list of companies for their names. Tabs, commas,
    semicolons and bars separate columns; files whose names end in `.gz` are decompressed. An earlier file takes precedence over a later
    one, and blocks over codes.

    ## Options

      * `--out FILE` - the file to write; an existing file is replaced on success
      * `--format npa_nxx_city_state` - the layout of files without a header
      * `--as-of YYYY-MM-DD` - the date of the data; default: the one in a file's header, or that of its last change
      * `--quiet` - no progress on standard error
      * `--help` - this text

    Rejected rows are counted by reason, and written to `FILE.rejects` with their line number.

    Put the file in force with `config :numplan, locality: [file: "numbers.locality"]`, or in a running node with
    `:numplan_locality.load("numbers.locality")`.

    ## Examples

        $ printf '415,886,San Francisco,CA\\n' > codes.csv
        $ numplan locality import codes.csv --out numbers.locality --format npa_nxx_city_state --as-of 2026-01-01 | tail -1
        written to numbers.locality

    ## Exit codes

    0: the file is written. 1: a file cannot be read or written, or its layout is unknown. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [out: :string, format: :string, as_of: :string, quiet: :boolean]

  @impl true
  def run(_options, []), do: {:usage, "name at least one file"}

  def run(options, files) do
    case options[:out] do
      nil -> {:usage, "name the file to write with --out"}
      output -> import(files, output, options)
    end
  end

  defp import(files, output, options) do
    progress = Progress.new("rows")
    tell = if options[:quiet], do: [], else: [tell: &Progress.show(progress, &1, &2, &3)]
    imported = Import.run(files, output, Keyword.take(options, [:format, :as_of]) ++ tell)
    unless options[:quiet], do: Progress.finish(progress)

    with {:ok, report} <- imported do
      Terminal.print([lines(report), "written to #{output}\n"])
      0
    end
  end

  defp lines(report) do
    [
      Enum.map(report.files, &file/1),
      "#{Progress.grouped(report.entries)} codes and blocks, #{Progress.grouped(report.bytes)} bytes\n"
    ]
  end

  defp file(file) do
    counts = Enum.map([file.rows, file.used, file.unassigned, file.rejected], &Progress.grouped/1)
    [rows, used, unassigned, rejected] = counts

    [
      "#{file.file} (#{file.layout}): #{rows} rows, #{used} used, #{unassigned} unassigned, #{rejected} rejected\n",
      for({reason, count} <- Enum.sort(file.reasons), do: "  #{Progress.grouped(count)}: #{reason}\n"),
      latin1(file.latin1)
    ]
  end

  defp latin1(0), do: []
  defp latin1(rows), do: "  #{Progress.grouped(rows)} rows are not UTF-8 and were read as Latin-1\n"
end
