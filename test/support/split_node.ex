defmodule Numplan.SplitNode do
  @moduledoc "Nodes of `Numplan.StoreNode` that are split from each other, and what becomes of the numbers that a healed node writes again."

  alias Numplan.{Builds, Store, StoreNode}

  @doc "Splits a node from others. With another cookie for each other they can neither stay connected nor connect again."
  @spec split(map(), [map()]) :: :ok
  def split(one, others) do
    for other <- others do
      true = StoreNode.call(one, :erlang, :set_cookie, [other.node, :apart])
      true = StoreNode.call(other, :erlang, :set_cookie, [one.node, :elsewhere])
      StoreNode.call(one, :erlang, :disconnect_node, [other.node])
    end

    for other <- others do
      false = await(fn -> other.node in StoreNode.call(one, Node, :list, []) end, false)
      false = await(fn -> one.node in StoreNode.call(other, :mnesia, :system_info, [:running_db_nodes]) end, false)
      false = await(fn -> other.node in StoreNode.call(one, :mnesia, :system_info, [:running_db_nodes]) end, false)
    end

    :ok
  end

  defp await(ask, wanted), do: Builds.await(ask, wanted, 1_500)

  @doc "Connects them again."
  @spec unsplit(map(), [map()]) :: :ok
  def unsplit(one, others) do
    cookie = StoreNode.call(one, :erlang, :get_cookie, [])

    for other <- others do
      true = StoreNode.call(one, :erlang, :set_cookie, [other.node, cookie])
      true = StoreNode.call(other, :erlang, :set_cookie, [one.node, cookie])
    end

    for other <- others, do: true = StoreNode.call(one, :net_kernel, :connect_node, [other.node])
    :ok
  end

  @doc """
  Makes a node write its numbers again, refuse to, or be killed with signal 9 when it is about to; or
  write them, and subscribe somebody from the first one on: see `subscribed/1`.
  """
  @spec on_restore(map(), :write | :refuse | :die | :subscribe) :: :ok
  def on_restore(node, what) do
    _ = StoreNode.call(node, :sys, :replace_state, [Store.Mnesia.Node, &__MODULE__.set(&1, what)])
    :ok
  end

  @doc false
  def set(state, :write), do: %{state | update_number: &Store.Mnesia.update_number/2}
  def set(state, :refuse), do: %{state | update_number: &__MODULE__.refuse/2}
  def set(state, :die), do: %{state | update_number: &__MODULE__.die/2}

  def set(state, :subscribe) do
    :persistent_term.put(__MODULE__, {:counters.new(1, []), nil})
    %{state | update_number: &__MODULE__.subscribe_and_write/2}
  end

  @doc """
  The status of the store while the first number was written, and how many were written when a
  subscription that was asked for then was answered; `nil` before.
  """
  @spec subscribed() :: {map(), pos_integer()} | nil
  def subscribed, do: __MODULE__ |> :persistent_term.get() |> elem(1)

  @doc false
  def subscribe_and_write(id, decide) do
    {written, _subscribed} = :persistent_term.get(__MODULE__)
    :counters.add(written, 1, 1)
    if :counters.get(written, 1) == 1, do: spawn(fn -> subscribe(written) end) && asked()
    Store.Mnesia.update_number(id, decide)
  end

  defp subscribe(written) do
    status = Store.Mnesia.status()
    :ok = Store.Mnesia.subscribe()
    :persistent_term.put(__MODULE__, {written, {status, :counters.get(written, 1)}})
  end

  # Waits until the question is in this process's mailbox.
  defp asked do
    {:messages, messages} = Process.info(self(), :messages)

    unless Enum.any?(messages, &match?({:"$gen_call", _from, {:subscribe, _pid}}, &1)),
      do: receive(after: (10 -> asked()))
  end

  @doc false
  def refuse(_id, _decide), do: {:error, :unavailable}

  @doc false
  def die(_id, _decide) do
    {_, _} = System.cmd("kill", ["-9", to_string(:os.getpid())])
    Process.sleep(:infinity)
  end
end
