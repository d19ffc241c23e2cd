defmodule Numplan.Store.CouchDB do
  @moduledoc """
  A store on CouchDB, in Kazoo's own databases (kazoo-semantics 4). See `docs/kazoo.md`.

      config :numplan, store: {Numplan.Store.CouchDB, url: "http://127.0.0.1:5984", username: "…", password: "…"}

  Options:

    * `:url` - the URL of the server, `http://` or `https://`
    * `:username`, `:password` - credentials for basic authentication
    * `:timeout` - of a request, in milliseconds, default 5,000
    * `:view_timeout` - of a view, whose first read builds its index, in milliseconds, default
      60,000
    * `:tls` - options of `ssl`; certificates are verified against the system's authorities unless
      `:cacerts` or `:cacertfile` names others

  Records are in databases such as `numbers/+1415`, copies in the databases of accounts, accounts
  in `accounts`, and configuration documents under the key `default` in `system_config`. The first
  write creates a missing database. Kazoo's view `numbers/assigned_to` is read where it exists;
  other views are created by their first read, in a design document `numplan`.

  There are no transactions: a record is written first, by revision, then its copies; see
  `Numplan.Store.update_number/2`. A number of fewer than five bytes, or one that begins with
  bytes that no database name may have, has no database and is never found.
  """

  @behaviour Numplan.Store

  alias Numplan.{Account, PhoneNumber}
  alias Numplan.Store.CouchDB.{Client, Layout, Server}

  @accounts "accounts"
  @configuration "system_config"
  @tries 200
  @databases_at_once 8

  @impl true
  def child_spec(options), do: %{id: __MODULE__, start: {Server, :start_link, [hidden(options)]}}

  # The options with the password inside a function, because supervisors log a child's arguments.
  defp hidden(options) do
    if password = options[:password], do: Keyword.put(options, :password, fn -> password end), else: options
  end

  @impl true
  def subscribe, do: Server.subscribe()

  @impl true
  def get_number(id) do
    with {:ok, document} <- record(id), do: found(Layout.number(document))
  end

  # The record in a document. A document need not have any field of a record.
  defp found(nil), do: {:error, :not_found}
  defp found(number_or_account), do: {:ok, number_or_account}

  defp record(id) do
    case Layout.number_database(id) do
      nil -> {:error, :not_found}
      database -> request(:get, [database, id])
    end
  end

  @impl true
  def get_numbers(ids) do
    ids
    |> Enum.group_by(&Layout.number_database/1)
    |> Map.delete(nil)
    |> collect(fn {database, ids} -> documents(database, ids) end)
    |> case do
      {:ok, read} -> {:ok, for({id, document} <- read, number = Layout.number(document), into: %{}, do: {id, number})}
      failure -> failure
    end
  end

  # The documents with these ids, by id.
  defp documents(database, ids) do
    case request(:post, [database, "_all_docs"], [include_docs: true], %{"keys" => ids}) do
      {:ok, answer} ->
        {:ok, for({row} <- rows(answer), {"doc", {_} = document} <- row, do: {key(row, "id"), document})}

      {:error, :not_found} ->
        {:ok, []}

      failure ->
        failure
    end
  end

  # Asks several databases at once; returns their answers as one list, or the first failure.
  defp collect(databases, read) do
    databases
    |> Task.async_stream(read, max_concurrency: @databases_at_once, timeout: :infinity)
    |> Enum.reduce_while({:ok, []}, fn
      {:ok, {:ok, more}}, {:ok, read} -> {:cont, {:ok, more ++ read}}
      {:ok, failure}, _read -> {:halt, failure}
    end)
  end

  @impl true
  def update_number(id, decide), do: update_number(id, decide, @tries)

  defp update_number(_id, _decide, 0), do: {:error, :unavailable}

  defp update_number(id, decide, tries) do
    with {:ok, document, before} <- current(id) do
      case carry_out(decide.(before), document, before, id) do
        {:error, :conflict} ->
          pause(@tries - tries)
          update_number(id, decide, tries - 1)

        # The caller may return any term as an error, so it is tagged.
        {:refused, reason} ->
          {:error, reason}

        outcome ->
          outcome
      end
    end
  end

  defp current(id) do
    case record(id) do
      {:ok, document} -> {:ok, document, Layout.number(document)}
      {:error, :not_found} -> {:ok, {[]}, nil}
      failure -> failure
    end
  end

  # Pauses for a random time, so that conflicting writers do not conflict again.
  defp pause(lost) do
    receive do
    after
      :rand.uniform(min(5 * (lost + 1), 100)) -> :ok
    end
  end

  defp carry_out({:error, reason}, _document, _before, _id), do: {:refused, reason}
  defp carry_out(:delete, _document, nil, _id), do: {:ok, nil}

  defp carry_out(:delete, document, before, id) do
    with {:ok, _} <- removed(Layout.number_database(id), id, document),
         :ok <- settle(id, [before.account_id], @tries),
         do: {:ok, nil}
  end

  defp carry_out({:put, number}, document, before, id) do
    with {:ok, number} <- written(unchanged(number, before), number, document, before),
         :ok <- settle(id, [before && before.account_id, number.account_id], @tries),
         do: {:ok, number}
  end

  defp unchanged(number, %{} = before), do: %{number | rev: before.rev, modified: before.modified} == before
  defp unchanged(_number, nil), do: false

  defp written(true, _number, _document, before), do: {:ok, before}

  defp written(false, number, document, before) do
    now = System.os_time(:second) + 62_167_219_200
    number = %{number | created: (before && before.created) || now, modified: now}

    with {:ok, answer} <- write(Layout.number_database(number.id), number.id, Layout.document(number), document) do
      {:ok, %{number | rev: key(answer, "rev")}}
    end
  end

  # Makes the copies of a number in these accounts agree with its record, and repeats that until
  # the record has not changed meanwhile. So with concurrent writers the last to finish leaves
  # copies of the last record.
  defp settle(_id, _accounts, 0), do: {:error, :unavailable}

  defp settle(id, accounts, tries) do
    with {:ok, _document, number} <- current(id),
         holder = number && PhoneNumber.held?(number) && number.account_id,
         accounts = Enum.uniq(Enum.reject([holder | accounts], &(&1 in [nil, false]))),
         :ok <- each(accounts, &settle_in(&1, &1 == holder, number, id)),
         {:ok, _document, later} <- current(id) do
      if (later && later.rev) == (number && number.rev), do: :ok, else: settle(id, accounts, tries - 1)
    end
  end

  defp settle_in(account_id, true, number, _id), do: put_copies(account_id, [number])
  defp settle_in(account_id, false, _number, id), do: delete_copies(account_id, [id])

  defp each([], _fun), do: :ok
  defp each([item | items], fun), do: with(:ok <- fun.(item), do: each(items, fun))

  @impl true
  def list_copies(account_id, from, limit) do
    with {:ok, legacy} <- legacy(account_id),
         {:ok, rows} <- view(Layout.account_database(account_id), "numbers", page(from, limit)) do
      copies = for {row} <- rows, {"doc", {_} = document} <- row, number = Layout.copied_number(document), do: number
      all = merged(copies, for(number <- legacy, from == nil or number.id >= from, do: number))
      {numbers, behind} = Enum.split(all, limit)
      {:ok, numbers, next(behind)}
    end
  end

  defp page(nil, limit), do: [include_docs: true, limit: limit + 1]
  defp page(from, limit), do: [{:startkey, from} | page(nil, limit)]

  # The numbers of a list: copies, and numbers that only the document of 3.x has.
  defp merged(copies, []), do: copies
  defp merged(copies, legacy), do: (copies ++ legacy) |> Enum.uniq_by(& &1.id) |> Enum.sort_by(& &1.id)

  defp next([number | _]), do: number.id
  defp next([]), do: nil

  @impl true
  def assigned_to(account_id) do
    with {:ok, names} <- request(:get, ["_all_dbs"]),
         databases = Enum.filter(names, &Layout.number_database?/1),
         {:ok, ids} <- collect(databases, &assigned_in(&1, account_id)) do
      {:ok, Enum.sort(ids)}
    end
  end

  # The numbers of one database that are assigned to an account. The index of a view is large, so
  # Kazoo's own is used where it exists.
  defp assigned_in(database, account_id) do
    range = [startkey: [account_id], endkey: [account_id, %{}], reduce: false]

    case request(:get, [database, "_design", "numbers", "_view", "assigned_to"], range) do
      {:ok, answer} -> {:ok, row_ids(rows(answer))}
      {:error, :not_found} -> ids(database, "assigned_to", range)
      failure -> failure
    end
  end

  defp ids(database, view, query) do
    with {:ok, rows} <- view(database, view, query), do: {:ok, row_ids(rows)}
  end

  defp row_ids(rows), do: for({row} <- rows, do: key(row, "id"))

  @impl true
  def put_copies(account_id, numbers) do
    copies = Map.new(numbers, &{&1.id, Layout.copy(&1)})

    with :ok <- change_all(Layout.account_database(account_id), copies, @tries),
         do: forget_legacy(account_id, Map.keys(copies), @tries)
  end

  @impl true
  def delete_copies(account_id, ids) do
    with :ok <- change_all(Layout.account_database(account_id), Map.new(ids, &{&1, :deleted}), @tries),
         do: forget_legacy(account_id, ids, @tries)
  end

  # Makes the documents of a database equal to `wanted`, in two requests, and repeats that for
  # those that another writer changed meanwhile.
  defp change_all(_database, wanted, _tries) when wanted == %{}, do: :ok
  defp change_all(_database, _wanted, 0), do: {:error, :unavailable}

  defp change_all(database, wanted, tries) do
    with {:ok, found} <- documents(database, Map.keys(wanted)),
         {:ok, refused} <- write_all(database, changes(wanted, Map.new(found))) do
      if refused != [], do: pause(@tries - tries)
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
  # removed in between is written once more; that writer has changed the record before, and
  # `settle/3` reads the record afterwards.
  defp write_all(_database, []), do: {:ok, []}

  defp write_all(database, documents) do
    with {:ok, answers} <-
           making(database, fn -> request(:post, [database, "_bulk_docs"], [], %{"docs" => documents}) end) do
      {:ok, for({answer} <- answers, key(answer, "error") != nil, do: key(answer, "id"))}
    end
  end

  defp legacy(account_id) do
    case request(:get, [Layout.account_database(account_id), "phone_numbers"]) do
      {:ok, document} -> {:ok, Layout.legacy_numbers(document)}
      {:error, :not_found} -> {:ok, []}
      failure -> failure
    end
  end

  # Removes numbers from the one document of 3.x, and the document with the last of them.
  defp forget_legacy(_account_id, _ids, 0), do: {:error, :unavailable}

  defp forget_legacy(account_id, ids, tries) do
    database = Layout.account_database(account_id)

    with {:ok, {members} = document} <- request(:get, [database, "phone_numbers"]),
         kept = Enum.reject(members, fn {key, _} -> key in ids end),
         true <- kept != members,
         {:ok, _} <- forgotten(Layout.legacy_numbers({kept}), database, kept, document) do
      :ok
    else
      false -> :ok
      {:error, :not_found} -> :ok
      {:error, :conflict} -> forget_legacy(account_id, ids, tries - 1)
      failure -> failure
    end
  end

  defp forgotten([], database, _kept, document), do: removed(database, "phone_numbers", document)
  defp forgotten(_more, database, kept, document), do: write(database, "phone_numbers", {kept}, document)

  @impl true
  def count_below(account_id) do
    with {:ok, below} <- ids(@accounts, "below", key: account_id),
         {:ok, counts} <- collect(below, &count/1),
         do: {:ok, Enum.sum(counts)}
  end

  # Counts the numbers of an account. One that is both in the document of 3.x and a copy is counted
  # once.
  defp count(account_id) do
    database = Layout.account_database(account_id)

    case view(database, "kept", group_level: 1) do
      {:ok, [_copies, _legacy]} -> count_distinct(database)
      {:ok, kinds} -> {:ok, for({row} <- kinds, do: key(row, "value"))}
      failure -> failure
    end
  end

  defp count_distinct(database) do
    with {:ok, rows} <- view(database, "kept", reduce: false) do
      ids = for {row} <- rows, [_kind, id] = key(row, "key"), uniq: true, do: id
      {:ok, [length(ids)]}
    end
  end

  @impl true
  def get_account(id) do
    with {:ok, document} <- request(:get, [@accounts, id]), do: found(Layout.account(document))
  end

  @impl true
  def put_account(%Account{} = account) do
    case rewrite(@accounts, account.id, fn members, _rev -> {:ok, Layout.account_document(members, account)} end) do
      {:ok, _rev} -> :ok
      failure -> failure
    end
  end

  @impl true
  def get_document(id) do
    with {:ok, {members}} <- request(:get, [@configuration, id]) do
      case key(members, "default") do
        nil -> {:error, :not_found}
        document -> {:ok, document, key(members, "_rev")}
      end
    end
  end

  @impl true
  def put_document(id, document, expected) do
    change = fn members, rev ->
      if expected in [nil, rev],
        do: {:ok, {List.keystore(members, "default", 0, {"default", document})}},
        else: :refused
    end

    with :refused <- rewrite(@configuration, id, change), do: {:error, :conflict}
  end

  # Changes a document by a function of its members, and repeats that after a conflict. Returns
  # the new revision.
  defp rewrite(database, id, change, tries \\ @tries)
  defp rewrite(_database, _id, _change, 0), do: {:error, :unavailable}

  defp rewrite(database, id, change, tries) do
    with {:ok, members} <- members(database, id),
         {:ok, document} <- change.(List.keydelete(members, "_rev", 0), key(members, "_rev")),
         {:ok, answer} <- write(database, id, document, {members}) do
      {:ok, key(answer, "rev")}
    else
      {:error, :conflict} ->
        pause(@tries - tries)
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

  # Replaces the document that was read.
  defp write(nil, _id, _document, _read), do: {:error, :not_found}

  defp write(database, id, document, {read}) do
    making(database, fn -> request(:put, [database, id], [], with_rev(document, key(read, "_rev"))) end)
  end

  defp with_rev(document, nil), do: document
  defp with_rev({members}, rev), do: {List.keystore(members, "_rev", 0, {"_rev", rev})}
  defp with_rev(document, rev), do: Map.put(document, "_rev", rev)

  defp removed(database, id, {read}), do: write(database, id, %{"_deleted" => true}, {read})

  # Creates the database if the write finds none, and writes again.
  defp making(database, write) do
    with {:error, :not_found} <- write.(), {:ok, _} <- made(request(:put, [database])), do: write.()
  end

  defp made({:error, :exists}), do: {:ok, :exists}
  defp made(outcome), do: outcome

  # The rows of one of Numplan's views; none where the database does not exist.
  defp view(database, name, query) do
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

  defp rows({members}), do: key(members, "rows")

  defp key({members}, name), do: key(members, name)

  defp key(members, name) do
    case List.keyfind(members, name, 0) do
      {_, value} -> value
      nil -> nil
    end
  end

  defp request(method, path, query \\ [], body \\ nil) do
    case Server.fetch() do
      {:ok, server} -> server |> Client.request(method, path, query, body) |> Server.noticed()
      :error -> {:error, :unavailable}
    end
  end
end
