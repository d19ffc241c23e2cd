defmodule Numplan.Diff do
  @moduledoc """
  The differences between the answers of two configurations: the result of `Numplan.diff/2`.

  Each change is one number that shows it, with its answers by the `old` and the `new`
  configuration:

    * `moves` - one for each pair of classes between which some number moves
    * `rewritten` - one for each class in which some number has another E.164 form
    * `gained` and `lost` - a number that is reconcilable only by the new configuration, and one
      only by the old
    * `missing` - why the difference may be incomplete; where it is empty, nothing else changes

  `count/3` counts the changes among given numbers.
  """

  alias Numplan.{Finding, Plan, Report}

  @enforce_keys [:moves]
  defstruct [:moves, :gained, :lost, rewritten: [], missing: []]

  @type change :: %{old: Finding.witness(), new: Finding.witness()}
  @type t :: %__MODULE__{
          moves: [change()],
          rewritten: [change()],
          gained: change() | nil,
          lost: change() | nil,
          missing: [Report.cut() | :unread | :too_far_apart]
        }

  @typedoc "The old class and the new one; `nil` is no class."
  @type move :: {Numplan.class() | nil, Numplan.class() | nil}

  # The most numbers that are classified in one call.
  @chunk 1_000

  @doc """
  The struct of a result of `:numplan.diff/2`.

      iex> {:ok, diff} = :numplan.diff({:preset, "kazoo-4.2"}, {:preset, "kazoo-4.3"})
      iex> [%{new: %{class: "emergency"}}] = Numplan.Diff.new(diff).moves
  """
  @spec new(:numplan.diff()) :: t()
  def new(diff) do
    %__MODULE__{
      moves: Enum.map(diff.moves, &change/1),
      rewritten: Enum.map(diff.rewritten, &change/1),
      gained: change(diff.gained),
      lost: change(diff.lost),
      missing: diff.missing
    }
  end

  defp change(:undefined), do: nil
  defp change(%{old: old, new: new}), do: %{old: Finding.witness(old), new: Finding.witness(new)}

  @doc """
  True when no number changes, and that is proved.

      iex> {:ok, diff} = Numplan.diff({:preset, "kazoo-4.3"}, {:preset, "kazoo-4.3"})
      iex> Numplan.Diff.none?(diff)
      true
  """
  @spec none?(t()) :: boolean()
  def none?(%__MODULE__{} = diff), do: diff == %__MODULE__{moves: []}

  @doc """
  Counts of given numbers: all of them, those that move by pair of classes, and those whose E.164
  form changes within a class.

  The numbers are read once, in chunks.

      iex> {old, new} = {Numplan.plan!({:preset, "kazoo-4.2"}), Numplan.plan!({:preset, "kazoo-4.3"})}
      iex> Numplan.Diff.count(old, new, ["988", "911", "988"])
      %{numbers: 3, moves: %{{"unknown", "emergency"} => 2}, rewritten: 0}
  """
  @spec count(Plan.t(), Plan.t(), Enumerable.t()) :: %{
          numbers: non_neg_integer(),
          moves: %{move() => pos_integer()},
          rewritten: non_neg_integer()
        }
  def count(old, new, numbers) do
    numbers
    |> Stream.chunk_every(@chunk)
    |> Enum.reduce(%{numbers: 0, moves: %{}, rewritten: 0}, &count_chunk(&1, &2, old, new))
  end

  defp count_chunk(numbers, counts, old, new) do
    [was, is] = for plan <- [old, new], do: Enum.zip(classes(numbers, plan), :numplan.normalize(numbers, plan))
    counts = %{counts | numbers: counts.numbers + length(numbers)}
    was |> Enum.zip(is) |> Enum.reduce(counts, &count_one/2)
  end

  defp classes(numbers, plan),
    do: for(class <- :numplan.classify(numbers, plan), do: if(class != :undefined, do: class))

  defp count_one({same, same}, counts), do: counts
  defp count_one({{class, _}, {class, _}}, counts), do: %{counts | rewritten: counts.rewritten + 1}

  defp count_one({{from, _}, {to, _}}, counts),
    do: %{counts | moves: Map.update(counts.moves, {from, to}, 1, &(&1 + 1))}

  @doc """
  The differences as an ordered JSON object.

      iex> {:ok, diff} = Numplan.diff({:preset, "kazoo-4.3"}, {:preset, "kazoo-4.3"})
      iex> Numplan.Diff.object(diff)
      {[{"moves", []}, {"rewritten", []}, {"gained", nil}, {"lost", nil}, {"missing", []}]}
  """
  @spec object(t()) :: {[{binary(), term()}]}
  def object(%__MODULE__{} = diff) do
    {[
       {"moves", Enum.map(diff.moves, &change_object/1)},
       {"rewritten", Enum.map(diff.rewritten, &change_object/1)},
       {"gained", change_object(diff.gained)},
       {"lost", change_object(diff.lost)},
       {"missing", Enum.map(diff.missing, &missing/1)}
     ]}
  end

  defp change_object(nil), do: nil

  defp change_object(change),
    do: {[{"old", Finding.witness_object(change.old)}, {"new", Finding.witness_object(change.new)}]}

  defp missing(word) when is_atom(word), do: Atom.to_string(word)
  defp missing(cut), do: Report.cut(cut)
end
