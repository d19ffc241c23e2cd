defmodule Numplan.API.AccessTest do
  @moduledoc "Open and closed servers, over a real socket and on real stores: only a setting opens a server that may not be open."
  use ExUnit.Case

  import ExUnit.CaptureLog

  alias Numplan.API.Access
  alias Numplan.{CouchDBServer, FlakyStore, HTTP, HTTPClient, PhonebookServer, Relay, Services, Store, WebDriver}

  @moduletag :tmp_dir

  @zeros String.duplicate("0", 32)
  @account String.duplicate("a", 32)
  @keys [:store, :server, :tokens, :accounts, :access, :hosts, :state_dir, FlakyStore]

  setup do
    on_exit(fn ->
      for key <- @keys, do: Application.delete_env(:numplan, key)
      Access.reload()
      :ok = Numplan.configure({:preset, "kazoo-3.20"})
    end)
  end

  defp serve(environment) do
    environment = Keyword.merge([server: [port: 0]], environment)
    for {key, value} <- environment, do: Application.put_env(:numplan, key, value)
    start_supervised!(Services)
    :ok
  end

  defp again(environment) do
    :ok = stop_supervised(Services)
    for key <- @keys, do: Application.delete_env(:numplan, key)
    serve(environment)
  end

  defp mnesia(folder), do: {Store.Mnesia, dir: Path.join(folder, "mnesia")}
  defp flaky(folder), do: {FlakyStore, dir: Path.join(folder, "mnesia")}

  # Needs no store, so that its status shows the door and nothing behind it.
  defp check(token \\ nil) do
    ask("POST", "/v2/system_configs/number_manager/check", token, ~s({"data":{"reconcile_regex":"^1$"}}))
  end

  # Byte for byte: OTP's client repeats a request that is answered 503 with Retry-After until it is answered otherwise.
  defp ask(method, path, token \\ nil, body \\ "") do
    auth = if token, do: ["x-auth-token: ", token, "\r\n"], else: []
    head = [method, " ", path, " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n", auth]
    [answer] = HTTPClient.raw(HTTP.port(), [head, "content-length: #{byte_size(body)}\r\n\r\n", body])
    answer
  end

  defp entry(token, account_id \\ @account),
    do: {Access.digest(token), {[{"account_id", account_id}, {"superadmin", true}]}}

  defp put_tokens(document) do
    {:ok, _} = Store.put_document("tokens", document)
    _ = :sys.get_state(Numplan.ClusterConfig)
    :ok
  end

  defp becomes(status, token \\ nil), do: WebDriver.wait_until(fn -> check(token).status == status end)

  describe "tokens that cannot be read" do
    test "are not none: every request is answered 503 until they are read, which is tried seldom and logged once",
         context do
      serve(store: flaky(context.tmp_dir))
      put_tokens({[entry("first")]})
      assert {check().status, check("first").status} == {401, 200}

      log =
        capture_log(fn ->
          FlakyStore.answer({:error, :unavailable})
          put_tokens({[entry("second")]})
          before = FlakyStore.reads()

          for _ <- 1..300, token <- [nil, "first", "second"] do
            assert %{status: 503, json: %{"message" => "datastore_unreachable"}} = answer = check(token)
            assert answer.headers["retry-after"] == "1"
          end

          assert FlakyStore.reads() - before <= 10
          FlakyStore.answer(nil)
          becomes(200, "second")
          # It logs that tokens are read after it has put them in force.
          _ = :sys.get_state(Numplan.ClusterConfig)
        end)

      assert {check().status, check("first").status} == {401, 401}
      assert [_] = Regex.scan(~r/tokens cannot be read/, log)
      assert [_] = Regex.scan(~r/tokens are read again/, log)
    end

    for answer <- [{:ok, []}, :nonsense, {:error, :datastore_fault}] do
      test "because the store gives #{inspect(answer)} are unknown too", context do
        serve(store: flaky(context.tmp_dir))
        FlakyStore.answer(unquote(Macro.escape(answer)))
        capture_log(fn -> put_tokens({[entry("first")]}) end)
        assert {check().status, check("first").status} == {503, 503}
      end
    end

    test "are unknown too where the store may be a part of another one", %{tmp_dir: folder} do
      log =
        capture_log(fn ->
          serve([{FlakyStore, {"numplan_migration", {:error, :unavailable}}}, store: flaky(folder)])
          assert FlakyStore.reads() == 0
          assert {check().status, check("first").status} == {503, 503}
          FlakyStore.answer(nil)
          becomes(200)
          _ = :sys.get_state(Numplan.ClusterConfig)
          put_tokens({[entry("first")]})
          FlakyStore.answer({:error, :unavailable}, "numplan_migration")
          send(Numplan.ClusterConfig, {:numplan_document, "numplan_migration"})
          _ = :sys.get_state(Numplan.ClusterConfig)
          assert {check().status, check("first").status} == {503, 503}
          FlakyStore.answer(nil)
          becomes(200, "first")
          assert check().status == 401
          _ = :sys.get_state(Numplan.ClusterConfig)
        end)

      assert length(Regex.scan(~r/tokens cannot be read/, log)) == 2
      assert length(Regex.scan(~r/tokens are read again/, log)) == 2
    end

    @tag :npm
    test "at the start, from a CouchDB that answers 503, do not open, and are used when it comes", %{tmp_dir: folder} do
      url = PhonebookServer.start({503, "{}"})
      port = URI.parse(url).port

      capture_log(fn ->
        serve(store: {Store.CouchDB, url: url}, state_dir: folder, accounts: [%{id: @account}])
        assert {check().status, check("late").status} == {503, 503}
        assert {ask("OPTIONS", "/v2/").status, ask("GET", "/").status} == {503, 503}

        # The server is reached only when it holds the token: an empty one would open a loopback server.
        server = CouchDBServer.start(CouchDBServer.free_port(), ["--in-memory"])
        {_, _} = CouchDBServer.request(server, :put, "/system_config")
        {201, _} = CouchDBServer.request(server, :put, "/system_config/tokens", %{"default" => {[entry("late")]}})
        :ok = stop_supervised(port)
        ^port = Relay.start(server.port, [], port)
        becomes(200, "late")
        assert check().status == 401
        # What else could not be done at the start is done as well.
        WebDriver.wait_until(fn -> match?({:ok, _}, Store.get_account(@account)) end)
        assert Store.get_account(@zeros) == {:error, :not_found}
      end)
    end

    @tag :npm
    test "at the start, with no tokens in the store, do not open an address beyond loopback", %{tmp_dir: folder} do
      url = PhonebookServer.start({503, "{}"})
      port = URI.parse(url).port

      log =
        capture_log(fn ->
          serve(store: {Store.CouchDB, url: url}, state_dir: folder, server: [port: 0, ip: {0, 0, 0, 0}])
          assert check().status == 503
          :ok = stop_supervised(port)
          _ = CouchDBServer.start(port, ["--in-memory"])
          becomes(401)
        end)

      assert log =~ "no token is configured"
    end

    @tag :npm
    test "at the start, with no tokens in the store, leave a loopback server open, with its account", %{tmp_dir: folder} do
      url = PhonebookServer.start({503, "{}"})
      port = URI.parse(url).port

      capture_log(fn ->
        serve(store: {Store.CouchDB, url: url}, state_dir: folder)
        assert check().status == 503
        :ok = stop_supervised(port)
        _ = CouchDBServer.start(port, ["--in-memory"])
        becomes(200)
        WebDriver.wait_until(fn -> match?({:ok, _}, Store.get_account(@zeros)) end)
      end)
    end
  end

  describe "a token" do
    test "closes an open server at once", context do
      serve(store: mnesia(context.tmp_dir))
      assert check().status == 200
      put_tokens({[entry("secret")]})
      assert {check().status, check("wrong").status, check("secret").status} == {401, 401, 200}
    end

    for {name, document} <- [
          {"emptied", {[]}},
          {"a list", []},
          {"a text", "none"},
          {"null", nil},
          {"a list of tokens", ["secret"]},
          {"an object of nonsense", {[{"x", 1}, {"y", {[{"account_id", 5}]}}]}}
        ] do
      test "has closed for good: tokens that are #{name} do not open, now or after a restart", context do
        serve(store: mnesia(context.tmp_dir))
        put_tokens({[entry("secret")]})

        capture_log(fn ->
          put_tokens(unquote(Macro.escape(document)))
          assert {check().status, check("secret").status} == {401, 401}
          again(store: mnesia(context.tmp_dir))
          assert {check().status, check("secret").status} == {401, 401}
          again(store: mnesia(context.tmp_dir), access: :open)
          malformed? = unquote(Macro.escape(document)) not in [{[]}, nil]
          assert check().status == if(malformed?, do: 401, else: 200)
        end)
      end
    end

    test "has closed a running server for good, though somebody removes the mark", context do
      serve(store: mnesia(context.tmp_dir))
      put_tokens({[entry("secret")]})
      File.rm!(Path.join([context.tmp_dir, "mnesia", "closed"]))
      put_tokens({[]})
      assert {check().status, check("secret").status} == {401, 401}
      assert File.regular?(Path.join([context.tmp_dir, "mnesia", "closed"]))
    end

    test "whose document is deleted is revoked at once, and the server stays closed", context do
      serve(store: mnesia(context.tmp_dir))
      put_tokens({[entry("secret")]})
      {:atomic, :ok} = :mnesia.transaction(fn -> :mnesia.delete({:numplan_documents, "tokens"}) end)
      becomes(401, "secret")
      assert check().status == 401
      again(store: mnesia(context.tmp_dir))
      assert check().status == 401
    end

    @tag :npm
    test "in CouchDB closes for good too, by a mark in the state directory", %{tmp_dir: folder} do
      server = CouchDBServer.start(CouchDBServer.free_port(), ["--in-memory"])
      environment = [store: {Store.CouchDB, server.options}, state_dir: Path.join(folder, "state")]
      serve(environment)
      assert check().status == 200
      {:ok, _} = Store.put_document("tokens", {[entry("secret")]})
      becomes(401)
      {200, %{"_rev" => rev}} = CouchDBServer.request(server, :get, "/system_config/tokens")
      {200, _} = CouchDBServer.request(server, :delete, "/system_config/tokens?rev=" <> rev)
      becomes(401, "secret")
      again(environment)
      assert {check().status, check("secret").status} == {401, 401}
      again(environment ++ [access: :open])
      assert check().status == 200
    end

    test "of the configuration is remembered with the store as well", context do
      serve(store: mnesia(context.tmp_dir), tokens: [%{token: "secret", account_id: @account}])
      assert check().status == 401
      log = capture_log(fn -> again(store: mnesia(context.tmp_dir)) end)
      assert check().status == 401
      assert log =~ "access: :open"
    end

    test "closes though the mark cannot be written, as long as the node runs, and that is logged", %{tmp_dir: folder} do
      File.write!(Path.join(folder, "file"), "")
      serve(store: mnesia(folder), state_dir: Path.join(folder, "file"))

      log =
        capture_log(fn ->
          put_tokens({[entry("secret")]})
          put_tokens({[]})
          assert {check().status, check("secret").status} == {401, 401}
        end)

      assert log =~ Path.join(folder, "file") and log =~ "cannot be written"
    end
  end

  describe "the setting" do
    test "access: :open opens a server without tokens, and a token closes it all the same", context do
      serve(store: mnesia(context.tmp_dir), access: :open)
      assert check().status == 200
      put_tokens({[entry("secret")]})
      assert {check().status, check("secret").status} == {401, 200}
    end

    test "access: :tokens never opens", context do
      serve(store: mnesia(context.tmp_dir), access: :tokens)
      assert check().status == 401
    end

    test "access of an unknown value does not open, and the log names it", context do
      log = capture_log(fn -> serve(store: mnesia(context.tmp_dir), access: :opne) end)
      assert check().status == 401
      assert log =~ ":opne" and log =~ ":open"
    end

    test "access: :open is needed for another address than loopback", context do
      for ip <- [{0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}] do
        reason = refused(store: mnesia(context.tmp_dir), server: [port: 0, ip: ip])
        assert inspect(reason) =~ "no token is configured"
      end

      serve(store: mnesia(context.tmp_dir), server: [port: 0, ip: {0, 0, 0, 0}], access: :open)
      assert check().status == 200
    end

    defp refused(environment) do
      for {key, value} <- environment, do: Application.put_env(:numplan, key, value)
      {:error, reason} = start_supervised(Services)
      reason
    end
  end

  describe "tokens of the configuration" do
    test "that are malformed crash nothing and open nothing, and the log says which and why", context do
      for {tokens, words} <- [
            {[%{token: nil, account_id: @zeros}], "token 1"},
            {[%{token: "", account_id: @zeros}], "token 1"},
            {[%{token: "ok", account_id: @zeros}, %{account_id: @zeros}], "token 2"},
            {[%{token: "ok2"}], "account_id"},
            {[%{token: ~c"ok3", account_id: @zeros}], "token 1"},
            {[%{token: "ok4", account_id: "short"}], "account_id"},
            {["secret"], "token 1"},
            {%{token: "secret", account_id: @zeros}, "list"},
            {"secret", "list"}
          ] do
        log = capture_log(fn -> serve(store: mnesia(context.tmp_dir), tokens: tokens) end)
        assert {tokens, check().status} == {tokens, 401}
        for token <- ["", "secret", "ok2", "ok3", "ok4"], do: assert(check(token).status == 401)
        assert log =~ words
        refute log =~ "secret"
        :ok = stop_supervised(Services)
      end
    end

    test "reach their account, which is made in a store of the node's own where it is missing", context do
      serve(store: mnesia(context.tmp_dir), tokens: [%{token: "plain", account_id: @account}])
      assert ask("GET", "/v2/accounts/#{@account}/phone_numbers", "plain").status == 200
      assert Store.get_account(@zeros) == {:error, :not_found}
    end

    @tag :npm
    test "do not bring back an account that Kazoo has deleted", %{tmp_dir: folder} do
      server = CouchDBServer.start(CouchDBServer.free_port(), ["--in-memory"])
      {201, _} = CouchDBServer.request(server, :put, "/accounts")
      deleted = %{"pvt_type" => "account", "pvt_deleted" => true}
      {201, _} = CouchDBServer.request(server, :put, "/accounts/#{@account}", deleted)
      token = %{token: "plain", account_id: @account}
      log = capture_log(fn -> serve(store: {Store.CouchDB, server.options}, state_dir: folder, tokens: [token]) end)
      assert {200, %{"pvt_deleted" => true}} = CouchDBServer.request(server, :get, "/accounts/#{@account}")
      assert log =~ @account and log =~ "accounts:"
    end
  end

  test "401 says which credentials are wanted (RFC 9110, 11.6.1; RFC 6750, 3)", context do
    serve(store: mnesia(context.tmp_dir), tokens: [%{token: "secret", account_id: @zeros}])

    for token <- [nil, "wrong"] do
      assert %{status: 401, headers: %{"www-authenticate" => ~s(Bearer realm="numplan")}} = check(token)
    end
  end
end
