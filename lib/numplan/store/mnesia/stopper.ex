defmodule Numplan.Store.Mnesia.Stopper do
  @moduledoc """
  Stops Mnesia in a process of its own. While this application stops, the application controller
  waits for the process of the store: stopping Mnesia from there would deadlock.
  """

  alias Numplan.Store.DirectoryLock

  @doc """
  Calls `stop` in the other process. The directory stays locked until all processes of Mnesia have
  ended.

  The process has its name before this returns: a start that did not find it would take the Mnesia
  that it is about to stop for one that runs. Its group leader is not this application's: a process
  that has that one is killed when the application stops.
  """
  @spec start(Path.t(), (() -> term())) :: :ok
  def start(dir, stop) do
    :ok = DirectoryLock.release(dir, :mnesia_sup)

    stopper = spawn(fn -> receive do: (:stop -> stop.()) end)
    true = Process.group_leader(stopper, Process.whereis(:init))
    true = Process.register(stopper, __MODULE__)
    send(stopper, :stop)
    :ok
  end

  @doc "Waits until a process has ended, if it runs; by default that of a stop before."
  @spec ended(pid() | atom()) :: :ok
  def ended(process \\ __MODULE__) do
    monitor = Process.monitor(process)

    receive do
      {:DOWN, ^monitor, :process, _, _} -> :ok
    end
  end
end
