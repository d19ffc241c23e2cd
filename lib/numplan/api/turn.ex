defmodule Numplan.API.Turn do
  @moduledoc """
  Lets one check or difference at a time be made for requests on a node. Each may hold a dirty scheduler for seconds, and there are as many of
  those as cores: several at once would leave none for what calls need.

  A few requests wait for their turn, each for a bounded time; all others are told to come again. The work is done by a process of its own,
  which holds the turn as long as it lives: native code cannot be stopped, so whoever asked may be gone before it ends. One who goes while
  waiting gives up the place.
  """

  use GenServer

  alias Numplan.API.Error

  @wait 5_000
  @places 4
  @busy "another check or difference is being made on this node; send this again in a few seconds"

  @doc """
  Starts the process that gives turns. There is one on a node.

  Options: `:wait` - milliseconds that a request waits for its turn, default 5,000; `:name`.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options) do
    GenServer.start_link(__MODULE__, options, name: Keyword.get(options, :name, __MODULE__))
  end

  @doc """
  What `work` gives, or raises, when it has had its turn; 429 where it had none. Where the process that gives turns does not run, there is
  nobody to wait for.

      iex> Numplan.API.Turn.run(fn -> {:ok, 1 + 1} end)
      {:ok, 2}
  """
  @spec run(GenServer.server(), (() -> result)) :: result | {:error, Error.t()} when result: term()
  def run(server \\ __MODULE__, work) do
    if GenServer.whereis(server), do: apart(server, work), else: work.()
  end

  defp apart(server, work) do
    {client, tag} = {self(), make_ref()}
    enter = fn -> GenServer.call(server, {:enter, client}, :infinity) end
    {worker, monitor} = spawn_monitor(fn -> send(client, {tag, outcome(enter.(), work)}) end)

    receive do
      {^tag, outcome} ->
        Process.demonitor(monitor, [:flush])
        told(outcome)

      {:DOWN, ^monitor, :process, ^worker, reason} ->
        exit(reason)
    end
  end

  defp told({:done, answer}), do: answer
  defp told({:raised, kind, reason, stacktrace}), do: :erlang.raise(kind, reason, stacktrace)

  defp outcome(:busy, _work) do
    {:done, {:error, Error.system(:too_many_requests, text: @busy, headers: [{"retry-after", "5"}])}}
  end

  # What goes wrong is the client's to tell: a process that failed here would be logged with its arguments.
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

  # Whoever had the turn meanwhile is no more among those who wait.
  defp give_up(state, client) do
    {late, waiting} = Enum.split_with(state.waiting, &match?({^client, _from}, &1))
    Process.demonitor(client, [:flush])
    for {_client, from} <- late, do: GenServer.reply(from, :busy)
    %{state | waiting: waiting}
  end
end
