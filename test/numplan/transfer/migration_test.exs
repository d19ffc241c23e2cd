defmodule Numplan.Transfer.MigrationTest do
  @moduledoc "Migrations between real stores: Mnesia and a server of CouchDB's protocol."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.{Account, CLI, CouchDBServer, PhoneNumber, Store}
  alias Numplan.Transfer.{Migration, MigrationMark}

  @moduletag :tmp_dir
  @moduletag :npm
  @holder String.duplicate("a", 32)
  @other String.duplicate("b", 32)

  setup_all do
    {:ok, _} = Application.ensure_all_started(:inets)
    {:ok, server: CouchDBServer.start()}
  end

  setup %{server: server, tmp_dir: folder} do
    :ok = CouchDBServer.empty(server)
    start_supervised!({Store.Mnesia, dir: Path.join(folder, "mnesia")}, id: :mnesia)
    start_supervised!({Store.CouchDB, server.options}, id: :couchdb)
    :ok
  end

  defp fill(store) do
    for {id, tree} <- [{@holder, []}, {@other, [@holder]}],
        do: :ok = store.put_account(%Account{id: id, name: "n", tree: tree})

    changes =
      for prefix <- ["+1415", "+4930"], n <- 1_000..1_699 do
        {state, account_id} =
          Enum.random([{"in_service", @holder}, {"reserved", @other}, {"available", nil}, {"released", @holder}])

        id = "#{prefix}855#{n}"
        public = %{"n" => n, "none" => nil, "list" => [1, %{"a" => "é"}]}

        number = %PhoneNumber{
          id: id,
          state: state,
          account_id: account_id,
          public: public,
          created: 63_000_000_000 + n,
          modified: 63_000_000_001 + n
        }

        {id, fn nil -> {:put, number} end}
      end

    {:ok, _} = store.update_numbers(changes)
    {:ok, _} = store.put_document("number_manager", {[{"z", 1}, {"a", {[{"b", :null}]}}]}, nil)
    {:ok, _} = store.put_document("tokens", {[]}, nil)
  end

  # All that a store holds, without revisions.
  defp everything(store) do
    {:ok, numbers, nil} = store.list_numbers(nil, 10_000)
    {:ok, accounts, nil} = store.list_accounts(nil, 10_000)
    {:ok, documents} = MigrationMark.other_documents(store)

    copies =
      for id <- [@holder, @other],
          {:ok, copies, nil} = store.list_copies(id, nil, 10_000),
          do: Enum.map(copies, & &1.id)

    {Enum.map(numbers, &%{&1 | rev: nil}), accounts, Enum.map(documents, fn {id, document, _rev} -> {id, document} end),
     copies}
  end

  for {from, to} <- [{Store.Mnesia, Store.CouchDB}, {Store.CouchDB, Store.Mnesia}] do
    test "from #{inspect(from)} to #{inspect(to)}, everything arrives, once" do
      {from, to} = {unquote(from), unquote(to)}
      fill(from)
      assert Migration.run(from, to, []) == {:ok, %{accounts: 2, numbers: 1_400, documents: 2}}
      assert everything(to) == everything(from)
      before = to.list_numbers(nil, 10_000)
      assert {:error, "the target is not empty" <> _} = Migration.run(from, to, [])
      assert {:error, "the target has no unfinished migration" <> _} = Migration.run(from, to, resume: true)
      assert to.list_numbers(nil, 10_000) == before
    end
  end

  test "a migration that is interrupted goes on" do
    fill(Store.Mnesia)
    stop = fn kind, count -> if kind == :numbers and count >= 1_000, do: throw(:interrupted) end
    assert catch_throw(Migration.run(Store.Mnesia, Store.CouchDB, progress: stop)) == :interrupted
    {:ok, some, nil} = Store.CouchDB.list_numbers(nil, 10_000)
    assert length(some) == 1_000
    # A record that changes in the source meanwhile is migrated again.
    {:ok, _} = Store.Mnesia.update_number("+14158551000", &{:put, %{&1 | public: %{"new" => 1}}})
    assert {:ok, %{numbers: 1_400}} = Migration.run(Store.Mnesia, Store.CouchDB, resume: true)
    assert {:ok, %{public: %{"new" => 1}}} = Store.CouchDB.get_number("+14158551000")
  end

  test "a target that is in use, or has more, is an error" do
    fill(Store.Mnesia)
    stop = fn kind, _count -> if kind == :compared, do: throw(:interrupted) end
    assert catch_throw(Migration.run(Store.Mnesia, Store.CouchDB, progress: stop)) == :interrupted
    {:ok, _} = Store.CouchDB.update_number("+14158551000", &{:put, %{&1 | public: %{"new" => 1}}})

    assert {:error, "a number was changed in the target after the source" <> _} =
             Migration.run(Store.Mnesia, Store.CouchDB, resume: true)

    {:ok, _} = Store.CouchDB.update_number("+14158551000", fn _ -> :delete end)

    {:ok, _} =
      Store.CouchDB.update_number("+14158559999", fn _ ->
        {:put, %PhoneNumber{id: "+14158559999", state: "available"}}
      end)

    assert Migration.run(Store.Mnesia, Store.CouchDB, resume: true) ==
             {:error, "the stores differ: 1400 numbers in the source and 1401 in the target"}
  end

  test "the command migrates, and counts", %{server: server, tmp_dir: folder} do
    fill(Store.Mnesia)
    for id <- [:mnesia, :couchdb], do: :ok = stop_supervised(id)
    mnesia = "mnesia:" <> Path.join(folder, "mnesia")
    couchdb = "couchdb:" <> server.url
    run = fn arguments -> capture_io(fn -> assert CLI.run(arguments) == 0 end) end

    assert run.(["store", "migrate", mnesia, couchdb, "--quiet"]) ==
             "2 accounts, 1,400 numbers and 2 documents are in both stores\n"

    counts = "accounts   2\nnumbers    1,400\ndocuments  2 (number_manager, tokens)\n"
    assert run.(["store", "info", mnesia]) == "store      #{mnesia}\n" <> counts
    assert run.(["store", "info", couchdb]) == "store      #{couchdb}\n" <> counts

    told = capture_io(:stderr, fn -> assert CLI.run(["store", "migrate", mnesia, couchdb]) == 1 end)

    assert told =~ "numplan: the target is not empty; name an empty one"
  end
end
