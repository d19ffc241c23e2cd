defmodule Numplan.Store.SQLite do
  @moduledoc """
  A store in one SQLite file: embedded, on one machine, for up to some ten million numbers. See
  `docs/store.md`.

      config :numplan, store: {Numplan.Store.SQLite, dir: "/var/lib/numplan/sqlite"}

  Options: `:dir`, the directory (default `data/sqlite`), which has the file `numplan.db`;
  `:beside_mnesia`, `true` to make a new store beside one of Mnesia, which is refused otherwise.

  A write is on the disc when it returns, and survives a crash or a loss of power. Writes that come
  together share one wait for the disc (`Numplan.Store.SQLite.Writer`). Everything that is read is
  verified by checksums: what the disc or another program has changed is an error, and never an
  answer.
  """

  @behaviour Numplan.Store

  alias Numplan.Account
  alias Numplan.Store.Filter
  alias Numplan.Store.SQLite.{Listing, Native, Row, Writer}

  @impl true
  def child_spec(options), do: %{id: __MODULE__, start: {Writer, :start_link, [options]}, shutdown: 30_000}

  @impl true
  defdelegate directory(options), to: Writer

  @impl true
  defdelegate subscribe, to: Writer

  @impl true
  def fault do
    case Writer.fault() do
      nil -> nil
      {:full, _words} -> "the disc is full"
      {:damaged, _words} -> "the store is damaged"
      {:not_running, words} -> words
      {_kind, _words} -> "the disc cannot be written or read"
    end
  end

  @impl true
  def writable do
    cond do
      words = fault() -> {:error, words}
      Writer.answers?() -> :ok
      true -> {:error, "the store does not answer"}
    end
  end

  @doc """
  The state of the store: whether it can be written, or why not; its layout, and the bytes of its
  file and of its log.
  """
  @spec status() :: %{
          writable: true | {false, reason :: binary()},
          layout: pos_integer() | nil,
          size: non_neg_integer() | nil,
          log: non_neg_integer() | nil
        }
  def status do
    writable = with {_kind, words} <- Writer.fault(), do: {false, words}

    case Writer.read(&Native.status/1) do
      {:ok, {layout, size, log}} -> %{writable: writable || true, layout: layout, size: size, log: log}
      {:error, :unavailable} -> %{writable: writable || {false, "it cannot be read"}, layout: nil, size: nil, log: nil}
    end
  end

  @impl true
  def get_number(id) do
    case Writer.read(&Native.numbers(&1, [id])) do
      {:ok, [nil]} -> {:error, :not_found}
      {:ok, [row]} -> {:ok, number(row)}
      failure -> failure
    end
  end

  @impl true
  def get_numbers(ids) do
    with {:ok, rows} <- Writer.read(&Native.numbers(&1, ids)),
         do: {:ok, for(row when row != nil <- rows, number = number(row), into: %{}, do: {number.id, number})}
  end

  defp number(row), do: row |> Row.from_number() |> elem(0)

  @impl true
  def update_number(id, decide), do: Writer.write({:update_number, id, decide})

  @impl true
  def update_numbers(changes), do: Writer.write({:update_numbers, changes})

  @impl true
  defdelegate list_copies(account_id, from, limit, filter \\ %Filter{}), to: Listing, as: :page

  # The first `limit` rows, and the id of the one after them.
  defp page(rows, limit, id) do
    {page, behind} = Enum.split(rows, limit)
    {page, with([row | _] <- behind, do: id.(row), else: ([] -> nil))}
  end

  @impl true
  def assigned_to(account_id, from, limit) do
    with {:ok, ids} <- Writer.read(&Native.assigned_to(&1, account_id, from || "", limit + 1)) do
      {page, next} = page(ids, limit, & &1)
      {:ok, page, next}
    end
  end

  @impl true
  def list_numbers(from, limit) do
    with {:ok, rows} <- Writer.read(&Native.list_numbers(&1, from || "", limit + 1)) do
      {page, next} = page(rows, limit, &elem(&1, 0))
      {:ok, Enum.map(page, &number/1), next}
    end
  end

  @impl true
  def list_accounts(from, limit) do
    with {:ok, rows} <- Writer.read(&Native.list_accounts(&1, from || "", limit + 1)) do
      {page, next} = page(rows, limit, &elem(&1, 0))
      {:ok, Enum.map(page, fn {id, fields} -> Row.from_account(id, fields) end), next}
    end
  end

  @impl true
  def list_documents do
    with {:ok, rows} <- Writer.read(&Native.list_documents/1),
         do: {:ok, for({id, rev, content} <- rows, do: {id, Row.from_document(content), rev})}
  end

  @impl true
  def put_copies(account_id, numbers), do: Writer.write({:put_copies, account_id, numbers})

  @impl true
  def delete_copies(account_id, ids), do: Writer.write({:delete_copies, account_id, ids})

  @impl true
  def count_below(account_id), do: Writer.read(&Native.count_below(&1, account_id))

  @impl true
  def get_account(id) do
    case Writer.read(&Native.account(&1, id)) do
      {:ok, nil} -> {:error, :not_found}
      {:ok, fields} -> {:ok, Row.from_account(id, fields)}
      failure -> failure
    end
  end

  @impl true
  def put_account(%Account{} = account), do: Writer.write({:put_account, account})

  @impl true
  def get_document(id) do
    case Writer.read(&Native.document(&1, id)) do
      {:ok, nil} -> {:error, :not_found}
      {:ok, {_id, rev, content}} -> {:ok, Row.from_document(content), rev}
      failure -> failure
    end
  end

  @impl true
  def put_document(id, document, expected), do: Writer.write({:put_document, id, document, expected})
end
