defmodule Numplan.Store.CouchDB.Pages do
  @moduledoc "Pages of everything there is: records, accounts and configuration documents."

  import Numplan.Store.CouchDB.Documents,
    only: [collect: 2, key: 2, request: 2, request: 3, row_ids: 1, rows: 1, view: 3]

  alias Numplan.{Account, PhoneNumber, Store}
  alias Numplan.Store.CouchDB.Layout

  @accounts "accounts"
  @configuration "system_config"
  @rows 500
  # How many databases of numbers are asked together.
  @databases 8

  @doc "A page of the records of all numbers; see `c:Numplan.Store.list_numbers/2`."
  @spec numbers(Numplan.phone_number() | nil, pos_integer()) ::
          {:ok, [PhoneNumber.t()], Numplan.phone_number() | nil} | {:error, :unavailable}
  def numbers(from, limit) do
    with {:ok, databases} <- databases(from), do: page(databases, from, limit, &Layout.number/1)
  end

  # The databases of numbers from `from` on. Ids begin with the prefix of their database, so that
  # databases in order hold ids in order.
  defp databases(from) do
    with {:ok, names} <- request(:get, ["_all_dbs"]) do
      named = for name <- names, prefix = Layout.number_prefix(name), not before?(prefix, from), do: {prefix, name}
      {:ok, named |> Enum.sort() |> Enum.map(&elem(&1, 1))}
    end
  end

  defp before?(_prefix, nil), do: false
  defp before?(prefix, from), do: prefix < from and not String.starts_with?(from, prefix)

  @doc "A page of the numbers assigned to an account; see `c:Numplan.Store.assigned_to/3`."
  @spec assigned_to(binary(), Numplan.phone_number() | nil, pos_integer()) ::
          {:ok, [Numplan.phone_number()], Numplan.phone_number() | nil} | {:error, :unavailable}
  def assigned_to(account_id, from, limit) do
    with {:ok, databases} <- databases(from),
         {:ok, ids} <- assigned(Enum.chunk_every(databases, @databases), account_id, from, limit + 1, []) do
      {page, behind} = Enum.split(ids, limit)
      {:ok, page, List.first(behind)}
    end
  end

  defp assigned([], _account_id, _from, _wanted, read), do: {:ok, read}
  defp assigned(_databases, _account_id, _from, wanted, read) when length(read) >= wanted, do: {:ok, read}

  defp assigned([databases | more], account_id, from, wanted, read) do
    with {:ok, found} <- collect(databases, &assigned_in(&1, account_id)) do
      found = for id <- found, from == nil or id >= from, do: id
      assigned(more, account_id, from, wanted, read ++ Enum.sort(found))
    end
  end

  # The numbers of one database that are assigned to an account. The index of a view is large, so
  # Kazoo's own is used where it exists.
  defp assigned_in(database, account_id) do
    range = [startkey: [account_id], endkey: [account_id, %{}], reduce: false]

    case request(:get, [database, "_design", "numbers", "_view", "assigned_to"], range) do
      {:ok, answer} -> {:ok, row_ids(rows(answer))}
      {:error, :not_found} -> ids(database, range)
      failure -> failure
    end
  end

  defp ids(database, range) do
    with {:ok, rows} <- view(database, "assigned_to", range), do: {:ok, row_ids(rows)}
  end

  @doc "A page of all accounts; see `c:Numplan.Store.list_accounts/2`."
  @spec accounts(binary() | nil, pos_integer()) ::
          {:ok, [Account.t()], binary() | nil} | {:error, :unavailable}
  def accounts(from, limit), do: page([@accounts], from, limit, &account/1)

  # Other documents of the database are no accounts.
  defp account(document), do: if(key(document, "pvt_type") == "account", do: Layout.account(document))

  @doc "All configuration documents; see `c:Numplan.Store.list_documents/0`."
  @spec documents() :: {:ok, [{binary(), Store.document(), binary()}]} | {:error, :unavailable}
  def documents do
    with {:ok, read} <- documents([@configuration], nil, :infinity, &configuration/1, []),
         do: {:ok, Enum.map(read, fn {_id, document} -> document end)}
  end

  defp configuration(document) do
    with {_} = default <- key(document, "default"),
         do: {key(document, "_id"), default, key(document, "_rev")},
         else: (_ -> nil)
  end

  # A page of what `convert` makes of the documents of databases, each in order of ids.
  defp page(databases, from, limit, convert) do
    with {:ok, read} <- documents(databases, from, limit + 1, convert, []) do
      {page, behind} = Enum.split(read, limit)
      {:ok, Enum.map(page, fn {_id, item} -> item end), next(behind)}
    end
  end

  defp next([{id, _item} | _]), do: id
  defp next([]), do: nil

  # The first `wanted` documents of which `convert` makes something, with their ids; all for
  # `:infinity`.
  defp documents([], _from, _wanted, _convert, read), do: {:ok, read |> Enum.reverse() |> Enum.concat()}
  defp documents(_databases, _from, 0, _convert, read), do: documents([], nil, 0, nil, read)

  defp documents([database | more] = databases, from, wanted, convert, read) do
    count = min(wanted, @rows)

    with {:ok, rows} <- rows_from(database, from, count) do
      found = for {row} <- rows, item = converted(row, convert), do: {key(row, "id"), item}
      left = if wanted == :infinity, do: wanted, else: wanted - length(found)
      last = if length(rows) == count, do: rows |> List.last() |> key("id")
      # The least id after the last one ends in a byte of zero more.
      if last,
        do: documents(databases, last <> <<0>>, left, convert, [found | read]),
        else: documents(more, from, left, convert, [found | read])
    end
  end

  defp converted(row, convert) do
    with {_} = document <- key(row, "doc"),
         false <- match?("_design/" <> _, key(row, "id")),
         do: convert.(document),
         else: (_ -> nil)
  end

  defp rows_from(database, from, count) do
    query = [include_docs: true, limit: count] ++ if(from, do: [startkey: from], else: [])

    case request(:get, [database, "_all_docs"], query) do
      {:ok, answer} -> {:ok, rows(answer)}
      {:error, :not_found} -> {:ok, []}
      failure -> failure
    end
  end
end
