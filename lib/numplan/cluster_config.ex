defmodule Numplan.ClusterConfig do
  @moduledoc """
  Makes what the store says of the configuration the case on this node: the plan of the document `number_manager`, the tokens
  of `tokens`, the accounts of the application environment.

  A document that is refused, as one written by other hands may be, leaves the plan in force and is logged with what is wrong.
  """

  use GenServer

  require Logger

  alias Numplan.API.Access
  alias Numplan.{Account, ConfigError, Store}

  @doc "Starts following the store."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(_options), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(nil) do
    :ok = Store.subscribe()
    Enum.each(accounts(), &ensure/1)
    _ = follow("number_manager")
    _ = follow("tokens")
    {:ok, nil}
  end

  @impl true
  def handle_info({:numplan_document, id}, state) do
    _ = follow(id)
    {:noreply, state}
  end

  defp follow("number_manager") do
    with {:ok, document, _rev} <- Store.get_document("number_manager"),
         {:error, error} <- Numplan.configure(document) do
      Logger.error(
        "numplan: the store's number_manager is refused, the plan in force stays:\n" <> ConfigError.message(error)
      )
    end
  end

  defp follow("tokens"), do: Access.reload()
  defp follow(_id), do: :ok

  # Where there are tokens nobody acts for the default account, and a store may be others' as well.
  defp accounts do
    own = if Access.open?(), do: [%{id: Access.default_account(), name: "default"}], else: []
    own ++ Application.get_env(:numplan, :accounts, [])
  end

  # An account that is known already keeps what the store says of it.
  defp ensure(account) do
    with {:error, :not_found} <- Store.get_account(account.id), do: :ok = Store.put_account(struct!(Account, account))
  end
end
