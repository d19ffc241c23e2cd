defmodule Numplan.Store.CouchDB.LostWrite do
  @moduledoc """
  What became of a write that was sent twice, since the connection died before the first answer, and conflicted at the second time.

  Either the first was done, and the second met what it had written; or another writer was first. The document, as it is now and with its
  history, tells which.
  """

  @doc """
  The answer that was lost, from what was written and the document as it was read afterwards, with the query `revs=true`.

  `{:ok, _}` with the document's revision where it says what was written; of a document that was to be deleted, where there is none.
  `{:error, :conflict}` where the revision upon which it was written is followed by another writer's at once. Everything else
  is `{:error, :unknown}`: others have written since, and whether they wrote over ours cannot be seen.

  A twin counts as ours: the same fields, to the second in which they were modified, written upon the same revision by another writer.

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

  # As it comes back from a server, whatever terms it is written in.
  defp as_map(document) do
    {:ok, text} = :numplan_json.encode(document)
    {:ok, %{} = map} = :numplan_json.decode(text)
    map
  end

  # The others are CouchDB's own, who adds to them.
  defp fields(document), do: Map.reject(document, fn {key, _} -> match?("_" <> _, key) and key != "_deleted" end)

  # A document that was deleted before has a history also where there was nothing to write upon.
  defp next?(%{"start" => 1}, nil), do: true
  defp next?(%{"start" => start, "ids" => [_, before | _]}, rev), do: "#{start - 1}-#{before}" == rev
  defp next?(_history, _rev), do: false
end
