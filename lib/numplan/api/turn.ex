defmodule Numplan.API.Turn do
  @moduledoc """
  A queue that runs one check or comparison at a time on a node.

  Each may occupy a dirty scheduler for seconds, and there are as many of these as cores: several
  at once would leave none for calls. Up to four requests wait, each for a bounded time; further
  ones are refused with 429. The work runs in a process of its own, which holds the turn until it
  ends: native code cannot be interrupted, even when the client is gone. A client that goes while
  it waits leaves the queue.
  """

  use GenServer

  alias Numplan.API.Error

  @wait 5_000
  @places 4
  @busy "another check or comparison is running on this node; send this again in a few seconds"

  @doc """
  Starts the queue. There is one on a node.

  Options: `:wait` - milliseconds that a request waits for its turn, default 5,000; `:name`.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options) do
    GenServer.start_link(__MODULE__, options, name: Keyword.get(options, :name, __MODULE__))
  end

  @doc """
  The result of `work`, run when its turn comes, or what it raises; an error 429 where no turn
  came in time. Without the queue's process nothing runs: the error is a 503.

      iex> {:error, error} = Numplan.API.Turn.run(:no_process, fn -> {:ok, 1 + 1} end)
      iex> error.status
      503
  """
  @spec run(GenServer.server(), (() -> result)) :: result | {:error, Error.t()} when result: term()
  def run(server \\ __MODULE__, work) do
    if GenServer.whereis(server), do: apart(server, work), else: {:error, Error.no_services()}
  end

  defp apart(server, work) do
    {client, tag} = {self(), make_ref()}
    enter = fn -> GenServer.call(server, {:enter, client}, :infinity) end
    {worker, monitor} = spawn_monitor(fn -> send(client, {tag, outcome(enter.(), work)}) end)

    receive do
      {^tag, outcome} ->
        Process.demonitor(monitor, [:flush])
        result(outcome)

      # The queue's process ended while this request asked for its turn or waited.
      {:DOWN, ^monitor, :process, ^worker, {_reason, {GenServer, :call, _arguments}}} ->
        {:error, Error.no_services()}

      {:DOWN, ^monitor, :process, ^worker, reason} ->
        exit(reason)
    end
  end

  defp result({:done, answer}), do: answer
  defp result({:raised, kind, reason, stacktrace}), do: :erlang.raise(kind, reason, stacktrace)

  defp outcome(:busy, _work) do
    {:done, {:error, Error.system(:too_many_requests, text: @busy, headers: [{"retry-after", "5"}])}}
  end

  # The outcome of `work`, run in its turn. An exception is raised again in the client: a process
  # that failed here would be logged with its arguments.
  defp outcome(:turn, work) do
    {:done, work.()}
  catch
    kind, reason -> {:raised, kind, reason, __STACKTRACE__}
  end

  @impl true
  def init(options), do: {:ok, %{wait: Keyword.get(options, :wait, @wait), holder: nil, waiting: []}}

  @impl true
  def handle_call({:enter, _client}, {worker, _tag}, %{holder: nil} = state), do: {:reply, :turn, hold(state, worker)}

  def handle_call({:enter, _client}, _from, %{waiting: waiting} = state) when length(waiting) >= @places,
    do: {:reply, :busy, state}

  def handle_call({:enter, client}, from, state) do
    monitor = Process.monitor(client)
    Process.send_after(self(), {:late, monitor}, state.wait)
    {:noreply, %{state | waiting: state.waiting ++ [{monitor, from}]}}
  end

  @impl true
  def handle_info({:DOWN, holder, :process, _worker, _reason}, %{holder: holder} = state), do: {:noreply, next(state)}
  def handle_info({:DOWN, client, :process, _client, _reason}, state), do: {:noreply, give_up(state, client)}
  def handle_info({:late, client}, state), do: {:noreply, give_up(state, client)}

  defp hold(state, worker), do: %{state | holder: Process.monitor(worker)}

  defp next(%{waiting: []} = state), do: %{state | holder: nil}

  defp next(%{waiting: [{client, {worker, _tag} = from} | waiting]} = state) do
    Process.demonitor(client, [:flush])
    GenServer.reply(from, :turn)
    hold(%{state | waiting: waiting}, worker)
  end

  # Removes a client that has ended or waited too long from the queue, and answers it. One that got
  # its turn meanwhile is not in the queue.
  defp give_up(state, client) do
    {late, waiting} = Enum.split_with(state.waiting, &match?({^client, _from}, &1))
    Process.demonitor(client, [:flush])
    for {_client, from} <- late, do: GenServer.reply(from, :busy)
    %{state | waiting: waiting}
  end
end
