defmodule Numplan.Locality.Import.Report do
  @moduledoc """
  What became of the rows of a file: used, of codes and blocks that nobody holds, and rejected, by reason; and how many were read as
  Latin-1, for they are not UTF-8.
  """

  @enforce_keys [:file]
  defstruct [:file, :layout, rows: 0, used: 0, unassigned: 0, rejected: 0, latin1: 0, reasons: %{}]

  @type file :: %__MODULE__{
          file: Path.t(),
          layout: binary() | nil,
          rows: non_neg_integer(),
          used: non_neg_integer(),
          unassigned: non_neg_integer(),
          rejected: non_neg_integer(),
          latin1: non_neg_integer(),
          reasons: %{binary() => pos_integer()}
        }

  @typedoc "Of all files, and how many codes and blocks are in the snapshot, and its bytes."
  @type t :: %{files: [file()], entries: non_neg_integer(), bytes: non_neg_integer()}

  @doc "The report in lines for people."
  @spec lines(t()) :: [binary()]
  def lines(report) do
    Enum.flat_map(report.files, &file_lines/1) ++
      ["#{Numplan.Progress.grouped(report.entries)} codes and blocks, #{Numplan.Progress.grouped(report.bytes)} bytes"]
  end

  defp file_lines(file) do
    counts = Enum.map([file.rows, file.used, file.unassigned, file.rejected], &Numplan.Progress.grouped/1)
    [rows, used, unassigned, rejected] = counts

    ["#{file.file} (#{file.layout}): #{rows} rows, #{used} used, #{unassigned} unassigned, #{rejected} rejected"] ++
      for({reason, count} <- Enum.sort(file.reasons), do: "  #{Numplan.Progress.grouped(count)}: #{reason}") ++
      if(file.latin1 > 0,
        do: ["  #{Numplan.Progress.grouped(file.latin1)} rows are not UTF-8 and were read as Latin-1"],
        else: []
      )
  end
end
