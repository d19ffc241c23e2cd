defmodule Numplan.HTTP.Connections do
  @moduledoc """
  The process that starts a process for each connection, limits their number, and grants them
  memory for bodies. A process that ends, however it ends, gives back its place and its memory.

  When the limit is reached, a new connection replaces the one that has waited longest for its
  client: for a request, for the rest of one, or, after one second, for a response to be read. So
  clients that only hold connections cannot shut out one that sends a request. A request that has
  arrived is never cut off: where all connections are busy, the new one is refused.

  When another server starts in the node and the connections are not enough for both
  (`Numplan.HTTP.Capacity`), those of this one that wait longest are closed, until it is within its
  part.
  """

  use GenServer

  require Logger

  alias Numplan.HTTP.Capacity

  @say_every 60_000

  @typedoc "The server, as a connection process refers to it."
  @type handle :: %{server: pid(), waiting: :ets.table()}

  @doc """
  Starts it. Options: `:max` connections; `:body_budget` in bytes; `:serve`, the function that
  serves a connection (`Numplan.HTTP.Connection.run/2`), and `:settings`, its second argument.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options), do: GenServer.start_link(__MODULE__, options)

  @doc """
  Starts a process for a connection, which then waits for its socket
  (`Numplan.HTTP.Transport.give/2`).
  """
  @spec open(pid()) :: {:ok, pid()} | {:error, :full}
  def open(server), do: GenServer.call(server, :open, :infinity)

  @doc "Closes the connection that has waited longest, if any waits, to free its descriptor."
  @spec shed(pid()) :: :ok
  def shed(server), do: GenServer.cast(server, :shed)

  @doc "The number of open connections, and of bytes of bodies that they hold."
  @spec count(pid()) :: %{connections: non_neg_integer(), body_bytes: non_neg_integer()}
  def count(server), do: GenServer.call(server, :count)

  @doc """
  Grants the calling connection memory for a body of `bytes` in total, until `release/1` or the
  end of the process.
  """
  @spec reserve(handle(), non_neg_integer()) :: :ok | {:error, :no_memory}
  def reserve(handle, bytes), do: GenServer.call(handle.server, {:reserve, bytes}, :infinity)

  @doc "Returns the memory that the calling connection was granted."
  @spec release(handle()) :: :ok
  def release(handle), do: GenServer.cast(handle.server, {:release, self()})

  @doc """
  Calls `wait` and returns its result. During the call the server may close this connection to make
  room for a new one; `{:error, :closed}` if it did. `since` is when the wait began, in monotonic
  milliseconds: the earliest is closed first, and none whose `since` is in the future.
  """
  @spec waiting(handle(), integer(), (() -> result)) :: result | {:error, :closed} when result: term()
  def waiting(handle, since, wait) do
    slot = {since, :erlang.unique_integer([:monotonic])}
    true = :ets.insert(handle.waiting, {slot, self()})
    result = wait.()

    # Taking the slot out of the table is the decision: by this process, or by the server that
    # closes it.
    case :ets.take(handle.waiting, slot) do
      [_] -> result
      [] -> {:error, :closed}
    end
  end

  defp now, do: System.monotonic_time(:millisecond)

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)
    waiting = :ets.new(__MODULE__, [:ordered_set, :public, write_concurrency: true])
    max = Keyword.fetch!(options, :max)
    for other <- Capacity.join(max), do: GenServer.cast(other, :smaller_part)

    {:ok,
     %{
       max: max,
       possible: Capacity.possible(),
       budget: Keyword.fetch!(options, :body_budget),
       serve: Keyword.fetch!(options, :serve),
       settings: Keyword.fetch!(options, :settings),
       waiting: waiting,
       pids: %{},
       held: 0,
       queue: :queue.new(),
       said: nil
     }}
  end

  @impl true
  def handle_call(:open, from, state) do
    cond do
      map_size(state.pids) < part(state) -> {:noreply, start(state, from)}
      evict(state.waiting) -> {:noreply, %{said(state) | queue: :queue.in(from, state.queue)}}
      true -> {:reply, {:error, :full}, said(state)}
    end
  end

  def handle_call({:reserve, bytes}, {pid, _tag}, state) do
    before = Map.fetch!(state.pids, pid)
    held = state.held + bytes - before

    if held <= state.budget,
      do: {:reply, :ok, %{state | held: held, pids: %{state.pids | pid => bytes}}},
      else: {:reply, {:error, :no_memory}, state}
  end

  def handle_call(:count, _from, state) do
    {:reply, %{connections: map_size(state.pids), body_bytes: state.held}, state}
  end

  @impl true
  def handle_cast({:release, pid}, state) do
    case state.pids do
      %{^pid => bytes} -> {:noreply, %{state | held: state.held - bytes, pids: %{state.pids | pid => 0}}}
      _ -> {:noreply, state}
    end
  end

  def handle_cast(:shed, state) do
    _ = evict(state.waiting)
    {:noreply, state}
  end

  def handle_cast(:smaller_part, state) do
    _ = shrink(state.waiting, map_size(state.pids) - part(state))
    {:noreply, state}
  end

  @impl true
  def handle_info({:EXIT, pid, reason}, state) when is_map_key(state.pids, pid) do
    # A process that ends normally has removed its slot; one that was closed lost it before.
    unless reason in [:normal, :shutdown], do: :ets.match_delete(state.waiting, {:_, pid})
    {bytes, pids} = Map.pop!(state.pids, pid)
    {:noreply, next(%{state | pids: pids, held: state.held - bytes})}
  end

  def handle_info({:EXIT, _other, _reason}, state), do: {:noreply, state}

  # Starts the process of a connection. It may be closed only once it has its socket, which belongs
  # to an acceptor until then.
  defp start(state, from) do
    handle = %{server: self(), waiting: state.waiting}
    pid = :proc_lib.spawn_link(:erlang, :apply, [state.serve, [handle, state.settings]])
    GenServer.reply(from, {:ok, pid})
    %{state | pids: Map.put(state.pids, pid, 0)}
  end

  # Gives the place of a process that has ended to the next connection.
  defp next(state) do
    case :queue.out(state.queue) do
      {{:value, from}, queue} -> start(%{state | queue: queue}, from)
      {:empty, _queue} -> state
    end
  end

  defp part(state), do: Capacity.part(state.max, state.possible)

  defp shrink(waiting, excess), do: if(excess > 0 and evict(waiting), do: shrink(waiting, excess - 1))

  defp evict(waiting) do
    case :ets.first(waiting) do
      :"$end_of_table" -> false
      {since, _} = slot -> since <= now() and evict(waiting, slot)
    end
  end

  defp evict(waiting, slot) do
    case :ets.take(waiting, slot) do
      [{_slot, pid}] -> Process.exit(pid, :shutdown)
      [] -> evict(waiting)
    end
  end

  defp said(%{said: said} = state) do
    if said == nil or said < now() - @say_every do
      Logger.warning(
        "numplan: #{part(state)} connections are open, as many as may be (max_connections); " <>
          "those that wait longest are closed for new ones"
      )

      %{state | said: now()}
    else
      state
    end
  end
end
