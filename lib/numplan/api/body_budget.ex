defmodule Numplan.API.BodyBudget do
  @moduledoc """
  The limit of memory for request bodies that come through servers of somebody else
  (`Numplan.Mount`): `config :numplan, body_budget: 128_000_000` bytes over all requests, which is
  the default.

  Each `Numplan.HTTP` has a budget of its own, with its connections.
  """

  use GenServer

  alias Numplan.API.Body

  @default 128_000_000

  @doc """
  Starts the process that keeps the budget. There is one on a node.

  Options: `:bytes` - default as configured, and never less than the longest body; `:name`.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options) do
    case options[:bytes] || Application.get_env(:numplan, :body_budget, @default) do
      bytes when is_integer(bytes) ->
        GenServer.start_link(__MODULE__, max(bytes, Body.max_bytes()), name: Keyword.get(options, :name, __MODULE__))

      other ->
        {:error, "numplan: the setting body_budget is a number of bytes, not #{inspect(other)}"}
    end
  end

  @doc """
  Grants the calling process memory for a body of `bytes` in total, until `release/1` or its end;
  `{:error, :no_memory}` beyond the limit. Without the budget's process nothing is granted.

      iex> Numplan.API.BodyBudget.reserve(:no_process, 8_000_000)
      {:error, :no_services}
  """
  @spec reserve(GenServer.server(), non_neg_integer()) :: :ok | {:error, :no_memory | :no_services}
  def reserve(server \\ __MODULE__, bytes) do
    GenServer.call(server, {:reserve, bytes}, :infinity)
  catch
    :exit, {_reason, {GenServer, :call, _arguments}} -> {:error, :no_services}
  end

  @doc """
  True where the budget's process runs, which starts after the other services of the API
  (`Numplan.Services`).

      iex> Numplan.API.BodyBudget.running?(:no_process)
      false
  """
  @spec running?(GenServer.server()) :: boolean()
  def running?(server \\ __MODULE__), do: GenServer.whereis(server) != nil

  @doc "Returns the memory that the calling process was granted."
  @spec release(GenServer.server()) :: :ok
  def release(server \\ __MODULE__), do: GenServer.cast(server, {:release, self()})

  @doc "The bytes that are granted."
  @spec held(GenServer.server()) :: non_neg_integer()
  def held(server \\ __MODULE__), do: GenServer.call(server, :held)

  @impl true
  def init(bytes), do: {:ok, %{bytes: bytes, held: 0, holders: %{}}}

  @impl true
  def handle_call({:reserve, bytes}, {pid, _tag}, state) do
    {monitor, before} = Map.get(state.holders, pid, {nil, 0})
    held = state.held + bytes - before

    if held <= state.bytes do
      holder = {monitor || Process.monitor(pid), bytes}
      {:reply, :ok, %{state | held: held, holders: Map.put(state.holders, pid, holder)}}
    else
      {:reply, {:error, :no_memory}, state}
    end
  end

  def handle_call(:held, _from, state), do: {:reply, state.held, state}

  @impl true
  def handle_cast({:release, pid}, state), do: {:noreply, released(state, pid)}

  @impl true
  def handle_info({:DOWN, _monitor, :process, pid, _reason}, state), do: {:noreply, released(state, pid)}

  defp released(state, pid) do
    case Map.pop(state.holders, pid) do
      {nil, _holders} ->
        state

      {{monitor, bytes}, holders} ->
        Process.demonitor(monitor, [:flush])
        %{state | held: state.held - bytes, holders: holders}
    end
  end
end
