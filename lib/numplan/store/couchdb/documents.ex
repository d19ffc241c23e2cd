defmodule Numplan.Store.CouchDB.Documents do
  @moduledoc """
  Reads and writes documents of CouchDB, one and many at a time, and rows of Numplan's views.

  A write creates the database if there is none, and repeats what a conflict with another writer
  prevented, for a bounded number of times. Documents and members of JSON objects are in the
  encoding of `Numplan.Store.CouchDB.Client`.
  """

  alias Numplan.Store.CouchDB.{Client, Layout, Server}

  @tries 200
  @databases_at_once 8

  @typedoc "A document as it was read, or a map."
  @type document :: {list()} | map()

  @doc "How often a write that conflicts is tried."
  @spec tries() :: pos_integer()
  def tries, do: @tries

  @doc "Sends a request to the store's server; see `Numplan.Store.CouchDB.Client.request/5`."
  @spec request(:get | :put | :post, [binary()], keyword(), term()) :: Client.answer()
  def request(method, path, query \\ [], body \\ nil) do
    case Server.fetch() do
      {:ok, server} -> server |> Client.request(method, path, query, body) |> Server.noticed()
      :error -> {:error, :unavailable}
    end
  end

  @doc "The value under a key of an object, or of its members; `nil` without it."
  @spec key({list()} | list(), binary()) :: term()
  def key({members}, name), do: key(members, name)

  def key(members, name) do
    case List.keyfind(members, name, 0) do
      {_, value} -> value
      nil -> nil
    end
  end

  @doc "The rows of an answer of a view or of `_all_docs`."
  @spec rows({list()}) :: [{list()}]
  def rows({members}), do: key(members, "rows")

  @doc "The ids in rows."
  @spec row_ids([{list()}]) :: [binary()]
  def row_ids(rows), do: for({row} <- rows, do: key(row, "id"))

  @doc "The documents with these ids, as pairs of id and document; none without the database."
  @spec read(binary(), [binary()]) :: {:ok, [{binary(), {list()}}]} | {:error, :unavailable}
  def read(database, ids) do
    case request(:post, [database, "_all_docs"], [include_docs: true], %{"keys" => ids}) do
      {:ok, answer} ->
        {:ok, for({row} <- rows(answer), {"doc", {_} = document} <- row, do: {key(row, "id"), document})}

      {:error, :not_found} ->
        {:ok, []}

      failure ->
        failure
    end
  end

  @doc """
  The results of `fun` for each item, in order; several run at once. After the first error it is not
  called again, so that a server that hangs costs a bounded time; the others are `:unavailable`.
  """
  @spec at_once(Enumerable.t(), (term() -> result)) :: [result | {:error, :unavailable}]
        when result: :ok | {:ok, term()} | {:error, term()}
  def at_once(items, fun) do
    errors = :counters.new(1, [])
    call = &if(:counters.get(errors, 1) == 0, do: counted(fun.(&1), errors), else: {:error, :unavailable})

    items
    |> Task.async_stream(call, max_concurrency: @databases_at_once, timeout: :infinity)
    |> Enum.map(fn {:ok, result} -> result end)
  end

  defp counted({:error, _} = failure, errors) do
    :ok = :counters.add(errors, 1, 1)
    failure
  end

  defp counted(result, _errors), do: result

  @doc "The answers of `read` for each item as one list, or the first failure; several run at once."
  @spec collect(Enumerable.t(), (term() -> {:ok, list()} | {:error, term()})) :: {:ok, list()} | {:error, term()}
  def collect(items, read) do
    results = at_once(items, read)

    with nil <- Enum.find(results, &match?({:error, _}, &1)),
         do: {:ok, Enum.flat_map(results, fn {:ok, more} -> more end)}
  end

  @doc "Pauses for a random time, so that conflicting writers do not conflict again."
  @spec pause(tries_left :: non_neg_integer()) :: :ok
  def pause(left) do
    receive do
    after
      :rand.uniform(min(5 * (@tries - left + 1), 100)) -> :ok
    end
  end

  @doc "Replaces the document that was read. Without a database there is nothing to write to."
  @spec write(binary() | nil, binary(), document(), {list()}) :: Client.answer()
  def write(nil, _id, _document, _read), do: {:error, :not_found}

  def write(database, id, document, {read}) do
    making(database, fn -> request(:put, [database, id], [], with_rev(document, key(read, "_rev"))) end)
  end

  @doc "Removes the document that was read."
  @spec remove(binary() | nil, binary(), {list()}) :: Client.answer()
  def remove(database, id, {read}), do: write(database, id, %{"_deleted" => true}, {read})

  @doc "A document with the revision that it is to replace."
  @spec with_rev(document(), binary() | nil) :: document()
  def with_rev(document, nil), do: document
  def with_rev({members}, rev), do: {List.keystore(members, "_rev", 0, {"_rev", rev})}
  def with_rev(document, rev), do: Map.put(document, "_rev", rev)

  @doc """
  Writes documents of one database in one request, each with the revision that it replaces; returns
  the outcome of each by id, or the failure of all. A write whose answer is lost is made or decided
  document by document.
  """
  @spec write_all(binary(), %{binary() => map()}) ::
          {:ok, %{binary() => {:ok, rev :: binary()} | {:error, :conflict | :unavailable}}} | {:error, term()}
  def write_all(database, documents) do
    making(database, fn ->
      case Server.fetch() do
        {:ok, server} -> server |> Client.put_all(database, documents) |> Server.noticed()
        :error -> {:error, :unavailable}
      end
    end)
  end

  # Creates the database if the write finds none, and writes again.
  defp making(database, write) do
    with {:error, :not_found} <- write.(), {:ok, _} <- made(request(:put, [database])), do: write.()
  end

  defp made({:error, :exists}), do: {:ok, :exists}
  defp made(outcome), do: outcome

  @doc """
  Makes the documents of a database equal to `wanted` (`:deleted` for none), in two requests, and
  repeats that for those that another writer changed meanwhile.
  """
  @spec change_all(binary(), %{binary() => map() | :deleted}) :: :ok | {:error, :unavailable}
  def change_all(database, wanted), do: change_all(database, wanted, @tries)

  defp change_all(_database, wanted, _tries) when wanted == %{}, do: :ok
  defp change_all(_database, _wanted, 0), do: {:error, :unavailable}

  defp change_all(database, wanted, tries) do
    with {:ok, found} <- read(database, Map.keys(wanted)),
         {:ok, refused} <- post_all(database, changes(wanted, Map.new(found))) do
      if refused != [], do: pause(tries)
      change_all(database, Map.take(wanted, refused), tries - 1)
    end
  end

  defp changes(wanted, found) do
    for {id, document} <- wanted, change = change(id, document, found[id]), do: change
  end

  defp change(_id, :deleted, nil), do: nil
  defp change(id, :deleted, {read}), do: %{"_id" => id, "_rev" => key(read, "_rev"), "_deleted" => true}
  defp change(_id, document, nil), do: document

  defp change(_id, document, {read} = there) do
    unless Layout.same?(there, document), do: Map.put(document, "_rev", key(read, "_rev"))
  end

  # Writes documents, and returns the ids of those that failed. The HTTP client may send this
  # request again. If the first attempt was applied, the second one gets a conflict for the
  # document; the caller reads it and finds the wanted content. Only a new copy that another writer
  # removed in between is written once more; that writer has changed the record before, and makes
  # the copies agree with the record afterwards.
  defp post_all(_database, []), do: {:ok, []}

  defp post_all(database, documents) do
    with {:ok, answers} <-
           making(database, fn -> request(:post, [database, "_bulk_docs"], [], %{"docs" => documents}) end) do
      {:ok, for({answer} <- answers, key(answer, "error") != nil, do: key(answer, "id"))}
    end
  end

  @doc """
  Changes a document by a function of its members and revision, and repeats that after a conflict.
  Returns the new revision, or what else the function returns.
  """
  @spec rewrite(binary(), binary(), (list(), binary() | nil -> {:ok, document()} | other)) ::
          {:ok, binary()} | {:error, term()} | other
        when other: term()
  def rewrite(database, id, change), do: rewrite(database, id, change, @tries)

  defp rewrite(_database, _id, _change, 0), do: {:error, :unavailable}

  defp rewrite(database, id, change, tries) do
    with {:ok, members} <- members(database, id),
         {:ok, document} <- change.(List.keydelete(members, "_rev", 0), key(members, "_rev")),
         {:ok, answer} <- write(database, id, document, {members}) do
      {:ok, key(answer, "rev")}
    else
      {:error, :conflict} ->
        pause(tries)
        rewrite(database, id, change, tries - 1)

      failure ->
        failure
    end
  end

  defp members(database, id) do
    case request(:get, [database, id]) do
      {:ok, {members}} -> {:ok, members}
      {:error, :not_found} -> {:ok, []}
      failure -> failure
    end
  end

  @doc "The rows of one of Numplan's views; none where the database does not exist."
  @spec view(binary(), binary(), keyword()) :: {:ok, [{list()}]} | {:error, term()}
  def view(database, name, query) do
    path = [database, "_design", "numplan", "_view", name]

    with {:error, :not_found} <- request(:get, path, query),
         :ok <- put_design(database),
         {:error, :not_found} <- request(:get, path, query) do
      {:ok, []}
    else
      {:ok, answer} -> {:ok, rows(answer)}
      {:error, :not_found} -> {:ok, []}
      failure -> failure
    end
  end

  defp put_design(database) do
    {"_design/" <> name, document} = Layout.design()

    case rewrite_design(database, name, document) do
      {:ok, _} -> :ok
      {:error, :conflict} -> :ok
      failure -> failure
    end
  end

  defp rewrite_design(database, name, document) do
    path = [database, "_design", name]

    case request(:get, path) do
      {:ok, {read}} -> request(:put, path, [], with_rev(document, key(read, "_rev")))
      {:error, :not_found} -> request(:put, path, [], document)
      failure -> failure
    end
  end
end
