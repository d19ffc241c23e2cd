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

  import Numplan.Store.CouchDB.Documents,
    only: [collect: 2, key: 2, request: 2, rewrite: 3, row_ids: 1, view: 3]

  alias Numplan.Account
  alias Numplan.Store.CouchDB.{Copies, Documents, Layout, Pages, Server, Updates}
  alias Numplan.Store.Filter

  @accounts "accounts"
  @configuration "system_config"

  @impl true
  def child_spec(options), do: %{id: __MODULE__, start: {Server, :start_link, [hidden(options)]}}

  # The options with the password inside a function, because supervisors log a child's arguments.
  defp hidden(options) do
    if password = options[:password], do: Keyword.put(options, :password, fn -> password end), else: options
  end

  @impl true
  defdelegate subscribe, to: Server

  @impl true
  def get_number(id) do
    with {:ok, document} <- Updates.record(id), do: found(Layout.number(document))
  end

  # The record in a document. A document need not have any field of a record.
  defp found(nil), do: {:error, :not_found}
  defp found(number_or_account), do: {:ok, number_or_account}

  @impl true
  def get_numbers(ids) do
    ids
    |> Enum.group_by(&Layout.number_database/1)
    |> Map.delete(nil)
    |> collect(fn {database, ids} -> Documents.read(database, ids) end)
    |> case do
      {:ok, read} -> {:ok, for({id, document} <- read, number = Layout.number(document), into: %{}, do: {id, number})}
      failure -> failure
    end
  end

  @impl true
  defdelegate update_number(id, decide), to: Updates

  @impl true
  defdelegate update_numbers(changes), to: Updates

  @impl true
  defdelegate list_numbers(from, limit), to: Pages, as: :numbers

  @impl true
  defdelegate list_accounts(from, limit), to: Pages, as: :accounts

  @impl true
  defdelegate list_documents, to: Pages, as: :documents

  @impl true
  def list_copies(account_id, from, limit, filter \\ %Filter{})
  def list_copies(account_id, from, limit, %Filter{conditions: []}), do: Copies.list(account_id, from, limit)

  def list_copies(account_id, from, limit, filter),
    do: Filter.select_by_id(filter, from, limit, &Copies.list(account_id, &1, &2))

  @impl true
  defdelegate put_copies(account_id, numbers), to: Copies, as: :put

  @impl true
  defdelegate delete_copies(account_id, ids), to: Copies, as: :delete

  @impl true
  defdelegate assigned_to(account_id, from, limit), to: Pages

  @impl true
  def count_below(account_id) do
    with {:ok, rows} <- view(@accounts, "below", key: account_id),
         {:ok, counts} <- collect(row_ids(rows), &Copies.count/1),
         do: {:ok, Enum.sum(counts)}
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
end
