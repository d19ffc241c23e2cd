defmodule Numplan.Transfer.MigrationResumeTest do
  @moduledoc "Migrations that were interrupted: what goes on with them, and what does not start on them."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.{Account, CLI, ClusterConfig, PhoneNumber, Store}
  alias Numplan.CLI.StoreName
  alias Numplan.Transfer.Migration

  @moduletag :tmp_dir
  @from {Store.Mnesia, Store.SQLite}

  setup %{tmp_dir: folder} do
    start_supervised!({Store.Mnesia, dir: Path.join(folder, "mnesia")}, id: :mnesia)
    start_supervised!({Store.SQLite, dir: Path.join(folder, "sqlite"), beside_mnesia: true}, id: :sqlite)
    on_exit(fn -> Application.delete_env(:numplan, :store) end)
    :ok
  end

  defp fill(store) do
    :ok = store.put_account(%Account{id: String.duplicate("a", 32)})
    {:ok, _} = store.put_document("number_manager", {[{"a", 1}]}, nil)

    changes =
      for n <- 1_000..1_009,
          id = "+1415855#{n}",
          do: {id, fn nil -> {:put, %PhoneNumber{id: id, state: "available"}} end}

    {:ok, _} = store.update_numbers(changes)
  end

  # Interrupted when all numbers are written, and none is compared.
  defp interrupted(from, to, names) do
    stop = fn kind, _count -> if kind == :numbers, do: throw(:interrupted) end
    assert catch_throw(Migration.run(from, to, [progress: stop] ++ names)) == :interrupted
  end

  for {from, to} <- [@from, {Store.SQLite, Store.Mnesia}] do
    test "a migration to #{inspect(to)} goes on from its source alone, once" do
      {from, to} = {unquote(from), unquote(to)}
      fill(from)
      names = [from: "x:/a", to: "y:/b"]
      interrupted(from, to, names)

      words =
        "the store has an unfinished migration from x:/a: finish it with `numplan store migrate x:/a y:/b --resume`, " <>
          "or empty the store and begin again (in CouchDB, remove the document numplan_migration too)"

      assert Migration.run(from, to, names) == {:error, "the target is not empty: " <> words}

      assert Migration.run(from, to, resume: true, from: "x:/other", to: "y:/b") ==
               {:error, "the target does not have a migration from x:/other to resume: " <> words}

      assert Migration.run(to, from, []) == {:error, "the source is not whole: " <> words}
      assert {:ok, %{numbers: 10, accounts: 1, documents: 1}} = Migration.run(from, to, [resume: true] ++ names)

      assert {:error, "the target has no unfinished migration to resume" <> _} =
               Migration.run(from, to, [resume: true] ++ names)

      assert {:ok, %{documents: 1}} = Migration.counts(to)
    end
  end

  test "an empty target, and one that something else has filled, have nothing to resume" do
    fill(Store.Mnesia)
    refused = {:error, "the target has no unfinished migration to resume; without --resume it must be empty"}
    assert Migration.run(Store.Mnesia, Store.SQLite, resume: true) == refused
    fill(Store.SQLite)
    assert Migration.run(Store.Mnesia, Store.SQLite, resume: true) == refused
  end

  test "a target whose counts differ stays unfinished" do
    fill(Store.Mnesia)
    interrupted(Store.Mnesia, Store.SQLite, [])
    :ok = Store.SQLite.put_account(%Account{id: String.duplicate("b", 32)})

    for _ <- 1..2 do
      assert Migration.run(Store.Mnesia, Store.SQLite, resume: true) ==
               {:error, "the stores differ: 1 accounts in the source and 2 in the target"}
    end
  end

  test "a record that a store cannot hold is named as that" do
    deep = Enum.reduce(1..127, 1, fn _, value -> %{"a" => value} end)
    number = %PhoneNumber{id: "+14158551000", state: "available", public: deep}
    {:ok, _} = Store.Mnesia.update_number(number.id, fn nil -> {:put, number} end)
    assert {:error, "the target cannot hold a number's record" <> _} = Migration.run(Store.Mnesia, Store.SQLite, [])
  end

  test "no service starts on a store with an unfinished migration, and the error has the command", %{tmp_dir: folder} do
    fill(Store.Mnesia)
    [from, to] = ["mnesia:" <> Path.join(folder, "mnesia"), "sqlite:" <> Path.join(folder, "sqlite")]
    interrupted(Store.Mnesia, Store.SQLite, from: from, to: to)
    Application.put_env(:numplan, :store, {Store.SQLite, []})
    assert {:error, {words, _child}} = start_supervised(ClusterConfig)
    assert words =~ "numplan: the store has an unfinished migration from #{from}: finish it with"
    assert {:ok, accounts, nil} = Store.list_accounts(nil, 10)
    assert length(accounts) == 1

    for id <- [:mnesia, :sqlite], do: :ok = stop_supervised(id)
    [_, command] = Regex.run(~r/`numplan ([^`]+)`/, words)
    printed = capture_io(fn -> assert CLI.run(String.split(command) ++ ["--quiet"]) == 0 end)
    assert printed == "1 accounts, 10 numbers and 1 documents are in both stores\n"

    assert StoreName.with_store({Store.SQLite, dir: Path.join(folder, "sqlite")}, fn ->
             with {:ok, pid} <- ClusterConfig.start_link([]), do: GenServer.stop(pid)
           end) == :ok
  end
end
