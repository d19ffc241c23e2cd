defmodule Numplan.Store.Mnesia do
  @moduledoc """
  A store on Mnesia: embedded, on disc, replicated between connected nodes. See `docs/store.md`.

      config :numplan, store: {Numplan.Store.Mnesia, dir: "/var/lib/numplan/mnesia"}

  Options: `:dir`, the directory (default `data/mnesia`); `:join`, a node whose store this one
  shares from the start.

  Writes are transactions. They are on disc when they return, and survive the death of the node.
  While they cannot be brought to the disc, writes return `{:error, :unavailable}`, and reads go on.
  """

  @behaviour Numplan.Store

  require Logger

  alias Numplan.{Account, PhoneNumber}
  alias Numplan.Store.{Filter, Revision}
  alias Numplan.Store.Mnesia.{LogGuard, Node, Schema, Status}

  @impl true
  def child_spec(options) do
    options = Keyword.put(options, :update_number, &__MODULE__.update_number/2)
    %{id: __MODULE__, start: {Node, :start_link, [options]}, shutdown: 30_000}
  end

  @impl true
  defdelegate directory(options), to: Node

  @doc "Joins the store of another connected node; see `Numplan.Store.Mnesia.Node.join/2`."
  @spec join(node(), keyword()) :: :ok | {:error, binary()}
  defdelegate join(node, options \\ []), to: Node

  @typedoc "Whether the store takes writes; if not, why."
  @type state :: :well | {:failed, reason :: binary()}

  @doc """
  The state of the store, its nodes, those that run, the sizes of the tables, the nodes that a
  network split has separated, and why numbers of this side of a split are not written again yet.
  """
  @spec status() :: %{
          state: state(),
          nodes: [node()],
          running: [node()],
          sizes: %{atom() => non_neg_integer()},
          split: [node()],
          unrestored: binary() | nil
        }
  defdelegate status, to: Node

  @impl true
  defdelegate fault, to: Status

  @impl true
  def writable do
    with nil <- fault(), true <- Node.answers?(), nil <- fault() do
      :ok
    else
      false -> {:error, "the store does not answer"}
      words -> {:error, words}
    end
  end

  @impl true
  def subscribe, do: Node.subscribe()

  @impl true
  def get_number(id) do
    with {:ok, found} <- transaction(fn -> :mnesia.read(Schema.numbers(), id) end) do
      if number = record(found), do: {:ok, number}, else: {:error, :not_found}
    end
  end

  defp record([{_table, _id, _account_id, fields}]), do: struct(PhoneNumber, fields)
  defp record([]), do: nil

  @impl true
  def update_number(id, decide) do
    case update_numbers([{id, decide}]) do
      {:ok, [{:raised, exception, stacktrace}]} -> reraise(exception, stacktrace)
      {:ok, [result]} -> result
      failure -> failure
    end
  end

  @impl true
  def update_numbers(changes), do: durably(fn -> Enum.map(changes, &change/1) end, &any_written?/1)

  defp any_written?(results), do: Enum.any?(results, &match?({:ok, _}, &1))

  # Makes one change of a transaction. A refusal and an exception write nothing.
  defp change({id, decide}) do
    before = record(:mnesia.read(Schema.numbers(), id, :write))

    try do
      decide.(before)
    rescue
      exception -> {:raised, exception, __STACKTRACE__}
    else
      decision -> carry_out(decision, before, id)
    end
  end

  defp carry_out({:error, _reason} = refusal, _before, _id), do: refusal

  defp carry_out(:delete, before, id) do
    :ok = :mnesia.delete({Schema.numbers(), id})
    remove_copy(before)
    {:ok, nil}
  end

  defp carry_out({:put, number}, before, _id) do
    number = Revision.stamped(number, before)
    :ok = :mnesia.write({Schema.numbers(), number.id, number.account_id, fields(number)})
    remove_copy(before)
    if PhoneNumber.held?(number), do: write_copy(number.account_id, number)
    {:ok, number}
  end

  defp fields(struct), do: Map.from_struct(struct)

  defp remove_copy(%PhoneNumber{account_id: account_id, id: id}) when account_id != nil,
    do: :mnesia.delete({Schema.copies(), {account_id, id}})

  defp remove_copy(_number), do: :ok

  defp write_copy(account_id, number), do: :mnesia.write({Schema.copies(), {account_id, number.id}, fields(number)})

  @impl true
  def list_copies(account_id, from, limit, filter \\ %Filter{})
  def list_copies(account_id, from, limit, %Filter{conditions: []}), do: copies(account_id, from, limit)

  def list_copies(account_id, from, limit, filter),
    do: Filter.select_by_id(filter, from, limit, &copies(account_id, &1, &2))

  defp copies(account_id, from, limit) do
    result =
      transaction(fn ->
        first = if from && :mnesia.read(Schema.copies(), {account_id, from}) != [], do: {account_id, from}
        key = first || :mnesia.next(Schema.copies(), {account_id, from || ""})
        page(key, account_id, limit, [])
      end)

    with {:ok, {numbers, next}} <- result, do: {:ok, numbers, next}
  end

  defp page({account_id, id}, account_id, 0, read), do: {Enum.reverse(read), id}

  defp page({account_id, _id} = key, account_id, left, read) do
    [{_table, _key, fields}] = :mnesia.read(Schema.copies(), key)
    page(:mnesia.next(Schema.copies(), key), account_id, left - 1, [struct(PhoneNumber, fields) | read])
  end

  defp page(_end_or_another_account, _account_id, _left, read), do: {Enum.reverse(read), nil}

  @impl true
  def list_numbers(from, limit) do
    with {:ok, {read, next}} <- transaction(fn -> records({Schema.numbers(), :"$1", :_, :_}, from, limit) end),
         do: {:ok, Enum.map(read, &record([&1])), next}
  end

  @impl true
  def list_accounts(from, limit) do
    with {:ok, {read, next}} <- transaction(fn -> records({Schema.accounts(), :"$1", :_}, from, limit) end),
         do: {:ok, Enum.map(read, &account/1), next}
  end

  defp records(row, from, limit) do
    {keys, next} = least(row, from, limit)
    {Enum.flat_map(keys, &:mnesia.read(elem(row, 0), &1)), next}
  end

  @impl true
  def list_documents do
    with {:ok, read} <- transaction(fn -> :mnesia.match_object({Schema.documents(), :_, :_}) end),
         do: {:ok, Enum.sort(for({_table, id, {rev, document}} <- read, do: {id, document, rev}))}
  end

  @chunk 5_000

  # The `limit` least keys of rows from `from` on, and the key after them. The table has no order:
  # one pass over its keys keeps the least, so that memory does not grow with the table.
  defp least(row, from, limit) do
    guard = if from, do: [{:>=, :"$1", from}], else: []
    first = :mnesia.select(elem(row, 0), [{row, guard, [:"$1"]}], @chunk, :read)
    {keys, behind} = first |> least_of([], limit + 1) |> Enum.split(limit)
    {keys, List.first(behind)}
  end

  defp least_of(:"$end_of_table", keys, _count), do: keys

  defp least_of({found, continuation}, keys, count) do
    found
    |> Enum.sort()
    |> :lists.merge(keys)
    |> Enum.take(count)
    |> then(&least_of(:mnesia.select(continuation), &1, count))
  end

  @impl true
  def assigned_to(account_id, from, limit) do
    with {:ok, {ids, next}} <- transaction(fn -> least({Schema.numbers(), :"$1", account_id, :_}, from, limit) end),
         do: {:ok, ids, next}
  end

  @impl true
  def get_numbers(ids) do
    with {:ok, found} <- transaction(fn -> Enum.flat_map(ids, &:mnesia.read(Schema.numbers(), &1)) end) do
      {:ok, Map.new(found, fn {_table, id, _account_id, fields} -> {id, struct(PhoneNumber, fields)} end)}
    end
  end

  @impl true
  def put_copies(account_id, numbers), do: done(durably(fn -> Enum.each(numbers, &write_copy(account_id, &1)) end))

  @impl true
  def delete_copies(account_id, ids) do
    done(durably(fn -> Enum.each(ids, &:mnesia.delete({Schema.copies(), {account_id, &1}})) end))
  end

  @impl true
  def count_below(account_id) do
    transaction(fn ->
      below =
        :mnesia.foldl(&if(account_id in elem(&1, 2).tree, do: [elem(&1, 1) | &2], else: &2), [], Schema.accounts())

      below |> Enum.map(&length(:mnesia.select(Schema.copies(), [{{:_, {&1, :_}, :_}, [], [true]}]))) |> Enum.sum()
    end)
  end

  @impl true
  def get_account(id) do
    with {:ok, found} <- transaction(fn -> :mnesia.read(Schema.accounts(), id) end) do
      case found do
        [account] -> {:ok, account(account)}
        [] -> {:error, :not_found}
      end
    end
  end

  defp account({_table, _id, fields}), do: struct(Account, fields)

  @impl true
  def put_account(%Account{} = account) do
    done(durably(fn -> :mnesia.write({Schema.accounts(), account.id, fields(account)}) end))
  end

  @impl true
  def get_document(id) do
    with {:ok, found} <- transaction(fn -> :mnesia.read(Schema.documents(), id) end) do
      case found do
        [{_table, ^id, {rev, document}}] -> {:ok, document, rev}
        [] -> {:error, :not_found}
      end
    end
  end

  @impl true
  def put_document(id, document, expected) do
    durably(fn ->
      rev = document_rev(:mnesia.read(Schema.documents(), id, :write))
      if expected not in [nil, rev], do: :mnesia.abort({:refused, :conflict})
      next = Revision.next(rev, document)
      :ok = :mnesia.write({Schema.documents(), id, {next, document}})
      next
    end)
  end

  defp document_rev([{_table, _id, {rev, _document}}]), do: rev
  defp document_rev([]), do: nil

  defp done({:ok, _}), do: :ok
  defp done(failure), do: failure

  # Runs a transaction and brings it to the disc: when it returns, it is in memory and on its way to
  # the log, unless `wrote?` of the answer says that nothing is there. The guard is taken before: a
  # later one knows nothing of what was lost meanwhile.
  defp durably(fun, wrote? \\ fn _ -> true end) do
    case {Process.whereis(LogGuard), Process.whereis(Node)} do
      {nil, nil} ->
        unavailable(:not_running)

      {nil, _node} ->
        {:error, :unavailable}

      {guard, _node} ->
        with {:ok, answer} <- guarded(fn -> :mnesia.sync_transaction(fun) end),
             do: if(wrote?.(answer), do: synced(guard, answer), else: {:ok, answer})
    end
  end

  # The store's process logs why what was written is not on the disc.
  defp synced(guard, answer) do
    case await(worker(fn -> LogGuard.sync(guard) end), Process.monitor(guard)) do
      {:answered, :ok} -> {:ok, answer}
      _not_synced_or_ended -> {:error, :unavailable}
    end
  end

  defp transaction(fun), do: guarded(fn -> :mnesia.transaction(fun) end)

  # Runs a transaction. It waits for ever for its manager's answer if Mnesia stops meanwhile. So it
  # runs in a process of its own, and this one monitors that process and the manager. Once the
  # store's process has ended the store is unavailable, though Mnesia ends later.
  defp guarded(transaction) do
    case {Process.whereis(Node), Process.whereis(:mnesia_tm)} do
      {node, manager} when is_pid(node) and is_pid(manager) -> run(transaction, manager)
      _ -> unavailable(:not_running)
    end
  end

  defp run(transaction, manager) do
    case await(worker(transaction), Process.monitor(manager)) do
      {:answered, answer} -> result(answer)
      {:ended, reason} -> unavailable(reason)
    end
  end

  defp worker(transaction) do
    caller = self()
    tag = make_ref()
    {pid, monitor} = spawn_monitor(fn -> send(caller, {tag, transaction.()}) end)
    {tag, pid, monitor}
  end

  defp await({_tag, pid, monitor} = worker, manager) do
    receive do
      {:DOWN, ^monitor, :process, ^pid, ended} ->
        true = Process.demonitor(manager, [:flush])
        answer(worker, ended)

      {:DOWN, ^manager, :process, _, _} ->
        true = Process.exit(pid, :kill)

        receive do
          {:DOWN, ^monitor, :process, ^pid, ended} -> answer(worker, ended)
        end
    end
  end

  # The answer of a process that has ended. It sends its answer before it exits, and signals between
  # two processes keep their order: when its `DOWN` message is here, its answer is in the mailbox.
  defp answer({tag, _pid, _monitor}, ended) do
    receive do
      {^tag, answer} -> {:answered, answer}
    after
      0 -> {:ended, ended}
    end
  end

  defp result({:atomic, answer}), do: {:ok, answer}
  defp result({:aborted, {:refused, reason}}), do: {:error, reason}
  defp result({_aborted_or_error, reason}), do: unavailable(reason)

  # Logs a failure, unless the store is not well: its process logs that once. The reason may hold
  # records: only its kind is logged.
  defp unavailable(reason) do
    if (Process.whereis(LogGuard) && Process.whereis(:mnesia_tm)) || !Process.whereis(Node),
      do: Logger.error("numplan: the store is unavailable: #{kind(reason)}")

    {:error, :unavailable}
  end

  defp kind(reason) when is_atom(reason), do: inspect(reason)
  defp kind(reason) when is_tuple(reason) and tuple_size(reason) > 0, do: reason |> elem(0) |> kind()
  defp kind(_reason), do: "an error of Mnesia"
end
