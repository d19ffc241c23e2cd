defmodule Numplan.Store.CouchDBTest do
  @moduledoc "The store on a real server of CouchDB's protocol: the contract, Kazoo's layout, drift and its repair, other writers."
  use ExUnit.Case

  alias Numplan.CouchDBServer
  alias Numplan.Store.Repair

  @moduletag :npm

  # The store, and another writer who comes before its next copies.
  defmodule Crossed do
    alias Numplan.Store.CouchDB

    defdelegate assigned_to(account_id, from, limit), to: CouchDB
    defdelegate list_copies(account_id, from, limit, filter), to: CouchDB
    defdelegate get_numbers(ids), to: CouchDB
    defdelegate delete_copies(account_id, ids), to: CouchDB

    def put_copies(account_id, numbers) do
      with writer when writer != nil <- Process.delete(:writer), do: writer.()
      CouchDB.put_copies(account_id, numbers)
    end
  end

  setup_all do
    {:ok, _} = Application.ensure_all_started(:inets)
    {:ok, server: CouchDBServer.start()}
  end

  setup %{server: server}, do: CouchDBServer.empty(server)

  def store_options(%{server: server}), do: server.options

  use Numplan.StoreContract, store: Numplan.Store.CouchDB

  @third String.duplicate("c", 32)
  @numbers "/numbers%2F%2B1415"

  defp account_database(account_id) do
    <<a::binary-size(2), b::binary-size(2), rest::binary>> = account_id
    "/account%2F#{a}%2F#{b}%2F#{rest}"
  end

  defp document_path(database, id), do: database <> "/" <> URI.encode(id, &URI.char_unreserved?/1)

  # What other software writes: the document as it is, over the one that is there.
  defp write(server, database, id, fields) do
    _ = CouchDBServer.request(server, :put, database, nil)
    path = document_path(database, id)

    rev =
      with({200, %{"_rev" => rev}} <- CouchDBServer.request(server, :get, path), do: %{"_rev" => rev}, else: (_ -> %{}))

    assert {201, _} = CouchDBServer.request(server, :put, path, Map.merge(fields, rev))
  end

  defp document(server, database, id) do
    case CouchDBServer.request(server, :get, document_path(database, id)) do
      {200, document} -> document
      {404, _} -> nil
    end
  end

  # All documents of all databases, with their revisions.
  defp everything(server) do
    {200, names} = CouchDBServer.request(server, :get, "/_all_dbs")

    for name <- names, String.starts_with?(name, ["numbers", "account"]), into: %{} do
      path = "/" <> URI.encode(name, &URI.char_unreserved?/1) <> "/_all_docs?include_docs=true"
      {200, %{"rows" => rows}} = CouchDBServer.request(server, :get, path)

      {String.replace(name, "/", ""),
       for(%{"doc" => doc} <- rows, not String.starts_with?(doc["_id"], "_"), into: %{}, do: {doc["_id"], doc})}
    end
  end

  describe "Kazoo's layout (kazoo-semantics 4)" do
    test "numbers are written under its names", %{server: server} do
      public = %{"cnam" => %{"display_name" => "x"}}
      fields = [used_by: "callflow", reserve_history: [@other], features: %{"cnam" => %{}}, public: public]
      {:ok, kept} = put(number(@id, @holder, fields))

      expected = %{
        "_id" => @id,
        "id" => @id,
        "_rev" => kept.rev,
        "pvt_type" => "number",
        "pvt_db_name" => "numbers%2F%2B1415",
        "pvt_state" => "in_service",
        "pvt_assigned_to" => @holder,
        "pvt_used_by" => "callflow",
        "pvt_reserve_history" => [@other],
        "pvt_features" => %{"cnam" => %{}},
        "pvt_module_name" => "knm_local",
        "pvt_created" => kept.created,
        "pvt_modified" => kept.modified,
        "cnam" => %{"display_name" => "x"}
      }

      assert document(server, @numbers, @id) == expected
      copy = document(server, account_database(@holder), @id)
      assert Map.drop(copy, ["_rev", "pvt_record_rev"]) == Map.delete(expected, "_rev")
    end

    test "what others keep in a record stays, attachments too", %{server: server} do
      attachment = %{"letter.txt" => %{"content_type" => "text/plain", "data" => Base.encode64("agreed")}}

      write(server, @numbers, @id, %{
        "pvt_type" => "number",
        "pvt_state" => "in_service",
        "pvt_assigned_to" => @holder,
        "pvt_module_name" => "knm_bandwidth2",
        "pvt_carrier_data" => %{"order" => [1, :null]},
        "pvt_ported_in" => true,
        "my_field" => "x",
        "_attachments" => attachment
      })

      assert {:ok, read} = Store.get_number(@id)
      assert {read.carrier_module, read.public} == {"knm_bandwidth2", %{"my_field" => "x"}}
      {:ok, _} = Store.update_number(@id, &{:put, %{&1 | public: %{"my_field" => "y"}}})

      kept = document(server, @numbers, @id)
      assert %{"pvt_carrier_data" => %{"order" => [1, :null]}, "pvt_ported_in" => true, "my_field" => "y"} = kept
      assert %{"letter.txt" => %{"length" => 6}} = kept["_attachments"]
      copy = document(server, account_database(@holder), @id)
      assert copy["pvt_carrier_data"] == %{"order" => [1, :null]} and copy["_attachments"] == nil
    end

    test "a record is of its own revision, whatever it says of another's; a copy is of its record's", %{server: server} do
      fields = %{"pvt_type" => "number", "pvt_state" => "in_service", "pvt_assigned_to" => @holder}
      write(server, @numbers, @id, Map.put(fields, "pvt_record_rev", "9-copied"))
      %{"_rev" => rev} = document(server, @numbers, @id)

      assert {:ok, %{rev: ^rev} = record} = Store.get_number(@id)
      assert Store.get_numbers([@id]) == {:ok, %{@id => record}}
      :ok = Repair.fix(@holder)
      assert document(server, account_database(@holder), @id)["pvt_record_rev"] == rev
      assert Store.list_copies(@holder, nil, 1) == {:ok, [record], nil}

      assert {:ok, changed} = Store.update_number(@id, &{:put, %{&1 | public: %{"x" => 1}}})
      assert %{"_rev" => next} = document(server, @numbers, @id)
      assert changed.rev == next and Store.list_copies(@holder, nil, 1) == {:ok, [changed], nil}
    end

    test "records of 3.x are read", %{server: server} do
      write(server, @numbers, @id, %{
        "pvt_number_state" => "in_service",
        "pvt_assigned_to" => @holder,
        "pvt_features" => ["local", "cnam"],
        "pvt_module_name" => "wnm_bandwidth2",
        "used_by" => ""
      })

      assert {:ok, read} = Store.get_number(@id)
      assert {read.state, read.account_id, read.used_by} == {"in_service", @holder, nil}
      assert {read.features, read.carrier_module} == {%{"cnam" => %{}}, "wnm_bandwidth2"}
    end

    test "numbers in the account's document of 3.x are listed with the copies, page by page, and are replaced by them",
         %{
           server: server
         } do
      database = account_database(@holder)
      [one, two, three] = ids = for n <- 1..3, do: "+1415855000#{n}"

      entry = %{
        "state" => "in_service",
        "assigned_to" => @holder,
        "features" => ["local", "cnam"],
        "used_by" => "callflow"
      }

      legacy = %{"pvt_type" => "phone_numbers", "pvt_vsn" => "1", one => entry, three => entry}
      {:ok, _} = put(number(two, @holder))
      write(server, database, "phone_numbers", legacy)

      assert copies(@holder) == {ids, nil}
      assert copies(@holder, nil, 1) == {[one], two}
      assert copies(@holder, two, 1) == {[two], three}
      assert {:ok, [%{features: %{"cnam" => %{}}, used_by: "callflow"} | _], _} = Store.list_copies(@holder, nil, 1)

      {:ok, _} = put(number(one, @holder))
      assert document(server, database, "phone_numbers") |> Map.keys() |> Enum.filter(&(&1 in ids)) == [three]
      # No record says that the account holds the third.
      :ok = Repair.fix(@holder)
      assert document(server, database, "phone_numbers") == nil
      assert copies(@holder) == {[one, two], nil}
    end

    test "a number that both the account's document of 3.x and a copy have is counted once", %{server: server} do
      [one, two, three, none] = for n <- 1..4, do: "+1415855000#{n}"
      :ok = Store.put_account(%Account{id: @holder, tree: [@other]})
      assert Store.count_below(@other) == {:ok, 0}
      entry = %{"state" => "in_service", "assigned_to" => @holder}

      legacy = %{
        "pvt_type" => "phone_numbers",
        "pvt_vsn" => "1",
        "state" => "x",
        one => entry,
        two => entry,
        none => %{"state" => 1}
      }

      write(server, account_database(@holder), "phone_numbers", legacy)
      assert Store.count_below(@other) == {:ok, 2}

      for id <- [two, three] do
        write(server, account_database(@holder), id, %{"pvt_type" => "number", "pvt_state" => "in_service"})
      end

      assert Store.count_below(@other) == {:ok, 3}
      assert copies(@holder) == {[one, two, three], nil}
      :ok = Repair.fix(@holder)
      assert Store.count_below(@other) == {:ok, 0}
    end

    test "Kazoo's own view is read where there is one, and none is made beside it", %{server: server} do
      {:ok, _} = put(number(@id, @holder))

      map =
        "function(doc) { if (doc.pvt_assigned_to) emit([doc.pvt_assigned_to, doc.pvt_module_name, doc._id], null); }"

      write(server, @numbers, "_design/numbers", %{
        "language" => "javascript",
        "views" => %{"assigned_to" => %{"map" => map}}
      })

      assert {assigned_to(@holder), assigned_to(@other)} == {[@id], []}
      assert document(server, @numbers, "_design/numplan") == nil

      {:ok, _} = put(number("+14168550001", @holder))
      assert assigned_to(@holder) == [@id, "+14168550001"]
      assert %{"views" => %{"assigned_to" => _}} = document(server, "/numbers%2F%2B1416", "_design/numplan")
    end

    test "an account's document keeps what Kazoo has in it", %{server: server} do
      write(server, "/accounts", @holder, %{
        "name" => "x",
        "pvt_tree" => [@other],
        "realm" => "sip.example.com",
        "pvt_enabled" => false
      })

      assert Store.get_account(@holder) == {:ok, %Account{id: @holder, name: "x", tree: [@other], enabled: false}}
      :ok = Store.put_account(%Account{id: @holder, name: "y", tree: [@other]})

      assert %{"name" => "y", "realm" => "sip.example.com", "pvt_enabled" => true} =
               document(server, "/accounts", @holder)
    end

    test "an account that Kazoo deleted is not there, nor below another, until it is written", %{server: server} do
      {:ok, _} = put(number(@id, @holder))
      fields = %{"pvt_type" => "account", "name" => "x", "pvt_tree" => [@other]}
      write(server, "/accounts", @holder, fields)
      assert {:ok, %{name: "x"}} = Store.get_account(@holder)
      assert Store.count_below(@other) == {:ok, 1}

      write(server, "/accounts", @holder, Map.put(fields, "pvt_deleted", true))
      assert Store.get_account(@holder) == {:error, :not_found}
      assert Store.count_below(@other) == {:ok, 0}

      account = %Account{id: @holder, name: "y", tree: [@other]}
      :ok = Store.put_account(account)
      assert Store.get_account(@holder) == {:ok, account}
      assert Store.count_below(@other) == {:ok, 1}
    end

    test "a null field of an account counts as absent", %{server: server} do
      null = %{
        "pvt_type" => "account",
        "name" => :null,
        "pvt_tree" => :null,
        "pvt_enabled" => :null,
        "pvt_deleted" => :null
      }

      write(server, "/accounts", @holder, null)
      assert Store.get_account(@holder) == {:ok, %Account{id: @holder, name: "", tree: [], enabled: true}}
      assert Store.count_below(@other) == {:ok, 0}
    end

    test "other nodes' keys of a configuration document stay", %{server: server} do
      write(server, "/system_config", "number_manager", %{"a@b" => %{"x" => 1}, "default" => %{"y" => 1}})
      {:ok, document, rev} = Store.get_document("number_manager")
      assert document == {[{"y", 1}]}
      {:ok, _} = Store.put_document("number_manager", {[{"z", 1}]}, rev)
      assert %{"a@b" => %{"x" => 1}, "default" => %{"z" => 1}} = document(server, "/system_config", "number_manager")
    end

    test "a number that no database's name may begin with is not found, whatever is done with it" do
      for id <- ["911", "*98 1234", "Abcdefg"] do
        assert Store.get_number(id) == {:error, :not_found}
        assert Store.get_numbers([id]) == {:ok, %{}}
        assert put(number(id, @holder)) == {:error, :not_found}
      end
    end

    test "a document in an account's database that holds no record is passed over, and what follows it is not", %{
      server: server
    } do
      [none, one, two] = for n <- 1..3, do: "+1415855000#{n}"
      for id <- [one, two], do: {:ok, _} = put(number(id, @holder))
      write(server, account_database(@holder), none, %{"pvt_type" => "number", "pvt_assigned_to" => @holder})
      assert copies(@holder, nil, 1) == {[one], two}
      assert copies(@holder, two, 1) == {[two], nil}
    end
  end

  describe "fix" do
    # Seven numbers of the account, with everything wrong with them that two writers without a transaction can leave behind.
    defp drift(server) do
      [missing, stale, elsewhere, nobodys, gone, legacy, fine] = ids = for n <- 1..7, do: "+1415855000#{n}"
      for id <- ids, do: {:ok, _} = put(number(id, @holder))
      database = account_database(@holder)

      :ok = Store.delete_copies(@holder, [missing])
      write(server, database, stale, %{document(server, database, stale) | "pvt_state" => "reserved"})
      # The record went to another account, and the copy stayed.
      assign(server, elsewhere, @other)
      assign(server, nobodys, nil)

      {200, _} =
        CouchDBServer.request(
          server,
          :delete,
          document_path(@numbers, gone) <> "?rev=" <> document(server, @numbers, gone)["_rev"]
        )

      :ok = Store.delete_copies(@holder, [legacy])

      write(server, database, "phone_numbers", %{
        "pvt_type" => "phone_numbers",
        legacy => %{"state" => "reserved", "assigned_to" => @third}
      })

      {:ok, kept} = Store.get_number(fine)
      # A copy in an account that never held the number.
      :ok = Store.put_copies(@third, [kept])
      {Enum.sort([missing, stale, legacy, fine]), elsewhere, fine}
    end

    defp assign(server, id, account_id) do
      write(server, @numbers, id, %{document(server, @numbers, id) | "pvt_assigned_to" => account_id})
    end

    test "repairs what is missing, stale, or assigned elsewhere; a second run changes nothing", %{server: server} do
      {held, elsewhere, fine} = drift(server)
      before = everything(server)
      for account_id <- [@holder, @other, @third], do: :ok = Repair.fix(account_id)

      assert {copies(@holder), copies(@other), copies(@third)} == {{held, nil}, {[elsewhere], nil}, {[], nil}}
      {:ok, numbers, nil} = Store.list_copies(@holder, nil, 100)
      {:ok, records} = Store.get_numbers(held)
      assert Map.new(numbers, &{&1.id, &1}) == records

      repaired = everything(server)
      # Records decide; they and a copy that was right are not touched.
      assert repaired[named(@numbers)] == before[named(@numbers)]
      assert repaired[named(account_database(@holder))][fine] == before[named(account_database(@holder))][fine]

      for account_id <- [@holder, @other, @third], do: :ok = Repair.fix(account_id)
      assert everything(server) == repaired
    end

    # The server of the tests lists its databases without their slashes.
    defp named(path), do: path |> URI.decode() |> String.replace("/", "")

    test "repairs one number alone", %{server: server} do
      {_held, elsewhere, _fine} = drift(server)
      :ok = Repair.fix_number(@holder, elsewhere)
      assert elsewhere not in elem(copies(@holder), 0) and copies(@other) == {[], nil}
      :ok = Repair.fix_number(@other, elsewhere)
      assert copies(@other) == {[elsewhere], nil}
    end

    test "leaves no copy where the number went to another account meanwhile", %{server: server} do
      {:ok, _} = put(number(@id, @holder))
      Application.put_env(:numplan, :store, {Crossed, server.options})

      Process.put(:writer, fn ->
        {:ok, _} = @store.update_number(@id, &{:put, %{&1 | account_id: @other}})
      end)

      :ok = Repair.fix(@holder)
      assert Process.get(:writer) == nil
      assert {copies(@holder), copies(@other)} == {{[], nil}, {[@id], nil}}
    end
  end

  test "of Kazoo's writes and ours at once none is lost", %{server: server} do
    {:ok, _} = put(number(@id, @holder, public: %{"ours" => 0}))
    add = fn number -> {:put, update_in(number.public["ours"], &(&1 + 1))} end
    path = document_path(@numbers, @id)

    writers =
      for(_ <- 1..4, do: fn -> for(_ <- 1..25, do: {:ok, _} = Store.update_number(@id, add)) end) ++
        for(n <- 1..2, do: fn -> for(_ <- 1..25, do: add_theirs(server, path, "theirs_#{n}")) end)

    writers |> Task.async_stream(& &1.(), timeout: 120_000) |> Stream.run()
    assert %{"ours" => 100, "theirs_1" => 25, "theirs_2" => 25} = kept = document(server, @numbers, @id)
    # The copy is that of the record of some moment; fix makes it that of this one.
    :ok = Repair.fix(@holder)
    copy = document(server, account_database(@holder), @id)
    assert copy["pvt_record_rev"] == kept["_rev"] and copy["theirs_1"] == 25
  end

  defp add_theirs(server, path, field) do
    {200, document} = CouchDBServer.request(server, :get, path)

    case CouchDBServer.request(server, :put, path, Map.update(document, field, 1, &(&1 + 1))) do
      {201, _} -> :ok
      {409, _} -> add_theirs(server, path, field)
    end
  end
end
