defmodule Numplan.Store.DirectoryLock do
  @moduledoc """
  Exclusive locks of directories: two servers on the same files would each acknowledge writes that
  the other loses.

  A lock is one of the kernel (`flock`) and belongs to the operating-system process: it is
  released when that ends, however it ends, and a file that is left behind locks nothing. The file
  `numplan.lock` in the directory names the holder, for people and for error messages; removing it
  releases nothing.

  The locks are held by a process of their own, outside of all supervisors: a store may use its
  files for longer than the process that opened them lives, as Mnesia does.
  """

  use GenServer

  @file_name "numplan.lock"
  # How often to try for a lock, and the milliseconds between: its holder may be about to end, or
  # not have written its name yet.
  @tries 20
  @pause 50

  @doc "The file in `dir` that names the holder of its lock."
  @spec file(Path.t()) :: Path.t()
  def file(dir), do: Path.join(dir, @file_name)

  @doc """
  Locks `dir` for this node; locking it again is not an error. The error names the holder, or says
  why it cannot be locked.

  Waits up to a second for a holder that is about to end.
  """
  @spec acquire(Path.t()) :: :ok | {:error, binary()}
  def acquire(dir), do: GenServer.call(ensure(), {:acquire, Path.expand(dir)}, 30_000)

  @doc "Releases `dir`, if this node holds it."
  @spec release(Path.t()) :: :ok
  def release(dir), do: ask({:release, Path.expand(dir)}, :ok)

  @doc """
  Releases `dir` when `process` ends, or at once if it has ended, unless `acquire/1` is called
  before.
  """
  @spec release(Path.t(), pid() | atom()) :: :ok
  def release(dir, process), do: ask({:release, Path.expand(dir), process}, :ok)

  @doc "True when this node holds `dir`."
  @spec held?(Path.t()) :: boolean()
  def held?(dir), do: ask({:held?, Path.expand(dir)}, false)

  @doc "Adds the port that this node listens on to its name in the lock files."
  @spec serves_at(:inet.port_number()) :: :ok
  def serves_at(port), do: ask({:serves_at, port}, :ok)

  defp ensure do
    case GenServer.start(__MODULE__, nil, name: __MODULE__) do
      {:ok, pid} -> pid
      {:error, {:already_started, pid}} -> pid
    end
  end

  defp ask(request, otherwise) do
    GenServer.call(__MODULE__, request, 30_000)
  catch
    :exit, {:noproc, _} -> otherwise
  end

  # Locks by directory, each with the monitor of the process whose end releases it.
  @impl true
  def init(nil) do
    # A process with an application's group leader ends with that application.
    true = Process.group_leader(self(), Process.whereis(:init))
    {:ok, %{locks: %{}, port: nil}}
  end

  @impl true
  def handle_call({:acquire, dir}, _from, state) do
    case find(state, dir) do
      {key, {lock, monitor}} ->
        if monitor, do: Process.demonitor(monitor, [:flush])
        {:reply, :ok, put_in(state.locks[key], {lock, nil})}

      nil ->
        acquire(dir, state)
    end
  end

  def handle_call({:release, dir}, _from, state) do
    case find(state, dir) do
      {key, _} -> {:reply, :ok, free(state, key)}
      nil -> {:reply, :ok, state}
    end
  end

  def handle_call({:release, dir, process}, _from, state) do
    case find(state, dir) do
      {key, {lock, nil}} -> {:reply, :ok, put_in(state.locks[key], {lock, Process.monitor(process)})}
      _ -> {:reply, :ok, state}
    end
  end

  def handle_call({:held?, dir}, _from, state), do: {:reply, find(state, dir) != nil, state}

  def handle_call({:serves_at, port}, _from, state) do
    # The port is only for readers of the file: a failed write is harmless.
    Enum.each(state.locks, fn {_key, {lock, _}} -> _ = :numplan_nif.note_holder(lock, holder(port)) end)
    {:reply, :ok, %{state | port: port}}
  end

  @impl true
  def handle_info({:DOWN, monitor, :process, _, _}, state) do
    case Enum.find(state.locks, &match?({_key, {_lock, ^monitor}}, &1)) do
      {key, _} -> {:noreply, free(state, key)}
      nil -> {:noreply, state}
    end
  end

  def handle_info(_message, state), do: {:noreply, state}

  # The lock on a directory. Locks are keyed by device and inode, since a directory may have several
  # paths.
  defp find(state, dir) do
    key = key(dir)
    if lock = state.locks[key], do: {key, lock}
  end

  defp key(dir) do
    case File.stat(dir) do
      {:ok, %{major_device: device, inode: inode}} -> {device, inode}
      {:error, _} -> dir
    end
  end

  defp acquire(dir, state) do
    case lock(dir, holder(state.port), @tries) do
      {:ok, lock} -> {:reply, :ok, put_in(state.locks[key(dir)], {lock, nil})}
      {:held, said} -> {:reply, {:error, "numplan: the directory #{dir} is in use by #{words(said)}"}, state}
      {:error, reason} -> {:reply, {:error, "numplan: the directory #{dir} cannot be locked: #{reason}"}, state}
    end
  end

  defp lock(dir, holder, tries) do
    case :numplan_nif.lock_directory(dir, holder) do
      {:held, _} when tries > 0 ->
        Process.sleep(@pause)
        lock(dir, holder, tries - 1)

      result ->
        result
    end
  end

  # Frees a lock. After an upgrade of the native library it is released with the last reference to
  # it.
  defp free(state, key) do
    {{lock, monitor}, locks} = Map.pop!(state.locks, key)
    if monitor, do: Process.demonitor(monitor, [:flush])
    _ = :numplan_nif.unlock(lock)
    %{state | locks: locks}
  end

  defp holder(port) do
    {:ok, host} = :inet.gethostname()
    port = if port, do: [{"port", port}], else: []
    pid = String.to_integer(System.pid())
    members = [{"pid", pid}, {"host", to_string(host)}, {"node", to_string(node())}] ++ port
    {:ok, text} = :numplan_json.encode({members})
    text <> "\n"
  end

  defp words(said) do
    case :numplan_json.decode(said) do
      {:ok, %{"pid" => pid, "host" => host, "node" => node} = holder} ->
        port = if holder["port"], do: ", port #{holder["port"]}", else: ""
        "process #{pid} on #{host} (node #{node}#{port}): stop it, or take another directory"

      _ ->
        "another process, which #{@file_name} in it does not name: stop it, or take another directory"
    end
  end
end
