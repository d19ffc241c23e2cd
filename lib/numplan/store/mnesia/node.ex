defmodule Numplan.Store.Mnesia.Node do
  @moduledoc """
  The process that runs Mnesia on this node: it starts and stops Mnesia, creates missing tables,
  notifies subscribers, joins other nodes and heals network splits.

  It also sees to it that what is acknowledged is on the disc. Writes are acknowledged while a
  `Numplan.Store.Mnesia.LogGuard` runs. When the log or a table's file is not written, when there is
  no room to dump the log, or when Mnesia ends, there is none, until an attempt to make the store
  well succeeds: attempts go on by themselves, at growing intervals. The log says once that the
  store takes no writes, and once that it does again.
  """

  use GenServer

  require Logger

  alias Numplan.Store.DirectoryLock
  alias Numplan.Store.Mnesia.{Dump, Events, KeptFiles, LogGuard, Restoration, Runtime, Schema, Sharing}
  alias Numplan.Store.Mnesia.{SplitFile, Status, Stopper}

  @default_dir "data/mnesia"

  # How often to look whether the log is due to be dumped, in milliseconds, and how long to wait
  # between attempts to make a failed store well.
  @look_every 1_000
  @first_retry 100
  @longest_retry 5_000

  # The milliseconds that a question for the state waits.
  @answer_within 1_000

  @doc """
  Starts Mnesia in a directory.

  Options: those of `Numplan.Store.Mnesia`, and `:update_number`, the function by which records
  are written again after a split.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__, timeout: 120_000)

  @doc "The directory of the files of a store with these options."
  @spec directory(keyword()) :: Path.t()
  def directory(options), do: Path.expand(Keyword.get(options, :dir, @default_dir))

  @doc """
  Subscribes the calling process: it is sent `{:numplan_document, id}` after each change of a
  document.
  """
  @spec subscribe() :: :ok | {:error, :unavailable}
  def subscribe, do: call({:subscribe, self()}, {:error, :unavailable})

  @doc """
  Joins the store of `other`, a connected node that runs one: its tables are copied here, and
  replicated from then on.

  The data of this node is lost. Therefore a node is refused that has numbers, or accounts or
  documents that `other` does not have in the same way, unless `force: :theirs` is given. Accounts
  that the node makes at its start do not count.
  """
  @spec join(node(), keyword()) :: :ok | {:error, binary()}
  def join(other, options \\ []) do
    call({:join, other, options[:force]}, {:error, "numplan: the store does not run on this node"})
  end

  @doc "The state of the store, or what was published before where the process is at work for more than a second."
  @spec status() :: map()
  def status do
    GenServer.call(__MODULE__, :status, @answer_within)
  catch
    :exit, _not_running_or_busy -> Status.read()
  end

  @doc "True once the process has ended what it does; false where it does not run."
  @spec answers?() :: boolean()
  def answers?, do: call(:answers?, false)

  defp call(request, otherwise) do
    GenServer.call(__MODULE__, request, 120_000)
  catch
    :exit, {reason, _} when reason in [:noproc, :normal, :shutdown] -> otherwise
  end

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)
    :ok = Events.receive_here()
    dir = directory(options)

    with :ok <- made(dir),
         :ok <- DirectoryLock.acquire(dir),
         :ok <- started(dir),
         {:ok, guard} <- opened(dir, options[:join]) do
      _ = Process.send_after(self(), :look, @look_every)
      :ok = Status.open()
      {:ok, published(state(dir, guard, options)), {:continue, :restore}}
    else
      {:error, reason} -> {:stop, reason}
    end
  end

  # `guard` is nil while the store takes no writes; then `failed` says why. `dump` is the process of
  # a dump, `dumped` the time of the last one. `restoration` has the numbers that are written again
  # after a split; `unrestored` says why it is not healed to its end, with the timer of the next
  # attempt.
  defp state(dir, guard, options) do
    %{
      subscribers: %{},
      split: [],
      restoration: nil,
      unrestored: nil,
      dir: dir,
      join: options[:join],
      update_number: options[:update_number],
      guard: guard,
      failed: nil,
      retry: @first_retry,
      dump: nil,
      dumped: now()
    }
  end

  defp now, do: System.monotonic_time(:millisecond)

  defp next(state), do: {:noreply, published(state)}

  defp published(state) do
    :ok = Status.publish(status(state))
    state
  end

  defp status(state), do: %{fault: state.failed, split: state.split, unrestored: said(state.unrestored)}

  defp said(unrestored), do: with({words, _timer} <- unrestored, do: words)

  defp started(dir) do
    :ok = Stopper.ended()
    :ok = LogGuard.stop()

    with {:error, reason} <- with(:ok <- writable(dir), do: Runtime.start(dir)) do
      :ok = DirectoryLock.release(dir, :mnesia_sup)
      {:error, reason <> Events.fatal(reports())}
    end
  end

  defp opened(dir, other) do
    with {:error, _} = failure <- open(dir, other) do
      Stopper.start(dir, &Runtime.kill/0)
      failure
    end
  end

  # Opens the tables. When this succeeds, what the logs held and the changes of the schema are
  # written to the files; what was there before is kept until then.
  defp open(dir, other) do
    with :ok <- Schema.ensure(),
         :ok <- without_master(dir),
         :ok <- watch(),
         :ok <- join_first(other),
         :ok <- dumped_at_start(),
         :ok <- written_so_far(),
         do: guard(dir)
  end

  # A node that was killed while it was healed still takes the tables of the other side.
  defp without_master(dir), do: if(SplitFile.exists?(dir), do: :mnesia.set_master_nodes([]), else: :ok)

  # Mnesia specifies no failure of `dump_log`, and has them: as answers, and as exits where it ends.
  defp dumped_at_start do
    case :rpc.call(node(), :mnesia, :dump_log, []) do
      :dumped -> :ok
      _failure -> not_written("a dump of the log failed")
    end
  end

  defp written_so_far do
    :ok = Events.settle()

    case Enum.find_value(reports(), &Events.disc_fault/1) do
      nil -> :ok
      fault -> not_written(fault)
    end
  end

  # The reports that came and were not handled yet, taken from the mailbox.
  defp reports do
    receive do
      {:mnesia_system_event, report} when elem(report, 0) in [:mnesia_info, :mnesia_fatal] -> [report | reports()]
    after
      0 -> []
    end
  end

  defp not_written(fault), do: {:error, "numplan: the store's files are not written: #{fault}; is the disc full?"}

  defp guard(dir) do
    with :ok <- KeptFiles.drop(dir), {:ok, guard} <- LogGuard.start_link(dir) do
      {:ok, guard}
    else
      {:error, reason} -> {:error, "numplan: the log of the store is not open: #{inspect(reason)}"}
    end
  end

  defp made(dir), do: written(if(File.dir?(dir), do: :ok, else: make(dir)), dir)

  # Makes the directory, which only its owner may open: it holds numbers and digests of tokens, and
  # whoever may open a directory may lock it.
  defp make(dir), do: with(:ok <- File.mkdir_p(dir), do: File.chmod(dir, 0o700))

  defp writable(dir) do
    probe = Path.join(dir, ".writable")
    written(with(:ok <- File.write(probe, ""), do: File.rm(probe)), dir)
  end

  defp written(:ok, _dir), do: :ok
  defp written({:error, reason}, dir), do: {:error, "numplan: #{dir} cannot be written: #{:file.format_error(reason)}"}

  defp watch do
    {:ok, _} = :mnesia.subscribe({:table, Schema.documents(), :simple})
    :ok
  end

  defp join_first(nil), do: :ok
  defp join_first(other), do: if(other in :mnesia.system_info(:db_nodes), do: :ok, else: Sharing.join(other, nil))

  @impl true
  def terminate(_reason, %{guard: nil} = state), do: Stopper.start(state.dir, &Runtime.kill/0)

  def terminate(_reason, state) do
    :ok = LogGuard.stop()
    Stopper.start(state.dir, &:mnesia.stop/0)
  end

  @impl true
  def handle_continue(:restore, state), do: state |> restored() |> next()

  @impl true
  def handle_call({:subscribe, pid}, _from, state) do
    monitor = Process.monitor(pid)
    {:reply, :ok, put_in(state.subscribers[monitor], pid)}
  end

  def handle_call({:join, other, force}, _from, state) do
    {answer, state} = with_mnesia_stopped(state, fn -> joined(other, force) end)
    {:reply, answer, published(state)}
  end

  def handle_call(:answers?, _from, state), do: {:reply, true, state}
  def handle_call(:status, _from, state), do: {:reply, state |> status() |> Status.describe(), state}

  defp joined(other, force) do
    with :ok <- Sharing.join(other, force), do: watch()
  end

  @impl true
  def handle_info({:mnesia_table_event, {change, {_table, id, _document}, _activity}}, state)
      when change in [:write, :delete_object] do
    tell(state, id)
    {:noreply, state}
  end

  def handle_info({:mnesia_table_event, {:delete, {_table, id}, _activity}}, state) do
    tell(state, id)
    {:noreply, state}
  end

  def handle_info({:mnesia_system_event, {:inconsistent_database, _context, other}}, state) do
    Logger.error("numplan: the store was split from #{other}, and both sides may have been written to")
    %{state | split: Enum.uniq([other | state.split])} |> heal(Sharing.winner()) |> next()
  end

  def handle_info({:mnesia_system_event, {:mnesia_up, other}}, state),
    do: next(%{state | split: List.delete(state.split, other)})

  def handle_info({:mnesia_system_event, event}, state) do
    case Events.disc_fault(event) do
      nil -> {:noreply, state}
      fault -> state |> failed(:not_written, fault) |> next()
    end
  end

  def handle_info({:DOWN, monitor, :process, _pid, _reason}, state) do
    {:noreply, %{state | subscribers: Map.delete(state.subscribers, monitor)}}
  end

  def handle_info({:EXIT, guard, reason}, %{guard: guard} = state),
    do: %{state | guard: nil} |> failed(:not_written, guard_fault(reason)) |> next()

  def handle_info({:EXIT, dump, reason}, %{dump: dump} = state),
    do: %{state | dump: nil, dumped: now()} |> dumped(reason) |> next()

  def handle_info(:look, state) do
    _ = Process.send_after(self(), :look, @look_every)
    {:noreply, if(state.failed == nil, do: dump_if_due(state), else: state)}
  end

  def handle_info(:recover, state), do: state |> recover() |> next()
  def handle_info(:restore, state), do: state |> restored_further() |> next()

  def handle_info(:heal, state),
    do: next(if(state.split == [], do: restored(state), else: heal(state, Sharing.winner())))

  def handle_info(_event, state), do: {:noreply, state}

  defp tell(state, id), do: Enum.each(state.subscribers, fn {_monitor, pid} -> send(pid, {:numplan_document, id}) end)

  # -- the disc --

  defp guard_fault({:shutdown, :mnesia_ended}), do: "Mnesia has ended"
  defp guard_fault(_reason), do: "the log is not written"

  defp dump_if_due(%{dump: nil} = state) do
    if Dump.due?(state.dir, now() - state.dumped), do: %{state | dump: Dump.start_link(state.dir)}, else: state
  end

  defp dump_if_due(state), do: state

  # The files stay kept after a dump during which a fault was reported.
  defp dumped(%{failed: {:not_written, _}} = state, _reason), do: state

  defp dumped(state, {:dump, {:not_begun, reason}}),
    do: state |> failed(:not_dumped, Dump.hindrance(state.dir, reason)) |> because(:not_dumped, reason) |> again()

  defp dumped(state, {:dump, :ok}) do
    case {KeptFiles.drop(state.dir), state.failed} do
      {:ok, nil} -> state
      {:ok, {:not_dumped, _}} -> well(state, LogGuard.start_link(state.dir))
      {_failure, _} -> failed(state, :not_written, "the files of the tables are not written")
    end
  end

  defp dumped(state, _reason), do: failed(state, :not_written, "a dump of the log failed")

  # The reason of the last attempt, which may be another one than that of the first.
  defp because(%{failed: {fault, _words}} = state, fault, reason),
    do: %{state | failed: {fault, Dump.hindrance(state.dir, reason)}}

  defp because(state, _fault, _reason), do: state

  # Stops writes. A fault of the files outweighs a dump that was not begun, which ends without a
  # start of Mnesia.
  defp failed(%{failed: nil} = state, fault, words) do
    guess = if fault == :not_written, do: "; is the disc full?", else: "."
    Logger.error("numplan: the store takes no writes: #{words}#{guess} It goes on by itself when it can")
    :ok = LogGuard.stop()
    _ = Process.send_after(self(), :recover, @first_retry)
    %{state | guard: nil, failed: {fault, words}, retry: @first_retry, restoration: nil}
  end

  defp failed(%{failed: {:not_dumped, _}} = state, :not_written, words), do: %{state | failed: {:not_written, words}}
  defp failed(state, _fault, _words), do: state

  defp again(state) do
    retry = min(2 * state.retry, @longest_retry)
    _ = Process.send_after(self(), :recover, retry)
    %{state | retry: retry}
  end

  defp recover(%{failed: nil} = state), do: state

  defp recover(%{failed: {fault, _}} = state) do
    case {fault, Dump.room_for_logs(state.dir)} do
      {:not_dumped, _} -> %{state | dump: state.dump || Dump.start_link(state.dir)}
      {_, :ok} -> state |> without_dump() |> restarted()
      {_, {:error, reason}} -> state |> because(fault, reason) |> again()
    end
  end

  defp without_dump(%{dump: nil} = state), do: state

  defp without_dump(%{dump: dump} = state) do
    true = Process.unlink(dump)
    true = Process.exit(dump, :kill)
    :ok = Stopper.ended(dump)
    %{state | dump: nil}
  end

  # Starts Mnesia from the files on the disc: those of tables as they were before they were not
  # written, and the logs since.
  defp restarted(state) do
    opened = with :ok <- Runtime.kill(), _ = reports(), :ok <- Runtime.start(state.dir), do: open(state.dir, state.join)

    case opened do
      {:ok, _guard} -> state |> well(opened) |> tell_all()
      {:error, _reason} -> again(state)
    end
  end

  defp well(state, {:ok, guard}) do
    Logger.warning("numplan: the store takes writes again")
    state = %{state | guard: guard, failed: nil, dumped: now()}
    if state.split == [], do: restored(state), else: heal(state, Sharing.winner())
  end

  defp well(state, {:error, _reason}), do: state |> failed(:not_written, "the log is not open") |> again()

  defp tell_all(%{guard: nil} = state), do: state

  defp tell_all(state) do
    Enum.each(:mnesia.dirty_all_keys(Schema.documents()), &tell(state, &1))
    state
  end

  # Calls a function that stops and starts Mnesia. No writes are acknowledged meanwhile. A
  # restoration begins anew: what it has written is no longer newer.
  defp with_mnesia_stopped(%{guard: nil} = state, _function),
    do: {{:error, "numplan: the store takes no writes"}, state}

  defp with_mnesia_stopped(state, function) do
    state = state |> without_dump() |> busy()
    :ok = LogGuard.stop()
    answer = function.()
    {answer, state |> guarded(guard(state.dir)) |> restored()}
  end

  # Publishes that no writes are taken, before that takes long.
  defp busy(state) do
    :ok = Status.publish(%{status(state) | fault: {:busy, "the tables of another node are being loaded"}})
    %{state | restoration: nil}
  end

  defp guarded(state, {:ok, guard}), do: %{state | guard: guard}
  defp guarded(state, {:error, _}), do: failed(%{state | guard: nil}, :not_written, "the log is not open")

  # -- healing --

  # After a network partition, the reachable node with the lowest name is the master. Every other
  # node loads the master's tables, and writes back those of its own records that are later. They
  # are in a file meanwhile. A store that takes no writes is healed when it does again.
  defp heal(%{guard: nil} = state, _winner), do: state
  defp heal(state, winner) when winner == node(), do: restored(state)

  # The numbers are read when no write is acknowledged any more. A dump that runs goes on until they
  # are in the file.
  defp heal(state, winner) do
    state = busy(state)
    :ok = LogGuard.stop()

    case Sharing.keep_numbers(state.dir) do
      :ok ->
        taken(winner, without_dump(%{state | guard: nil}))

      {:error, words} ->
        state |> guarded(LogGuard.start_link(state.dir)) |> unrestored("a split is not healed: " <> words)
    end
  end

  # Takes the tables of the other side. Where that fails, files stay kept, and Mnesia is started
  # from them.
  defp taken(winner, state) do
    with :ok <- Sharing.load_from(winner, state.dir), :ok <- watch(), :ok <- written_so_far() do
      Logger.warning("numplan: the store was healed from #{winner}")
      %{state | split: []} |> guarded(guard(state.dir)) |> restored() |> tell_all()
    else
      {:error, _reason} -> failed(state, :not_loaded, "the tables of #{winner} were not loaded after a split")
    end
  end

  # Writes the numbers again that a split has left in the file. One that is refused is tried again.
  defp restored(%{guard: nil} = state), do: state
  defp restored(%{restoration: %Restoration{}} = state), do: state

  defp restored(state) do
    case Restoration.start(state.dir) do
      {:ok, restoration} -> %{state | restoration: restoration} |> published() |> restored_further()
      :none -> settled(state)
      {:error, words} -> unrestored(state, words)
    end
  end

  # Takes a step, and the next one behind the messages that wait meanwhile.
  defp restored_further(%{restoration: nil} = state), do: state

  defp restored_further(state) do
    case Restoration.step(state.restoration, state.update_number) do
      {:more, restoration} ->
        _ = send(self(), :restore)
        %{state | restoration: restoration}

      {:done, count} ->
        Logger.warning("numplan: #{count} numbers of this side of a split were newer, and are written again")
        settled(%{state | restoration: nil})

      {:error, words} ->
        unrestored(%{state | restoration: nil}, words)
    end
  end

  defp settled(state) do
    _ = with {_words, timer} <- state.unrestored, do: Process.cancel_timer(timer)
    %{state | unrestored: nil}
  end

  # Says once why a split is not healed to its end.
  defp unrestored(state, words) do
    if said(state.unrestored) != words, do: Logger.error("numplan: #{words}; this is tried again")
    state = settled(state)
    %{state | unrestored: {words, Process.send_after(self(), :heal, @longest_retry)}}
  end
end
