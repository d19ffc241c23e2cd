defmodule Numplan.StoreLoad do
  @moduledoc "Writers on a node of `Numplan.StoreNode`, which note each write that the store acknowledged."

  alias Numplan.{PhoneNumber, Store, StoreNode}

  @account String.duplicate("0", 32)
  # A record of about a kilobyte.
  @public %{"note" => String.duplicate("x", 900)}

  @doc "Starts `count` writers on a node."
  @spec start(map(), pos_integer()) :: :ok
  def start(node, count), do: StoreNode.call(node, __MODULE__, :start_here, [count])

  @doc "The numbers of acknowledged and of refused writes so far."
  @spec counts(map()) :: {non_neg_integer(), non_neg_integer()}
  def counts(node), do: StoreNode.call(node, __MODULE__, :counts_here, [])

  @doc "Ends the writers, and returns the ids of all numbers whose writes were acknowledged."
  @spec stop(map()) :: [Numplan.phone_number()]
  def stop(node), do: StoreNode.call(node, __MODULE__, :stop_here, [])

  @doc "The ids among `ids` whose record is missing on a node, or has no equal copy in its account."
  @spec lost(map(), [Numplan.phone_number()]) :: [Numplan.phone_number()]
  def lost(node, ids), do: StoreNode.call(node, __MODULE__, :lost_here, [ids])

  @doc "Makes the log of a node due for a dump, as it is after some minutes."
  @spec dump(map()) :: :ok
  def dump(node) do
    _ = StoreNode.call(node, :sys, :replace_state, [Store.Mnesia.Node, &__MODULE__.due/1])
    :ok
  end

  @doc false
  def due(state), do: %{state | dumped: state.dumped - 1_000_000}

  @doc false
  def start_here(count) do
    owner = spawn(fn -> own(count) end)
    true = Process.register(owner, __MODULE__)
    _ = await_table(200)
    :ok
  end

  defp await_table(0), do: raise("the writers do not start")

  defp await_table(tries) do
    if :ets.whereis(__MODULE__) == :undefined do
      Process.sleep(10)
      await_table(tries - 1)
    end
  end

  defp own(count) do
    :ets.new(__MODULE__, [:named_table, :public, :ordered_set])
    true = :ets.insert(__MODULE__, [{:acknowledged, 0}, {:refused, 0}])
    writers = for writer <- 1..count, do: spawn_monitor(fn -> write_on(writer, 0) end)

    receive do
      {:stop, from} ->
        for {pid, _} <- writers, do: send(pid, :stop)

        for {pid, monitor} <- writers do
          receive do
            {:DOWN, ^monitor, :process, ^pid, reason} -> :normal = reason
          end
        end

        send(from, {:stopped, :ets.select(__MODULE__, [{{{:id, :"$1"}}, [], [:"$1"]}])})
    end
  end

  defp write_on(writer, n) do
    id = "+1415#{2_000_000 + writer * 100_000 + n}"
    number = %PhoneNumber{id: id, state: "in_service", account_id: @account, public: @public}

    receive do
      :stop -> :ok
    after
      0 -> write_on(writer, n + noted(Store.update_number(id, &StoreNode.replace(&1, number)), id))
    end
  end

  defp noted({:ok, _}, id) do
    true = :ets.insert(__MODULE__, {{:id, id}})
    _ = :ets.update_counter(__MODULE__, :acknowledged, 1)
    1
  end

  # Another number is written next: whether this one is there is not known.
  defp noted({:error, :unavailable}, _id) do
    _ = :ets.update_counter(__MODULE__, :refused, 1)
    Process.sleep(2)
    1
  end

  @doc false
  def counts_here do
    {:ets.lookup_element(__MODULE__, :acknowledged, 2), :ets.lookup_element(__MODULE__, :refused, 2)}
  end

  @doc false
  def stop_here do
    send(__MODULE__, {:stop, self()})

    receive do
      {:stopped, ids} -> ids
    after
      30_000 -> raise "the writers do not end"
    end
  end

  @doc false
  def lost_here(ids) do
    {:ok, found} = Store.get_numbers(ids)
    {:ok, copies, nil} = Store.list_copies(@account, nil, 1_000_000)
    copies = Map.new(copies, &{&1.id, &1})
    for id <- ids, found[id] == nil or copies[id] != found[id], do: id
  end
end
