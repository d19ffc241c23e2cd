defmodule Numplan.Store.Mnesia.Restoration do
  @moduledoc """
  Writes the numbers of a split file again, in steps: each is short, however many numbers there are,
  so that the process that takes them answers others between two of them.
  """

  alias Numplan.PhoneNumber
  alias Numplan.Store.Mnesia.SplitFile

  # Each number waits for the disc.
  @step 100

  @enforce_keys [:dir, :left]
  defstruct [:dir, :left, newer: 0, refused: [], reasons: []]

  @typedoc "The numbers that are left, how many were newer, and those that were refused, with the reasons."
  @type t :: %__MODULE__{
          dir: Path.t(),
          left: [PhoneNumber.t()],
          newer: non_neg_integer(),
          refused: [PhoneNumber.t()],
          reasons: [term()]
        }

  @doc "The restoration of the split file in a directory; `:none` where there is no file."
  @spec start(Path.t()) :: {:ok, t()} | :none | {:error, binary()}
  def start(dir) do
    if SplitFile.exists?(dir) do
      with {:ok, numbers} <- SplitFile.read(dir), do: {:ok, %__MODULE__{dir: dir, left: numbers}}
    else
      :none
    end
  end

  @doc """
  Writes the next numbers, where they are newer than the store's. When none is left, the file is
  removed, and the answer says how many were newer. Numbers whose write is refused stay in the file,
  and are an error.
  """
  @spec step(t(), (Numplan.phone_number(), function() -> term())) ::
          {:more, t()} | {:done, non_neg_integer()} | {:error, binary()}
  def step(restoration, update_number) do
    {now, left} = Enum.split(restoration.left, @step)
    restoration = Enum.reduce(now, %{restoration | left: left}, &noted(put_back(&1, update_number), &1, &2))
    if left == [], do: ended(restoration), else: {:more, restoration}
  end

  defp put_back(number, update_number) do
    update_number.(number.id, &newer(&1, number))
  rescue
    # It stays in the file, and the others are written.
    error -> {:error, error.__struct__}
  end

  defp noted({:ok, _written}, _number, restoration), do: %{restoration | newer: restoration.newer + 1}
  defp noted({:error, :older}, _number, restoration), do: restoration

  defp noted({:error, reason}, number, restoration),
    do: %{restoration | refused: [number | restoration.refused], reasons: Enum.uniq([reason | restoration.reasons])}

  # The decision about the record of another node, when `ours` is that of this one.
  defp newer(nil, ours), do: {:put, ours}
  defp newer(theirs, ours), do: if(ours.modified > theirs.modified, do: {:put, ours}, else: {:error, :older})

  defp ended(%{refused: []} = restoration),
    do: with(:ok <- SplitFile.remove(restoration.dir), do: {:done, restoration.newer})

  # Where the shorter file cannot be written, the longer one stays: what is written already is no
  # longer newer.
  defp ended(%{dir: dir} = restoration) do
    _ = SplitFile.write(dir, restoration.refused)
    reasons = restoration.reasons |> Enum.sort() |> Enum.map_join(", ", &inspect/1)

    {:error,
     "this side's numbers of before a split are not written again (#{reasons}), and are kept in #{SplitFile.path(dir)}"}
  end
end
