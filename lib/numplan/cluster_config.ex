defmodule Numplan.ClusterConfig do
  @moduledoc """
  The process that applies the store's configuration on this node: the tokens of the document
  `tokens` and the plan of `number_manager`. It also writes the accounts of the application
  environment that the store lacks.

  If the store cannot be read or written, the node runs on, and this process alone tries again,
  first after one second and then every five. Until the mark of a migration and the tokens are read,
  every request is answered 503. The log says once that the tokens cannot be read, and once that
  they are read again. A `number_manager` that is refused, which other software may
  have written, leaves the plan in force, and its faults are logged.

  On a store with an unfinished migration this process does not start, and with it no service.
  """

  use GenServer

  require Logger

  alias Numplan.API.{Access, Tokens}
  alias Numplan.{Account, ConfigError, Log, Store}
  alias Numplan.Transfer.MigrationMark

  @first_retry 1_000
  @longest_retry 5_000
  # All that is read of the store, in an order that matters: a part of a store would be served as if
  # it were all of it, and the accounts depend on the tokens.
  @migration MigrationMark.id()
  @all [@migration, "tokens", "number_manager", :accounts]

  @doc "Starts the process, which subscribes to the store."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(_options), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(nil) do
    :ok = Store.subscribe()
    state = attempt(%{due: @all, failed: false, retry: nil, timer: nil, refused: nil})
    if state.refused, do: {:stop, state.refused}, else: {:ok, state}
  end

  @impl true
  def handle_info({:numplan_document, id}, state) when id in @all, do: state |> due(id) |> attempt() |> going_on()
  def handle_info({:numplan_document, _id}, state), do: {:noreply, state}
  def handle_info(:retry, state), do: %{state | timer: nil} |> attempt() |> going_on()

  # A store that could not be read at the start.
  defp going_on(%{refused: nil} = state), do: {:noreply, state}

  defp going_on(%{refused: words} = state) do
    Logger.error(words)
    {:stop, {:shutdown, words}, state}
  end

  defp due(state, item), do: %{state | due: Enum.filter(@all, &(&1 == item or &1 in state.due))}

  # Does what is due. The first failure ends the attempt: the next step would wait for the same
  # store.
  defp attempt(%{due: [item | later]} = state) do
    case done(item, state) do
      :ok -> attempt(%{noted(item, state) | due: later})
      :failed -> state |> failed(item) |> retry()
      {:refused, words} -> %{state | refused: words}
    end
  end

  defp attempt(state), do: %{cancelled(state) | retry: nil}

  defp done("tokens", state) do
    if quietly(&Access.reload/0, state) == :unknown, do: :failed, else: :ok
  end

  defp done(@migration, state) do
    with {:ok, mark} <- quietly(fn -> MigrationMark.read(Store) end, state) do
      if words = MigrationMark.unfinished(mark), do: {:refused, "numplan: " <> words}, else: :ok
    else
      _failure -> :failed
    end
  end

  defp done("number_manager", _state) do
    case Store.get_document("number_manager") do
      {:ok, document, _rev} -> put_in_force(document)
      {:error, :not_found} -> :ok
      _failure -> :failed
    end
  end

  defp done(:accounts, _state) do
    if Enum.all?(accounts(), &(ensure(&1) == :ok)), do: :ok, else: :failed
  end

  # A store logs each failed read; so while reading has been failing, this process logs nothing
  # during a retry.
  defp quietly(read, %{failed: true}), do: Log.quietly(read)
  defp quietly(read, _state), do: read.()

  # The store may hold a part of what is migrated to it: tokens that were read of it are not
  # believed, so that every request is answered 503.
  defp failed(state, @migration) do
    :ok = Access.unknown()
    state |> due("tokens") |> failed("tokens")
  end

  defp failed(%{failed: false} = state, "tokens") do
    Logger.error("numplan: the store's tokens cannot be read; until they are, every request is answered 503")
    %{state | failed: true}
  end

  defp failed(state, _item), do: state

  defp noted("tokens", %{failed: true} = state) do
    Logger.warning("numplan: the store's tokens are read again" <> without(Access.reason()))
    %{state | failed: false}
  end

  defp noted(_item, state), do: state

  defp without(reason) when reason in [:exposed, :closed_before],
    do: "; no token is configured, and so every request is answered 401; see docs/access.md"

  defp without(_reason), do: ""

  defp retry(state) do
    wait = if state.retry, do: min(2 * state.retry, @longest_retry), else: @first_retry
    %{cancelled(state) | retry: wait, timer: Process.send_after(self(), :retry, wait)}
  end

  defp cancelled(%{timer: nil} = state), do: state

  defp cancelled(state) do
    _ = Process.cancel_timer(state.timer)
    %{state | timer: nil}
  end

  defp put_in_force(document) do
    with {:error, error} <- Numplan.configure(document) do
      Logger.error(
        "numplan: the store's number_manager is refused, the plan in force stays:\n" <> ConfigError.message(error)
      )
    end

    :ok
  end

  # The accounts that must exist: the default one only on an open server, as with tokens nobody acts
  # for it, and the store may be shared with other software; then those of the configuration and of
  # its tokens.
  defp accounts do
    own = if Access.open?(), do: [Map.from_struct(Account.default())], else: []
    named = own ++ Application.get_env(:numplan, :accounts, [])
    named ++ Enum.reject(accounts_of_tokens(), fn {:of_token, account} -> account.id in Enum.map(named, & &1.id) end)
  end

  defp accounts_of_tokens do
    %{tokens: tokens} = Tokens.configured(Application.get_env(:numplan, :tokens))
    for id <- tokens |> Map.values() |> Enum.map(& &1.account_id) |> Enum.uniq(), do: {:of_token, %{id: id}}
  end

  # Makes an account that is missing. An existing one stays as the store has it.
  defp ensure({:of_token, account}) do
    if Store.directory() || account.id == Access.default_account(), do: ensure(account), else: known(account)
  end

  defp ensure(account) do
    with {:error, :not_found} <- Store.get_account(account.id),
         :ok <- Store.put_account(struct!(Account, account)) do
      :ok
    else
      {:ok, _known} -> :ok
      _failure -> :failed
    end
  end

  # Logs that the account of a token is missing. It is not made: in a shared store other software
  # may have deleted it.
  defp known(account) do
    case Store.get_account(account.id) do
      {:error, :not_found} ->
        Logger.error(
          "numplan: a configured token is for the account #{account.id}, which the store does not have, and so finds nothing: " <>
            "make the account, or name it in config :numplan, accounts: …"
        )

      {:ok, _account} ->
        :ok

      _failure ->
        :failed
    end
  end
end
