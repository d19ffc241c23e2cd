defmodule Numplan.CommandLine do
  @moduledoc "Runs the command line as people do, from a release in a shell, and reads the examples in documents."

  import ExUnit.Callbacks, only: [on_exit: 1]

  @doc "The context for `setup_all`: a release is built, and `path` is a search path that finds its `numplan`."
  @spec release() :: %{path: binary()}
  def release do
    folder = Path.join(System.tmp_dir!(), "numplan-release-#{System.pid()}")
    on_exit(fn -> File.rm_rf!(folder) end)
    arguments = ["release", "--quiet", "--overwrite", "--path", folder]
    {_, 0} = System.cmd("mix", arguments, env: [{"MIX_ENV", "test"}], stderr_to_stdout: true)
    %{path: Path.join(folder, "bin") <> ":" <> System.get_env("PATH")}
  end

  @doc "The standard output, standard error and exit code of a shell command."
  @spec shell(binary(), map()) :: {binary(), binary(), non_neg_integer()}
  def shell(line, %{path: path, tmp_dir: folder}) do
    options = [cd: folder, env: [{"PATH", path}, {"NO_COLOR", nil}]]
    {printed, code} = System.cmd("sh", ["-c", "{ #{line}\n} 2>told </dev/null"], options)
    {printed, File.read!(Path.join(folder, "told")), code}
  end

  @doc "Starts a shell command that prints `Serving ADDRESS` and keeps running; returns the port that owns it, and the address."
  @spec serve(binary(), map()) :: {port(), binary()}
  def serve(line, %{path: path, tmp_dir: folder}) do
    options = [
      :binary,
      :exit_status,
      cd: folder,
      env: [{~c"PATH", to_charlist(path)}],
      args: ["-c", "exec #{line} 2>told"]
    ]

    port = Port.open({:spawn_executable, "/bin/sh"}, [{:line, 1_000} | options])
    {:os_pid, pid} = Port.info(port, :os_pid)
    on_exit(fn -> System.cmd("kill", [to_string(pid)], stderr_to_stdout: true) end)

    receive do
      {^port, {:data, {:eol, "Serving " <> serving}}} -> {port, hd(String.split(serving, "/ (interrupt"))}
      {^port, {:exit_status, status}} -> raise "#{line} ended with #{status}: #{File.read!(Path.join(folder, "told"))}"
    after
      30_000 -> raise "#{line} does not serve"
    end
  end

  @doc "Interrupts the command that `serve/2` started, and waits for its end."
  @spec interrupt(port()) :: :ok
  def interrupt(port) do
    {:os_pid, pid} = Port.info(port, :os_pid)
    {_, 0} = System.cmd("kill", ["-INT", to_string(pid)])

    receive do
      {^port, {:exit_status, _}} -> :ok
    after
      30_000 -> raise "what serves does not end"
    end
  end

  @doc """
  The examples of a text, each with what it prints: a line that begins with `$ `, and those that follow up to the next or to the end of
  the block. `indent` stands before each line.
  """
  @spec examples(binary(), binary()) :: [{binary(), binary()}]
  def examples(text, indent \\ "") do
    for [_, line, printed] <- Regex.scan(~r/^#{indent}\$ (.+)\n((?:#{indent}(?!\$ ).*\n)*)/m, text),
        do: {line, String.replace(printed, ~r/^#{indent}/m, "")}
  end
end
