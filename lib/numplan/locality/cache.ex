defmodule Numplan.Locality.Cache do
  @moduledoc """
  A cache of a phonebook's answers, bounded in number; the oldest entry is evicted first.

  Readers use the ETS table directly. Without the process that owns it, nothing is cached.
  """

  use GenServer

  @table __MODULE__
  @entries 100_000

  @doc "Starts the process that owns the cache. There is one on a node."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(_options), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "The cached object of a number, if it is not older than `lifetime` seconds."
  @spec fetch(binary(), non_neg_integer()) :: {:ok, Numplan.Locality.Provider.object()} | :error
  def fetch(number, lifetime) do
    case :ets.whereis(@table) != :undefined and :ets.lookup(@table, number) do
      [{^number, at, _order, object}] -> if now() - at < lifetime, do: {:ok, object}, else: :error
      _ -> :error
    end
  end

  @doc "Caches the object of a number; at most `entries` numbers are kept (default 100,000)."
  @spec put(binary(), Numplan.Locality.Provider.object(), pos_integer() | nil) :: :ok
  def put(number, object, entries \\ nil), do: GenServer.cast(__MODULE__, {:put, number, object, entries || @entries})

  @doc "The number of cached numbers."
  @spec size() :: non_neg_integer()
  def size, do: GenServer.call(__MODULE__, :size)

  @impl true
  def init(nil) do
    _ = :ets.new(@table, [:named_table, :protected, read_concurrency: true])
    {:ok, :ets.new(:order, [:ordered_set, :private])}
  end

  @impl true
  def handle_cast({:put, number, object, entries}, order) do
    for {_, _, place, _} <- :ets.lookup(@table, number), do: :ets.delete(order, place)
    place = System.unique_integer([:monotonic])
    :ets.insert(@table, {number, now(), place, object})
    :ets.insert(order, {place, number})
    remove_oldest(order, entries)
    {:noreply, order}
  end

  @impl true
  def handle_call(:size, _from, order), do: {:reply, :ets.info(@table, :size), order}

  defp remove_oldest(order, entries) do
    if :ets.info(order, :size) > entries do
      [{place, number}] = :ets.lookup(order, :ets.first(order))
      :ets.delete(order, place)
      :ets.delete(@table, number)
      remove_oldest(order, entries)
    end
  end

  defp now, do: System.monotonic_time(:second)
end
