defmodule Numplan.Locality.Breaker do
  @moduledoc """
  A circuit breaker: after three consecutive failures a service is not called for ten seconds, and
  then by one caller at a time until it answers. So a dead service costs its timeout a few times,
  and not for every request.

  Failures are counted for each service, in an ETS table. Without the process that owns the table
  every call is made.
  """

  use GenServer

  require Logger

  @table __MODULE__
  @failures 3
  @pause 10_000

  @doc "Starts the process that owns the table. There is one on a node."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(_options), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc """
  The result of `ask`, which calls the service `name`; `{:error, :left_alone}` while the circuit
  is open.
  """
  @spec run(term(), (() -> {:ok, term()} | {:error, term()})) :: {:ok, term()} | {:error, term()}
  def run(name, ask) do
    case :ets.whereis(@table) do
      :undefined -> ask.()
      _ -> if allowed?(name), do: note(name, ask.()), else: {:error, :left_alone}
    end
  end

  # True when the service may be called. After the pause, of all callers the one that moves the time
  # on tries again.
  defp allowed?(name) do
    case :ets.lookup(@table, name) do
      [{_, failures, until}] when failures >= @failures ->
        now() >= until and :ets.select_replace(@table, retry(name, failures, until)) == 1

      _ ->
        true
    end
  end

  defp retry(name, failures, until) do
    [{{name, failures, until}, [], [{{{:const, name}, failures, now() + @pause}}]}]
  end

  defp note(name, {:ok, _} = answer) do
    :ets.delete(@table, name)
    answer
  end

  defp note(name, {:error, _} = error) do
    if :ets.update_counter(@table, name, {2, 1}, {name, 0, 0}) == @failures do
      Logger.error(
        "numplan: #{inspect(name)} failed #{@failures} times and is left alone for #{div(@pause, 1_000)} s at a time"
      )
    end

    _ = :ets.update_element(@table, name, {3, now() + @pause})
    error
  end

  @impl true
  def init(nil) do
    _ = :ets.new(@table, [:named_table, :public, read_concurrency: true, write_concurrency: true])
    {:ok, nil}
  end

  defp now, do: System.monotonic_time(:millisecond)
end
