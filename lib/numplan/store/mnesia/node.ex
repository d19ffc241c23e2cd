defmodule Numplan.Store.Mnesia.Node do
  @moduledoc """
  The process that runs Mnesia on this node: it starts and stops Mnesia, creates missing tables,
  notifies subscribers, joins other nodes and heals network splits.
  """

  use GenServer

  require Logger

  alias Numplan.PhoneNumber
  alias Numplan.Store.DirectoryLock
  alias Numplan.Store.Mnesia.Schema

  @default_dir "data/mnesia"
  @stopper __MODULE__.Stopper

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

  The data of this node is lost. Therefore a node that has numbers is refused, unless
  `force: :theirs` is given.
  """
  @spec join(node(), keyword()) :: :ok | {:error, binary()}
  def join(other, options \\ []) do
    call({:join, other, options[:force]}, {:error, "numplan: the store does not run on this node"})
  end

  @doc "The state of the store; see `Numplan.Store.Mnesia.status/0`."
  @spec status() :: map()
  def status, do: call(:status, %{nodes: [], running: [], sizes: %{}, split: []})

  defp call(request, otherwise) do
    GenServer.call(__MODULE__, request, 120_000)
  catch
    :exit, {reason, _} when reason in [:noproc, :normal, :shutdown] -> otherwise
  end

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)
    dir = directory(options)

    with :ok <- made(dir), :ok <- DirectoryLock.acquire(dir), :ok <- started(dir), :ok <- opened(dir, options[:join]) do
      {:ok, %{subscribers: %{}, split: [], dir: dir, update_number: options[:update_number]}}
    else
      {:error, reason} -> {:stop, reason}
    end
  end

  defp started(dir) do
    with {:error, _} = failure <- with(:ok <- writable(dir), :ok <- found(), do: start(dir)) do
      :ok = DirectoryLock.release(dir)
      failure
    end
  end

  defp opened(dir, other) do
    with {:error, _} = failure <- open(other) do
      stop_aside(dir)
      failure
    end
  end

  defp open(other) do
    with :ok <- Schema.ensure(), :ok <- watch(), do: join_first(other)
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

  # Finds Mnesia on the code path or in OTP. Mix 1.15 and later leaves on the code path what
  # applications name, and Numplan does not name Mnesia: that would start it, in no directory, in
  # every node.
  defp found do
    with false <- Code.ensure_loaded?(:mnesia),
         [] <- :code.lib_dir() |> Path.join("mnesia-*/ebin") |> Path.wildcard() do
      {:error,
       "numplan: Mnesia is not found; a release needs `applications: [mnesia: :load]`, other systems a package of Erlang's"}
    else
      true ->
        :ok

      folders ->
        true = folders |> List.last() |> to_charlist() |> :code.add_pathz()
        :ok
    end
  end

  # Starts Mnesia. After a crash of this process it still runs, and is used again.
  defp start(dir) do
    :ok = stopped()

    case {:mnesia.system_info(:is_running), Application.get_env(:mnesia, :dir)} do
      {:no, _} ->
        _ = Application.load(:mnesia)
        Application.put_env(:mnesia, :dir, to_charlist(dir))
        with :ok <- create_schema(), do: run()

      {:yes, running} when running != nil ->
        if to_string(running) == dir, do: :ok, else: {:error, runs_already()}

      _ ->
        {:error, runs_already()}
    end
  end

  defp runs_already, do: "numplan: Mnesia runs already; the store starts it itself, in its own directory"

  defp create_schema do
    case :mnesia.create_schema([node()]) do
      :ok -> :ok
      {:error, {_node, {:already_exists, _}}} -> :ok
      {:error, reason} -> {:error, "numplan: no schema can be created: #{inspect(reason)}"}
    end
  end

  defp run do
    case :mnesia.start() do
      :ok -> :ok
      {:error, reason} -> {:error, "numplan: Mnesia does not start: #{inspect(reason)}"}
    end
  end

  defp watch do
    {:ok, _} = :mnesia.subscribe(:system)
    {:ok, _} = :mnesia.subscribe({:table, Schema.documents(), :simple})
    :ok
  end

  defp join_first(nil), do: :ok
  defp join_first(other), do: if(other in :mnesia.system_info(:db_nodes), do: :ok, else: join_store(other, nil))

  @impl true
  def terminate(_reason, state) do
    stop_aside(state.dir)
    :ok
  end

  # Stops Mnesia in another process. While this application stops, the application controller waits
  # for this process: stopping Mnesia from here would deadlock. The directory stays locked until all
  # processes of Mnesia have ended. The stopper has its name before this returns: a start that did
  # not find it would take the Mnesia that it is about to stop for one that runs. Its
  # group leader is not this application's: a process that has that one is killed when the
  # application stops.
  defp stop_aside(dir) do
    :ok = DirectoryLock.release(dir, :mnesia_sup)

    stopper = spawn(fn -> receive do: (:stop -> :mnesia.stop()) end)
    true = Process.group_leader(stopper, Process.whereis(:init))
    true = Process.register(stopper, @stopper)
    send(stopper, :stop)
    :ok
  end

  defp stopped do
    monitor = Process.monitor(@stopper)

    receive do
      {:DOWN, ^monitor, :process, _, _} -> :ok
    end
  end

  @impl true
  def handle_call({:subscribe, pid}, _from, state) do
    monitor = Process.monitor(pid)
    {:reply, :ok, put_in(state.subscribers[monitor], pid)}
  end

  def handle_call({:join, other, force}, _from, state), do: {:reply, join_store(other, force), state}

  def handle_call(:status, _from, state) do
    status = %{
      nodes: Enum.sort(:mnesia.system_info(:db_nodes)),
      running: Enum.sort(:mnesia.system_info(:running_db_nodes)),
      sizes: Map.new(Schema.tables(), &{&1, :mnesia.table_info(&1, :size)}),
      split: state.split
    }

    {:reply, status, state}
  end

  @impl true
  def handle_info({:mnesia_table_event, {:write, {_table, id, _document}, _activity}}, state) do
    tell(state, id)
    {:noreply, state}
  end

  def handle_info({:mnesia_table_event, {:delete, {_table, id}, _activity}}, state) do
    tell(state, id)
    {:noreply, state}
  end

  def handle_info({:mnesia_table_event, {:delete_object, {_table, id, _document}, _activity}}, state) do
    tell(state, id)
    {:noreply, state}
  end

  def handle_info({:mnesia_system_event, {:inconsistent_database, _context, other}}, state) do
    Logger.error("numplan: the store was split from #{other}, and both sides may have been written to")
    {:noreply, heal(%{state | split: Enum.uniq([other | state.split])}, winner())}
  end

  def handle_info({:mnesia_system_event, {:mnesia_up, other}}, state) do
    {:noreply, %{state | split: List.delete(state.split, other)}}
  end

  def handle_info({:DOWN, monitor, :process, _pid, _reason}, state) do
    {:noreply, %{state | subscribers: Map.delete(state.subscribers, monitor)}}
  end

  def handle_info(_event, state), do: {:noreply, state}

  defp tell(state, id), do: Enum.each(state.subscribers, fn {_monitor, pid} -> send(pid, {:numplan_document, id}) end)

  # -- sharing --

  defp join_store(other, force) do
    with :ok <- connected(other), :ok <- nothing_here(force), :ok <- forget(), :ok <- share(other) do
      :ok = watch()
      Schema.loaded()
    end
  end

  defp connected(other) do
    case other != node() and Elixir.Node.connect(other) do
      true -> :ok
      _ -> {:error, "numplan: #{other} is not reached: is it running, with the same cookie?"}
    end
  end

  defp nothing_here(:theirs), do: :ok

  defp nothing_here(nil) do
    case :mnesia.table_info(Schema.numbers(), :size) do
      0 ->
        :ok

      count ->
        {:error,
         "numplan: this node has #{count} numbers of its own, which would be lost: " <>
           "join the other way round, or with force: :theirs"}
    end
  end

  defp forget do
    _ = :mnesia.stop()
    :ok = :mnesia.delete_schema([node()])
    run()
  end

  defp share(other) do
    with {:ok, [_ | _]} <- :mnesia.change_config(:extra_db_nodes, [other]),
         :ok <- kept(:mnesia.change_table_copy_type(:schema, node(), :disc_copies)) do
      Enum.reduce_while(Schema.tables(), :ok, fn table, :ok ->
        case kept(:mnesia.add_table_copy(table, node(), :disc_copies)) do
          :ok -> {:cont, :ok}
          failure -> {:halt, failure}
        end
      end)
    else
      {:ok, []} -> {:error, "numplan: #{other} runs no store"}
      failure -> {:error, "numplan: the store of #{other} cannot be shared: #{inspect(failure)}"}
    end
  end

  defp kept({:atomic, :ok}), do: :ok
  defp kept({:aborted, {:already_exists, _, _}}), do: :ok
  defp kept({:aborted, {:already_exists, _, _, _}}), do: :ok
  defp kept({:aborted, reason}), do: {:error, "numplan: a table cannot be shared: #{inspect(reason)}"}

  # -- healing --

  # After a network partition, the reachable node with the lowest name is the master. Every other
  # node loads the master's tables, and writes back those of its own records that have a higher
  # version.
  defp winner do
    reached = for other <- :mnesia.system_info(:db_nodes), other in Elixir.Node.list(), do: other
    Enum.min([node() | reached])
  end

  defp heal(state, winner) when winner == node(), do: state

  defp heal(state, winner) do
    ours = :mnesia.dirty_match_object({Schema.numbers(), :_, :_, :_})
    _ = :mnesia.stop()
    :ok = :mnesia.set_master_nodes([winner])
    :ok = run()
    :ok = Schema.loaded()
    :ok = :mnesia.set_master_nodes([])
    :ok = watch()
    kept = Enum.count(ours, &put_back(&1, state.update_number))
    Logger.warning("numplan: the store was healed from #{winner}; #{kept} numbers of this side were newer, and kept")
    Enum.each(:mnesia.dirty_all_keys(Schema.documents()), &tell(state, &1))
    %{state | split: []}
  end

  defp put_back({_table, id, _account_id, fields}, update_number) do
    ours = struct(PhoneNumber, fields)

    newer? = fn
      nil -> {:put, ours}
      theirs -> if ours.modified > theirs.modified, do: {:put, ours}, else: {:error, :older}
    end

    match?({:ok, _}, update_number.(id, newer?))
  end
end
