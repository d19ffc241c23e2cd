defmodule Numplan.BatchProcess do
  @moduledoc "Runs over files in operating-system processes of their own, which can be stopped on the way and killed."

  import ExUnit.Assertions
  import ExUnit.Callbacks, only: [on_exit: 1]

  @doc """
  Starts `Numplan.Batch.run/3` in another process, which prints that it stopped once more than `rows` rows are written and, where
  `:checkpoint_ms` is 0, a place is kept to go on from; and then waits for ever. Gives its port when it has stopped.
  """
  @spec stopped(Path.t(), Path.t(), keyword(), non_neg_integer()) :: port()
  def stopped(input, output, options, rows) do
    port = start(input, output, options, rows)
    assert_receive {^port, {:data, {:eol, "stopped"}}}, 60_000
    port
  end

  @doc "Runs `Numplan.Batch.run/3` to its end under `limits`, which are shell commands; returns its result as inspected text."
  @spec run(Path.t(), Path.t(), keyword(), binary()) :: binary()
  def run(input, output, options \\ [], limits \\ ":") do
    port = start(input, output, options, :infinity, limits)
    assert_receive {^port, {:data, {:eol, result}}}, 60_000
    assert_receive {^port, {:exit_status, 0}}, 60_000
    result
  end

  @doc "Kills the process with a signal that it cannot catch."
  @spec kill(port()) :: :ok
  def kill(port) do
    {:os_pid, pid} = Port.info(port, :os_pid)
    {_, 0} = System.cmd("kill", ["-9", to_string(pid)])
    assert_receive {^port, {:exit_status, 137}}, 60_000
    :ok
  end

  # An atom compares greater than any integer.
  defp start(input, output, options, rows, limits \\ ":") do
    code = """
    Application.load(:numplan)
    stop = fn %{rows: rows} ->
      if rows > #{inspect(rows)} do
        if #{options[:checkpoint_ms] == 0} do
          Enum.find(Stream.repeatedly(fn -> File.exists?(#{inspect(output <> ".progress")}) end), & &1)
        end

        IO.puts("stopped")
        Process.sleep(:infinity)
      end
    end
    options = [progress: stop] ++ #{inspect(options)}
    IO.puts(inspect(Numplan.Batch.run(#{inspect(input)}, #{inspect(output)}, options)))
    """

    shell = ["-c", "#{limits}; exec elixir -pa \"$0\" -e \"$1\"", Application.app_dir(:numplan, "ebin"), code]
    options = [:binary, :exit_status, :stderr_to_stdout, line: 10_000, args: shell]
    port = Port.open({:spawn_executable, "/bin/sh"}, options)
    {:os_pid, pid} = Port.info(port, :os_pid)
    on_exit(fn -> System.cmd("kill", ["-9", to_string(pid)], stderr_to_stdout: true) end)
    port
  end
end
