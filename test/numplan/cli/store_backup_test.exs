defmodule Numplan.CLI.StoreBackupTest do
  @moduledoc "`numplan store check`, `backup` and `restore`, beside a server and without one."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.{CLI, PhoneNumber, Store, StoreNode}
  alias Numplan.CLI.StoreName

  @moduletag :tmp_dir
  @moduletag timeout: 300_000

  setup %{tmp_dir: folder} do
    on_exit(fn -> Application.delete_env(:numplan, :store) end)
    %{dir: Path.join(folder, "sqlite"), back_up: Path.join(folder, "numbers.bak")}
  end

  defp run(arguments, code \\ 0) do
    {printed, told} =
      with_told(fn -> capture_io(fn -> assert {arguments, CLI.run(arguments)} == {arguments, code} end) end)

    printed <> told
  end

  defp with_told(fun) do
    told = capture_io(:stderr, fn -> send(self(), {:printed, fun.()}) end)
    assert_received {:printed, printed}
    {printed, told}
  end

  defp import_numbers(dir, folder, count) do
    path = Path.join(folder, "numbers.csv")
    File.write!(path, ["number\n" | for(n <- 1..count, do: "#{4_158_550_000 + n}\n")])
    run(["numbers", "import", path, "--store", "sqlite:" <> dir, "--quiet"])
  end

  defp count(dir) do
    [_, count] = Regex.run(~r/numbers +(\S+)/, run(["store", "info", "sqlite:" <> dir]))
    count
  end

  defp damage(path) do
    {:ok, file} = :file.open(path, [:read, :write, :binary, :raw])
    {:ok, byte} = :file.pread(file, 2 * 4096 + 100, 1)
    :ok = :file.pwrite(file, 2 * 4096 + 100, :crypto.exor(byte, <<1>>))
    :ok = :file.close(file)
  end

  test "a store that was lost is made again from its back-up", %{tmp_dir: folder, dir: dir, back_up: file} do
    import_numbers(dir, folder, 300)
    assert run(["store", "check", "sqlite:" <> dir]) == "the store sqlite:#{dir} is undamaged\n"
    assert run(["store", "backup", file, "--store", "sqlite:" <> dir]) == "the store sqlite:#{dir} is in #{file}\n"
    File.rm_rf!(dir)

    assert run(["store", "restore", file, "--store", "sqlite:" <> dir]) ==
             "the store sqlite:#{dir} is the one in #{file}\n"

    assert count(dir) == "300"
    assert File.stat!(dir).mode |> Bitwise.band(0o777) == 0o700
  end

  test "damage is exit code 1, in words, and is not backed up", %{tmp_dir: folder, dir: dir, back_up: file} do
    import_numbers(dir, folder, 300)
    damage(Path.join(dir, "numplan.db"))
    assert run(["store", "check", "sqlite:" <> dir], 1) =~ "numplan.db is damaged (a checksum does not match"
    assert run(["store", "backup", file, "--store", "sqlite:" <> dir], 1) =~ "numplan.db is damaged"
    refute File.exists?(file)
  end

  test "a damaged back-up is refused, and the store stays", %{tmp_dir: folder, dir: dir, back_up: file} do
    import_numbers(dir, folder, 300)
    run(["store", "backup", file, "--store", "sqlite:" <> dir])
    damage(file)
    assert run(["store", "restore", file, "--store", "sqlite:" <> dir, "--force"], 1) =~ "take another back-up"
    assert count(dir) == "300"
    assert Path.wildcard(Path.join(dir, "replaced-*")) == []
  end

  test "files and stores that exist need --force, and a store is moved aside", context do
    %{tmp_dir: folder, dir: dir, back_up: file} = context
    import_numbers(dir, folder, 2)
    run(["store", "backup", file, "--store", "sqlite:" <> dir])
    assert run(["store", "backup", file, "--store", "sqlite:" <> dir], 1) =~ "#{file} exists: --force replaces it"
    import_numbers(dir, folder, 3)
    assert run(["store", "restore", file, "--store", "sqlite:" <> dir], 1) =~ "holds a store already: --force"
    assert count(dir) == "3"

    [_, aside] =
      Regex.run(
        ~r/the one before is sqlite:(.+)\n/,
        run(["store", "restore", file, "--store", "sqlite:" <> dir, "--force"])
      )

    assert {count(dir), count(aside)} == {"2", "3"}
  end

  test "beside a server there are checks and back-ups, and no restore", %{tmp_dir: folder, dir: dir, back_up: file} do
    import_numbers(dir, folder, 300)
    node = StoreNode.start(:backup, dir, store: {Store.SQLite, dir: dir}, server: false)
    pid = StoreNode.os_pid(node)
    on_exit(fn -> System.cmd("kill", ["-9", pid], stderr_to_stdout: true) end)
    writer = Task.async(fn -> write(node, 300, 0) end)

    for round <- 1..3 do
      run(["store", "check", "sqlite:" <> dir])
      run(["store", "backup", file, "--store", "sqlite:" <> dir] ++ if(round > 1, do: ["--force"], else: []))
    end

    assert run(["store", "restore", file, "--store", "sqlite:" <> dir, "--force"], 1) =~ "is in use by process #{pid}"
    written = Task.await(writer, 120_000)
    assert written == 300
    assert StoreNode.call(node, Store.SQLite, :status, []).writable == true
    # What was acknowledged before is there after a crash: no lock of the node was released.
    {_, 0} = System.cmd("kill", ["-9", pid])

    in_store = {Store.SQLite, dir: dir}
    number = fn n -> Store.get_number("+1415855#{String.pad_leading(to_string(n), 4, "0")}") end
    StoreName.with_store(in_store, fn -> for n <- 1001..1300, do: assert({:ok, _} = number.(n)) end)

    copy = Path.join(folder, "copy")
    run(["store", "restore", file, "--store", "sqlite:" <> copy])
    assert String.to_integer(count(copy)) in 300..600
  end

  defp write(_node, 0, written), do: written

  defp write(node, left, written) do
    id = "+1415855#{1000 + written + 1}"
    {:ok, _} = StoreNode.put(node, %PhoneNumber{id: id, state: "available"})
    write(node, left - 1, written + 1)
  end

  test "other stores and missing ones are refused in words", %{dir: dir, back_up: file} do
    File.mkdir!(dir)
    assert run(["store", "check", "mnesia:" <> dir], 1) =~ "is not a store of SQLite"
    assert run(["store", "backup", file, "--store", "sqlite:" <> dir], 1) =~ "there is no #{dir}/numplan.db"
    assert run(["store", "backup"], 2) =~ "name the file"
    assert File.ls!(dir) == []
  end
end
