defmodule Numplan.Finding do
  @moduledoc """
  A proven statement about a configuration, from `Numplan.check/1`. `docs/check.md` lists all
  kinds.

    * `path` - the rule it is about; empty for the document as a whole
    * `sentence` - the statement, in English
    * `witness` - a shortest number that shows it: as dialled, in E.164, and its class by the
      whole configuration
    * `related` - other rules that take part, each with a witness where one shows it
    * `fix` - what to do about it
  """

  @enforce_keys [:kind, :severity, :path, :sentence]
  defstruct [:kind, :severity, :path, :sentence, :witness, :fix, related: []]

  @type severity :: :error | :warning | :info
  @type witness :: %{number: binary(), e164: binary(), class: binary() | nil}
  @type t :: %__MODULE__{
          kind: atom(),
          severity: severity(),
          path: binary(),
          sentence: binary(),
          witness: witness() | nil,
          related: [%{path: binary(), witness: witness() | nil}],
          fix: binary() | nil
        }

  @doc """
  The struct of a finding of `:numplan.check/1`.

      iex> {:ok, %{findings: [finding | _]}} = :numplan.check(~S({"classifiers": {"a": "", "b": "^1$"}}))
      iex> Numplan.Finding.new(finding).kind
      :catch_all_before_end
  """
  @spec new(:numplan.finding()) :: t()
  def new(finding) do
    %__MODULE__{
      kind: finding.kind,
      severity: finding.severity,
      path: finding.path,
      sentence: finding.sentence,
      witness: witness(finding.witness),
      related: for(related <- finding.related, do: %{related | witness: witness(related.witness)}),
      fix: if(finding.fix != :undefined, do: finding.fix)
    }
  end

  @doc "The witness of a finding of `:numplan.check/1`, with `nil` for `:undefined`."
  @spec witness(:numplan.witness() | :undefined) :: witness() | nil
  def witness(:undefined), do: nil
  def witness(%{class: :undefined} = witness), do: %{witness | class: nil}
  def witness(witness), do: witness

  @doc """
  The finding as an ordered JSON object.

      iex> Numplan.Finding.object(%Numplan.Finding{kind: :no_class, severity: :warning, path: "", sentence: "…"})
      {[{"kind", "no_class"}, {"severity", "warning"}, {"path", ""}, {"sentence", "…"}, {"witness", nil}, {"related", []}, {"fix", nil}]}
  """
  @spec object(t()) :: {[{binary(), term()}]}
  def object(%__MODULE__{} = finding) do
    {[
       {"kind", Atom.to_string(finding.kind)},
       {"severity", Atom.to_string(finding.severity)},
       {"path", finding.path},
       {"sentence", finding.sentence},
       {"witness", witness_object(finding.witness)},
       {"related", for(%{path: path, witness: witness} <- finding.related, do: related(path, witness))},
       {"fix", finding.fix}
     ]}
  end

  defp related(path, witness), do: {[{"path", path}, {"witness", witness_object(witness)}]}

  @doc "The witness as an ordered JSON object, its texts as by `shown/1`."
  @spec witness_object(witness() | nil) :: {[{binary(), term()}]} | nil
  def witness_object(nil), do: nil

  def witness_object(witness) do
    {[
       {"number", shown(witness.number)},
       {"e164", shown(witness.e164)},
       {"class", witness.class && shown(witness.class)}
     ]}
  end

  @doc """
  A number or a name in a form that is safe to print: itself where it is printable text, else with
  `\\xNN` for each byte that is not printable ASCII. Control characters, such as a line break, do
  not count as printable.

      iex> Numplan.Finding.shown(<<?1, 0xFF>>)
      "1\\\\xFF"
      iex> Numplan.Finding.shown("1\\e[2J\\n")
      "1\\\\x1B[2J\\\\x0A"
  """
  @spec shown(binary()) :: binary()
  def shown(bytes) do
    if String.printable?(bytes) and not (bytes =~ ~r/[[:cntrl:]]/),
      do: bytes,
      else: for(<<byte <- bytes>>, into: "", do: byte(byte))
  end

  defp byte(byte) when byte in 0x20..0x7E, do: <<byte>>
  defp byte(byte), do: "\\x" <> Base.encode16(<<byte>>)
end
