defmodule Numplan.Store.Mnesia.Dump do
  @moduledoc """
  Dumps Mnesia's log into the files of the tables: when it is due, with room for it, and with the
  files kept until they are written.
  """

  alias Numplan.Store.Mnesia.{Events, KeptFiles, Schema}

  # A log is dumped when it has so many bytes, or after so many milliseconds.
  @bytes 4_194_304
  @milliseconds 180_000

  # Mnesia writes a table anew when its own log is larger than this part of it.
  @rewritten_at 4
  @margin 1_048_576

  @doc "True when the log in `dir` is due to be dumped, `milliseconds` after the last dump."
  @spec due?(Path.t(), non_neg_integer()) :: boolean()
  def due?(dir, milliseconds), do: milliseconds >= @milliseconds or size(dir, "LATEST.LOG") >= @bytes

  @doc """
  Dumps the log in a process that is linked to the caller, and ends with `{:dump, :ok}` or with
  `{:dump, reason}`.

  The reason `{:not_begun, posix}` means that nothing was begun, and why. With any other one, or
  when Mnesia reported a fault before the process ends, the files stay kept.
  """
  @spec start_link(Path.t()) :: pid()
  def start_link(dir), do: spawn_link(__MODULE__, :run_and_exit, [dir])

  @doc false
  @spec run_and_exit(Path.t()) :: no_return()
  def run_and_exit(dir), do: exit({:dump, run(dir)})

  defp run(dir) do
    with :ok <- room(dir), :ok <- KeptFiles.keep(dir, running: true) do
      # It also returns errors, which its specification does not have: compared otherwise, dialyzer
      # takes a failure for impossible.
      if Enum.member?([:dumped], :mnesia.dump_log()), do: Events.settle(), else: :failed
    else
      {:error, reason} -> {:not_begun, reason}
    end
  end

  @doc """
  `:ok` when the disc of `dir` has the room that a dump of its log needs; otherwise why it has not:
  `:enospc`, or what hinders a file there from being written.

      iex> Numplan.Store.Mnesia.Dump.room("/no/such/directory")
      {:error, :enoent}
  """
  @spec room(Path.t()) :: :ok | {:error, File.posix()}
  def room(dir), do: room(dir, for_logs(dir) + Enum.sum(Enum.map(Schema.tables(), &rewritten(dir, &1))))

  @doc "As `room/1`, for what the logs hold, as a start of Mnesia needs it."
  @spec room_for_logs(Path.t()) :: :ok | {:error, File.posix()}
  def room_for_logs(dir), do: room(dir, for_logs(dir))

  defp room(dir, bytes) do
    file = Path.join(dir, ".room")
    result = with {:ok, device} <- :file.open(file, [:raw, :write]), do: allocated(device, bytes)
    _ = File.rm(file)
    result
  end

  defp allocated(device, bytes) do
    result = :file.allocate(device, 0, bytes)
    _ = :file.close(device)
    result
  end

  @doc """
  What hinders a dump in `dir`, in words.

      iex> Numplan.Store.Mnesia.Dump.hindrance("/data", :eacces)
      "no files can be written in /data: permission denied"
  """
  @spec hindrance(Path.t(), File.posix()) :: binary()
  def hindrance(dir, reason) when reason in [:enospc, :edquot],
    do: "there is no room in #{dir} for a dump of the log: #{:file.format_error(reason)}"

  def hindrance(dir, reason), do: "no files can be written in #{dir}: #{:file.format_error(reason)}"

  defp for_logs(dir), do: 2 * (size(dir, "PREVIOUS.LOG") + size(dir, "LATEST.LOG")) + @margin

  # What a table takes that is written anew, while the former one is kept.
  defp rewritten(dir, table) do
    {all, changes} = {size(dir, "#{table}.DCD"), size(dir, "#{table}.DCL")}
    if changes > 0 and all <= @rewritten_at * changes, do: all + changes, else: 0
  end

  defp size(dir, name) do
    case File.stat(Path.join(dir, name)) do
      {:ok, %{size: size}} -> size
      {:error, _} -> 0
    end
  end
end
