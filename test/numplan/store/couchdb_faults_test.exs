defmodule Numplan.Store.CouchDBFaultsTest do
  @moduledoc "The store on CouchDB when its server dies, hangs, answers nonsense, or is not who it should be; and what it costs in connections."
  use ExUnit.Case

  import ExUnit.CaptureLog

  alias Numplan.{Account, CouchDBServer, PhonebookServer, PhoneNumber, Relay, Store}
  alias Numplan.Store.Repair
  alias Numplan.Store.CouchDB

  @moduletag :tmp_dir
  @account String.duplicate("a", 32)
  @id "+14158550001"

  setup do
    on_exit(fn -> Application.delete_env(:numplan, :store) end)
  end

  defp use_store(options) do
    Application.put_env(:numplan, :store, {CouchDB, options})
    start_supervised!({CouchDB, options})
  end

  defp number(id), do: %PhoneNumber{id: id, state: "in_service", account_id: @account}

  defp copied(count) do
    case Store.list_copies(@account, nil, 10_000) do
      {:ok, numbers, nil} when length(numbers) >= count -> :ok
      _ -> copied(count)
    end
  end

  @tag :npm
  test "a fix that the server's death stops is completed by a second one, and nothing is lost", %{tmp_dir: folder} do
    arguments = ["--dir", folder]
    server = CouchDBServer.start(CouchDBServer.free_port(), arguments)
    use_store(server.options)
    # Some of each database, so that the copies come in many pages.
    ids = for n <- 1..3_000, do: "+1415#{4 + rem(n, 5)}#{String.pad_leading("#{n}", 6, "0")}"

    ids
    |> Enum.chunk_every(500)
    |> Enum.each(fn ids ->
      documents = for id <- ids, do: CouchDB.Layout.document(%{number(id) | created: 1, modified: 1})
      _ = CouchDBServer.request(server, :put, "/numbers%2F%2B1415", nil)
      {201, _} = CouchDBServer.request(server, :post, "/numbers%2F%2B1415/_bulk_docs", %{"docs" => documents})
    end)

    assert {:ok, assigned, nil} = Store.assigned_to(@account, nil, 100_000)
    assert length(assigned) == 3_000

    log =
      capture_log(fn ->
        fixing = Task.async(fn -> Repair.fix(@account) end)
        copied(500)
        :ok = CouchDBServer.kill(server)
        assert Task.await(fixing, 60_000) == {:error, :unavailable}
        assert Store.get_number(hd(ids)) == {:error, :unavailable}
      end)

    assert log =~ "CouchDB does not answer"
    refute log =~ "+1415"

    _ = CouchDBServer.start(server.port, arguments)
    assert {:ok, some, nil} = Store.list_copies(@account, nil, 10_000)
    assert length(some) in 500..2_999
    assert Repair.fix(@account) == :ok
    assert {:ok, copies, nil} = Store.list_copies(@account, nil, 10_000)
    assert {:ok, records} = Store.get_numbers(ids)
    assert map_size(records) == 3_000 and Map.new(copies, &{&1.id, &1}) == records
  end

  @tag :npm
  test "a server that is down at the start is used when it comes up, and its documents are reported as changed" do
    port = CouchDBServer.free_port()

    capture_log(fn ->
      use_store(url: "http://127.0.0.1:#{port}")
      assert Store.get_number(@id) == {:error, :unavailable}
      :ok = Store.subscribe()
      _ = CouchDBServer.start(port, ["--in-memory"])
      {:ok, _} = Store.put_document("number_manager", {[{"reconcile_regex", "^7$"}]})
      assert_receive {:numplan_document, "number_manager"}, 5_000
      {:ok, _} = Store.update_number(@id, fn nil -> {:put, number(@id)} end)
    end)
  end

  @tag :npm
  test "a server that is down is polled less and less, again once it answers a request, and the log says each once" do
    url = PhonebookServer.start({500, "{}"})
    port = URI.parse(url).port

    log =
      capture_log(fn ->
        use_store(url: url)
        :ok = Store.subscribe()
        times = for _ <- 1..5, do: asked_for_changes()
        for {gap, wait} <- Enum.zip(gaps(times), [500, 1_000, 2_000, 4_000]), do: assert(gap > 0.8 * wait)
        :ok = stop_supervised(port)
        # By itself it would be asked eight seconds after the last time.
        _ = CouchDBServer.start(port, ["--in-memory"])
        {:ok, _} = Store.put_document("x", {[]})
        assert_receive {:numplan_document, "x"}, 3_000
        {:ok, _} = Store.put_document("y", {[]})
        assert_receive {:numplan_document, "y"}, 3_000
      end)

    assert {[_], [_]} = {Regex.scan(~r/CouchDB does not answer/, log), Regex.scan(~r/CouchDB answers again/, log)}
  end

  defp asked_for_changes do
    assert_receive {:phonebook, "GET /system_config/_changes" <> _, _}, 10_000
    System.monotonic_time(:millisecond)
  end

  defp gaps(times), do: Enum.zip_with(tl(times), times, &-/2)

  test "a server that hangs costs no more than the time-out" do
    use_store(url: PhonebookServer.start(:silent), timeout: 200)

    log =
      capture_log(fn ->
        started = System.monotonic_time(:millisecond)
        assert Store.get_number(@id) == {:error, :unavailable}
        assert (System.monotonic_time(:millisecond) - started) in 200..2_000
      end)

    assert log =~ "CouchDB does not answer get: :timeout"
  end

  for {status, body, said} <- [
        {500, ~s({"error":"x"}), "500"},
        {503, "busy", "503"},
        {401, ~s({"error":"unauthorized"}), "401; check username and password of the store"},
        {403, ~s({"error":"forbidden"}), "403; check username and password of the store"},
        {404, "<html>", "404; check the store's url"},
        {404, ~s({"error":"no such route"}), "404; check the store's url"},
        {200, "<html>", ":no_json"}
      ] do
    test "#{status} with #{body} makes the store unavailable, and the log says why" do
      use_store(url: PhonebookServer.start({unquote(status), unquote(body)}), username: "admin", password: "secret")

      log =
        capture_log(fn ->
          assert Store.get_number(@id) == {:error, :unavailable}
          assert Store.update_number(@id, fn _ -> {:put, number(@id)} end) == {:error, :unavailable}
          assert Store.list_copies(@account, nil, 1) == {:error, :unavailable}
          assert Repair.fix(@account) == {:error, :unavailable}
          assert Store.put_document("x", {[]}) == {:error, :unavailable}
        end)

      assert log =~ unquote(said)
      refute log =~ "secret" or log =~ @id or log =~ Base.encode64("admin:secret")
    end
  end

  test "how the store is started is logged without the password" do
    spec = CouchDB.child_spec(url: "http://127.0.0.1:1", username: "admin", password: "secret")
    refute inspect(spec) =~ "secret"
  end

  test "a query of many databases ends with the first failure" do
    use_store(url: PhonebookServer.start({500, "{}"}))
    ids = for n <- 10_000..10_400, do: "#{n}0000"
    capture_log(fn -> assert Store.get_numbers(ids) == {:error, :unavailable} end)
    assert length(asked([])) < 100
  end

  defp asked(all) do
    receive do
      {:phonebook, "POST" <> _ = line, _} -> asked([line | all])
      {:phonebook, _line, _} -> asked(all)
    after
      0 -> all
    end
  end

  test "a record that is in conflict at every try is given up" do
    use_store(url: PhonebookServer.start({409, ~s({"error":"conflict"})}))
    assert Store.put_document("x", {[]}) == {:error, :unavailable}
  end

  describe "with a server" do
    @describetag :npm

    setup do
      %{server: CouchDBServer.start(CouchDBServer.free_port(), ["--in-memory"])}
    end

    test "connections are kept and used again", %{server: server} do
      use_store(url: "http://127.0.0.1:#{Relay.start(server.port)}")
      {:ok, _} = Store.update_number(@id, fn nil -> {:put, number(@id)} end)
      for _ <- 1..200, do: {:ok, _} = Store.get_number(@id)
      assert connections(0) in 1..8
    end

    defp connections(count) do
      receive do
        {:relay, :connected} -> connections(count + 1)
      after
        0 -> count
      end
    end

    # A kept connection is there, so that what dies next is not the first use of one.
    defp relayed(server) do
      port = Relay.start(server.port)
      use_store(url: "http://127.0.0.1:#{port}")
      assert Store.get_number(@id) == {:error, :not_found}
      port
    end

    defp create, do: Store.update_number(@id, &created/1)
    defp created(nil), do: {:put, number(@id)}
    defp created(_number), do: {:error, :number_exists}

    @path "/numbers%2F%2B1415/%2B14158550001"
    @put "PUT " <> @path

    # Another writer, who does not come through the relay.
    defp changed_by_another(server, cnam \\ "another's") do
      {200, document} = CouchDBServer.request(server, :get, @path)
      {201, _} = CouchDBServer.request(server, :put, @path, Map.put(document, "cnam", cnam))
    end

    defp created_by_another(server) do
      _ = CouchDBServer.request(server, :put, "/numbers%2F%2B1415", nil)
      document = %{"pvt_type" => "number", "pvt_state" => "in_service", "pvt_assigned_to" => "another"}
      {201, _} = CouchDBServer.request(server, :put, @path, document)
    end

    defp removed_by_another(server) do
      {200, %{"_rev" => rev}} = CouchDBServer.request(server, :get, @path)
      {200, _} = CouchDBServer.request(server, :delete, "#{@path}?rev=#{rev}")
    end

    defp record_and_copy(server) do
      {200, record} = CouchDBServer.request(server, :get, @path)
      account = "/account%2Faa%2Faa%2F" <> String.duplicate("a", 28)
      {200, copy} = CouchDBServer.request(server, :get, account <> "/%2B14158550001")
      {record["_rev"], copy["pvt_record_rev"]}
    end

    test "a record whose answer is lost is written once, and its copies are", %{server: server} do
      port = relayed(server)
      {:ok, _} = Store.update_number("+14158550002", fn nil -> {:put, number("+14158550002")} end)
      for what <- [:answer, :request], do: :ok = lost_write(port, server, what)
    end

    defp lost_write(port, server, what) do
      :ok = Relay.lose(port, what, @put)
      assert {:ok, %{rev: rev}} = create()
      assert_receive {:relay, :lost}
      assert record_and_copy(server) == {rev, rev}
      assert create() == {:error, :number_exists}

      :ok = Relay.lose(port, what, @put)
      assert {:ok, %{rev: rev}} = Store.update_number(@id, &{:put, %{&1 | public: %{"x" => [1, nil, %{}]}}})
      assert_receive {:relay, :lost}
      assert record_and_copy(server) == {rev, rev}

      :ok = Relay.lose(port, what, @put)
      assert Store.update_number(@id, fn %{} -> :delete end) == {:ok, nil}
      assert_receive {:relay, :lost}
      assert Store.list_copies(@account, nil, 10) |> elem(1) |> Enum.map(& &1.id) == ["+14158550002"]
      :ok
    end

    test "an attachment does not hide that a write was ours", %{server: server} do
      port = relayed(server)
      {:ok, _} = create()
      {200, document} = CouchDBServer.request(server, :get, @path)
      letter = %{"letter.txt" => %{"content_type" => "text/plain", "data" => Base.encode64("agreed")}}
      {201, _} = CouchDBServer.request(server, :put, @path, Map.put(document, "_attachments", letter))
      :ok = Relay.lose(port, :answer, @put)
      assert {:ok, %{rev: rev}} = Store.update_number(@id, &{:put, %{&1 | public: %{"x" => 1}}})
      assert_receive {:relay, :lost}
      assert record_and_copy(server) == {rev, rev}
    end

    test "a number that another writer created while the request was lost exists", %{server: server} do
      port = relayed(server)
      {:ok, _} = Store.update_number("+14158550002", fn nil -> {:put, number("+14158550002")} end)
      :ok = Relay.lose(port, :request, @put, fn -> created_by_another(server) end)
      assert create() == {:error, :number_exists}
      assert_receive {:relay, :lost}
      assert {:ok, %{account_id: "another"}} = Store.get_number(@id)
    end

    test "a change is made upon that of another writer who came while the request was lost", %{server: server} do
      port = relayed(server)
      {:ok, _} = create()
      :ok = Relay.lose(port, :request, @put, fn -> changed_by_another(server) end)

      assert {:ok, %{public: public, rev: rev}} =
               Store.update_number(@id, &{:put, %{&1 | public: Map.put(&1.public, "x", 1)}})

      assert_receive {:relay, :lost}
      assert public == %{"cnam" => "another's", "x" => 1}
      assert record_and_copy(server) == {rev, rev}
    end

    test "whether a write was done that others have written over or removed is not known", %{server: server} do
      port = relayed(server)
      {:ok, _} = Store.update_number("+14158550002", fn nil -> {:put, number("+14158550002")} end)

      log =
        capture_log(fn ->
          :ok = Relay.lose(port, :answer, @put, fn -> changed_by_another(server) end)
          assert create() == {:error, :unavailable}
          assert_receive {:relay, :lost}
          count = &{:put, %{&1 | public: Map.update(&1.public, "n", 1, fn n -> n + 1 end)}}
          :ok = Relay.lose(port, :answer, @put, fn -> changed_by_another(server, "again") end)
          assert Store.update_number(@id, count) == {:error, :unavailable}
          assert_receive {:relay, :lost}
          assert {:ok, %{public: %{"n" => 1, "cnam" => "again"}}} = Store.get_number(@id)
          # Not `:answer`: this server falls over a revision that it has already, under a document that was removed.
          :ok = Relay.lose(port, :request, @put, fn -> removed_by_another(server) end)
          assert Store.update_number(@id, count) == {:error, :unavailable}
          assert_receive {:relay, :lost}
          assert Store.get_number(@id) == {:error, :not_found}
        end)

      assert log =~ "CouchDB does not answer put: :answer_lost"
    end

    test "a write whose connection dies twice, or that cannot be read again, is unavailable", %{server: server} do
      port = relayed(server)
      {:ok, _} = create()
      change = &{:put, %{&1 | public: %{"x" => System.unique_integer()}}}

      capture_log(fn ->
        for _ <- 1..2, do: :ok = Relay.lose(port, :answer, @put)
        assert Store.update_number(@id, change) == {:error, :unavailable}
        for _ <- 1..2, do: assert_receive({:relay, :lost})

        :ok = Relay.lose(port, :answer, @put)
        for _ <- 1..2, do: :ok = Relay.lose(port, :answer, "GET #{@path}?revs=true")
        assert Store.update_number(@id, change) == {:error, :unavailable}
        for _ <- 1..3, do: assert_receive({:relay, :lost})
      end)
    end

    test "a configuration document whose answer is lost is written", %{server: server} do
      port = relayed(server)
      {:ok, rev} = Store.put_document("x", {[{"a", 1}]})
      :ok = Relay.lose(port, :answer, "PUT /system_config/x")
      assert {:ok, next} = Store.put_document("x", {[{"b", {[{"c", :null}, {"d", 1.5}]}}]}, rev)
      assert_receive {:relay, :lost}
      assert {:ok, {[{"b", _}]}, ^next} = Store.get_document("x")

      :ok =
        Relay.lose(port, :request, "PUT /system_config/x", fn ->
          {200, document} = CouchDBServer.request(server, :get, "/system_config/x")
          {201, _} = CouchDBServer.request(server, :put, "/system_config/x", Map.put(document, "default", %{"z" => 1}))
        end)

      assert Store.put_document("x", {[{"e", 1}]}, next) == {:error, :conflict}
      assert_receive {:relay, :lost}
    end

    for what <- [:request, :answer] do
      test "what asks for many, and what writes many copies, is sent again when its #{what} is lost", %{server: server} do
        port = relayed(server)
        ids = for n <- 1..3, do: "+1415855000#{n}"
        for id <- ids, do: {:ok, _} = Store.update_number(id, fn nil -> {:put, number(id)} end)

        :ok = Relay.lose(port, unquote(what), "POST /numbers%2F%2B1415/_all_docs")
        assert {:ok, %{@id => _} = numbers} = Store.get_numbers(ids)
        assert_receive {:relay, :lost}

        for write <- [&Store.delete_copies(@account, Map.keys(&1)), &Store.put_copies(@account, Map.values(&1))] do
          :ok = Relay.lose(port, unquote(what), "POST /account%2Faa%2Faa%2F#{String.duplicate("a", 28)}/_bulk_docs")
          assert write.(numbers) == :ok
          assert_receive {:relay, :lost}
        end

        assert {:ok, copies, nil} = Store.list_copies(@account, nil, 10)
        assert Map.new(copies, &{&1.id, &1}) == numbers
      end
    end

    test "numbers below an account are counted by one request for each account there", %{server: server} do
      use_store(url: "http://127.0.0.1:#{Relay.start(server.port)}")
      below = for id <- ~w(b c), do: String.duplicate(id, 32)

      for {account_id, n} <- Enum.with_index(below) do
        :ok = Store.put_account(%Account{id: account_id, tree: [@account]})
        ids = for m <- 1..(n + 1), do: "+1415855#{n}#{m}00"

        for id <- ids,
            do: {:ok, _} = Store.update_number(id, fn nil -> {:put, %{number(id) | account_id: account_id}} end)
      end

      assert Store.count_below(@account) == {:ok, 3}
      _ = questions()
      assert Store.count_below(@account) == {:ok, 3}
      assert ["GET /account%2Fbb" <> _, "GET /account%2Fcc" <> _, "GET /accounts/" <> _] = Enum.sort(questions())
    end

    # Without those of the feed of changes.
    defp questions do
      receive do
        {:relay, :asked, "GET /system_config/_changes" <> _} -> questions()
        {:relay, :asked, line} -> [line | questions()]
      after
        0 -> []
      end
    end

    test "requests are authenticated", %{server: server} do
      :ok = CouchDBServer.add_admin(server, "numplan", "secret")
      use_store([username: "numplan", password: "secret"] ++ server.options)
      {:ok, _} = Store.update_number(@id, fn nil -> {:put, number(@id)} end)
      assert {:ok, %{account_id: @account}} = Store.get_number(@id)

      :ok = stop_supervised(CouchDB)
      use_store([username: "numplan", password: "wrong"] ++ server.options)

      assert capture_log(fn -> assert Store.get_number(@id) == {:error, :unavailable} end) =~
               "check username and password"
    end

    test "TLS is spoken, with a server whose certificate an authority vouches for", %{server: server} do
      signing = [digest: :sha256, key: {:namedCurve, :secp256r1}]
      names = {:Extension, {2, 5, 29, 17}, false, [dNSName: ~c"localhost"]}

      %{server_config: tls, client_config: client} =
        :public_key.pkix_test_data(%{
          server_chain: %{root: signing, intermediates: [], peer: [{:extensions, [names]} | signing]},
          client_chain: %{root: signing, intermediates: [], peer: signing}
        })

      port = Relay.start(server.port, Keyword.take(tls, [:cert, :key, :cacerts]))
      url = "https://localhost:#{port}"
      use_store(url: url, tls: [cacerts: client[:cacerts]])
      {:ok, _} = Store.update_number(@id, fn nil -> {:put, number(@id)} end)
      assert {:ok, %{account_id: @account}} = Store.get_number(@id)

      :ok = stop_supervised(CouchDB)
      %{cert: stranger} = :public_key.pkix_test_root_cert(~c"stranger", signing)
      use_store(url: url, tls: [cacerts: [stranger]])
      assert capture_log(fn -> assert Store.get_number(@id) == {:error, :unavailable} end) =~ "CouchDB does not answer"
    end
  end
end
