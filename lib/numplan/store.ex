defmodule Numplan.Store do
  @moduledoc """
  Where numbers, accounts and configuration documents are kept: the behaviour, and the calls that go to the store in use.

  The application environment names the store in use: `config :numplan, store: {module, options}`; without it there is none, and
  every call gives `{:error, :no_store}`.

  A number is kept twice, as in Kazoo: its record, and a copy in the account that holds it, which listings read. `update_number/2`
  writes both. A store with transactions (`Numplan.Store.Mnesia`) writes both or neither; one without (`Numplan.Store.CouchDB`) writes
  the record first, and a copy that it could not write then is one of those that `fix` repairs, as it does what other
  writers have done: with `get_numbers/1`, `put_copies/2` and `delete_copies/2`.

  Errors that every call may give: `:no_store`, and `:unavailable` when the store cannot be reached or has lost its quorum.
  """

  alias Numplan.{Account, PhoneNumber}

  @typedoc "Decoded JSON in order: `{[{key, value}]}`."
  @type document :: {[{binary(), term()}]}
  @type failure :: {:error, :no_store | :unavailable}
  @typedoc "What becomes of a number: it is written, deleted, or left as it is for a reason that is handed through."
  @type decision :: {:put, PhoneNumber.t()} | :delete | {:error, term()}

  @doc "The child specification of the store's processes."
  @callback child_spec(options :: keyword()) :: Supervisor.child_spec()

  @doc "The record of a number."
  @callback get_number(Numplan.phone_number()) :: {:ok, PhoneNumber.t()} | {:error, :not_found} | failure()

  @doc """
  Decides in one step what becomes of a number, from its record or `nil`; gives the record as it is afterwards (`nil` if deleted).

  The function may be run several times and must have no effects. The store sets `rev`, `created` (once) and `modified`. The copy in
  the account that holds the number follows; so does its removal from the account that held it before. When this returns, the
  write survives the death of the node.
  """
  @callback update_number(Numplan.phone_number(), (PhoneNumber.t() | nil -> decision())) ::
              {:ok, PhoneNumber.t() | nil} | {:error, term()} | failure()

  @doc """
  At most `limit` copies of an account's numbers, in order of their ids, from `from` on (`nil` for the first), and the id of the one
  behind the last, if there is one.
  """
  @callback list_copies(account_id :: binary(), from :: binary() | nil, limit :: pos_integer()) ::
              {:ok, [PhoneNumber.t()], next :: binary() | nil} | failure()

  @doc "The ids of all numbers whose records say that the account holds them, in order."
  @callback assigned_to(account_id :: binary()) :: {:ok, [Numplan.phone_number()]} | failure()

  @doc "The records of those of the numbers that there are, by id."
  @callback get_numbers([Numplan.phone_number()]) :: {:ok, %{Numplan.phone_number() => PhoneNumber.t()}} | failure()

  @doc "Writes an account's copies of numbers, whatever the records say. A copy that is the same already is left alone."
  @callback put_copies(account_id :: binary(), [PhoneNumber.t()]) :: :ok | failure()

  @doc "Removes an account's copies of numbers, as far as there are any."
  @callback delete_copies(account_id :: binary(), [Numplan.phone_number()]) :: :ok | failure()

  @doc "How many numbers the accounts below this one hold."
  @callback count_below(account_id :: binary()) :: {:ok, non_neg_integer()} | failure()

  @doc "An account."
  @callback get_account(id :: binary()) :: {:ok, Account.t()} | {:error, :not_found} | failure()

  @doc "Writes an account."
  @callback put_account(Account.t()) :: :ok | failure()

  @doc "A configuration document and its revision."
  @callback get_document(id :: binary()) :: {:ok, document(), rev :: binary()} | {:error, :not_found} | failure()

  @doc """
  Writes a configuration document, if its revision is still `rev` (`nil`: whatever it is); gives the new revision. Every process
  that has subscribed, on every node, is then sent `{:numplan_document, id}`.
  """
  @callback put_document(id :: binary(), document(), rev :: binary() | nil) ::
              {:ok, rev :: binary()} | {:error, :conflict} | failure()

  @doc "Sends the calling process `{:numplan_document, id}` after each change of a document, until it ends."
  @callback subscribe() :: :ok | failure()

  @doc "The directory in which the store keeps its files, for one that keeps them on this machine and is this node's own."
  @callback directory(options :: keyword()) :: Path.t()
  @optional_callbacks directory: 1

  @doc "The directory in which the store in use keeps its files; `nil` where there is none, or it is kept elsewhere."
  @spec directory() :: Path.t() | nil
  def directory do
    with {store, options} <- configured(),
         true <- Code.ensure_loaded?(store) and function_exported?(store, :directory, 1),
         do: store.directory(options),
         else: (_ -> nil)
  end

  @doc "The store in use and its options, or `nil`."
  @spec configured() :: {module(), keyword()} | nil
  def configured, do: Application.get_env(:numplan, :store)

  @doc "The record of a number."
  @spec get_number(Numplan.phone_number()) :: {:ok, PhoneNumber.t()} | {:error, :not_found} | failure()
  def get_number(id), do: call(:get_number, [id])

  @doc "Decides in one step what becomes of a number; see the callback."
  @spec update_number(Numplan.phone_number(), (PhoneNumber.t() | nil -> decision())) ::
          {:ok, PhoneNumber.t() | nil} | {:error, term()}
  def update_number(id, decide), do: call(:update_number, [id, decide])

  @doc "A page of the copies of an account's numbers; see the callback."
  @spec list_copies(binary(), binary() | nil, pos_integer()) :: {:ok, [PhoneNumber.t()], binary() | nil} | failure()
  def list_copies(account_id, from, limit), do: call(:list_copies, [account_id, from, limit])

  @doc "The ids of all numbers whose records say that the account holds them, in order."
  @spec assigned_to(binary()) :: {:ok, [Numplan.phone_number()]} | failure()
  def assigned_to(account_id), do: call(:assigned_to, [account_id])

  @doc "The records of those of the numbers that there are, by id."
  @spec get_numbers([Numplan.phone_number()]) :: {:ok, %{Numplan.phone_number() => PhoneNumber.t()}} | failure()
  def get_numbers(ids), do: call(:get_numbers, [ids])

  @doc "Writes an account's copies of numbers, whatever the records say."
  @spec put_copies(binary(), [PhoneNumber.t()]) :: :ok | failure()
  def put_copies(account_id, numbers), do: call(:put_copies, [account_id, numbers])

  @doc "Removes an account's copies of numbers."
  @spec delete_copies(binary(), [Numplan.phone_number()]) :: :ok | failure()
  def delete_copies(account_id, ids), do: call(:delete_copies, [account_id, ids])

  @doc "How many numbers the accounts below this one hold."
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

  @doc "Sends the calling process `{:numplan_document, id}` after each change of a document."
  @spec subscribe() :: :ok | failure()
  def subscribe, do: call(:subscribe, [])

  defp call(function, arguments) do
    case configured() do
      {store, _options} -> apply(store, function, arguments)
      nil -> {:error, :no_store}
    end
  end
end
