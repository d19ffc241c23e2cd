defmodule Numplan.Store.Repair do
  @moduledoc """
  Repairs an account's copies of its numbers from the number records: Kazoo's `fix`
  (kazoo-semantics 2.7, as in 4.3 and 5).
  """

  alias Numplan.{PhoneNumber, Store}

  @page 500

  @doc """
  Repairs all copies of an account.

  A number that the account holds is copied again; a copy of any other is removed. The repair is
  idempotent: a run that was interrupted is completed by the next.
  """
  @spec fix(binary()) :: :ok | Store.failure()
  def fix(account_id) do
    with {:ok, assigned} <- Store.assigned_to(account_id), {:ok, copied} <- copies(account_id, nil, []) do
      (assigned ++ copied) |> Enum.uniq() |> Enum.chunk_every(@page) |> repair_all(account_id)
    end
  end

  @doc "Repairs an account's copy of one number."
  @spec fix(binary(), Numplan.phone_number()) :: :ok | Store.failure()
  def fix(account_id, id), do: repair(account_id, [id])

  defp copies(account_id, from, read) do
    case Store.list_copies(account_id, from, @page) do
      {:ok, numbers, nil} -> {:ok, ids(numbers, read)}
      {:ok, numbers, next} -> copies(account_id, next, ids(numbers, read))
      failure -> failure
    end
  end

  defp ids(numbers, read), do: Enum.reduce(numbers, read, &[&1.id | &2])

  defp repair_all([], _account_id), do: :ok

  defp repair_all([ids | more], account_id) do
    with :ok <- repair(account_id, ids), do: repair_all(more, account_id)
  end

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
