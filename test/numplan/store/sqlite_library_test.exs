defmodule Numplan.Store.SQLiteLibraryTest do
  @moduledoc "The native library of the SQLite store: bad arguments, panics, one that does not load, and one that is replaced."
  use ExUnit.Case

  alias Numplan.{Store, NotedWrites, StoreNode}
  alias Numplan.Store.SQLite.Native

  @moduletag :tmp_dir
  @moduletag timeout: 180_000

  @source "lib/numplan/store/sqlite/native.ex"

  # The source of the module that loads the library called `name`.
  defp loading(name) do
    header = Path.join([Mix.Project.app_path(), "priv", "native", "numplan_store_library.hrl"])

    @source
    |> File.read!()
    |> String.replace(~r/@header Path.join\(.*\)/, "@header #{inspect(header)}")
    |> String.replace("@library name", "_ = name\n  @library #{inspect(name)}")
    |> String.replace("Mix.env() == :test", "true")
  end

  defp native, do: Path.join(:code.priv_dir(:numplan), "native")

  defp library do
    [_, name] = Regex.run(~r/"(numplan_store_nif-.*)"/, File.read!(Path.join(native(), "numplan_store_library.hrl")))

    Path.join(native(), name <> ".so")
  end

  # Another build of the library, as far as the system can tell.
  defp another(name) do
    path = Path.join(native(), name <> ".so")
    File.cp!(library(), path)
    on_exit(fn -> File.rm(path) end)
  end

  test "each function has a stub and each stub a function; all refuse terms of other types" do
    stubs =
      for {name, arity} <- Native.__info__(:functions), {name, arity} not in [load: 0, failure: 0], do: {name, arity}

    assert Enum.sort(stubs) == Enum.sort(Native.module_info(:nifs))

    for {name, arity} <- stubs, arity > 0, odd <- [nil, 1, %{}, make_ref(), [[] | 1]] do
      arguments = List.duplicate(odd, arity)

      answered =
        try do
          apply(Native, name, arguments)
        rescue
          ArgumentError -> :badarg
        end

      assert answered == :badarg or match?({:error, {:stale, _}}, answered)
    end
  end

  test "a change of another form is refused as a whole", %{tmp_dir: dir} do
    {:ok, handle} = Native.open(dir)

    for change <- [
          :x,
          {},
          {:x},
          {:put_number, {}},
          {:list, "+1", 2},
          {:delete_number, 1},
          {:put_account, "a", ["b" | 1], "{}"}
        ] do
      assert_raise ArgumentError, fn -> Native.commit(handle, [{:put_account, "good", [], "{}"}, change]) end
    end

    assert Native.account(handle, "good") == {:ok, nil}
    assert Native.close(handle) == :ok
    assert Native.close(handle) == :ok
    assert {:error, {:closed, _}} = Native.account(handle, "good")
  end

  test "a panic is an error of the call" do
    assert {:error, {:panic, words}} = Native.force_panic()
    assert words =~ "panicked"
  end

  test "a store is open once the reference to it is gone", %{tmp_dir: dir} do
    Task.await(Task.async(fn -> {:ok, _} = Native.open(dir) end))
    {:ok, handle} = Native.open(dir)
    assert Native.commit(handle, [{:put_account, "a", [], "{}"}]) == :ok
  end

  test "one that is replaced under load fails no write, and loses none", %{tmp_dir: folder} do
    dir = Path.join(folder, "sqlite")
    node = StoreNode.start(:library, dir, store: {Store.SQLite, dir: dir}, server: false)
    pid = StoreNode.os_pid(node)
    on_exit(fn -> System.cmd("kill", ["-9", pid], stderr_to_stdout: true) end)
    names = for n <- 1..3, do: "numplan_store_nif-#{String.duplicate("#{n}", 16)}"
    Enum.each(names, &another/1)

    :ok = StoreNode.call(node, NotedWrites, :start, [folder, 1..8, 1])

    for name <- names do
      [{Native, _}] = compiled(node, name)
      before = by_writer(folder)
      # A writer ends with the first write that fails, so each of them has to go on.
      eventually(fn ->
        assert NotedWrites.failures(folder) == []
        Enum.all?(Enum.zip(by_writer(folder), before), fn {now, before} -> now > before + 10 end)
      end)
    end

    assert StoreNode.call(node, Store.SQLite, :status, []).writable == true
    assert mapped(pid) =~ List.last(names)
    StoreNode.kill(node)

    Application.put_env(:numplan, :store, {Store.SQLite, dir: dir})
    on_exit(fn -> Application.delete_env(:numplan, :store) end)
    start_supervised!({Store.SQLite, dir: dir})
    acknowledged = NotedWrites.acknowledged(folder)
    {:ok, found} = Store.get_numbers(acknowledged)
    assert acknowledged -- Map.keys(found) == []
  end

  test "one that does not load keeps the store from starting, with file, reason and system", %{tmp_dir: folder} do
    dir = Path.join(folder, "sqlite")
    node = StoreNode.boot(nil, dir, store: {Store.SQLite, dir: dir}, server: false)
    pid = StoreNode.os_pid(node)
    on_exit(fn -> System.cmd("kill", ["-9", pid], stderr_to_stdout: true) end)
    name = "numplan_store_nif-0000000000000000"
    path = Path.join(native(), name <> ".so")
    File.write!(path, "no library")
    on_exit(fn -> File.rm(path) end)
    {:ok, _} = StoreNode.call(node, :application, :ensure_all_started, [:elixir])
    # While another one is loaded, that one stays.
    {:module, Native} = StoreNode.call(node, :code, :ensure_loaded, [Native])
    [{Native, code}] = compiled(node, name)
    assert StoreNode.call(node, Native, :failure, []) == nil
    true = StoreNode.call(node, :code, :delete, [Native])
    _ = StoreNode.call(node, :code, :purge, [Native])
    {:module, Native} = StoreNode.call(node, :code, :load_binary, [Native, ~c"nofile", code])

    assert {:error, {:numplan, reason}} = StoreNode.start_application(node)
    words = inspect(reason, limit: :infinity, printable_limit: :infinity)
    assert words =~ "the native library of the store cannot be loaded on #{:erlang.system_info(:system_architecture)}"
    assert words =~ name
    refute File.exists?(Path.join(dir, "numplan.db"))
  end

  # Compiles the module that loads the library called `name` on a node, and loads it there.
  defp compiled(node, name) do
    _ = StoreNode.call(node, Code, :compiler_options, [[ignore_module_conflict: true]])
    StoreNode.call(node, Code, :compile_string, [loading(name)])
  end

  # The files that a process has mapped.
  defp mapped(pid) do
    case File.read("/proc/#{pid}/maps") do
      {:ok, maps} -> maps
      # Other systems have no such file.
      {:error, _} -> pid |> then(&System.cmd("lsof", ["-p", &1])) |> elem(0)
    end
  end

  # How many writes of each of the eight writers were acknowledged.
  defp by_writer(folder) do
    written = Enum.frequencies_by(NotedWrites.acknowledged(folder), &String.at(&1, 5))
    for writer <- 1..8, do: Map.get(written, "#{writer}", 0)
  end

  defp eventually(condition, tries \\ 1_200) do
    cond do
      condition.() -> :ok
      tries == 0 -> flunk("it does not become true")
      true -> receive(after: (50 -> eventually(condition, tries - 1)))
    end
  end
end
