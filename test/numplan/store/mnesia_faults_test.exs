defmodule Numplan.Store.MnesiaFaultsTest do
  @moduledoc "Mnesia that ends, and directories that it must not start in: real nodes, and files that are damaged."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.Store.DirectoryLock
  alias Numplan.{Builds, PhoneNumber, StoreLoad, StoreNode}

  @moduletag :tmp_dir
  @moduletag timeout: 300_000

  @number %PhoneNumber{id: "+14158550001", state: "in_service", account_id: String.duplicate("a", 32)}

  setup %{tmp_dir: folder}, do: %{dir: Path.join(folder, "store"), log: Path.join(folder, "log")}

  defp start(context, name \\ nil) do
    node = boot(context, name)
    assert {:ok, _} = StoreNode.start_application(node)
    node
  end

  defp boot(context, name) do
    node = StoreNode.boot(name, context.dir)
    on_exit(fn -> if Process.alive?(node.peer), do: StoreNode.kill(node) end)
    handler = %{level: :warning, config: %{file: to_charlist(context.log), modes: [:raw, :append]}}
    :ok = StoreNode.call(node, :logger, :add_handler, [:file, :logger_std_h, handler])
    node
  end

  defp refusal(node) do
    assert {:error, {:numplan, reason}} = StoreNode.start_application(node)
    inspect(reason, limit: :infinity, printable_limit: :infinity)
  end

  defp lines(context, words),
    do: for(line <- context.log |> File.read!() |> String.split("\n"), line =~ words, do: line)

  # Half a minute at most.
  defp await(ask, wanted), do: assert(Builds.await(ask, wanted, 1_500) == wanted)

  # What the files hold, to see that nothing has changed them.
  defp contents(dir) do
    for name <- File.ls!(dir), name =~ ~r/\.(DCD|DCL|DAT|LOG)$/, into: %{}, do: {name, File.read!(Path.join(dir, name))}
  end

  # A stopped store with one number in it, whose files are on the disc.
  defp store(context, name \\ nil) do
    node = start(context, name)
    {:ok, _} = StoreNode.put(node, @number)
    :dumped = StoreNode.call(node, :mnesia, :dump_log, [])
    :ok = StoreNode.stop(node)
    await(fn -> free?(context.dir) end, true)
    node.node
  end

  defp free?(dir) do
    with :ok <- DirectoryLock.acquire(dir), do: DirectoryLock.release(dir) == :ok, else: (_ -> false)
  end

  describe "Mnesia that ended" do
    for process <- [:mnesia_tm, :mnesia_monitor, :mnesia_controller, :mnesia_sup, :mnesia_locker] do
      test "is started again, when #{process} is killed amid writes, and nothing is lost", context do
        node = start(context)
        :ok = StoreLoad.start(node, 8)
        await(fn -> elem(StoreLoad.counts(node), 0) > 200 end, true)
        pid = StoreNode.call(node, Process, :whereis, [unquote(process)])
        true = StoreNode.call(node, Process, :exit, [pid, :kill])
        await(fn -> elem(StoreLoad.counts(node), 1) > 0 end, true)
        {before, _} = StoreLoad.counts(node)
        await(fn -> elem(StoreLoad.counts(node), 0) > before + 200 end, true)
        ids = StoreLoad.stop(node)
        assert StoreLoad.lost(node, ids) == []
        await(fn -> length(lines(context, "the store takes writes again")) end, 1)
        assert [_once] = lines(context, "the store takes no writes")
        # At most those of the transactions that were under way.
        assert length(lines(context, "the store is unavailable")) <= 8
        :ok = StoreNode.kill(node)
        node = start(context)
        assert StoreLoad.lost(node, ids) == []
        assert StoreNode.call(node, Numplan.Store.Mnesia, :status, []).state == :well
      end
    end

    test "documents' subscribers are told, since what they know may be older", context do
      node = start(context)

      {:ok, _} =
        StoreNode.call(node, Numplan.Store, :put_document, ["number_manager", {[{"classifiers", {[{"one", "^9"}]}}]}])

      await(fn -> StoreNode.call(node, :numplan, :classify, ["911"]) end, "one")
      :ok = StoreNode.call(node, :numplan, :configure, [{:preset, "kazoo-4.3"}])
      assert StoreNode.call(node, :numplan, :classify, ["911"]) == "emergency"
      :ok = StoreNode.call(node, :mnesia, :lkill, [])
      await(fn -> StoreNode.call(node, :numplan, :classify, ["911"]) end, "one")
    end
  end

  describe "a log that cannot be dumped" do
    test "is said with the real reason, once, in the log and by status/0", context do
      node = start(context)
      {:ok, _} = StoreNode.put(node, @number)
      # The directory of the files is not there for a while.
      File.rename!(context.dir, context.dir <> ".away")
      StoreLoad.dump(node)
      words = "no files can be written in #{context.dir}: no such file or directory"
      await(fn -> StoreNode.call(node, Numplan.Store.Mnesia, :status, []).state end, {:failed, words})
      assert StoreNode.put(node, %{@number | used_by: "callflow"}) == {:error, :unavailable}
      File.rename!(context.dir <> ".away", context.dir)
      await(fn -> StoreNode.call(node, Numplan.Store.Mnesia, :status, []).state end, :well)
      assert {:ok, _} = StoreNode.put(node, %{@number | used_by: "callflow"})
      :ok = StoreNode.call(node, :logger_std_h, :filesync, [:file])
      assert [line] = lines(context, "the store takes no writes")
      assert line =~ words
      refute line =~ "is the disc full"
    end
  end

  describe "a directory whose schema" do
    test "is missing is refused, and nothing in it changes", context do
      store(context)
      File.rm!(Path.join(context.dir, "schema.DAT"))
      before = contents(context.dir)
      words = refusal(boot(context, nil))
      assert words =~ "schema.DAT is missing: the tables numplan_numbers, numplan_copies"
      assert words =~ "nothing is changed"
      assert contents(context.dir) == before
    end

    for {name, damage} <- [
          {"is empty", quote(do: fn _ -> "" end)},
          {"is cut short", quote(do: &binary_part(&1, 0, 700))},
          {"is of zeros", quote(do: &:binary.copy(<<0>>, byte_size(&1)))},
          {"has another head",
           quote(do: fn <<_::binary-size(64), rest::binary>> -> :binary.copy(<<255>>, 64) <> rest end)},
          {"has zeros for tables",
           quote(do: fn <<head::binary-size(2_000), rest::binary>> -> head <> :binary.copy(<<0>>, byte_size(rest)) end)}
        ] do
      test "#{name} is refused, and nothing in it changes", context do
        store(context)
        file = Path.join(context.dir, "schema.DAT")
        schema = File.read!(file)
        damage = unquote(damage)
        File.write!(file, damage.(schema))
        before = contents(context.dir)
        assert refusal(boot(context, nil)) =~ ~r/schema\.DAT (cannot be read|does not name them)/
        assert contents(context.dir) == before

        File.write!(file, schema)
        node = start(context)
        assert {:ok, _} = StoreNode.call(node, Numplan.Store, :get_number, [@number.id])
      end
    end

    test "was not closed, after a kill, is repaired and opened", context do
      node = start(context)
      {:ok, _} = StoreNode.put(node, @number)
      :ok = StoreNode.kill(node)
      node = start(context)
      assert {:ok, _} = StoreNode.call(node, Numplan.Store, :get_number, [@number.id])
    end
  end

  describe "a store of another node's name" do
    test "is named at once with the command that renames it, which then works", context do
      from = store(context, :old)
      other = boot(context, :new)
      words = refusal(other)
      assert words =~ "the store in #{context.dir} belongs to #{from}, and this node is #{other.node}"
      [_, command] = Regex.run(~r/numplan (store rename [^"\\)]+)/, words)

      assert rename(command) ==
               {0,
                "the store in #{context.dir} belongs to #{other.node}; the schema as it was is in #{context.dir}/schema.DAT.#{from}\n"}

      assert {:ok, _} = StoreNode.start_application(other)
      assert {:ok, number} = StoreNode.call(other, Numplan.Store, :get_number, [@number.id])
      assert number.state == "in_service"
      {:ok, _} = StoreNode.put(other, %{@number | id: "+14158550002"})
      :ok = StoreNode.kill(other)
      other = start(context, :new)

      for id <- [@number.id, "+14158550002"],
          do: assert({:ok, _} = StoreNode.call(other, Numplan.Store, :get_number, [id]))

      assert %{running: [node], nodes: [node]} = StoreNode.call(other, Numplan.Store.Mnesia, :status, [])
      assert node == other.node
    end

    test "is renamed with what the log of a killed node still holds", context do
      node = start(context, :old)
      {:ok, _} = StoreNode.put(node, @number)
      :ok = StoreNode.kill(node)
      other = boot(context, :new)
      refusal(other)
      assert {0, _} = rename("store rename #{context.dir} #{node.node} #{other.node}")
      assert {:ok, _} = StoreNode.start_application(other)
      assert {:ok, _} = StoreNode.call(other, Numplan.Store, :get_number, [@number.id])
    end

    test "is not renamed while it is in use, nor when another node owns it, nor with a damaged schema", context do
      node = start(context, :old)
      command = "store rename #{context.dir} #{node.node} new@host"
      assert {1, words} = rename(command)
      assert words =~ "the directory #{context.dir} is in use by process"
      :ok = StoreNode.stop(node)
      await(fn -> free?(context.dir) end, true)
      before = contents(context.dir)
      assert {1, words} = rename("store rename #{context.dir} other@host new@host")
      assert words =~ "belongs to #{node.node}, not to other@host"
      File.write!(Path.join(context.dir, "schema.DAT"), "damaged")
      assert {1, words} = rename(command)
      assert words =~ "schema.DAT cannot be read: it is damaged"
      assert contents(context.dir) == %{before | "schema.DAT" => "damaged"}
    end

    test "is not renamed when several nodes share it", context do
      first = start(context, :first)
      second = start(%{context | dir: context.dir <> "2"}, :second)
      :ok = StoreNode.call(second, Numplan.Store.Mnesia, :join, [first.node])
      for node <- [first, second], do: :ok = StoreNode.stop(node)
      await(fn -> free?(context.dir) end, true)
      assert {1, words} = rename("store rename #{context.dir} #{first.node} new@host")
      assert words =~ "is shared by #{first.node}, #{second.node}"
      assert words =~ "start a node with an empty directory, and join it to one of them"
    end

    # The exit code, and what is printed to either output.
    defp rename(command) do
      me = self()
      run = fn -> send(me, {:code, Numplan.CLI.run(String.split(command))}) end
      errors = capture_io(:stderr, fn -> send(me, {:printed, capture_io(run)}) end)
      assert_received {:code, code}
      assert_received {:printed, printed}
      {code, printed <> errors}
    end
  end
end
