defmodule Numplan.Report do
  @moduledoc """
  The result of a check of a configuration, from `Numplan.check/1`.

    * `findings` - errors first, then warnings, then notes, each in the order of the document
    * `more_overlaps` - the number of overlaps that are left out
    * `unread` - the rules that a check cannot analyse: they run on OTP's `re`, or are very large
      sets of numbers
    * `cut` - the proofs that met a bound
    * `otp` - with the option of this name the release, the dialect of its `re`, and that of this
      node; else `nil`

  Where `unread` and `cut` are empty, the report is complete: what it does not list does not
  exist.
  """

  alias Numplan.Finding

  @enforce_keys [:findings]
  defstruct [:findings, more_overlaps: 0, unread: [], cut: [], otp: nil]

  @type cut :: %{proof: binary(), bound: atom(), reason: binary()}
  @type dialect :: :pcre | :pcre2
  @type t :: %__MODULE__{
          findings: [Finding.t()],
          more_overlaps: non_neg_integer(),
          unread: [binary()],
          cut: [cut()],
          otp: nil | %{release: pos_integer(), dialect: dialect(), node: dialect() | :unknown}
        }

  @doc """
  The struct of a result of `:numplan.check/1`.

      iex> {:ok, report} = :numplan.check({:preset, "kazoo-3.20"})
      iex> Numplan.Report.new(report).cut
      []
  """
  @spec new(:numplan.report()) :: t()
  def new(report) do
    struct!(__MODULE__, %{report | findings: Enum.map(report.findings, &Finding.new/1)})
  end

  @doc """
  The number of findings by severity.

      iex> {:ok, report} = Numplan.check({:preset, "kazoo-3.20"})
      iex> Numplan.Report.counts(report).error
      0
  """
  @spec counts(t()) :: %{Finding.severity() => non_neg_integer()}
  def counts(%__MODULE__{findings: findings}) do
    Map.merge(%{error: 0, warning: 0, info: 0}, Enum.frequencies_by(findings, & &1.severity))
  end

  @doc """
  The report as an ordered JSON object.

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
       | otp(report.otp)
     ]}
  end

  defp otp(nil), do: []

  defp otp(otp) do
    members = for key <- [:release, :dialect, :node], do: {Atom.to_string(key), otp_member(otp[key])}
    [{"otp", {members}}]
  end

  defp otp_member(release) when is_integer(release), do: release
  defp otp_member(dialect), do: Atom.to_string(dialect)

  @doc "A proof that met a bound, as an ordered JSON object."
  @spec cut(cut()) :: {[{binary(), term()}]}
  def cut(%{proof: proof, bound: bound, reason: reason}),
    do: {[{"proof", proof}, {"bound", Atom.to_string(bound)}, {"reason", reason}]}
end
