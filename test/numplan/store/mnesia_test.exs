defmodule Numplan.Store.MnesiaTest do
  use ExUnit.Case

  import ExUnit.CaptureLog

  alias Numplan.{Builds, SplitNode}

  @moduletag :tmp_dir

  def store_options(%{tmp_dir: folder}), do: [dir: Path.join(folder, "mnesia")]

  use Numplan.StoreContract, store: Numplan.Store.Mnesia

  defp refused(options) do
    Process.flag(:trap_exit, true)
    assert {:error, reason} = Store.Mnesia.Node.start_link(options)
    reason
  end

  test "a directory that cannot be written is named", %{tmp_dir: folder} do
    :ok = stop_supervised(:store)
    file = Path.join(folder, "file")
    File.write!(file, "")

    assert refused(dir: Path.join(file, "mnesia")) ==
             "numplan: #{Path.expand(Path.join(file, "mnesia"))} cannot be written: not a directory"
  end

  test "a directory that is made is for its owner alone, one that is there keeps its mode",
       %{tmp_dir: folder} = context do
    made = store_options(context)[:dir]
    assert Bitwise.band(File.stat!(made).mode, 0o777) == 0o700
    :ok = stop_supervised(:store)
    File.chmod!(made, 0o750)
    start_supervised!(Store.Mnesia.child_spec(dir: made), id: :store)
    assert Bitwise.band(File.stat!(Path.join(folder, "mnesia")).mode, 0o777) == 0o750
  end

  test "a store of a later layout is refused, and left as it is", context do
    {:atomic, :ok} = :mnesia.transaction(fn -> :mnesia.write({:numplan_meta, :version, 99}) end)
    :ok = stop_supervised(:store)
    assert refused(store_options(context)) =~ "the store has layout 99, and this release reads up to 1"
  end

  test "Mnesia that somebody else has started is left alone", %{tmp_dir: folder} do
    :ok = stop_supervised(:store)
    stopped()
    Application.put_env(:mnesia, :dir, to_charlist(Path.join(folder, "elsewhere")))
    :ok = :mnesia.start()
    assert refused(dir: Path.join(folder, "mnesia")) =~ "Mnesia runs already"
    assert :mnesia.system_info(:is_running) == :yes
    :mnesia.stop()
  end

  # Mnesia ends aside, after the process it belongs to.
  defp stopped do
    monitor = Process.monitor(Store.Mnesia.Stopper)
    assert_receive {:DOWN, ^monitor, :process, _, _}, 10_000
  end

  test "the status has nodes and sizes" do
    {:ok, _} = put(number(@id, @holder))

    assert %{nodes: [node], running: [node], split: [], sizes: %{numplan_numbers: 1, numplan_copies: 1}} =
             Store.Mnesia.status()

    assert node == node()
  end

  describe "while numbers are written again that a split has left," do
    test "others are answered", context do
      assert {%{state: :well, nodes: [_this]}, :ok, written} = restored(context, :subscribe)
      assert written in 1..200
    end

    test "a node that is refused to be joined stops that for a moment alone", context do
      assert {_status, {:error, _words}, _written} = restored(context, :join)
    end
  end

  # What was answered to a question while 350 numbers of a split were written again, all of which are
  # in the store afterwards.
  defp restored(context, question) do
    :ok = stop_supervised(:store)
    [dir: dir] = store_options(context)
    many = for n <- 1..350, do: %{number("+1415800#{1_000 + n}", @holder) | created: 1, modified: 1}
    :ok = Store.Mnesia.SplitFile.write(dir, many)
    %{update_number: write} = SplitNode.set(%{update_number: nil}, question)

    capture_log(fn ->
      start_supervised!(%{
        id: :store,
        start: {Store.Mnesia.Node, :start_link, [[dir: dir, update_number: write]]}
      })

      assert Builds.await(fn -> SplitNode.answered() == nil end, false, 1_500) == false
      assert Builds.await(fn -> Store.Mnesia.SplitFile.exists?(dir) end, false, 1_500) == false
    end)

    assert {:ok, found, nil} = Store.list_numbers(nil, 1_000)
    assert Enum.map(found, & &1.id) == Enum.map(many, & &1.id)
    SplitNode.answered()
  end

  test "what keeps it from taking writes is said, at once, until it takes them again" do
    assert {Store.Mnesia.fault(), Store.Mnesia.writable()} == {nil, :ok}

    capture_log(fn ->
      true = Process.exit(Process.whereis(Store.Mnesia.LogGuard), :kill)
      words = (&Store.Mnesia.fault/0) |> Stream.repeatedly() |> Enum.find(& &1)
      assert words == "the files of Mnesia cannot be written, or it has ended"
      assert Builds.await(&Store.Mnesia.writable/0, :ok, 1_500) == :ok
    end)

    :ok = stop_supervised(:store)
    assert Store.Mnesia.fault() == "the store does not run"
  end
end
