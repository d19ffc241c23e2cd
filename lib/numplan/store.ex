defmodule Numplan.Store do
  @moduledoc """
  The behaviour of a store of numbers, accounts and configuration documents, and the calls to the
  configured one.

  `config :numplan, store: {module, options}` names the store; without it every call returns
  `{:error, :no_store}`.

  A number is seen in two places, as in Kazoo: its record, and the list of the account that holds
  it. `update_number/2` changes both. A store with transactions (`Numplan.Store.SQLite`,
  `Numplan.Store.Mnesia`) changes both or neither. One without (`Numplan.Store.CouchDB`) writes
  the record first, then the account's copy of it; a copy that was not written is repaired by
  `fix` (`Numplan.Store.Repair`), by `get_numbers/1`, `put_copies/2` and `delete_copies/2`.

  Every call may return the errors `:no_store`, and `:unavailable` when the store cannot be
  reached or has lost its quorum.
  """

  alias Numplan.{Account, PhoneNumber}
  alias Numplan.Store.Filter

  @typedoc "Decoded JSON in order: `{[{key, value}]}`."
  @type document :: {[{binary(), term()}]}
  @type failure :: {:error, :no_store | :unavailable}
  @typedoc "What to do with a record: write it, delete it, or leave it and return an error."
  @type decision :: {:put, PhoneNumber.t()} | :delete | {:error, term()}
  @typedoc "A change of a number: its id, and a function from its record (`nil` if there is none) to a decision."
  @type change :: {Numplan.phone_number(), (PhoneNumber.t() | nil -> decision())}
  @typedoc "The record after a change (`nil` if deleted); the error of a refusal; or what the function raised."
  @type result ::
          {:ok, PhoneNumber.t() | nil} | {:error, term()} | {:raised, Exception.t(), Exception.stacktrace()}

  @doc "The child specification of the store's processes."
  @callback child_spec(options :: keyword()) :: Supervisor.child_spec()

  @doc "The record of a number."
  @callback get_number(Numplan.phone_number()) :: {:ok, PhoneNumber.t()} | {:error, :not_found} | failure()

  @doc """
  Changes the record of a number atomically, by a function from the record (`nil` if there is
  none) to a decision. Returns the record afterwards (`nil` if deleted).

  The function may run several times and must have no side effects. The store sets `rev`,
  `created` (once) and `modified`, writes the copy in the account that holds the number, and
  removes that of the account that held it before. A new record keeps the `created` and `modified`
  that it brings along, as one from another store does. When this returns, the write survives the
  death of the node.
  """
  @callback update_number(Numplan.phone_number(), (PhoneNumber.t() | nil -> decision())) ::
              {:ok, PhoneNumber.t() | nil} | {:error, term()} | failure()

  @doc """
  Changes the records of many numbers, each as `c:Numplan.Store.update_number/2` does, and returns
  the result of each, in order.

  A store with transactions makes all changes in one, so that they share its cost; one without may
  fail for some of them. A change that refuses or raises does not affect the others. A number may
  be named more than once: its changes are made in order.
  """
  @callback update_numbers([change()]) :: {:ok, [result()]} | failure()

  @doc """
  A page of at most `limit` records of all numbers, in order of their ids, beginning at `from`
  (`nil`: at the first), and the id at which the next page begins, `nil` for none.
  """
  @callback list_numbers(from :: Numplan.phone_number() | nil, limit :: pos_integer()) ::
              {:ok, [PhoneNumber.t()], next :: Numplan.phone_number() | nil} | failure()

  @doc "A page of all accounts, in order of their ids, as `c:Numplan.Store.list_numbers/2` has it of numbers."
  @callback list_accounts(from :: binary() | nil, limit :: pos_integer()) ::
              {:ok, [Account.t()], next :: binary() | nil} | failure()

  @doc "All configuration documents with their ids and revisions, in order of the ids."
  @callback list_documents() :: {:ok, [{id :: binary(), document(), rev :: binary()}]} | failure()

  @doc """
  A page of at most `limit` copies of an account's numbers, in order of their ids, beginning at
  `from` (`nil`: at the first), and the id at which the next page begins, `nil` for none.

  With a filter it has only those numbers that the filter keeps. The page may then have fewer of
  them although another one follows, since it reads a bounded number of records
  (`Numplan.Store.Filter.select/4`). With bounds of the time of creation the order, and with it the
  key of the next page, is the store's own; pages together have each number once all the same.
  """
  @callback list_copies(account_id :: binary(), from :: binary() | nil, limit :: pos_integer(), Filter.t()) ::
              {:ok, [PhoneNumber.t()], next :: binary() | nil} | failure()

  @doc """
  A page of at most `limit` ids of the numbers whose records are assigned to the account, in order,
  beginning at `from` (`nil`: at the first), and the id at which the next page begins, `nil` for
  none.
  """
  @callback assigned_to(account_id :: binary(), from :: Numplan.phone_number() | nil, limit :: pos_integer()) ::
              {:ok, [Numplan.phone_number()], next :: Numplan.phone_number() | nil} | failure()

  @doc "The records that exist among `ids`, by id."
  @callback get_numbers(ids :: [Numplan.phone_number()]) ::
              {:ok, %{Numplan.phone_number() => PhoneNumber.t()}} | failure()

  @doc """
  Writes an account's copies of numbers, without regard to the records. An equal copy is left as
  it is.
  """
  @callback put_copies(account_id :: binary(), [PhoneNumber.t()]) :: :ok | failure()

  @doc "Removes those of an account's copies of numbers that exist."
  @callback delete_copies(account_id :: binary(), [Numplan.phone_number()]) :: :ok | failure()

  @doc "The number of numbers that the accounts below this one hold."
  @callback count_below(account_id :: binary()) :: {:ok, non_neg_integer()} | failure()

  @doc "An account."
  @callback get_account(id :: binary()) :: {:ok, Account.t()} | {:error, :not_found} | failure()

  @doc "Writes an account."
  @callback put_account(Account.t()) :: :ok | failure()

  @doc "A configuration document and its revision."
  @callback get_document(id :: binary()) :: {:ok, document(), rev :: binary()} | {:error, :not_found} | failure()

  @doc """
  Writes a configuration document if its revision is still `rev` (`nil`: always), and returns the
  new revision. Every subscribed process, on every node, is then sent `{:numplan_document, id}`.
  """
  @callback put_document(id :: binary(), document(), rev :: binary() | nil) ::
              {:ok, rev :: binary()} | {:error, :conflict} | failure()

  @doc """
  Subscribes the calling process: it is sent `{:numplan_document, id}` after each change of a
  document.
  """
  @callback subscribe() :: :ok | failure()

  @doc "The directory of the store's files, for a store of this node alone on this machine."
  @callback directory(options :: keyword()) :: Path.t()

  @doc """
  Why the store takes no writes, in words without paths and secrets; `nil` where it takes them, or
  has not been found otherwise. Answers at once.
  """
  @callback fault() :: binary() | nil

  @doc "Whether the store can be written, as the process that writes says; else why not, as `c:Numplan.Store.fault/0`."
  @callback writable() :: :ok | {:error, reason :: binary()}
  @optional_callbacks directory: 1, fault: 0, writable: 0

  @doc """
  The directory of the configured store's files; `nil` without a store, or with one elsewhere.
  """
  @spec directory() :: Path.t() | nil
  def directory do
    with {store, options} <- configured(),
         true <- exported?(store, :directory, 1),
         do: store.directory(options),
         else: (_ -> nil)
  end

  defp exported?(store, function, arity),
    do: Code.ensure_loaded?(store) and function_exported?(store, function, arity)

  @doc """
  Why the configured store takes no writes; `nil` where it takes them, or does not say. See the
  callback.
  """
  @spec fault() :: binary() | nil
  def fault, do: optional(:fault, nil)

  @doc "Whether the configured store can be written, or why not; `:ok` where it does not say. See the callback."
  @spec writable() :: :ok | {:error, binary()}
  def writable, do: optional(:writable, :ok)

  defp optional(function, otherwise) do
    with {store, _options} <- configured(),
         true <- exported?(store, function, 0),
         do: apply(store, function, []),
         else: (_ -> otherwise)
  end

  @doc "The configured store and its options, or `nil`."
  @spec configured() :: {module(), keyword()} | nil
  def configured, do: Application.get_env(:numplan, :store)

  @doc "The record of a number."
  @spec get_number(Numplan.phone_number()) :: {:ok, PhoneNumber.t()} | {:error, :not_found} | failure()
  def get_number(id), do: call(:get_number, [id])

  @doc "Changes the record of a number atomically; see the callback."
  @spec update_number(Numplan.phone_number(), (PhoneNumber.t() | nil -> decision())) ::
          {:ok, PhoneNumber.t() | nil} | {:error, term()}
  def update_number(id, decide), do: call(:update_number, [id, decide])

  @doc "Changes the records of many numbers, and returns the result of each, in order; see the callback."
  @spec update_numbers([change()]) :: {:ok, [result()]} | failure()
  def update_numbers(changes), do: call(:update_numbers, [changes])

  @doc "A page of the records of all numbers; see the callback."
  @spec list_numbers(Numplan.phone_number() | nil, pos_integer()) ::
          {:ok, [PhoneNumber.t()], Numplan.phone_number() | nil} | failure()
  def list_numbers(from, limit), do: call(:list_numbers, [from, limit])

  @doc "A page of all accounts; see the callback."
  @spec list_accounts(binary() | nil, pos_integer()) :: {:ok, [Account.t()], binary() | nil} | failure()
  def list_accounts(from, limit), do: call(:list_accounts, [from, limit])

  @doc "All configuration documents with their ids and revisions; see the callback."
  @spec list_documents() :: {:ok, [{binary(), document(), binary()}]} | failure()
  def list_documents, do: call(:list_documents, [])

  @doc "A page of the copies of an account's numbers; see the callback."
  @spec list_copies(binary(), binary() | nil, pos_integer(), Filter.t()) ::
          {:ok, [PhoneNumber.t()], binary() | nil} | failure()
  def list_copies(account_id, from, limit, filter \\ %Filter{}),
    do: call(:list_copies, [account_id, from, limit, filter])

  @doc "A page of the ids of the numbers whose records are assigned to the account; see the callback."
  @spec assigned_to(binary(), Numplan.phone_number() | nil, pos_integer()) ::
          {:ok, [Numplan.phone_number()], Numplan.phone_number() | nil} | failure()
  def assigned_to(account_id, from, limit), do: call(:assigned_to, [account_id, from, limit])

  @doc "The records that exist among `ids`, by id."
  @spec get_numbers([Numplan.phone_number()]) :: {:ok, %{Numplan.phone_number() => PhoneNumber.t()}} | failure()
  def get_numbers(ids), do: call(:get_numbers, [ids])

  @doc "Writes an account's copies of numbers, without regard to the records."
  @spec put_copies(binary(), [PhoneNumber.t()]) :: :ok | failure()
  def put_copies(account_id, numbers), do: call(:put_copies, [account_id, numbers])

  @doc "Removes an account's copies of numbers."
  @spec delete_copies(binary(), [Numplan.phone_number()]) :: :ok | failure()
  def delete_copies(account_id, ids), do: call(:delete_copies, [account_id, ids])

  @doc "The number of numbers that the accounts below this one hold."
  @spec count_below(binary()) :: {:ok, non_neg_integer()} | failure()
  def count_below(account_id), do: call(:count_below, [account_id])

  @doc "An account."
  @spec get_account(binary()) :: {:ok, Account.t()} | {:error, :not_found} | failure()
  def get_account(id), do: call(:get_account, [id])

  @doc "Writes an account."
  @spec put_account(Account.t()) :: :ok | failure()
  def put_account(account), do: call(:put_account, [account])

  @doc "A configuration document and its revision."
  @spec get_document(binary()) :: {:ok, document(), binary()} | {:error, :not_found} | failure()
  def get_document(id), do: call(:get_document, [id])

  @doc "Writes a configuration document; see the callback."
  @spec put_document(binary(), document(), binary() | nil) :: {:ok, binary()} | {:error, :conflict} | failure()
  def put_document(id, document, rev \\ nil), do: call(:put_document, [id, document, rev])

  @doc "Subscribes the calling process to changes of documents; see the callback."
  @spec subscribe() :: :ok | failure()
  def subscribe, do: call(:subscribe, [])

  defp call(function, arguments) do
    case configured() do
      {store, _options} -> apply(store, function, arguments)
      nil -> {:error, :no_store}
    end
  end
end
