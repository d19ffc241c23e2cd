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
  write them, while at the first one somebody asks to subscribe, or to join a node that is not
  there: see `answered/0`.
  """
  @spec on_restore(map(), :write | :refuse | :die | :subscribe | :join) :: :ok
  def on_restore(node, what) do
    _ = StoreNode.call(node, :sys, :replace_state, [Store.Mnesia.Node, &__MODULE__.set(&1, what)])
    :ok
  end

  @doc false
  def set(state, :write), do: %{state | update_number: &Store.Mnesia.update_number/2}
  def set(state, :refuse), do: %{state | update_number: &__MODULE__.refuse/2}
  def set(state, :die), do: %{state | update_number: &__MODULE__.die/2}

  def set(state, question) when question in [:subscribe, :join] do
    :persistent_term.put(__MODULE__, {:counters.new(1, []), question, nil})
    %{state | update_number: &__MODULE__.ask_and_write/2}
  end

  @doc """
  The status of the store while the first number was written, the answer to what was asked then, and
  how many numbers were written when it came; `nil` before.
  """
  @spec answered() :: {map(), term(), pos_integer()} | nil
  def answered, do: __MODULE__ |> :persistent_term.get() |> elem(2)

  @doc false
  def ask_and_write(id, decide) do
    {written, question, _answered} = :persistent_term.get(__MODULE__)
    :counters.add(written, 1, 1)

    if :counters.get(written, 1) == 1 do
      _ = spawn(fn -> ask(question, written) end)
      asked()
    end

    Store.Mnesia.update_number(id, decide)
  end

  defp ask(question, written) do
    status = Store.Mnesia.status()
    answer = answer(question)
    :persistent_term.put(__MODULE__, {written, question, {status, answer, :counters.get(written, 1)}})
  end

  defp answer(:subscribe), do: Store.Mnesia.subscribe()
  defp answer(:join), do: Store.Mnesia.join(:"nobody@127.0.0.1")

  # Waits until the question is in this process's mailbox.
  defp asked do
    {:messages, messages} = Process.info(self(), :messages)

    unless Enum.any?(messages, &match?({:"$gen_call", _from, question} when is_tuple(question), &1)),
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
