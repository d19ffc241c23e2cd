defmodule Numplan.Store.CouchDB.LostWrite do
  @moduledoc """
  Decides the outcome of a write whose answer was lost and whose repetition conflicted.

  Either the first write was done, and the repetition met its result, or another writer was first.
  The document and its revision history show which.
  """

  @doc """
  The outcome of the first write, from the document that was written and the one that was read
  afterwards with `revs=true`.

    * `{:ok, _}` with the revision - the document has the fields that were written; for a
      deletion, there is no document
    * `{:error, :conflict}` - another writer's revision follows directly on the one that was to be
      replaced
    * `{:error, :unknown}` - others have written since, and it cannot be seen whether they
      replaced this write

  An equal write by another writer, on the same revision and with the same time of modification,
  counts as this one.

      iex> read = {[{"_id", "a"}, {"_rev", "1-x"}, {"n", 1}, {"_revisions", {[{"start", 1}, {"ids", ["x"]}]}}]}
      iex> Numplan.Store.CouchDB.LostWrite.outcome(%{"_id" => "a", "n" => 1}, {:ok, read})
      {:ok, {[{"rev", "1-x"}]}}
      iex> Numplan.Store.CouchDB.LostWrite.outcome(%{"_id" => "a", "n" => 2}, {:ok, read})
      {:error, :conflict}
      iex> Numplan.Store.CouchDB.LostWrite.outcome(%{"_id" => "a", "n" => 2}, {:error, :not_found})
      {:error, :unknown}
  """
  @spec outcome(term(), {:ok, term()} | {:error, :not_found}) :: {:ok, {list()}} | {:error, :conflict | :unknown}
  def outcome(written, {:ok, {_} = read}) do
    {written, read} = {as_map(written), as_map(read)}

    cond do
      fields(written) == fields(read) -> {:ok, {[{"rev", read["_rev"]}]}}
      next?(read["_revisions"], written["_rev"]) -> {:error, :conflict}
      true -> {:error, :unknown}
    end
  end

  def outcome(written, {:error, :not_found}) do
    if as_map(written)["_deleted"], do: {:ok, {[]}}, else: {:error, :unknown}
  end

  def outcome(_written, {:ok, _no_document}), do: {:error, :unknown}

  # A document as a map; encoded and decoded, so that both documents have the same types.
  defp as_map(document) do
    {:ok, text} = :numplan_json.encode(document)
    {:ok, %{} = map} = :numplan_json.decode(text)
    map
  end

  # The fields that a writer sets: others with `_` than `_deleted` are CouchDB's own.
  defp fields(document), do: Map.reject(document, fn {key, _} -> match?("_" <> _, key) and key != "_deleted" end)

  # True when the revision that was read follows directly on `rev`. A deleted document has a
  # history, although the write had no revision to replace.
  defp next?(%{"start" => 1}, nil), do: true
  defp next?(%{"start" => start, "ids" => [_, before | _]}, rev), do: "#{start - 1}-#{before}" == rev
  defp next?(_history, _rev), do: false
end
