defmodule Numplan.Store.CouchDB.Updates do
  @moduledoc """
  Changes of records: each is written by revision, and its copies after it.

  There are no transactions, so each number of many has an outcome of its own. Many are read,
  written and copied in a few requests for each database.
  """

  import Numplan.Store.CouchDB.Documents, only: [at_once: 2, key: 2, pause: 1, remove: 3, request: 2, write: 4]

  alias Numplan.{PhoneNumber, Store}
  alias Numplan.Store.CouchDB.{Copies, Documents, Layout}

  # The Gregorian seconds at the start of 1970.
  @unix_epoch 62_167_219_200

  @doc "Changes the record of a number; see `c:Numplan.Store.update_number/2`."
  @spec update_number(Numplan.phone_number(), (PhoneNumber.t() | nil -> Store.decision())) ::
          {:ok, PhoneNumber.t() | nil} | {:error, term()}
  def update_number(id, decide), do: update_number(id, decide, Documents.tries())

  defp update_number(_id, _decide, 0), do: {:error, :unavailable}

  defp update_number(id, decide, tries) do
    with {:ok, document, before} <- current(id) do
      case carry_out(decide.(before), document, before, id) do
        {:error, :conflict} ->
          pause(tries)
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

  @doc "The document of a number's record."
  @spec record(Numplan.phone_number()) :: {:ok, {list()}} | {:error, :not_found | :unavailable}
  def record(id) do
    case Layout.number_database(id) do
      nil -> {:error, :not_found}
      database -> request(:get, [database, id])
    end
  end

  defp carry_out({:error, reason}, _document, _before, _id), do: {:refused, reason}
  defp carry_out(:delete, _document, nil, _id), do: {:ok, nil}

  defp carry_out(:delete, document, before, id) do
    with {:ok, _} <- remove(Layout.number_database(id), id, document), do: copied(nil, id, [before.account_id])
  end

  defp carry_out({:put, number}, document, before, id) do
    with {:ok, number} <- written(unchanged?(number, before), number, document, before),
         do: copied(number, id, accounts(number, before))
  end

  defp copied(number, id, accounts) do
    case settle(%{id => accounts}, Documents.tries()) do
      [] -> {:ok, number}
      [^id] -> {:error, :unavailable}
    end
  end

  defp accounts(number, nil), do: [number.account_id]
  defp accounts(number, before), do: [before.account_id, number.account_id]

  defp unchanged?(number, %{} = before), do: %{number | rev: before.rev, modified: before.modified} == before
  defp unchanged?(_number, nil), do: false

  defp written(true, _number, _document, before), do: {:ok, before}

  defp written(false, number, document, before) do
    number = timed(number, before, now())

    with {:ok, answer} <- write(Layout.number_database(number.id), number.id, Layout.document(number), document) do
      {:ok, %{number | rev: key(answer, "rev")}}
    end
  end

  defp now, do: System.os_time(:second) + @unix_epoch

  defp timed(number, nil, now), do: %{number | created: number.created || now, modified: number.modified || now}
  defp timed(number, before, now), do: %{number | created: before.created || now, modified: now}

  @doc "Changes the records of many numbers; see `c:Numplan.Store.update_numbers/1`."
  @spec update_numbers([Store.change()]) :: {:ok, [Store.result()]}
  def update_numbers(changes) do
    results = changes |> Enum.with_index() |> in_turns(%{})
    {:ok, for({_change, index} <- Enum.with_index(changes), do: results[index])}
  end

  # Makes the first change of each number together, then the second of those that have one, and so
  # on. Returns the results by the place of the change.
  defp in_turns([], results), do: results

  defp in_turns(changes, results) do
    first = Enum.uniq_by(changes, fn {{id, _decide}, _index} -> id end)
    made = first |> Map.new(fn {change, _index} -> change end) |> attempt(Documents.tries())
    results = for {{id, _decide}, index} <- first, into: results, do: {index, made[id]}
    changes |> Enum.reject(fn {_change, index} -> is_map_key(results, index) end) |> in_turns(results)
  end

  # The results of the changes of different numbers, by id.
  defp attempt(changes, _tries) when changes == %{}, do: %{}
  defp attempt(changes, 0), do: Map.new(changes, fn {id, _decide} -> {id, {:error, :unavailable}} end)

  defp attempt(changes, tries) do
    {documents, unread} = read(Map.keys(changes))
    steps = for {id, decide} <- changes, id not in unread, into: %{}, do: {id, step(id, decide, documents[id])}
    outcomes = steps |> write_all() |> Enum.into(steps)
    uncopied = settle(for({id, {:copy, _result, accounts}} <- outcomes, into: %{}, do: {id, accounts}), tries)
    lost = for {id, :conflict} <- outcomes, do: id
    if lost != [], do: pause(tries)

    for({id, outcome} <- outcomes, outcome != :conflict, into: %{}, do: {id, result(outcome)})
    |> Map.merge(Map.new(unread ++ uncopied, &{&1, {:error, :unavailable}}))
    |> Map.merge(attempt(Map.take(changes, lost), tries - 1))
  end

  defp result({:done, result}), do: result
  defp result({:copy, result, _accounts}), do: result

  # What is left to do for a number: nothing, to write its record, or only its copies.
  defp step(id, decide, document) do
    before = document && Layout.number(document)

    try do
      decide.(before)
    rescue
      exception -> {:done, {:raised, exception, __STACKTRACE__}}
    else
      decision -> next_step(decision, document, before, Layout.number_database(id))
    end
  end

  defp next_step({:error, _reason} = refusal, _document, _before, _database), do: {:done, refusal}
  defp next_step(:delete, _document, nil, _database), do: {:done, {:ok, nil}}
  defp next_step({:put, _number}, _document, _before, nil), do: {:done, {:error, :not_found}}

  defp next_step(:delete, document, before, database),
    do:
      {:write, database, %{"_id" => before.id, "_rev" => key(document, "_rev"), "_deleted" => true}, nil,
       [before.account_id]}

  defp next_step({:put, number}, document, before, database) do
    if unchanged?(number, before) do
      {:copy, {:ok, before}, accounts(number, before)}
    else
      number = timed(number, before, now())
      written = Documents.with_rev(Layout.document(number), document && key(document, "_rev"))
      {:write, database, written, number, accounts(number, before)}
    end
  end

  # Writes the records; returns what is left to do for each afterwards.
  defp write_all(steps) do
    writes = for {id, {:write, database, document, _number, _accounts}} <- steps, do: {database, {id, document}}
    by_database = Enum.group_by(writes, &elem(&1, 0), &elem(&1, 1))
    results = each(by_database, fn {database, documents} -> Documents.write_all(database, Map.new(documents)) end)

    for {{_database, documents}, result} <- results, {id, _document} <- documents, into: %{} do
      {id, written(outcome(result, id), steps[id])}
    end
  end

  defp outcome({:ok, outcomes}, id), do: Map.get(outcomes, id, {:error, :unavailable})
  defp outcome({:error, _reason}, _id), do: {:error, :unavailable}

  defp written({:ok, rev}, {:write, _database, _document, number, accounts}),
    do: {:copy, {:ok, number && %{number | rev: rev}}, accounts}

  defp written({:error, :conflict}, _step), do: :conflict
  defp written({:error, :unavailable} = failure, _step), do: {:done, failure}

  # The documents of records by id, and the ids whose database cannot be read.
  defp read(ids) do
    ids
    |> Enum.group_by(&Layout.number_database/1)
    |> Map.delete(nil)
    |> each(fn {database, ids} -> Documents.read(database, ids) end)
    |> Enum.reduce({%{}, []}, fn
      {_group, {:ok, found}}, {read, unread} -> {Enum.into(found, read), unread}
      {{_database, ids}, _failure}, {read, unread} -> {read, ids ++ unread}
    end)
  end

  # The items, each with its result.
  defp each(items, fun), do: Enum.zip(items, at_once(items, fun))

  # Makes the copies of numbers in these accounts, by id, agree with their records, and repeats that
  # for those whose records have changed meanwhile. So with concurrent writers the last to finish
  # leaves copies of the last record. Returns the ids of the numbers for which it failed.
  defp settle(accounts, _tries) when accounts == %{}, do: []
  defp settle(accounts, 0), do: Map.keys(accounts)

  defp settle(accounts, tries) do
    {before, unread} = read(Map.keys(accounts))
    wanted = accounts |> Map.drop(unread) |> wanted(before)
    copied = each(wanted, fn {account, copies} -> Copies.change(account, copies) end)
    failed = for {{_account, copies}, {:error, _}} <- copied, {id, _copy} <- copies, do: id
    settled = Map.drop(accounts, unread ++ failed)
    {later, unread_later} = read(Map.keys(settled))
    changed = for {id, _} <- settled, id not in unread_later, rev(later[id]) != rev(before[id]), do: id
    unread ++ Enum.uniq(failed) ++ unread_later ++ settle(Map.take(accounts, changed), tries - 1)
  end

  # The copies that each account must have of the numbers, `:deleted` for none.
  defp wanted(accounts, documents) do
    accounts
    |> Enum.flat_map(fn {id, accounts} -> copies(id, accounts, documents[id] && Layout.number(documents[id])) end)
    |> Enum.group_by(fn {account, _copy} -> account end, fn {_account, copy} -> copy end)
    |> Map.new(fn {account, copies} -> {account, Map.new(copies)} end)
  end

  defp copies(id, accounts, number) do
    holder = if number != nil and PhoneNumber.held?(number), do: number.account_id

    for account <- Enum.uniq([holder | accounts]), account != nil do
      {account, {id, if(account == holder, do: Layout.copy(number), else: :deleted)}}
    end
  end

  defp rev(nil), do: nil
  defp rev(document), do: key(document, "_rev")
end
