defmodule Numplan.Locality.Import.Report do
  @moduledoc """
  Counts of the rows of an imported file: used, unassigned (codes and blocks without a holder),
  rejected by reason, and read as Latin-1 because they are not UTF-8.
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

  @typedoc """
  The counts of all files, and the number of codes and blocks in the snapshot and of its bytes.
  """
  @type t :: %{files: [file()], entries: non_neg_integer(), bytes: non_neg_integer()}
end
