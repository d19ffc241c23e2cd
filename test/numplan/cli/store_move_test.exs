defmodule Numplan.CLI.StoreMoveTest do
  @moduledoc "A store of Mnesia is moved to SQLite by the command that SQLite names when it finds one."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.{CLI, Store}
  alias Numplan.CLI.StoreName

  @moduletag :tmp_dir

  defp run(arguments), do: capture_io(fn -> assert CLI.run(arguments) == 0 end)

  defp import_to_mnesia(dir, folder) do
    path = Path.join(folder, "numbers.csv")
    File.write!(path, "number\n4158550001\n4158550002\n")
    run(["numbers", "import", path, "--store", "mnesia:" <> dir, "--quiet"])
  end

  for {where, old, dir, new} <- [
        {"beside", "mnesia", "sqlite", "sqlite"},
        {"in the same directory", "store", "store", "store/sqlite"}
      ] do
    test "the command in the refusal moves a store #{where}", %{tmp_dir: folder} do
      [old, dir, new] = for name <- unquote([old, dir, new]), do: Path.join(folder, name)
      import_to_mnesia(old, folder)
      # A server on the old store has had a token, so one on the new store must not be open.
      File.touch!(Path.join(old, "closed"))

      assert {:error, words} = StoreName.with_store({Store.SQLite, dir: dir}, fn -> :started end)
      assert [_, command] = Regex.run(~r/`numplan ([^`]+)`/, words)
      assert command == "store migrate mnesia:#{old} sqlite:#{new}"

      assert run(String.split(command) ++ ["--quiet"]) ==
               "0 accounts, 2 numbers and 0 documents are in both stores\n"

      assert StoreName.with_store({Store.SQLite, dir: new}, fn -> Store.get_number("+14158550002") end) ==
               {:ok, number_in(old)}

      assert File.read!(Path.join(new, "closed")) =~ "has had tokens"
    end
  end

  test "a store whose server was open stays so, and a mark that cannot be written ends the move", %{tmp_dir: folder} do
    [old, new] = for name <- ~w(mnesia sqlite), do: Path.join(folder, name)
    import_to_mnesia(old, folder)
    run(["store", "migrate", "mnesia:" <> old, "sqlite:" <> new, "--quiet"])
    refute File.exists?(Path.join(new, "closed"))

    File.touch!(Path.join(old, "closed"))
    other = Path.join(folder, "other")
    File.mkdir_p!(Path.join(other, "closed"))

    told =
      capture_io(:stderr, fn ->
        assert CLI.run(["store", "migrate", "mnesia:" <> old, "sqlite:" <> other, "--quiet"]) == 1
      end)

    assert told =~ "#{other}/closed cannot be written: "

    # A store that the command does not write to stays as it is.
    told =
      capture_io(:stderr, fn ->
        assert CLI.run(["store", "migrate", "mnesia:" <> old, "sqlite:" <> new, "--quiet"]) == 1
      end)

    assert told =~ "the target is not empty"
    refute File.exists?(Path.join(new, "closed"))
    assert run(["store", "info", "sqlite:" <> other]) =~ "numbers    0\n"
  end

  # The digest of a revision depends on the content, which is the same.
  defp number_in(mnesia) do
    {:ok, number} = StoreName.with_store({Store.Mnesia, dir: mnesia}, fn -> Store.get_number("+14158550002") end)
    number
  end

  test "a store on SQLite is counted, and none is made", %{tmp_dir: folder} do
    dir = Path.join(folder, "sqlite")
    path = Path.join(folder, "numbers.csv")
    File.write!(path, "number\n4158550001\n")
    run(["numbers", "import", path, "--store", "sqlite:" <> dir, "--quiet"])
    assert run(["store", "info", "sqlite:" <> dir]) =~ "numbers    1\n"

    told = capture_io(:stderr, fn -> assert CLI.run(["store", "info", "sqlite:" <> folder]) == 1 end)
    assert told =~ "there is no store sqlite:#{folder}"
    refute File.exists?(Path.join(folder, "numplan.db"))
  end
end
