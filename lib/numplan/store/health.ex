defmodule Numplan.Store.Health do
  @moduledoc """
  Whether the configured store can be read and written, asked in a bounded time.

  A process of its own asks, since a call that hangs in the system cannot be ended. While it hangs
  no further one is started (two that begin at the same moment may both ask): questions meanwhile
  wait for its answer, and not longer than the bound.
  """

  alias Numplan.Store

  # The milliseconds after which a store that has not answered counts as one that does not.
  @most 3_000

  @no_answer "the store does not answer"

  @typedoc "`kind`: the last part of the store's module, in lower case. `reason` has no path and no secret."
  @type t :: %{kind: binary(), readable: boolean(), writable: boolean(), reason: binary() | nil}

  @doc """
  The health of the configured store; `nil` without one. Takes three seconds at most.

      iex> Numplan.Store.Health.check()
      nil
  """
  @spec check() :: t() | nil
  def check do
    with {store, _options} <- Store.configured() do
      {readable, writable} = asked(System.monotonic_time(:millisecond) + @most)
      reason = Enum.find_value([writable, readable], &with({:error, words} <- &1, do: words, else: (:ok -> nil)))
      %{kind: kind(store), readable: readable == :ok, writable: {readable, writable} == {:ok, :ok}, reason: reason}
    end
  end

  defp kind(store), do: store |> inspect() |> String.split(".") |> List.last() |> String.downcase()

  defp asked(deadline) do
    {pid, monitor} = asking()

    receive do
      {:DOWN, ^monitor, :process, ^pid, {:shutdown, {__MODULE__, answer}}} -> answer
      # It has ended before it was monitored.
      {:DOWN, ^monitor, :process, ^pid, _ended} -> asked(deadline)
    after
      max(deadline - System.monotonic_time(:millisecond), 0) ->
        Process.demonitor(monitor, [:flush])
        {{:error, @no_answer}, {:error, @no_answer}}
    end
  end

  # The process that asks, which ends with the answer.
  defp asking do
    case Process.whereis(__MODULE__) do
      nil -> spawn_monitor(&ask/0)
      pid -> {pid, Process.monitor(pid)}
    end
  end

  @spec ask() :: no_return()
  defp ask do
    registered()
    exit({:shutdown, {__MODULE__, {readable(), writable()}}})
  end

  # Two that begin at once both ask.
  defp registered do
    Process.register(self(), __MODULE__)
  rescue
    ArgumentError -> false
  end

  defp readable do
    case Store.get_document("number_manager") do
      {:ok, _document, _rev} -> :ok
      {:error, :not_found} -> :ok
      {:error, _reason} -> {:error, "the store cannot be read"}
    end
  catch
    _kind, _reason -> {:error, "the store cannot be read"}
  end

  defp writable do
    Store.writable()
  catch
    _kind, _reason -> {:error, "the store cannot be written"}
  end
end
