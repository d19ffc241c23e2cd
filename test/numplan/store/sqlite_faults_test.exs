defmodule Numplan.Store.SQLiteFaultsTest do
  @moduledoc """
  What happens to the SQLite store: nodes that are killed, discs that are full, files that other
  programs touch. Nothing that was acknowledged is lost, and each failure is said in words, once.
  Cuts of power and changed bits are tried in `native/numplan_store/tests`.
  """
  use ExUnit.Case

  import ExUnit.CaptureLog

  alias Numplan.{NotedWrites, PhoneNumber, SmallDisc, Store, StoreNode}

  @moduletag :tmp_dir
  @moduletag timeout: 300_000

  @account String.duplicate("a", 32)
  @id "+14158550001"
  @rounds 20
  @writes 200

  setup %{tmp_dir: folder} do
    dir = Path.join(folder, "sqlite")
    Application.put_env(:numplan, :store, {Store.SQLite, dir: dir})
    on_exit(fn -> Application.delete_env(:numplan, :store) end)
    %{dir: dir, db: Path.join(dir, "numplan.db")}
  end

  defp start(dir, options \\ []), do: start_supervised!({Store.SQLite, [dir: dir] ++ options}, id: :store)

  defp refused(dir, options \\ []) do
    Process.flag(:trap_exit, true)
    assert {:error, words} = Store.SQLite.Writer.start_link([dir: dir] ++ options)
    words
  end

  defp put(id, fields \\ []) do
    number = struct!(%PhoneNumber{id: id, state: "in_service", account_id: @account}, fields)
    Store.update_number(id, fn _ -> {:put, number} end)
  end

  defp start_node(dir, options \\ []) do
    node = StoreNode.start(:sqlite, dir, [store: {Store.SQLite, dir: dir}, server: false], options)
    pid = StoreNode.os_pid(node)
    on_exit(fn -> System.cmd("kill", ["-9", pid], stderr_to_stdout: true) end)
    node
  end

  defp eventually(condition, tries \\ 100) do
    cond do
      condition.() -> :ok
      tries == 0 -> flunk("it does not become true")
      true -> receive(after: (50 -> eventually(condition, tries - 1)))
    end
  end

  describe "a request that is malformed" do
    # Other requests wait with it for one commit, since the writer is suspended meanwhile.
    test "raises in its caller, and neither ends the writer nor touches another request", %{dir: dir} do
      writer = start(dir)
      delete = fn _ -> :delete end

      for bad <- [
            {:update_number, 7, delete},
            {:update_numbers, [:none]},
            {:update_numbers, [{@id, delete} | :improper]},
            {:update_numbers, [{nil, delete}]},
            {:delete_copies, @account, :none},
            {:put_copies, @account, [1]},
            {:put_document, 7, {[]}, nil},
            {:unknown, @id}
          ] do
        :ok = :sys.suspend(writer)
        good = Task.async(fn -> put(@id, public: %{"n" => System.unique_integer()}) end)

        refused =
          Task.async(fn ->
            try do
              Store.SQLite.Writer.write(bad)
            catch
              kind, _reason -> {:raised, kind}
            end
          end)

        eventually(fn -> length(waiting(writer)) == 2 end)
        :ok = :sys.resume(writer)
        assert Task.await(refused, 60_000) == {:raised, :error}
        assert {:ok, _} = Task.await(good, 60_000)
        assert Process.alive?(writer)
      end
    end

    defp waiting(writer) do
      {:messages, messages} = Process.info(writer, :messages)
      for {:"$gen_call", _from, {:write, _request}} = message <- messages, do: message
    end

    test "leaves no number in a crash report", %{dir: dir} do
      writer = start(dir)
      monitor = Process.monitor(writer)
      request = {{self(), make_ref()}, {:update_number, @id, fn _ -> :delete end}}

      log =
        capture_log(fn ->
          _ = :sys.replace_state(writer, &%{&1 | handle: nil, waiting: [request]})
          send(writer, :watch)
          assert_receive {:DOWN, ^monitor, :process, _, _}, 10_000
        end)

      assert log =~ "Numplan.Store.SQLite.Writer"
      refute log =~ "4158550001"
    end
  end

  test "a store that an upgrade has closed is opened again, and no fault is logged", %{dir: dir} do
    writer = start(dir)
    {:ok, _} = put(@id)

    log =
      capture_log(fn ->
        [{:handle, handle}] = :ets.lookup(Store.SQLite.Writer, :handle)
        :ok = Store.SQLite.Native.close(handle)
        send(writer, :watch)
        _ = :sys.get_state(writer)
      end)

    refute log =~ "the store"
    assert Store.SQLite.Writer.fault() == nil
    assert {:ok, _} = Store.get_number(@id)
  end

  describe "writes at once" do
    test "64 writers on one number lose no update, though some raise or refuse", %{dir: dir} do
      start(dir)
      {:ok, _} = put(@id, public: %{"n" => 0})
      add = fn number -> {:put, update_in(number.public["n"], &(&1 + 1))} end

      1..64
      |> Task.async_stream(
        fn writer ->
          for n <- 1..20 do
            {:ok, _} = Store.update_number(@id, add)
            if rem(n, 5) == 0, do: {:error, :not_now} = Store.update_number(@id, fn _ -> {:error, :not_now} end)

            if rem(n + writer, 7) == 0,
              do: assert_raise(RuntimeError, fn -> Store.update_number(@id, fn _ -> raise "x" end) end)

            if rem(n + writer, 9) == 0,
              do: assert(catch_throw(Store.update_number(@id, fn _ -> throw(:ball) end)) == :ball)
          end
        end,
        max_concurrency: 64,
        timeout: 120_000
      )
      |> Stream.run()

      assert {:ok, %{public: %{"n" => 1_280}, rev: "1281-" <> _}} = Store.get_number(@id)
    end

    test "a record whose fields are not JSON raises in its caller, and harms no other", %{dir: dir} do
      start(dir)
      good = Task.async(fn -> for n <- 1..50, do: {:ok, _} = put("+1415856#{1000 + n}") end)
      for _ <- 1..50, do: assert_raise(Numplan.JsonError, fn -> put(@id, public: %{"x" => self()}) end)
      assert length(Task.await(good, 60_000)) == 50
      assert Store.get_number(@id) == {:error, :not_found}
      assert_raise CaseClauseError, fn -> Store.update_number(@id, fn nil -> :anything end) end
    end

    test "a clock that was set back moves no record back", %{dir: dir} do
      start(dir)
      # As if the records had been written before the clock was set back by a day.
      {:ok, handle} = Store.SQLite.Writer.read(&{:ok, &1})

      kept =
        for n <- 1..@writes do
          {:ok, kept} = put("+1415855#{1000 + n}")
          kept = %{kept | created: kept.created + 86_400, modified: kept.modified + 86_400}
          :ok = Store.SQLite.Native.commit(handle, [{:put_number, Store.SQLite.Row.number(kept, true)}])
          kept
        end

      for number <- kept do
        assert {:ok, changed} = Store.update_number(number.id, &{:put, %{&1 | public: %{"a" => 1}}})
        assert {changed.created, changed.modified} == {number.created, number.modified}
        assert Store.get_number(number.id) == {:ok, changed}
      end
    end
  end

  describe "a node that is killed" do
    test "#{@rounds} times amid writes has lost none that was acknowledged", %{dir: dir, tmp_dir: folder} do
      for round <- 1..@rounds do
        node = start_node(dir)
        before = length(NotedWrites.acknowledged(folder))
        :ok = StoreNode.call(node, NotedWrites, :start, [folder, 1..8, round * 20_000])
        eventually(fn -> length(NotedWrites.acknowledged(folder)) >= before + @writes end)
        StoreNode.kill(node)
      end

      start(dir)
      found = kept(folder, @rounds * @writes)
      assert Enum.all?(found, fn {id, number} -> String.ends_with?(id, "#{number.public["n"]}") end)
      # Each record has its copy, and there are no others.
      {:ok, assigned, nil} = Store.assigned_to(NotedWrites.account(), nil, 1_000_000)
      {:ok, copies, nil} = Store.list_copies(NotedWrites.account(), nil, 1_000_000)
      assert Enum.map(copies, & &1.id) == assigned
    end

    # All records whose writes were acknowledged, and that is at least so many.
    defp kept(folder, least) do
      acknowledged = NotedWrites.acknowledged(folder)
      assert length(acknowledged) >= least
      {:ok, found} = Store.get_numbers(acknowledged)
      assert acknowledged -- Map.keys(found) == []
      found
    end

    test "a second node is refused on the directory of one that writes, and no write is lost", %{
      dir: dir,
      tmp_dir: folder
    } do
      node = start_node(dir)
      :ok = StoreNode.call(node, NotedWrites, :start, [folder, 1..8, 0])

      for round <- 1..3 do
        eventually(fn -> length(NotedWrites.acknowledged(folder)) >= round * @writes end)
        assert refused(dir) =~ "the directory #{dir} is in use by process #{StoreNode.os_pid(node)}"
      end

      StoreNode.kill(node)
      start(dir)
      kept(folder, 3 * @writes)
    end

    test "with all descriptors used up writes and reads on", %{dir: dir, tmp_dir: folder} do
      node = start_node(dir, files: 128)
      number = NotedWrites.number(1, 1)
      assert {:ok, _} = StoreNode.put(node, number)
      :ok = StoreNode.hold_files(node, Path.join(folder, "held"), 200)
      assert {:error, :emfile} = StoreNode.call(node, :file, :open, [Path.join(folder, "one more"), [:raw, :write]])

      for n <- 2..300, do: assert({:ok, _} = StoreNode.put(node, NotedWrites.number(1, n)))
      {:ok, found} = StoreNode.call(node, Store, :get_numbers, [for(n <- 1..300, do: NotedWrites.number(1, n).id)])
      assert found |> Map.values() |> Enum.map(& &1.public["n"]) |> Enum.sort() == Enum.to_list(1..300)
      assert %{writable: true} = StoreNode.call(node, Store.SQLite, :status, [])
    end
  end

  describe "files that another program touches" do
    for {what, harm} <- [
          {"removed", quote(do: &File.rm!/1)},
          {"replaced",
           quote do
             fn file ->
               File.cp!(file, file <> ".copy")
               File.rename!(file <> ".copy", file)
             end
           end},
          {"cut", quote(do: &File.write!(&1, binary_part(File.read!(&1), 0, 4_096)))}
        ] do
      test "a file that was #{what} under a node is named within a second, and takes no more writes", %{
        dir: dir,
        db: file
      } do
        start(dir)
        for n <- 1..@writes, do: {:ok, _} = put("+1415855#{1000 + n}")

        log =
          capture_log(fn ->
            unquote(harm).(file)
            eventually(fn -> match?(%{writable: {false, _}}, Store.SQLite.status()) end)
            for _ <- 1..3, do: assert(put("+14158550002") == {:error, :unavailable})
          end)

        assert log =~ "#{file} was #{unquote(what)} while the store was open"
        assert length(String.split(log, "is damaged and takes no writes")) == 2
        refute log =~ "+1415"
      end
    end

    test "nothing is acknowledged behind damage that is done amid writes", %{dir: dir, db: file} do
      start(dir)
      test = self()

      capture_log(fn ->
        writers = for writer <- 1..8, do: Task.async(fn -> written_until_refused(test, writer, 1) end)
        for _ <- 1..@writes, do: assert_receive(:written, 60_000)
        File.rm!(file)
        assert Task.await_many(writers, 60_000) == List.duplicate(:refused, 8)
      end)
    end

    defp written_until_refused(test, writer, n) do
      case put("+1415#{writer}#{100_000 + n}") do
        {:ok, _} ->
          send(test, :written)
          written_until_refused(test, writer, n + 1)

        {:error, :unavailable} ->
          for m <- 1..3, do: {:error, :unavailable} = put("+1415#{writer}#{100_000 + n + m}")
          :refused
      end
    end

    test "a damaged file is refused, with what to do", %{dir: dir, db: file} do
      start(dir)
      for n <- 1..100, do: {:ok, _} = put("+1415855#{1000 + n}")
      :ok = stop_supervised(:store)
      whole = File.read!(file)
      <<before::binary-size(20_000), byte, rest::binary>> = whole
      File.write!(file, [before, Bitwise.bxor(byte, 1), rest])
      assert refused(dir) =~ "numplan: #{file} is damaged"

      assert refused(dir) =~
               "restore a back-up (numplan store restore), or move the file away to begin with an empty store"

      File.write!(file, whole)
      start(dir)
    end

    test "a log without its file is refused, and nothing is made", %{dir: dir, db: file} do
      File.mkdir_p!(dir)
      File.write!(file <> "-wal", "")
      assert refused(dir) =~ "#{file} is missing, and #{file}-wal is there"
      assert Enum.sort(File.ls!(dir)) == ["numplan.db-wal", "numplan.lock"]
    end

    test "an old store of Mnesia beside is named, with the command that moves it", %{dir: dir, tmp_dir: folder} do
      old = Path.join(folder, "mnesia")
      File.mkdir_p!(old)
      File.write!(Path.join(old, "schema.DAT"), "")
      words = refused(dir)
      assert words =~ "#{old} holds a store of Mnesia" and words =~ "numplan store migrate mnesia:#{old} sqlite:#{dir}"
      refute File.exists?(Path.join(dir, "numplan.db"))
      start(dir, beside_mnesia: true)
      :ok = stop_supervised(:store)
      # The new store is there by now.
      start(dir)
    end

    test "a directory that cannot be made is named", %{tmp_dir: folder} do
      file = Path.join(folder, "file")
      File.write!(file, "")
      assert refused(Path.join(file, "sqlite")) == "numplan: #{file}/sqlite cannot be written: not a directory"
    end
  end

  describe "a disc" do
    @describetag :root

    setup %{tmp_dir: folder} do
      disc = SmallDisc.mount(folder, "12m")
      %{disc: disc, dir: Path.join(disc, "sqlite")}
    end

    test "that is full refuses writes and serves reads, and writes go on when there is room", %{disc: disc, dir: dir} do
      Application.put_env(:numplan, :store, {Store.SQLite, dir: dir})
      start(dir)
      for n <- 1..@writes, do: {:ok, _} = put("+1415855#{1000 + n}")
      ballast = Path.join(disc, "ballast")

      log =
        capture_log(fn ->
          _ = File.write(ballast, :binary.copy("x", 20_000_000))

          refused =
            Enum.find(1..100_000, fn n ->
              put("+1416#{1_000_000 + n}", public: %{"x" => String.duplicate("y", 5_000)}) == {:error, :unavailable}
            end)

          assert refused
          assert %{writable: {false, reason}} = Store.SQLite.status()
          assert reason =~ "full"
          for _ <- 1..5, do: assert(put("+14175550001") == {:error, :unavailable})
          assert {:ok, %{state: "in_service"}} = Store.get_number("+14158551001")
          {:ok, copies, nil} = Store.list_copies(@account, nil, 1_000_000)
          assert length(copies) == @writes + refused - 1

          File.rm!(ballast)
          eventually(fn -> Store.SQLite.status().writable == true end)
          assert {:ok, _} = put("+14175550001")

          :ok = stop_supervised(:store)
          start(dir)
          {:ok, again, nil} = Store.list_copies(@account, nil, 1_000_000)
          assert length(again) == @writes + refused
        end)

      assert length(String.split(log, "the store cannot be written")) == 2
      assert log =~ "can be written again"
    end

    test "that is read-only is named, and nothing is changed", %{disc: disc, dir: dir} do
      start(dir)
      for n <- 1..@writes, do: {:ok, _} = put("+1415855#{1000 + n}")
      :ok = stop_supervised(:store)
      :ok = Store.DirectoryLock.release(dir)
      {_, 0} = System.cmd("mount", ["-o", "remount,ro", disc])
      assert refused(dir) =~ ~r/numplan: .*#{dir}.*read-only/
      {_, 0} = System.cmd("mount", ["-o", "remount,rw", disc])
      start(dir)
      {:ok, copies, nil} = Store.list_copies(@account, nil, 1_000)
      assert length(copies) == @writes
    end
  end
end
