defmodule Numplan.Store.SQLite.Writer do
  @moduledoc """
  The process that owns the open store of `Numplan.Store.SQLite`, and its only writer.

  Writes that arrive while it commits wait in its mailbox, and are the next commit: those that come
  together share one wait for the disc. Their functions run here, one after the other, so a
  function must be quick, and must not write to the store itself.

  Reads do not pass through this process: they take the open store from its table.
  """

  use GenServer

  require Logger

  alias Numplan.Store.DirectoryLock
  alias Numplan.Store.SQLite.{Batch, Native, Row}

  @default_dir "data/sqlite"
  # The most numbers that one commit reads, and how long a caller waits for its commit.
  @most 2_000
  @timeout 30_000
  # How often the files are looked at while nobody writes.
  @watch 1_000
  # How often a store that an upgrade has closed is opened until it counts as failed, and the
  # milliseconds between: two seconds, less than a health check waits for.
  @attempts 200
  @pause 10

  @doc "Opens the store in a directory; see `Numplan.Store.SQLite` for the options."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__, timeout: 120_000)

  @doc "The directory of the files of a store with these options."
  @spec directory(keyword()) :: Path.t()
  def directory(options), do: Path.expand(Keyword.get(options, :dir, @default_dir))

  @doc """
  Writes durably, and returns the answer. What the function of the request raised is raised
  again.
  """
  @spec write(Batch.request()) :: term() | {:error, :unavailable}
  def write(request) do
    case GenServer.call(__MODULE__, {:write, request}, @timeout) do
      {:answer, answer} -> answer
      {:raised, kind, reason, stacktrace} -> :erlang.raise(kind, reason, stacktrace)
    end
  catch
    :exit, {_reason, {GenServer, :call, _}} -> {:error, :unavailable}
  end

  @doc """
  The answer of a read, which is given the open store. A failure is logged, once for each kind.
  """
  @spec read((Native.handle() -> {:ok, answer} | Native.failure())) :: {:ok, answer} | {:error, :unavailable}
        when answer: term()
  def read(read), do: read(read, handle())

  defp read(_read, nil), do: {:error, :unavailable}

  defp read(read, handle) do
    case read.(handle) do
      {:ok, answer} ->
        {:ok, answer}

      # The store is open in a new build of the library by now, or will not be.
      {:error, {reason, _words}} when reason in [:stale, :closed] ->
        if renewed(handle) == nil, do: {:error, :unavailable}, else: read(read)

      {:error, failure} ->
        :ok = GenServer.cast(__MODULE__, {:failed, failure})
        {:error, :unavailable}
    end
  end

  defp renewed(handle) do
    GenServer.call(__MODULE__, {:renew, handle}, @timeout)
  catch
    :exit, _ -> nil
  end

  # The table belongs to the process: without it there is no store.
  defp handle do
    [{:handle, handle}] = :ets.lookup(__MODULE__, :handle)
    handle
  rescue
    ArgumentError -> nil
  end

  @doc "Why the store cannot be written; `nil` where it can, or has not been found otherwise."
  @spec fault() :: {Native.kind() | :not_running, binary()} | nil
  def fault do
    [{:fault, fault}] = :ets.lookup(__MODULE__, :fault)
    fault
  rescue
    ArgumentError -> {:not_running, "the store does not run"}
  end

  @doc "True once the writer has ended the commit that it makes; false where it does not run."
  @spec answers?() :: boolean()
  def answers? do
    GenServer.call(__MODULE__, :answers?, @timeout)
  catch
    :exit, _ -> false
  end

  @doc """
  Subscribes the calling process: it is sent `{:numplan_document, id}` after each change of a
  document.
  """
  @spec subscribe() :: :ok | {:error, :unavailable}
  def subscribe do
    GenServer.call(__MODULE__, {:subscribe, self()}, @timeout)
  catch
    :exit, _ -> {:error, :unavailable}
  end

  # -- opening --

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)
    dir = directory(options)

    with :ok <- made(dir), :ok <- DirectoryLock.acquire(dir), {:ok, handle} <- opened(dir, options) do
      _ = :ets.new(__MODULE__, [:named_table, read_concurrency: true])
      true = :ets.insert(__MODULE__, [{:handle, handle}, {:fault, nil}])
      _ = Process.send_after(self(), :watch, @watch)
      {:ok, %{dir: dir, handle: handle, waiting: [], numbers: 0, subscribers: %{}, said: []}}
    else
      {:error, reason} -> {:stop, reason}
    end
  end

  @doc "Makes the directory of a store, if it is missing."
  @spec made(Path.t()) :: :ok | {:error, binary()}
  def made(dir) do
    case if(File.dir?(dir), do: :ok, else: make(dir)) do
      :ok -> :ok
      {:error, reason} -> {:error, "numplan: #{dir} cannot be written: #{:file.format_error(reason)}"}
    end
  end

  # Only the owner may open it: it holds numbers and digests of tokens, and whoever may open a
  # directory may lock it.
  defp make(dir), do: with(:ok <- File.mkdir_p(dir), do: File.chmod(dir, 0o700))

  defp opened(dir, options) do
    with :ok <- loaded(),
         :ok <- if(options[:beside_mnesia], do: :ok, else: nothing_to_move(dir)),
         {:ok, handle} <- open(dir) do
      {:ok, handle}
    else
      {:error, reason} ->
        :ok = DirectoryLock.release(dir)
        {:error, reason}
    end
  end

  defp loaded, do: if(words = Native.failure(), do: {:error, words}, else: :ok)

  @doc """
  Refuses a directory without a store that is beside one of Mnesia, or has one: an empty store
  would look as if all numbers were gone. The error names the command that moves it.
  """
  @spec nothing_to_move(Path.t()) :: :ok | {:error, binary()}
  def nothing_to_move(dir) do
    old = Enum.find([dir, Path.join(Path.dirname(dir), "mnesia")], &File.exists?(Path.join(&1, "schema.DAT")))

    # Each store has a directory of its own: it locks it.
    new = if old == dir, do: Path.join(dir, "sqlite"), else: dir

    if old == nil or File.exists?(Path.join(dir, "numplan.db")) do
      :ok
    else
      {:error,
       "numplan: #{old} holds a store of Mnesia, and #{dir} has no store yet: " <>
         "`numplan store migrate mnesia:#{old} sqlite:#{new}` copies it to #{new}; " <>
         "to go on with it, configure Numplan.Store.Mnesia, or name it: `numplan serve --data mnesia:#{old}`"}
    end
  end

  defp open(dir) do
    case Native.open(dir) do
      {:ok, handle} -> {:ok, handle}
      {:error, {_kind, words}} -> {:error, "numplan: #{words}"}
    end
  end

  @impl true
  def terminate(_reason, state) do
    _ = Native.close(state.handle)
    DirectoryLock.release(state.dir)
  end

  # What a crash report shows: without numbers, which are in requests and in the terms of errors. Of
  # this form since OTP 25, and a callback of Elixir's since 1.17.
  if {:format_status, 1} in GenServer.behaviour_info(:callbacks), do: @impl(true)
  @doc false
  @spec format_status(map()) :: map()
  def format_status(status), do: Map.new(status, &shown/1)

  defp shown({:state, %{waiting: waiting} = state}), do: {:state, %{state | waiting: length(waiting)}}
  defp shown({:message, _message}), do: {:message, :hidden}
  defp shown({:log, _messages}), do: {:log, []}
  defp shown({:reason, reason}), do: {:reason, kind(reason)}
  defp shown(other), do: other

  defp kind(%name{}), do: name
  defp kind(reason) when is_tuple(reason) and tuple_size(reason) > 0, do: reason |> elem(0) |> kind()
  defp kind(reason) when is_atom(reason), do: reason
  defp kind(_reason), do: :hidden

  # -- requests --

  @impl true
  def handle_call({:write, request}, from, state) do
    numbers = state.numbers + size(request)
    state = %{state | waiting: [{from, request} | state.waiting], numbers: numbers}
    next(if numbers >= @most, do: commit_waiting(state), else: state)
  end

  def handle_call({:subscribe, pid}, from, state) do
    monitor = Process.monitor(pid)
    GenServer.reply(from, :ok)
    next(put_in(state.subscribers[monitor], pid))
  end

  def handle_call(:answers?, from, state) do
    GenServer.reply(from, true)
    next(state)
  end

  def handle_call({:renew, stale}, from, state) do
    state = if state.handle == stale, do: reopened(state), else: state
    GenServer.reply(from, if(state.handle != stale, do: state.handle))
    next(state)
  end

  @impl true
  def handle_cast({:failed, failure}, state), do: next(failed(failure, state))

  @impl true
  def handle_info(:timeout, state), do: next(commit_waiting(state))

  def handle_info(:watch, state) do
    _ = Process.send_after(self(), :watch, @watch)
    next(watched(fault(), state))
  end

  def handle_info({:DOWN, monitor, :process, _pid, _reason}, state),
    do: next(%{state | subscribers: Map.delete(state.subscribers, monitor)})

  def handle_info(_message, state), do: next(state)

  # How many numbers a request has. One that is malformed is answered with what it raises when it is
  # decided.
  defp size(request) do
    length(Batch.numbers(request))
  catch
    _kind, _reason -> 0
  end

  # With a timeout of zero, all that waits in the mailbox comes first.
  defp next(%{waiting: []} = state), do: {:noreply, state}
  defp next(state), do: {:noreply, state, 0}

  defp watched(nil, state), do: state.handle |> Native.check() |> looked(state)
  defp watched({:damaged, _}, state), do: state
  defp watched(_fault, state), do: state.handle |> Native.probe() |> looked(state)

  # An upgrade of the library is no fault.
  defp looked({:error, {reason, _words}}, state) when reason in [:stale, :closed], do: reopened(state)
  defp looked(result, state), do: written(result, state)

  # -- commits --

  defp commit_waiting(%{waiting: []} = state), do: state

  defp commit_waiting(state), do: commit_all(Enum.reverse(state.waiting), %{state | waiting: [], numbers: 0}, true)

  # `reopens` says whether the store is opened again where an upgrade has closed it. Where a commit
  # raises, nothing of it is written, and each request is tried alone: a malformed one is its
  # caller's fault.
  defp commit_all(waiting, state, reopens) do
    {callers, requests} = Enum.unzip(waiting)

    case {tried(requests, state.handle), waiting} do
      {{:error, {reason, _words}}, _} when reopens and reason in [:stale, :closed] ->
        commit_all(waiting, reopened(state), false)

      {{:raised, _, _, _}, [_, _ | _]} ->
        Enum.reduce(waiting, state, &commit_all([&1], &2, true))

      {outcome, _} ->
        answer(outcome, callers, state)
    end
  end

  defp tried(requests, handle) do
    committed(requests, handle)
  catch
    kind, reason -> {:raised, kind, reason, __STACKTRACE__}
  end

  defp committed(requests, handle) do
    with {:ok, numbers} <- numbers(handle, requests), {:ok, documents} <- documents(handle, requests) do
      batch = Enum.reduce(requests, %Batch{numbers: numbers, documents: documents}, &Batch.decide/2)
      with :ok <- commit(handle, Enum.reverse(batch.changes)), do: {:ok, batch}
    end
  end

  defp commit(_handle, []), do: :ok
  defp commit(handle, changes), do: Native.commit(handle, changes)

  defp numbers(handle, requests) do
    ids = requests |> Enum.flat_map(&Batch.numbers/1) |> Enum.uniq()

    with {:ok, rows} <- Native.numbers(handle, ids),
         do: {:ok, ids |> Enum.zip(rows) |> Map.new(fn {id, row} -> {id, row && Row.from_number(row)} end)}
  end

  defp documents(handle, requests) do
    requests
    |> Enum.flat_map(&Batch.documents/1)
    |> Enum.reduce_while({:ok, %{}}, fn id, {:ok, found} ->
      case Native.document(handle, id) do
        {:ok, nil} -> {:cont, {:ok, found}}
        {:ok, {id, rev, _content}} -> {:cont, {:ok, Map.put(found, id, rev)}}
        failure -> {:halt, failure}
      end
    end)
  end

  defp answer({:ok, batch}, callers, state) do
    callers
    |> Enum.zip(Enum.reverse(batch.answers))
    |> Enum.each(fn {from, answer} -> GenServer.reply(from, answer) end)

    for id <- Enum.reverse(batch.changed_documents),
        {_, pid} <- state.subscribers,
        do: send(pid, {:numplan_document, id})

    if batch.changes == [], do: state, else: written(:ok, state)
  end

  defp answer({:raised, _kind, _reason, _stacktrace} = raised, [from], state) do
    GenServer.reply(from, raised)
    state
  end

  defp answer({:error, failure}, callers, state) do
    # The state of the store says why before a caller can ask.
    state = failed(failure, state)
    Enum.each(callers, &GenServer.reply(&1, {:answer, {:error, :unavailable}}))
    state
  end

  # -- faults --

  defp written(:ok, state) do
    case fault() do
      nil ->
        state

      # Only a store that is opened again is without damage.
      {:damaged, _words} ->
        state

      {_kind, _words} ->
        Logger.notice("numplan: the store can be written again")
        true = :ets.insert(__MODULE__, {:fault, nil})
        %{state | said: []}
    end
  end

  defp written({:error, failure}, state), do: failed(failure, state)

  # Logs each kind of failure once, until a write succeeds.
  defp failed({kind, words}, state) do
    if kind in state.said do
      state
    else
      Logger.error("numplan: the store #{consequence(kind)}: #{words}")
      unless match?({:damaged, _}, fault()), do: :ets.insert(__MODULE__, {:fault, {kind, words}})
      %{state | said: [kind | state.said]}
    end
  end

  defp consequence(:damaged), do: "is damaged and takes no writes until it is restored or started again"
  defp consequence(_kind), do: "cannot be written or read, and is tried again"

  # Opens the store again, after an upgrade of the library has closed it. The old build, which opens
  # none, is called until the VM has replaced the module. Reads and writes wait meanwhile; so the
  # first attempt goes on for two seconds, and later ones, at each read and commit, do not wait.
  defp reopened(state), do: reopened(state, if(:closed in state.said, do: 0, else: @attempts))

  defp reopened(state, attempts) do
    _ = Native.close(state.handle)

    case Native.open(state.dir) do
      {:ok, handle} ->
        true = :ets.insert(__MODULE__, {:handle, handle})
        %{state | handle: handle}

      {:error, {:closed, _words}} when attempts > 0 ->
        receive(after: (@pause -> reopened(state, attempts - 1)))

      {:error, failure} ->
        failed(failure, state)
    end
  end
end
