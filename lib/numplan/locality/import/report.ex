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
end
