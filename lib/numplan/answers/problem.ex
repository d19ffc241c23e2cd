defmodule Numplan.Problem do
  @moduledoc """
  A fault for which a configuration is refused: its path, the reason, the offset in a regex in
  bytes, and a hint how to mend it.
  """

  alias Numplan.Finding

  @enforce_keys [:path, :reason]
  defstruct [:path, :reason, :offset, :hint]

  @type t :: %__MODULE__{
          path: binary(),
          reason: :numplan.reason(),
          offset: non_neg_integer() | nil,
          hint: binary() | nil
        }

  @doc """
  The struct of a problem of the Erlang face, `{path, reason, offset, hint}`. A source in the hint
  is written in Elixir's syntax.

      iex> Numplan.Problem.new({"reconcile_regex", {:wrong_type, "expected a string"}, :undefined, :undefined}).offset
      nil
  """
  @spec new(:numplan.problem()) :: t()
  def new({path, {:not_a_source, {:file, _} = meant} = reason, offset, _hint}),
    do: %__MODULE__{path: path, reason: reason, offset: known(offset), hint: "for the file write #{inspect(meant)}"}

  def new({path, {:not_a_source, {:preset, name} = meant} = reason, offset, hint}) do
    hint = if :numplan_nif.preset(name) == :unknown, do: hint, else: "for the preset write #{inspect(meant)}"
    %__MODULE__{path: path, reason: reason, offset: known(offset), hint: hint}
  end

  def new({path, reason, offset, hint}) do
    %__MODULE__{path: path, reason: reason, offset: known(offset), hint: known(hint)}
  end

  defp known(:undefined), do: nil
  defp known(value), do: value

  @doc """
  The problem as one line of text, safe for a terminal or a log (`Numplan.Finding.shown/1`).

      iex> Numplan.Problem.message(%Numplan.Problem{path: "a.regex", reason: {:invalid_regex, "missing )"}, offset: 3})
      "a.regex: missing ) at offset 3"
  """
  @spec message(t()) :: binary()
  def message(%__MODULE__{} = problem) do
    path = if problem.path == "", do: [], else: [Finding.shown(problem.path), ": "]
    offset = if problem.offset, do: " at offset #{problem.offset}", else: []
    hint = if problem.hint, do: [" (", Finding.shown(problem.hint), ")"], else: []
    IO.iodata_to_binary([path, Finding.shown(reason(problem.reason)), offset, hint])
  end

  defp reason({:unreadable_file, _posix}), do: "the file cannot be read"
  defp reason({:not_a_source, {_kind, name}}), do: "#{name} is not JSON text"
  defp reason({:unknown_preset, name}), do: "there is no preset called #{name}"
  defp reason({:invalid_json, message, line, column}), do: "#{message} at line #{line} column #{column}"
  defp reason({_kind, words}) when is_binary(words), do: words
  defp reason(:unknown_document), do: "not a number_manager document"
  defp reason(word) when is_atom(word), do: word |> Atom.to_string() |> String.replace("_", " ")
  defp reason(other), do: inspect(other)
end
