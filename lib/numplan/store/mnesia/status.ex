defmodule Numplan.Store.Mnesia.Status do
  @moduledoc """
  The state of the store, as its process has published it: it is read at once, also while that
  process is at work, as when it takes another node's tables.
  """

  alias Numplan.Store.Mnesia.Schema

  @typedoc "Why the store takes no writes: the kind of the fault, and its words for the log."
  @type fault :: {:not_written | :not_dumped | :not_loaded | :busy, words :: binary()}
  @typedoc "`unrestored` says why a split is not healed to its end."
  @type t :: %{fault: fault() | nil, split: [node()], unrestored: binary() | nil}

  @not_running "it does not run"

  @doc "Opens the table of the store's process, which owns it."
  @spec open() :: :ok
  def open do
    _ = :ets.new(__MODULE__, [:named_table, read_concurrency: true])
    :ok
  end

  @doc "Publishes the state, in place of the one before."
  @spec publish(t()) :: :ok
  def publish(status) do
    true = :ets.insert(__MODULE__, {:status, status})
    :ok
  end

  defp published do
    [{:status, status}] = :ets.lookup(__MODULE__, :status)
    status
  rescue
    # No process has the table, or it has not opened the store yet.
    _ in [ArgumentError, MatchError] -> nil
  end

  @doc "Why the store takes no writes, in words without paths; `nil` where it takes them."
  @spec fault() :: binary() | nil
  def fault, do: cause(published())

  defp cause(nil), do: "the store does not run"
  defp cause(%{fault: nil}), do: nil
  defp cause(%{fault: {:busy, words}}), do: words
  defp cause(%{fault: {:not_written, _words}}), do: "the files of Mnesia cannot be written, or it has ended"
  defp cause(%{fault: {:not_dumped, _words}}), do: "Mnesia's log cannot be dumped: is the disc full?"
  defp cause(%{fault: {:not_loaded, _words}}), do: "the tables of another node cannot be loaded after a split"

  @doc "The state that was published, as `describe/1` has it."
  @spec read() :: map()
  def read, do: describe(published())

  @doc "A state as `Numplan.Store.Mnesia.status/0` has it."
  @spec describe(t() | nil) :: map()
  def describe(nil), do: without_tables({:failed, @not_running}, [], nil)

  def describe(status) do
    described = without_tables(words(status.fault), status.split, status.unrestored)
    if :mnesia.system_info(:is_running) == :yes, do: Map.merge(described, tables()), else: described
  end

  defp without_tables(state, split, unrestored),
    do: %{state: state, nodes: [], running: [], sizes: %{}, split: split, unrestored: unrestored}

  defp words(nil), do: :well
  defp words({_kind, words}), do: {:failed, words}

  defp tables do
    %{
      nodes: Enum.sort(:mnesia.system_info(:db_nodes)),
      running: Enum.sort(:mnesia.system_info(:running_db_nodes)),
      sizes: Map.new(Schema.tables(), &{&1, :mnesia.table_info(&1, :size)})
    }
  catch
    # Mnesia has ended meanwhile.
    :exit, _reason -> %{}
  end
end
