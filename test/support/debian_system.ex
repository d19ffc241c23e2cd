defmodule Numplan.DebianSystem do
  @moduledoc """
  A fresh Debian 12, booted with systemd in namespaces of its own: processes, mounts, host name, and
  a network that has its loopback alone.

  It starts from the folder in the environment variable `NUMPLAN_DEBIAN`, which `scripts/install-check`
  makes; what a test changes is in memory, and ends with the system.
  """

  import ExUnit.Callbacks, only: [on_exit: 1]

  @enforce_keys [:leader]
  defstruct [:leader]

  @type t :: %__MODULE__{leader: binary()}

  @path "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  @doc """
  Boots a system, in which `folder` is `/root`; returns it when its services have started. It ends with
  the test.
  """
  @spec boot(Path.t()) :: t()
  def boot(folder) do
    arguments =
      ~w(--pdeathsig KILL systemd-nspawn --quiet --register=no --keep-unit --private-network --volatile=overlay) ++
        [
          "--directory",
          System.fetch_env!("NUMPLAN_DEBIAN"),
          "--bind",
          "#{folder}:/root",
          "--console=read-only",
          "--boot"
        ]

    options = [:binary, :exit_status, :stderr_to_stdout, {:line, 10_000}, args: arguments]
    port = Port.open({:spawn_executable, System.find_executable("setpriv")}, options)
    {:os_pid, pid} = Port.info(port, :os_pid)
    :ok = await(port, "Multi-User System", [])
    [leader] = "/proc/#{pid}/task/#{pid}/children" |> File.read!() |> String.split()
    # The end of its first process is that of all others.
    on_exit(fn -> System.cmd("kill", ["-KILL", leader], stderr_to_stdout: true) end)
    %__MODULE__{leader: leader}
  end

  defp await(port, words, seen) do
    receive do
      {^port, {:data, {_, line}}} -> if line =~ words, do: :ok, else: await(port, words, [line | seen])
      {^port, {:exit_status, status}} -> raise "the system ended with #{status}: #{Enum.join(Enum.reverse(seen), "\n")}"
    after
      60_000 -> raise "the system does not boot: #{Enum.join(Enum.reverse(seen), "\n")}"
    end
  end

  @doc "What a line of shell prints in a system, as root in `/root`, and its exit code."
  @spec shell(t(), binary()) :: {binary(), non_neg_integer()}
  def shell(system, line) do
    environment = ["-i", "HOME=/root", "PATH=#{@path}", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
    namespaces = ["--target", system.leader | ~w(--mount --uts --ipc --net --pid --root)]
    System.cmd("nsenter", namespaces ++ ["env" | environment] ++ ["sh", "-c", "cd; { #{line}\n} </dev/null 2>&1"])
  end
end
