defmodule Numplan.Store.CouchDB.Copies do
  @moduledoc """
  An account's copies of its numbers, in the account's database: a document for each, and in
  databases of Kazoo 3.x one document with all, which is read too.
  """

  import Numplan.Store.CouchDB.Documents, only: [change_all: 2, key: 2, remove: 3, request: 2, view: 3, write: 4]

  alias Numplan.PhoneNumber
  alias Numplan.Store.CouchDB.{Documents, Layout}

  @doc "A page of an account's copies; see `c:Numplan.Store.list_copies/4`."
  @spec list(binary(), binary() | nil, pos_integer()) ::
          {:ok, [PhoneNumber.t()], binary() | nil} | {:error, :unavailable}
  def list(account_id, from, limit) do
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

  @doc "Writes copies; see `c:Numplan.Store.put_copies/2`."
  @spec put(binary(), [PhoneNumber.t()]) :: :ok | {:error, :unavailable}
  def put(account_id, numbers), do: change(account_id, Map.new(numbers, &{&1.id, Layout.copy(&1)}))

  @doc "Removes copies; see `c:Numplan.Store.delete_copies/2`."
  @spec delete(binary(), [Numplan.phone_number()]) :: :ok | {:error, :unavailable}
  def delete(account_id, ids), do: change(account_id, Map.new(ids, &{&1, :deleted}))

  @doc "Makes an account's copies equal to documents by id, `:deleted` for none."
  @spec change(binary(), %{Numplan.phone_number() => map() | :deleted}) :: :ok | {:error, :unavailable}
  def change(account_id, copies) do
    with :ok <- change_all(Layout.account_database(account_id), copies),
         do: forget_legacy(account_id, Map.keys(copies), Documents.tries())
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
         kept = kept(members, MapSet.new(ids)),
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

  defp kept(members, ids), do: Enum.reject(members, fn {key, _} -> MapSet.member?(ids, key) end)

  defp forgotten([], database, _kept, document), do: remove(database, "phone_numbers", document)
  defp forgotten(_more, database, kept, document), do: write(database, "phone_numbers", {kept}, document)

  @doc """
  Counts the numbers of an account, as a list with the number in it or with nothing. A number that
  is both in the document of 3.x and a copy is counted once.
  """
  @spec count(binary()) :: {:ok, [non_neg_integer()]} | {:error, :unavailable}
  def count(account_id) do
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
end
