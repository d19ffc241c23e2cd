defmodule Numplan.Store.Mnesia.Runtime do
  @moduledoc """
  Starts Mnesia in the store's directory, and ends it in a bounded time.

  Files are kept (`Numplan.Store.Mnesia.KeptFiles`) from before Mnesia starts until its start has
  written what the logs held.
  """

  alias Numplan.Store.Mnesia.{Dump, Events, KeptFiles, Schema, SchemaFile}

  # Mnesia's own dumps of the log are put off for ever: the store dumps it, and keeps the files
  # meanwhile. A start writes no table anew, so that it needs room for the logs alone.
  @settings [
    dump_log_write_threshold: 1_000_000_000_000,
    dump_log_time_threshold: 1_000_000_000_000,
    dump_disc_copies_at_startup: false,
    event_module: Events
  ]

  # The milliseconds that Mnesia may take to end.
  @end_within 10_000

  @doc """
  Starts Mnesia in `dir`, or finds that it runs there. Mnesia that runs while files are kept has
  not written them: it is ended, and started from the files that are kept.
  """
  @spec start(Path.t()) :: :ok | {:error, binary()}
  def start(dir) do
    with :ok <- find() do
      case {:mnesia.system_info(:is_running), running_in()} do
        {:no, _} -> cold_start(dir)
        {:yes, ^dir} -> if KeptFiles.kept?(dir), do: restart(dir), else: :ok
        _elsewhere_or_in_between -> {:error, runs_already()}
      end
    end
  end

  defp running_in, do: with(dir when dir != nil <- Application.get_env(:mnesia, :dir), do: to_string(dir))

  defp runs_already, do: "numplan: Mnesia runs already; the store starts it itself, in its own directory"

  @doc "Ends Mnesia without its help, if it runs, and starts it from the files that are kept."
  @spec restart(Path.t()) :: :ok | {:error, binary()}
  def restart(dir), do: with(:ok <- kill(), do: cold_start(dir))

  # Finds Mnesia on the code path or in OTP. Mix 1.15 and later leaves on the code path what
  # applications name, and Numplan does not name Mnesia: that would start it, in no directory, in
  # every node.
  defp find do
    with false <- Code.ensure_loaded?(:mnesia),
         [] <- :code.lib_dir() |> Path.join("mnesia-*/ebin") |> Path.wildcard() do
      {:error,
       "numplan: Mnesia is not found; a release needs `applications: [mnesia: :load]`, other systems a package of Erlang's"}
    else
      true ->
        :ok

      folders ->
        true = folders |> List.last() |> to_charlist() |> :code.add_pathz()
        :ok
    end
  end

  defp cold_start(dir) do
    _ = Application.load(:mnesia)
    for {key, value} <- [{:dir, to_charlist(dir)} | @settings], do: Application.put_env(:mnesia, key, value)

    with :ok <- files(dir, KeptFiles.put_back(dir)),
         :ok <- room(dir),
         :ok <- SchemaFile.check(dir),
         :ok <- create_schema(),
         :ok <- files(dir, KeptFiles.keep(dir)),
         do: run()
  end

  defp room(dir) do
    with {:error, reason} <- Dump.room_for_logs(dir),
         do: {:error, "numplan: Mnesia does not start in #{dir}: #{:file.format_error(reason)}; what is there is kept"}
  end

  defp files(_dir, :ok), do: :ok

  defp files(dir, {:error, reason}),
    do: {:error, "numplan: the files in #{dir} cannot be kept: #{:file.format_error(reason)}"}

  defp create_schema do
    case :mnesia.create_schema([node()]) do
      :ok -> :ok
      {:error, {_node, {:already_exists, _}}} -> :ok
      {:error, reason} -> {:error, "numplan: no schema can be created: #{inspect(reason)}"}
    end
  end

  @doc "Starts Mnesia with the settings and files that are there."
  @spec run() :: :ok | {:error, binary()}
  def run do
    case :mnesia.start() do
      :ok -> :ok
      {:error, reason} -> {:error, "numplan: Mnesia does not start: #{inspect(reason)}"}
    end
  end

  @doc "Ends Mnesia's processes, which may wait for ever for a log that was not written."
  @spec kill() :: :ok | {:error, binary()}
  def kill do
    {pid, monitor} = spawn_monitor(&kill_and_close/0)

    receive do
      {:DOWN, ^monitor, :process, ^pid, _} -> :ok
    after
      @end_within ->
        true = Process.exit(pid, :kill)
        true = Process.demonitor(monitor, [:flush])
        {:error, "numplan: Mnesia does not end"}
    end
  end

  # A log is closed when the processes that had it open have ended; Mnesia that started before would
  # write to it.
  defp kill_and_close do
    :ok = :mnesia.lkill()
    closed([:latest_log, :previous_log | Enum.map(Schema.tables(), &{:mnesia_dumper, &1})])
  end

  defp closed(logs) do
    if Enum.any?(logs, &is_list(:disk_log.info(&1))) do
      Process.sleep(10)
      closed(logs)
    end
  end
end
