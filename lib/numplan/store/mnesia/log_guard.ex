defmodule Numplan.Store.Mnesia.LogGuard do
  @moduledoc """
  The process that knows whether Mnesia's log has kept all that was written to it.

  Mnesia appends to its log without waiting. A block that cannot be written is dropped, and a later
  `:disk_log.sync/1` may succeed all the same, since nothing is left to write. The log notifies its
  owners of the failure; this process is one of them, and ends when a block is lost or when Mnesia
  ends. Writes are acknowledged only while it runs.
  """

  use GenServer

  # Mnesia's name for the log.
  @log :latest_log

  @doc "Starts the process, linked to the caller, for the log in `dir` that Mnesia has open."
  @spec start_link(Path.t()) :: GenServer.on_start()
  def start_link(dir), do: GenServer.start_link(__MODULE__, dir, name: __MODULE__)

  @doc """
  Brings to the disc what the calling process has written. `:ok` when it is there, and nothing that
  was written before it was lost.

  May not return after a failure of the log: call it in a process that is killed when `guard` ends.
  """
  @spec sync(pid()) :: :ok | {:error, term()}
  def sync(guard), do: with(:ok <- :disk_log.sync(@log), do: GenServer.call(guard, :intact, :infinity))

  @doc "Ends the process, if it runs: no write is acknowledged from then on."
  @spec stop() :: :ok
  def stop do
    guard = Process.whereis(__MODULE__)
    if guard, do: stop(guard), else: :ok
  end

  defp stop(guard) do
    monitor = Process.monitor(guard)
    true = Process.unlink(guard)
    true = Process.exit(guard, :kill)

    receive do
      {:DOWN, ^monitor, :process, ^guard, _} -> :ok
    end
  end

  @impl true
  def init(dir) do
    _ = Process.monitor(:mnesia_monitor)
    file = dir |> Path.join("LATEST.LOG") |> to_charlist()

    # A log that is not open would be made.
    with [_ | _] <- :disk_log.info(@log), {:ok, @log} <- :disk_log.open(name: @log, file: file, notify: true) do
      {:ok, nil}
    else
      failure -> {:stop, failure}
    end
  end

  @impl true
  def handle_call(:intact, _from, state), do: {:reply, :ok, state}

  @impl true
  def handle_info({:disk_log, _node, _log, {:error_status, error}}, state) when error != :ok,
    do: {:stop, {:shutdown, :log_not_written}, state}

  def handle_info({:DOWN, _monitor, :process, _mnesia, _reason}, state),
    do: {:stop, {:shutdown, :mnesia_ended}, state}

  def handle_info(_other, state), do: {:noreply, state}
end
