defmodule Numplan.Store.Mnesia.Events do
  @moduledoc """
  Mnesia's event handler while the store runs it: it sends the store's process every system event,
  also those of Mnesia's start, and prints nothing.

  Mnesia reports a failure to write its files only as information for people, and goes on as if it
  had succeeded. `disc_fault/1` finds these reports.
  """

  @behaviour :gen_event

  # The store's process, which this module must not name: that one calls it.
  @receiver __MODULE__.Receiver

  @doc "Makes the calling process the one that events are sent to."
  @spec receive_here() :: :ok
  def receive_here, do: :persistent_term.put(@receiver, self())

  @doc """
  What a system event says about a failure to write files, in words; `nil` if it says nothing of
  it. The words hold no data of records.

      iex> Numplan.Store.Mnesia.Events.disc_fault({:mnesia_info, ~c"Failed syncing ~tp to_disk reason ~tp ~n", []})
      "a file of the tables was not written"
      iex> Numplan.Store.Mnesia.Events.disc_fault({:mnesia_up, :a@b})
      nil
  """
  @spec disc_fault(tuple()) :: binary() | nil
  def disc_fault({:mnesia_info, :error, _reason}), do: "a dump of the log failed"
  def disc_fault({:mnesia_info, ~c"Failed syncing" ++ _, _}), do: "a file of the tables was not written"
  def disc_fault({:mnesia_info, ~c"Warning Log file" ++ _, [_log, text]}), do: log_fault(to_string(text))
  def disc_fault({:mnesia_info, ~c"Data may be missing, Corrupt" ++ _, _}), do: "a damaged log was dropped"
  def disc_fault({:mnesia_fatal, _format, _arguments, _core}), do: "Mnesia met a fatal error"
  def disc_fault(_event), do: nil

  # A log that is written again reports that too.
  defp log_fault(text), do: if(text =~ "{error_status,ok}", do: nil, else: "a log was not written")

  @doc """
  What a fatal report among `reports` says, in brackets and without its data; nothing where there is
  none.

      iex> Numplan.Store.Mnesia.Events.fatal([{:mnesia_up, :a@b}, {:mnesia_fatal, ~c"Cannot open ~p", [:x], ""}])
      " (Cannot open …)"
      iex> Numplan.Store.Mnesia.Events.fatal([])
      ""
  """
  @spec fatal([tuple()]) :: binary()
  def fatal(reports) do
    case Enum.find(reports, &match?({:mnesia_fatal, _, _, _}, &1)) do
      nil -> ""
      {_, format, _, _} -> " (#{format |> to_string() |> String.replace(~r/~\w+/, "…") |> String.trim()})"
    end
  end

  @doc "Waits until all events that were reported before are with the store's process."
  @spec settle() :: :ok
  def settle do
    _ = if Process.whereis(:mnesia_event), do: :gen_event.which_handlers(:mnesia_event)
    :ok
  catch
    :exit, _ -> :ok
  end

  @impl true
  def init(_arguments), do: {:ok, nil}

  @impl true
  def handle_event(event, state), do: forward(event, state)

  @impl true
  def handle_info(event, state), do: forward(event, state)

  @impl true
  def handle_call(event, state) do
    {:ok, state} = forward(event, state)
    {:ok, :ok, state}
  end

  defp forward(event, state) do
    receiver = :persistent_term.get(@receiver, nil)
    if receiver, do: send(receiver, event)
    {:ok, state}
  end
end
