defmodule Numplan.Report do
  @moduledoc """
  What a check of a configuration says: the answer of `Numplan.check/1`.

  `findings` come errors first, then warnings, then what is merely worth knowing, each in the order of the document. `more_overlaps` says how
  many overlaps are left out; `unread` are the rules that only OTP's `re` runs, which a check does not see through; `cut` are the proofs
  that met a bound. Where `unread` and `cut` are empty, what is not found is not there.
  """

  alias Numplan.Finding

  @enforce_keys [:findings]
  defstruct [:findings, more_overlaps: 0, unread: [], cut: []]

  @type cut :: %{proof: binary(), bound: atom(), reason: binary()}
  @type t :: %__MODULE__{
          findings: [Finding.t()],
          more_overlaps: non_neg_integer(),
          unread: [binary()],
          cut: [cut()]
        }

  @doc """
  Of the map that `:numplan.check/1` gives.

      iex> {:ok, report} = :numplan.check({:preset, "kazoo-3.20"})
      iex> Numplan.Report.new(report).cut
      []
  """
  @spec new(:numplan.report()) :: t()
  def new(report) do
    struct!(__MODULE__, %{report | findings: Enum.map(report.findings, &Finding.new/1)})
  end

  @doc """
  How many findings of each severity there are.

      iex> {:ok, report} = Numplan.check({:preset, "kazoo-3.20"})
      iex> Numplan.Report.counts(report).error
      0
  """
  @spec counts(t()) :: %{Finding.severity() => non_neg_integer()}
  def counts(%__MODULE__{findings: findings}) do
    Map.merge(%{error: 0, warning: 0, info: 0}, Enum.frequencies_by(findings, & &1.severity))
  end

  @doc """
  The report as an object for JSON, its keys in order.

      iex> {[{"findings", [_ | _]}, {"more_overlaps", 0}, {"unread", []}, {"cut", []}]} =
      ...>   {:preset, "kazoo-3.20"} |> Numplan.check() |> elem(1) |> Numplan.Report.object()
  """
  @spec object(t()) :: {[{binary(), term()}]}
  def object(%__MODULE__{} = report) do
    {[
       {"findings", Enum.map(report.findings, &Finding.object/1)},
       {"more_overlaps", report.more_overlaps},
       {"unread", report.unread},
       {"cut", Enum.map(report.cut, &cut/1)}
     ]}
  end

  @doc "A proof that met a bound as an object for JSON."
  @spec cut(cut()) :: {[{binary(), term()}]}
  def cut(%{proof: proof, bound: bound, reason: reason}),
    do: {[{"proof", proof}, {"bound", Atom.to_string(bound)}, {"reason", reason}]}
end
