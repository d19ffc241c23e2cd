defmodule Numplan.Store.Repair do
  @moduledoc """
  Repairs an account's copies of its numbers from the number records: Kazoo's `fix`
  (kazoo-semantics 2.7, as in 4.3 and 5).
  """

  require Logger

  alias Numplan.{PhoneNumber, Store}

  # How many numbers are read and repaired together, and how many ids and copies a page has.
  @batch 500
  @page 5_000
  # The milliseconds between two lines of the log.
  @said_every 10_000

  @doc """
  Repairs all copies of an account.

  A number that the account holds is copied again; a copy of any other is removed. The repair is
  idempotent: a run that was interrupted is completed by the next. It reads both lists in pages, in
  bounded memory; the log says every ten seconds how many numbers are done, and so does `progress`
  after each part.
  """
  @spec fix(binary(), (non_neg_integer() -> term())) :: :ok | Store.failure()
  def fix(account_id, progress \\ fn _done -> :ok end) when is_function(progress, 1) do
    assigned = {&Store.assigned_to(account_id, &1, @page), & &1}
    copied = {&Store.list_copies(account_id, &1, @batch), & &1.id}
    walk(page(assigned, nil), page(copied, nil), %{account_id: account_id, progress: progress, done: 0, said: now()})
  end

  @doc "Repairs an account's copy of one number."
  @spec fix_number(binary(), Numplan.phone_number()) :: :ok | Store.failure()
  def fix_number(account_id, id), do: repair(account_id, [id])

  # A list of ids that is read in pages: those read, and how to read on, `nil` at the end.
  defp page({read, id} = source, from) do
    case read.(from) do
      {:ok, items, nil} -> {Enum.map(items, id), nil}
      {:ok, items, next} -> {Enum.map(items, id), fn -> page(source, next) end}
      failure -> failure
    end
  end

  # Repairs the numbers of both lists, the least ids first.
  defp walk({:error, _reason} = failure, _copied, _run), do: failure
  defp walk(_assigned, {:error, _reason} = failure, _run), do: failure
  defp walk({[], more}, copied, run) when more != nil, do: walk(more.(), copied, run)
  defp walk(assigned, {[], more}, run) when more != nil, do: walk(assigned, more.(), run)
  defp walk({[], nil}, {[], nil}, _run), do: :ok

  defp walk(assigned, copied, run) do
    {ids, assigned, copied} = least(assigned, copied, @batch, [])
    with :ok <- repair(run.account_id, ids), do: walk(assigned, copied, said(run, length(ids)))
  end

  # Takes up to `count` of the least ids of both lists, as far as the pages that are there reach.
  defp least(assigned, copied, 0, ids), do: {Enum.reverse(ids), assigned, copied}
  defp least({[], more} = assigned, copied, _count, ids) when more != nil, do: {Enum.reverse(ids), assigned, copied}
  defp least(assigned, {[], more} = copied, _count, ids) when more != nil, do: {Enum.reverse(ids), assigned, copied}
  defp least({[], nil} = assigned, {[], nil} = copied, _count, ids), do: {Enum.reverse(ids), assigned, copied}
  defp least({[id | a], more}, {[id | c], rest}, count, ids), do: least({a, more}, {c, rest}, count - 1, [id | ids])

  defp least({[id | a], more}, {c, _} = copied, count, ids) when c == [] or id < hd(c),
    do: least({a, more}, copied, count - 1, [id | ids])

  defp least(assigned, {[id | c], rest}, count, ids), do: least(assigned, {c, rest}, count - 1, [id | ids])

  defp said(run, count) do
    done = run.done + count
    run.progress.(done)
    now = now()

    if now - run.said >= @said_every do
      Logger.info("numplan: fix of an account goes on, #{done} numbers are done")
      %{run | done: done, said: now}
    else
      %{run | done: done}
    end
  end

  defp now, do: System.monotonic_time(:millisecond)

  defp repair(account_id, ids) do
    with {:ok, records} <- Store.get_numbers(ids), do: repair(account_id, ids, records)
  end

  defp repair(_account_id, [], _records), do: :ok

  # The repair repeats for records that another writer has changed meanwhile, because that writer's
  # copies and these may have crossed.
  defp repair(account_id, ids, records) do
    {held, others} = Enum.split_with(ids, &held?(records[&1], account_id))

    with :ok <- Store.put_copies(account_id, Enum.map(held, &records[&1])),
         :ok <- Store.delete_copies(account_id, others),
         {:ok, now} <- Store.get_numbers(ids),
         do: repair(account_id, Enum.reject(ids, &(now[&1] == records[&1])), now)
  end

  defp held?(%PhoneNumber{account_id: account_id} = record, account_id), do: PhoneNumber.held?(record)
  defp held?(_none_or_of_another, _account_id), do: false
end
