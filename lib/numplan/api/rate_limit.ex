defmodule Numplan.API.RateLimit do
  @moduledoc """
  The rate limit of requests, in requests a second for each account:
  `config :numplan, rate_limit: 100`. Default: no limit.

  Requests are counted in an ETS table that every process writes to; this process owns it and
  removes the counts of past seconds.
  """

  use GenServer

  alias Numplan.API.Error

  @sweep_every 10_000

  @doc "Starts the process that owns the counts; an error in words for a setting that is no limit."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(_options) do
    case Application.get_env(:numplan, :rate_limit) do
      limit when limit == nil or (is_integer(limit) and limit >= 0) ->
        GenServer.start_link(__MODULE__, nil, name: __MODULE__)

      other ->
        {:error, "numplan: the setting rate_limit is a number of requests a second, 0 or more, not #{inspect(other)}"}
    end
  end

  @impl true
  def init(nil) do
    _ = :ets.new(__MODULE__, [:named_table, :public, write_concurrency: true])
    {:ok, nil, {:continue, :wait}}
  end

  @impl true
  def handle_continue(:wait, state) do
    Process.send_after(self(), :sweep, @sweep_every)
    {:noreply, state}
  end

  @impl true
  def handle_info(:sweep, state) do
    :ets.select_delete(__MODULE__, [{{{:_, :"$1"}, :_}, [{:<, :"$1", second()}], [true]}])
    {:noreply, state, {:continue, :wait}}
  end

  @doc """
  Counts a request of an account. Returns the requests made and left in this second, an error 429,
  or `nil` without a limit. With a limit, but without the process that owns the counts, the error
  is a 503.
  """
  @spec count(binary()) :: {:ok, {non_neg_integer(), non_neg_integer()} | nil} | {:error, Error.t()}
  def count(account_id) do
    case Application.get_env(:numplan, :rate_limit) do
      nil -> {:ok, nil}
      limit -> count(account_id, limit)
    end
  end

  defp count(account_id, limit) do
    key = {account_id, second()}
    within(:ets.update_counter(__MODULE__, key, 1, {key, 0}), limit)
  rescue
    # The table ends with the process that owns it.
    ArgumentError -> {:error, Error.no_services()}
  end

  # Any number is less than a text, so a limit that is none would let everybody pass.
  defp within(consumed, limit) when is_integer(limit) and consumed <= limit, do: {:ok, {consumed, limit - consumed}}
  defp within(_consumed, _limit), do: {:error, Error.system(:too_many_requests, headers: [{"retry-after", "1"}])}

  defp second, do: System.monotonic_time(:second)
end
