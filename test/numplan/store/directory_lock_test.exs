defmodule Numplan.Store.DirectoryLockTest do
  @moduledoc "A store's directory belongs to one node: tried with other operating-system processes."
  use ExUnit.Case

  alias Numplan.{PhoneNumber, StoreNode}
  alias Numplan.Store.DirectoryLock

  @moduletag :tmp_dir
  @moduletag timeout: 180_000

  @account String.duplicate("a", 32)
  @number %PhoneNumber{id: "+14158550001", state: "in_service", account_id: @account}

  setup %{tmp_dir: folder}, do: %{dir: Path.join(folder, "store")}

  defp start(dir) do
    node = boot(dir)
    assert {:ok, _} = StoreNode.start_application(node)
    node
  end

  # A node that has not started the application yet.
  defp boot(dir) do
    node = StoreNode.boot(nil, dir)
    pid = StoreNode.os_pid(node)
    on_exit(fn -> kill(pid) end)
    Map.put(node, :os_pid, pid)
  end

  defp kill(pid), do: System.cmd("kill", ["-9", pid], stderr_to_stdout: true)

  defp refusal(node) do
    assert {:error, {:numplan, reason}} = StoreNode.start_application(node)
    [words] = Regex.run(~r/numplan: the directory [^"]*/, inspect(reason, limit: :infinity, printable_limit: :infinity))
    words
  end

  defp host, do: :inet.gethostname() |> elem(1) |> to_string()

  test "a second node is refused with the pid, host, node and port of the holder, and no write is lost", %{dir: dir} do
    first = start(dir)
    port = StoreNode.call(first, Numplan.HTTP, :port, [])
    second = boot(dir)
    words = refusal(second)

    for part <- [
          "the directory #{dir} is in use by process #{StoreNode.os_pid(first)} on #{host()}",
          "node nonode@nohost",
          "port #{port}",
          "stop it, or take another directory"
        ],
        do: assert(words =~ part)

    assert {:ok, _} = StoreNode.put(first, @number)
    :ok = StoreNode.stop(first)
    assert {:ok, _} = StoreNode.start_application(second)
    assert {:ok, %{state: "in_service"}} = StoreNode.call(second, Numplan.Store, :get_number, [@number.id])
  end

  test "a holder that is killed leaves no lock behind, and one that is stopped holds on", %{dir: dir} do
    first = start(dir)
    assert {:ok, _} = StoreNode.put(first, @number)
    first_pid = StoreNode.os_pid(first)
    second = boot(dir)
    {_, 0} = System.cmd("kill", ["-STOP", first_pid])
    assert refusal(second) =~ "process #{first_pid}"
    {_, 0} = System.cmd("kill", ["-CONT", first_pid])
    assert refusal(second) =~ "process #{first_pid}"
    :ok = StoreNode.kill(first)
    assert {:ok, _} = StoreNode.start_application(second)
    assert {:ok, _} = StoreNode.call(second, Numplan.Store, :get_number, [@number.id])
    assert File.read!(DirectoryLock.file(dir)) =~ ~s("pid":#{second.os_pid})
  end

  test "of nodes that start at once exactly one wins, and the others name it", %{dir: dir} do
    nodes = for _ <- 1..5, do: boot(dir)

    for _round <- 1..3 do
      results =
        nodes
        |> Enum.map(&Task.async(fn -> {&1, StoreNode.start_application(&1)} end))
        |> Task.await_many(120_000)

      assert [{winner, {:ok, _}}] = Enum.filter(results, &match?({_, {:ok, _}}, &1))

      for {node, {:error, reason}} <- results do
        assert node != winner
        assert inspect(reason, printable_limit: :infinity) =~ "in use by process #{winner.os_pid} on #{host()}"
      end

      :ok = StoreNode.call(winner, :application, :stop, [:numplan])
    end
  end

  test "a store that starts again at once waits for the Mnesia of the one before to stop", %{dir: dir} do
    node = start(dir)

    for _ <- 1..20 do
      :ok = StoreNode.call(node, :application, :stop, [:numplan])
      assert {:ok, [:numplan]} = StoreNode.start_application(node)
    end
  end

  test "another path to the directory is the same directory", %{tmp_dir: folder, dir: dir} do
    _first = start(dir)
    link = Path.join(folder, "link")
    File.ln_s!(dir, link)
    assert refusal(boot(link)) =~ "the directory #{link} is in use"
    assert refusal(boot(Path.join([folder, "store", "..", "store"]))) =~ "the directory #{dir} is in use"
  end

  test "removing the file of the lock frees nothing", %{dir: dir} do
    first = start(dir)
    File.rm!(DirectoryLock.file(dir))
    second = boot(dir)
    assert refusal(second) =~ "is in use by another process"
    :ok = StoreNode.kill(first)
    assert {:ok, _} = StoreNode.start_application(second)
  end

  test "what an earlier holder has left in the file is no lock, though its pid is in use again", %{dir: dir} do
    File.mkdir_p!(dir)

    for left <- [~s({"pid":#{System.pid()},"host":"#{host()}"}), "", "{", <<255, 0>>] do
      File.write!(DirectoryLock.file(dir), left)
      assert :ok = DirectoryLock.acquire(dir)
      assert %{"pid" => pid} = Numplan.json_decode!(File.read!(DirectoryLock.file(dir)))
      assert to_string(pid) == System.pid()
      :ok = DirectoryLock.release(dir)
    end
  end

  test "the directory belongs to the node, whichever of its processes asks, until it is released", %{dir: dir} do
    File.mkdir_p!(dir)
    assert :ok = DirectoryLock.acquire(dir)
    assert :ok = Task.await(Task.async(fn -> DirectoryLock.acquire(dir) end))
    second = boot(dir)
    assert refusal(second) =~ "process #{System.pid()}"
    :ok = DirectoryLock.release(dir)
    :ok = DirectoryLock.release(dir)
    assert {:ok, _} = StoreNode.start_application(second)
    assert {:error, "numplan: the directory " <> _} = DirectoryLock.acquire(dir)
  end

  test "the lock is kept as long as Mnesia runs, though the process of the store is killed", %{dir: dir} do
    first = start(dir)
    second = boot(dir)
    pid = StoreNode.call(first, Process, :whereis, [Numplan.Store.Mnesia.Node])
    true = StoreNode.call(first, Process, :exit, [pid, :kill])
    assert refusal(second) =~ "process #{StoreNode.os_pid(first)}"
    assert {:ok, _} = Numplan.Builds.await(fn -> elem(StoreNode.put(first, @number), 0) end, :ok) |> then(&{&1, 0})
    :ok = StoreNode.call(first, :application, :stop, [:numplan])
    assert {:ok, _} = StoreNode.start_application(second)
  end

  test "a lock that waits for a process is kept until that has ended", %{dir: dir} do
    File.mkdir_p!(dir)
    assert :ok = DirectoryLock.acquire(dir)
    process = spawn(fn -> receive do: (:end -> :ok) end)
    :ok = DirectoryLock.release(dir, process)
    assert DirectoryLock.held?(dir)
    send(process, :end)
    assert Numplan.Builds.await(fn -> DirectoryLock.held?(dir) end, false) == false
  end

  test "a directory that cannot be locked is named, with the reason", %{tmp_dir: folder} do
    dir = Path.join(folder, "none")
    assert {:error, words} = DirectoryLock.acquire(dir)
    assert words =~ "numplan: the directory #{dir} cannot be locked: no such file or directory"
  end

  test "a directory that this user may not write to is named" do
    # Another user may not enter the sources where they are below a home directory.
    folder = Path.join(System.tmp_dir!(), "numplan-#{System.pid()}-#{System.unique_integer([:positive])}")
    File.mkdir_p!(folder)
    on_exit(fn -> File.rm_rf!(folder) end)
    {"", 0} = System.cmd("cp", ["-rL", Application.app_dir(:numplan), Path.join(folder, "numplan")])
    {"", 0} = System.cmd("chmod", ["-R", "a+rX", folder])
    dir = Path.join(folder, "locked")
    File.mkdir_p!(dir)
    File.chmod!(dir, 0o555)

    line = "IO.inspect(#{inspect(DirectoryLock)}.acquire(#{inspect(dir)}))"
    {words, code} = as_nobody(["elixir", "-pa", Path.join(folder, "numplan/ebin"), "-e", line], folder)
    assert {words, code} == {words, 0}
    assert words =~ "numplan: the directory #{dir} cannot be locked: permission denied"
  end

  defp as_nobody(command, folder) do
    prefix =
      if System.cmd("id", ["-u"]) == {"0\n", 0}, do: ~w(setpriv --reuid=65534 --regid=65534 --clear-groups), else: []

    [program | arguments] = prefix ++ command
    System.cmd(program, arguments, env: [{"HOME", folder}, {"TMPDIR", folder}], cd: "/", stderr_to_stdout: true)
  end
end
