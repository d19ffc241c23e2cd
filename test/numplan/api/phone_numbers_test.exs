defmodule Numplan.API.PhoneNumbersTest do
  @moduledoc "The API over a real socket, on a real Mnesia: the rows of kazoo-facts 1 and 2, in the column of 5.x."
  use ExUnit.Case

  alias Numplan.API.{Access, Turn}
  alias Numplan.{Account, HTTP, HTTPClient, PhonebookServer, Store}

  @moduletag :tmp_dir

  @root String.duplicate("a", 32)
  @reseller String.duplicate("b", 32)
  @customer String.duplicate("c", 32)
  @stranger String.duplicate("d", 32)
  @did "+14158551292"

  setup %{tmp_dir: folder} do
    Application.put_env(:numplan, :store, {Store.Mnesia, dir: Path.join(folder, "mnesia")})

    Application.put_env(:numplan, :tokens, [
      %{token: "root", account_id: @root, superadmin: true},
      %{token: "reseller", account_id: @reseller, allow_number_additions: true},
      %{token: "customer", account_id: @customer, allow_number_additions: true},
      %{token: "plain", account_id: @customer}
    ])

    Application.put_env(:numplan, :accounts, [
      %{id: @root, name: "root"},
      %{id: @reseller, name: "reseller", tree: [@root]},
      %{id: @customer, name: "customer", tree: [@root, @reseller]},
      %{id: @stranger, name: "stranger", tree: [@root]}
    ])

    Application.put_env(:numplan, :server, port: 0)
    start_supervised!(Numplan.Services)
    Access.reload()
    # Not the text of a response: a client of another test's server is none of this one's.
    base = "http://127.0.0.1:#{HTTP.port()}/v2"

    on_exit(fn ->
      for key <- [:store, :tokens, :accounts, :server, :rate_limit, :locality],
          do: Application.delete_env(:numplan, key)

      Access.reload()
      :ok = Numplan.configure({:preset, "kazoo-3.20"})
    end)

    %{base: base}
  end

  defp ask(base, method, path, options \\ []) do
    account = Keyword.get(options, :account, @customer)
    token = Keyword.get(options, :token, "customer")
    headers = if(token, do: [{"x-auth-token", token}], else: []) ++ (options[:headers] || [])
    body = if options[:data], do: %{"data" => options[:data]}, else: options[:body]
    HTTPClient.request(method, "#{base}/accounts/#{account}/phone_numbers#{path}", headers: headers, body: body)
  end

  defp state(answer), do: {answer.status, answer.json["data"]["state"]}
  defp refusal(answer), do: {answer.status, answer.json["message"]}

  describe "envelope (facts 1.1)" do
    test "of success and of failure", %{base: base} do
      assert %{status: 200, json: json, headers: headers} =
               ask(base, :get, "/classifiers", headers: [{"x-request-id", "mine"}])

      assert %{"status" => "success", "request_id" => "mine", "auth_token" => "customer", "version" => _, "node" => _} =
               json

      assert {:ok, _, 0} = DateTime.from_iso8601(json["timestamp"])
      assert headers["etag"] == ~s("#{json["revision"]}") and headers["x-request-id"] == "mine"

      assert %{status: 404, json: json} = ask(base, :get, "/#{@did}")
      assert %{"status" => "error", "error" => "404", "message" => "bad_identifier", "data" => data} = json
      assert data == %{"message" => "bad identifier", "not_found" => "The number could not be found"}
      assert byte_size(json["request_id"]) == 32
      refute Map.has_key?(json, "revision")
    end

    test "is indented on request", %{base: base} do
      assert ask(base, :get, "/classifiers?pretty_print=true").body =~ "{\n  \"data\": {\n"
      assert ask(base, :get, "/classifiers", headers: [{"x-pretty-print", "1"}]).body =~ "\n"
      refute ask(base, :get, "/classifiers").body =~ "\n"
    end
  end

  describe "the examples of api.md" do
    test "classifiers, in order, with every key they carry", %{base: base} do
      assert %{status: 200, body: body} = ask(base, :get, "/classifiers")
      {:ok, {members}} = :numplan_json.decode(body, [:ordered])
      {_, {classifiers}} = List.keyfind(members, "data", 0)
      {:ok, preset} = :numplan_nif.preset("kazoo-3.20")
      {:ok, {document}} = :numplan_json.decode(preset, [:ordered])
      assert {"classifiers", {classifiers}} == List.keyfind(document, "classifiers", 0)
    end

    test "classify a number", %{base: base} do
      expected = [
        {"regex", "^\\+?1?([2-9][0-9]{2}[2-9][0-9]{6})$"},
        {"friendly_name", "US DID"},
        {"pretty_print", "SS(###) ### - ####"},
        {"e164", "+14158551292"},
        {"number", "4158551292"},
        {"name", "did_us"}
      ]

      assert %{status: 200, body: body} = ask(base, :get, "/classifiers/4158551292")
      {:ok, {members}} = :numplan_json.decode(body, [:ordered])
      assert {"data", {expected}} == List.keyfind(members, "data", 0)
    end

    test "classify a number, explained: the same answer and one key more", %{base: base} do
      plain = ask(base, :get, "/classifiers/4158551292").json["data"]
      assert ask(base, :get, "/classifiers/4158551292?explain=false").json["data"] == plain
      assert %{status: 200, json: %{"data" => data}} = ask(base, :get, "/classifiers/4158551292?explain=true")
      assert {explanation, ^plain} = Map.pop(data, "explanation")
      assert explanation["text"] == Numplan.explain("4158551292").text

      assert explanation["converters"]["change"] == %{
               "group" => 1,
               "start" => 0,
               "root" => "4158551292",
               "prefix" => "+1",
               "suffix" => ""
             }

      assert for(%{"matches" => true, "name" => name} <- explanation["classifiers"], do: name) == ~w(did_us unknown)
      assert ask(base, :get, "/classifiers/a%0A%C3%A9?explain=true").json["data"]["explanation"]["number"] == "a\né"
    end

    test "classify a number as it is written: cleaned where that is asked for, and hinted at where it is not", %{
      base: base
    } do
      written = "/classifiers/%28415%29%20855-1292"
      assert %{"name" => "unknown", "number" => "(415) 855-1292"} = ask(base, :get, written).json["data"]
      assert ask(base, :get, written <> "?clean=false").json["data"]["name"] == "unknown"

      assert %{"name" => "did_us", "e164" => @did, "number" => "4158551292"} =
               ask(base, :get, written <> "?clean=true").json["data"]

      explained = fn query -> ask(base, :get, written <> query).json["data"]["explanation"] end
      assert %{"hint" => hint, "class" => "unknown"} = explained.("?explain=true")
      assert hint =~ "It contains brackets, spaces and dashes, which no rule removes."
      assert %{"hint" => nil, "class" => "did_us", "number" => "4158551292"} = explained.("?explain=true&clean=true")
    end

    test "get a number", %{base: base} do
      assert %{status: 201} = ask(base, :put, "/#{@did}", data: %{})
      assert %{status: 200, json: %{"data" => %{"id" => @did}}} = ask(base, :get, "/#{@did}")
    end

    test "fix, by GET and by POST, answers with the list", %{base: base} do
      ask(base, :put, "/#{@did}", data: %{})
      list = ask(base, :get, "").json["data"]
      assert %{"numbers" => %{@did => %{"state" => "reserved"}}, "cascade_quantity" => 0} = list
      assert ask(base, :get, "/fix").json["data"] == list
      assert ask(base, :post, "/fix", body: "").json["data"] == list
      assert ask(base, :post, "/fix/#{@did}", body: "").json["data"] == %{}
    end
  end

  describe "paths (facts 1.8)" do
    test "take plus as it is and percent-encoded", %{base: base} do
      for path <- ["+14158551292", "%2B14158551292"] do
        assert ask(base, :get, "/classifiers/#{path}").json["data"]["number"] == "+14158551292"
      end

      assert ask(base, :get, "/classifiers/%201415").json["data"]["number"] == " 1415"
      assert ask(base, :get, "/classifiers/%00").json["data"]["number"] == <<0>>
    end

    test "classify whatever text there is; what no rule matches has neither name nor regex", %{base: base} do
      assert %{status: 200, json: %{"data" => data}} = ask(base, :get, "/classifiers/a%0Ab")
      assert data == %{"e164" => "a\nb", "number" => "a\nb"}
    end
  end

  describe "methods (facts 1.4, 2.1)" do
    test "that a resource has not are refused with those it has", %{base: base} do
      for {method, path, allowed} <- [
            {:put, "/classifiers", "GET, POST, HEAD, OPTIONS"},
            {:delete, "/classifiers/911", "GET, HEAD, OPTIONS"},
            {:get, "/locality", "POST, OPTIONS"},
            {:put, "/fix", "GET, POST, HEAD, OPTIONS"},
            {:get, "/collection", "PUT, POST, PATCH, DELETE, OPTIONS"},
            {:get, "/#{@did}/activate", "PUT, OPTIONS"}
          ] do
        answer = ask(base, method, path)
        assert refusal(answer) == {405, "invalid_method"}
        assert answer.headers["allow"] == allowed
      end
    end

    test "may be asked for by POST", %{base: base} do
      assert ask(base, :post, "/#{@did}?verb=put", data: %{}).status == 201
      assert ask(base, :post, "/#{@did}", body: %{"data" => %{}, "verb" => "delete"}).status == 200
    end

    test "OPTIONS is answered without a token, with CORS", %{base: base} do
      answer = ask(base, :options, "/classifiers", token: nil, headers: [{"origin", "http://x"}])
      assert answer.status == 200 and answer.headers["access-control-allow-origin"] == "*"
      assert answer.headers["access-control-allow-methods"] =~ "PATCH"
    end

    test "what does not exist is not found", %{base: base} do
      for path <- ["/a/b/c", "/#{@did}/nonsense", "/classifiers/1/2"] do
        assert refusal(ask(base, :get, path)) == {404, "not_found"}
      end

      assert HTTPClient.request(:get, base <> "/nowhere").status == 404
    end
  end

  describe "access (facts 1.7)" do
    test "needs a known token", %{base: base} do
      assert refusal(ask(base, :get, "/classifiers", token: nil)) == {401, "invalid_credentials"}
      assert refusal(ask(base, :get, "/classifiers", token: "guess")) == {401, "invalid_credentials"}
      assert ask(base, :get, "/classifiers", token: nil, headers: [{"authorization", "Bearer customer"}]).status == 200
      assert ask(base, :get, "/classifiers?auth_token=customer", token: nil).status == 200
    end

    test "reaches the token's own account and those below", %{base: base} do
      for {token, account, status} <- [
            {"customer", @customer, 200},
            {"customer", @reseller, 403},
            {"reseller", @customer, 200},
            {"reseller", @stranger, 403},
            {"root", @stranger, 200}
          ] do
        assert ask(base, :get, "/classifiers", token: token, account: account).status == status
      end
    end

    test "tells accounts that are none", %{base: base} do
      answer = ask(base, :get, "/classifiers", account: "short")
      assert refusal(answer) == {404, "bad_identifier"}
      assert answer.json["data"]["message"] == "invalid account_id 'short'"
      unknown = String.duplicate("e", 32)
      assert ask(base, :get, "/classifiers", account: unknown).json["data"]["cause"] == unknown
    end

    test "follows the tokens in the store", %{base: base} do
      assert ask(base, :get, "/classifiers", token: "late").status == 401
      :ok = Store.subscribe()
      {:ok, _} = Store.put_document("tokens", {[{Access.digest("late"), {[{"account_id", @customer}]}}]})
      assert_receive {:numplan_document, "tokens"}, 5_000
      _ = :sys.get_state(Numplan.ClusterConfig)
      assert ask(base, :get, "/classifiers", token: "late").status == 200
    end

    test "is limited where a limit is configured", %{base: base} do
      Application.put_env(:numplan, :rate_limit, 3)
      answers = for _ <- 1..12, do: ask(base, :get, "/classifiers/911")
      assert %{status: 200, json: %{"tokens" => %{"consumed" => 1, "remaining" => 2}}} = hd(answers)
      assert Enum.any?(answers, &(refusal(&1) == {429, "too_many_requests"} and &1.headers["retry-after"] == "1"))
    end
  end

  describe "bodies (facts 1.5)" do
    test "of more values than a number's record needs are refused, and nothing is stored", %{base: base} do
      number = "/" <> URI.encode_www_form(@did)

      for values <- [100_000, 3_900_000] do
        body = ~s({"data": {"list": [) <> String.duplicate("1,", values) <> "1]}}"
        answer = ask(base, :put, number, body: body)
        assert {answer.status, answer.json["message"]} == {413, "validation error"}
        assert %{"json" => %{"maxItems" => %{"target" => 100_000, "message" => message}}} = answer.json["data"]
        assert message == "more than 100000 values"
      end

      assert ask(base, :get, number).status == 404
      assert ask(base, :put, number, data: %{"list" => List.duplicate(1, 90_000)}).status == 201
    end

    test "that are refused say why", %{base: base} do
      answer = ask(base, :post, "/locality", body: "{\"data\":\n x}")
      assert refusal(answer) == {400, "validation error"}
      assert %{"json" => %{"invalid" => %{"line" => 2, "column" => 2, "target" => "body"}}} = answer.json["data"]

      answer = ask(base, :post, "/locality", body: "{}")
      assert refusal(answer) == {400, "invalid request envelope"}
      assert %{"data" => %{"required" => %{"message" => _}}} = answer.json["data"]

      answer = ask(base, :post, "/locality", body: %{"data" => 1})
      assert %{"data" => %{"type" => %{"message" => _}}} = answer.json["data"]

      assert ask(base, :post, "/locality", body: "[1]").json["data"]["json"]["invalid"]

      assert %{status: 415} =
               HTTPClient.request(:post, "#{base}/accounts/#{@customer}/phone_numbers/locality",
                 type: 'image/png',
                 body: "x",
                 headers: [{"x-auth-token", "customer"}]
               )

      assert ask(base, :get, "/classifiers", headers: [{"accept", "image/png"}]).status == 406
      assert ask(base, :delete, "/#{@did}").status == 404
      assert %{"data" => %{"type" => _}} = ask(base, :put, "/#{@did}", data: [1]).json["data"]
    end

    test "of GET are ignored, and envelope keys are read in any spelling", %{base: base} do
      assert ask(base, :put, "/#{@did}", body: ~s({"Data": {"A": 1}})).status == 201
      assert ask(base, :get, "/#{@did}").json["data"]["A"] == 1
    end
  end

  describe "one number (facts 2.4, 2.9)" do
    test "is created, changed, and released", %{base: base} do
      answer =
        ask(base, :put, "/4158551292",
          data: %{"a" => 1, "b" => %{"c" => nil}, "state" => "in_service", "pvt_x" => 1, "_x" => 2}
        )

      assert state(answer) == {201, "in_service"}
      assert answer.headers["location"] == "/v2/accounts/#{@customer}/phone_numbers/%2B14158551292"

      assert %{"id" => @did, "a" => 1, "b" => %{"c" => nil}, "features" => [], "used_by" => ""} =
               data = answer.json["data"]

      refute Map.has_key?(data, "pvt_x") or Map.has_key?(data, "_x")
      assert %{"created" => created, "modified" => created, "carrier_module" => "knm_local"} = data["_read_only"]

      assert %{"a" => 1, "d" => 4} = ask(base, :patch, "/#{@did}", data: %{"d" => 4}).json["data"]
      replaced = ask(base, :post, "/#{@did}", data: %{"e" => 5}).json["data"]
      assert replaced["e"] == 5 and not Map.has_key?(replaced, "a")

      assert %{status: 200, json: %{"data" => %{"state" => "deleted", "is_deleted" => true}}} =
               ask(base, :delete, "/#{@did}")

      assert ask(base, :get, "/#{@did}").status == 404
      assert ask(base, :get, "").json["data"]["numbers"] == %{}
    end

    test "has an ETag, and a client that has it already is told so", %{base: base} do
      ask(base, :put, "/#{@did}", data: %{})

      for path <- ["/#{@did}", "/classifiers"] do
        etag = ask(base, :get, path).headers["etag"]
        assert %{status: 304, body: ""} = ask(base, :get, path, headers: [{"if-none-match", etag}])
        assert %{status: 304} = ask(base, :get, path, headers: [{"if-none-match", "\"x\", W/" <> etag}])
        assert %{status: 200} = ask(base, :get, path, headers: [{"if-none-match", "\"x\""}])
      end

      etag = ask(base, :get, "/#{@did}").headers["etag"]
      ask(base, :patch, "/#{@did}", data: %{"a" => 1})
      assert %{status: 200} = ask(base, :get, "/#{@did}", headers: [{"if-none-match", etag}])
    end

    test "goes through the states that facts 2.9 allow", %{base: base} do
      put = fn path, token, account -> ask(base, :put, path, token: token, account: account, body: "") end
      path = "/#{@did}"

      assert {404, "bad_identifier"} == refusal(put.(path <> "/activate", "customer", @customer))
      assert {201, "reserved"} == state(put.(path, "reseller", @reseller))
      assert {409, "number_exists"} == refusal(put.(path, "customer", @customer))
      assert {400, "no_change_required"} == refusal(put.(path <> "/reserve", "reseller", @reseller))
      # The customer is below the holder, and so has no say over the number.
      assert {403, "forbidden"} == refusal(put.(path <> "/reserve", "customer", @customer))
      assert {403, "forbidden"} == refusal(put.(path <> "/activate", "customer", @customer))
      # The reseller may hand it down.
      assert {201, "in_service"} == state(put.(path <> "/activate", "reseller", @customer))
      assert {201, "in_service"} == state(put.(path <> "/activate", "customer", @customer))
      assert {200, @customer} == identified(ask(base, :get, path <> "/identify"))

      assert {403, "forbidden"} ==
               refusal(ask(base, :get, path, token: "reseller", account: @reseller))

      # Released, it is again the one's who reserved it before.
      assert {200, "reserved"} == state(ask(base, :delete, path))

      assert %{"numbers" => %{@did => %{"assigned_to" => @reseller}}} =
               ask(base, :get, "", token: "reseller", account: @reseller).json["data"]

      assert {400, "client error"} == refusal(ask(base, :get, path <> "/identify"))
      assert {200, "deleted"} == state(ask(base, :delete, path, token: "reseller", account: @reseller))
      assert {201, "aging"} == state(ask(base, :put, path, token: "root", account: @root, data: %{"state" => "aging"}))
      assert {400, "invalid_state_transition"} == refusal(put.(path <> "/reserve", "root", @root))
      assert {201, "in_service"} == state(put.(path <> "/activate", "root", @root))
      assert {200, "deleted"} == state(ask(base, :delete, path <> "?hard=true", token: "root", account: @root))
    end

    defp identified(answer), do: {answer.status, answer.json["data"]["account_id"]}

    test "is not created by who may not add numbers, nor as what it cannot be", %{base: base} do
      assert {403, "forbidden"} == refusal(ask(base, :put, "/#{@did}", token: "plain", data: %{}))
      assert {403, "forbidden"} == refusal(ask(base, :put, "/#{@did}", data: %{"state" => "aging"}))

      assert {400, "invalid_state_transition"} ==
               refusal(ask(base, :put, "/#{@did}", token: "root", data: %{"state" => "ported"}))

      assert {404, "bad_identifier"} == refusal(ask(base, :put, "/911", data: %{}))
      assert {404, "bad_identifier"} == refusal(ask(base, :get, "/911"))
      assert {403, "forbidden"} == refusal(hard_delete(base))
    end

    defp hard_delete(base) do
      ask(base, :put, "/#{@did}", data: %{})
      ask(base, :delete, "/#{@did}?hard=true")
    end
  end

  describe "the list (facts 2.5)" do
    setup %{base: base} do
      for n <- 1..7,
          do:
            assert(
              ask(base, :put, "/+1415855000#{n}", data: %{"state" => if(n > 5, do: "in_service", else: "reserved")}).status ==
                201
            )

      :ok
    end

    test "comes in pages, each with the key of the next", %{base: base} do
      pages = pages(base, "?page_size=3", [])
      assert Enum.map(pages, &map_size(&1["data"]["numbers"])) == [3, 3, 1]
      assert Enum.map(pages, & &1["page_size"]) == [3, 3, 1]

      assert pages |> Enum.flat_map(&Map.keys(&1["data"]["numbers"])) |> Enum.sort() ==
               for(n <- 1..7, do: "+1415855000#{n}")
    end

    defp pages(base, query, read) do
      json = ask(base, :get, query).json
      pages = read ++ [json]
      if json["next_start_key"], do: pages(base, "?page_size=3&start_key=#{json["next_start_key"]}", pages), else: pages
    end

    test "is filtered, counts those of accounts below, and refuses what it cannot read", %{base: base} do
      assert %{"numbers" => numbers} = ask(base, :get, "?filter_state=in_service").json["data"]
      assert Map.keys(numbers) == ["+14158550006", "+14158550007"]
      assert ask(base, :get, "", token: "reseller", account: @reseller).json["data"]["cascade_quantity"] == 7
      assert ask(base, :get, "?page_size=x").json["data"]["page_size"]["type"]
      assert ask(base, :get, "?page_size=0").json["data"]["page_size"]["minimum"]
      assert ask(base, :get, "?page_size=100000").json["data"]["page_size"]["maximum"]
      assert ask(base, :get, "?start_key=%21").json["data"]["start_key"]["invalid"]
    end

    test "is repaired by fix", %{base: base} do
      {:ok, number} = Store.get_number("+14158550001")
      :ok = Store.delete_copies(@customer, [number.id])
      :ok = Store.put_copies(@customer, [%{number | id: "+14158559999"}])
      :ok = Store.put_copies(@stranger, [number])
      assert ask(base, :get, "").json["data"]["numbers"]["+14158559999"]

      numbers = ask(base, :post, "/fix", body: "").json["data"]["numbers"]
      assert Map.keys(numbers) == for(n <- 1..7, do: "+1415855000#{n}")
      assert ask(base, :get, "/fix/+14158550001", token: "root", account: @stranger).status == 200
      assert ask(base, :get, "", token: "root", account: @stranger).json["data"]["numbers"] == %{}
    end
  end

  test "collections tell each number's success or failure (facts 2.8)", %{base: base} do
    numbers = ["+14158550001", "4158550002", "911"]
    answer = ask(base, :put, "/collection", data: %{"numbers" => numbers, "state" => "in_service", "a" => 1})
    assert %{"success" => success, "error" => error} = answer.json["data"]
    assert {200, ["+14158550001", "4158550002"], ["911"]} == {answer.status, Map.keys(success), Map.keys(error)}
    assert %{"a" => 1, "state" => "in_service"} = success["4158550002"]

    assert error["911"] == %{
             "code" => 404,
             "error" => "not_reconcilable",
             "cause" => "911",
             "message" => "number is not reconcilable"
           }

    [one, two | _] = numbers

    assert ask(base, :patch, "/collection", data: %{"numbers" => [one, two], "b" => 2}).json["data"]["success"][one][
             "b"
           ] == 2

    replaced = ask(base, :post, "/collection", data: %{"numbers" => [one, two], "c" => 3}).json["data"]["success"][two]
    assert replaced["c"] == 3 and not Map.has_key?(replaced, "a")
    assert ask(base, :put, "/collection/activate", data: %{"numbers" => [one, two]}).json["data"]["error"] == []
    assert ask(base, :put, "/collection", data: %{"numbers" => [one]}) |> refusal() == {409, "number_exists"}
    assert ask(base, :delete, "/collection?x", body: "") |> refusal() == {400, "validation error"}

    removed =
      HTTPClient.request(:post, "#{base}/accounts/#{@customer}/phone_numbers/collection",
        headers: [{"x-auth-token", "customer"}],
        body: %{"data" => %{"numbers" => [one, two]}, "verb" => "delete"}
      )

    assert Map.keys(removed.json["data"]["success"]) == [one, two]
  end

  describe "locality (facts 2.6, 5.3)" do
    test "refuses lists before anybody is asked", %{base: base} do
      for {data, code, message} <- [
            {%{}, "required", "list of numbers missing"},
            {%{"numbers" => nil}, "required", "list of numbers missing"},
            {%{"numbers" => []}, "minimum", "minimum 1 number required"},
            {%{"numbers" => "4158551292"}, "type", "numbers must be a list"},
            {%{"numbers" => [1]}, "type", "numbers must be strings"},
            {%{"numbers" => [""]}, "minLength", "numbers must not be empty"},
            {%{"numbers" => ["4158551292", "+14158551292"]}, "uniqueItems", "some numbers appear twice"},
            {%{"numbers" => for(n <- 1..1001, do: "#{n}")}, "maxItems", "at most 1000 numbers"}
          ] do
        answer = ask(base, :post, "/locality", data: data)
        assert refusal(answer) == {400, "validation error"}
        assert answer.json["data"]["numbers"][code]["message"] == message
      end
    end

    test "asking a phonebook alone whose address is not known says so", %{base: base} do
      Application.put_env(:numplan, :locality, {Numplan.Locality.Phonebook, []})
      assert refusal(ask(base, :post, "/locality", data: %{"numbers" => ["1"]})) == {500, "could not get locality url"}
    end

    test "without configuration answers by what is compiled in, in the document's shape", %{base: base} do
      answer = ask(base, :post, "/locality", data: %{"numbers" => ["+14158551292", "x"]})
      assert answer.status == 200

      assert answer.body =~
               ~S("+14158551292":{"country":"US","number":"+14158551292","e164_number":"+14158551292",) <>
                 ~S("geocode":{"locality":"California"},"locality":{"locality":null,"province":"CA","postal_code":null,) <>
                 ~S("extended_postal_code":null,"latitude":null,"longitude":null,"type":null,"alt_postal_codes":[],"switch":null},) <>
                 ~S("carrier":{"id":null,"type":null,"company":null,"dba":null},"status":"success"})

      assert answer.json["data"]["x"]["status"] == "error"
      sourced = ask(base, :post, "/locality?source=true", data: %{"numbers" => ["+14158551292"]})
      assert sourced.json["data"]["+14158551292"]["source"]["locality"]["by"] == "npa"
    end

    test "passes on what the phonebook gives, in its order, numbers verbatim", %{base: base} do
      data = ~s({"4158551292":{"status":"success","locality":{"z":1,"a":null}},"x":{"status":"error"}})
      url = PhonebookServer.start({200, ~s({"status":"success","data":#{data}})})
      Application.put_env(:numplan, :locality, {Numplan.Locality.Phonebook, url: url})
      answer = ask(base, :post, "/locality", data: %{"numbers" => ["4158551292", "x"]})
      assert answer.status == 200 and answer.body =~ data
      assert_receive {:phonebook, "POST /locality/metadata HTTP/1.1", ~s({"data":["4158551292","x"]})}
    end

    test "tells failures of the phonebook", %{base: base} do
      for {status, body} <- [
            {500, "{}"},
            {200, "no json"},
            {200, ~s({"status":"error"})},
            {200, ~s({"status":"success","data":1})}
          ] do
        Application.put_env(
          :numplan,
          :locality,
          {Numplan.Locality.Phonebook, url: PhonebookServer.start({status, body}), timeout: 2_000}
        )

        assert refusal(ask(base, :post, "/locality", data: %{"numbers" => ["1"]})) ==
                 {500, "number locality lookup failed"}
      end

      Application.put_env(
        :numplan,
        :locality,
        {Numplan.Locality.Phonebook, url: PhonebookServer.start({200, ~s({"status":"success"})})}
      )

      assert %{status: 200, json: %{"data" => data}} = ask(base, :post, "/locality", data: %{"numbers" => ["1"]})
      assert data == %{}
    end

    test "bounds time and size", %{base: base} do
      long = ~s({"status":"success","data":{"1":"#{String.duplicate("a", 10_000)}"}})

      for {url, options} <- [
            {PhonebookServer.start({200, long}), [max_bytes: 1_000]},
            {PhonebookServer.start(:silent), [timeout: 200]},
            {"http://127.0.0.1:1", []}
          ] do
        Application.put_env(:numplan, :locality, {Numplan.Locality.Phonebook, [url: url] ++ options})

        assert refusal(ask(base, :post, "/locality", data: %{"numbers" => ["1"]})) ==
                 {500, "number locality lookup failed"}
      end
    end
  end

  describe "the cluster's plan" do
    defp config(base, method, options) do
      headers = [{"x-auth-token", options[:token] || "root"}]
      path = "/system_configs/number_manager" <> Keyword.get(options, :path, "")
      HTTPClient.request(method, base <> path, headers: headers, body: options[:body])
    end

    test "is changed by superadmins, whole or not at all", %{base: base} do
      assert refusal(config(base, :get, token: "customer")) == {403, "forbidden"}
      assert refusal(config(base, :get, [])) == {404, "bad_identifier"}

      bad = ~s({"data":{"classifiers":{"a":"^+1","b":1}}})
      answer = config(base, :post, body: bad)
      assert refusal(answer) == {400, "validation error"}
      assert answer.json["data"]["classifiers.a"]["invalid"]["offset"] == 1
      assert answer.json["data"]["classifiers.b"]["invalid"]["message"] =~ "expected"

      assert Enum.sort(for finding <- answer.json["data"]["findings"], do: {finding["severity"], finding["path"]}) ==
               [{"error", "classifiers.a"}, {"error", "classifiers.b"}]

      assert ask(base, :get, "/classifiers/911").json["data"]["name"] == "emergency"

      :ok = Store.subscribe()
      assert config(base, :post, body: ~s({"data":{"classifiers":{"nine":"^9"}}})).status == 200
      assert_receive {:numplan_document, "number_manager"}, 5_000
      _ = :sys.get_state(Numplan.ClusterConfig)
      assert ask(base, :get, "/classifiers/911").json["data"]["name"] == "nine"
      assert %{"classifiers" => %{"nine" => "^9"}} = config(base, :get, []).json["data"]
    end
  end

  describe "a configuration is looked at" do
    @shadowed ~s({"data":{"classifiers":{"any":"^[0-9+]*$","nine":"^9$"},"e164_converters":{}}})

    defp kinds(answer), do: for(finding <- answer.json["data"]["findings"], do: {finding["kind"], finding["path"]})

    test "before it is saved, and as it is in force", %{base: base} do
      for {method, path, body} <- [{:get, "/check", nil}, {:post, "/check", @shadowed}, {:post, "/diff", @shadowed}] do
        assert refusal(config(base, method, path: path, token: "customer", body: body)) == {403, "forbidden"}
      end

      assert refusal(config(base, :get, path: "/diff")) == {405, "invalid_method"}
      active = config(base, :get, path: "/check")
      assert {active.status, active.json["data"]["cut"]} == {200, []}
      assert {"never_matches", "classifiers.international.regex"} in kinds(active)

      answer = config(base, :post, path: "/check", body: @shadowed)
      assert {"never_matches", "classifiers.nine"} in kinds(answer)
      never = Enum.find(answer.json["data"]["findings"], &(&1["kind"] == "never_matches"))
      assert [%{"path" => "classifiers.any", "witness" => %{"number" => "9", "class" => "any"}}] = never["related"]
      assert ask(base, :get, "/classifiers/911").json["data"]["name"] == "emergency"

      refused = config(base, :post, path: "/check", body: ~s({"data":{"classifiers":{"a":"^+1"}}}))
      assert {refused.status, kinds(refused)} == {200, [{"invalid_regex", "classifiers.a"}]}
      assert refusal(config(base, :post, path: "/check", body: ~s({"data":[]}))) == {400, "validation error"}
      assert refusal(config(base, :post, path: "/check", body: ~s({"data":{"nothing":1}}))) == {400, "validation error"}
    end

    test "against the one in force", %{base: base} do
      answer = config(base, :post, path: "/diff", body: ~s({"data":{"classifiers":{"nine":"^9","rest":""}}}))
      assert {answer.status, answer.json["data"]["missing"]} == {200, []}
      moves = for move <- answer.json["data"]["moves"], do: {move["old"]["class"], move["new"]["class"]}
      assert {"emergency", "nine"} in moves and {"did_us", "rest"} in moves
      assert answer.json["data"]["lost"] == nil

      refused = config(base, :post, path: "/diff", body: ~s({"data":{"classifiers":{"a":"^+1"}}}))
      assert refused.json["data"]["classifiers.a"]["invalid"]["offset"] == 1
      assert refusal(refused) == {400, "validation error"}
    end
  end

  describe "one check at a time" do
    # Holds the turn, and every place where one waits for it, until the test ends.
    defp occupy do
      test = self()
      for n <- 0..4, do: start_supervised!({Task, fn -> Turn.run(fn -> until_down(test) end) end}, id: {:occupant, n})
      assert_receive :turn
      occupied()
    end

    defp until_down(test) do
      monitor = Process.monitor(test)
      send(test, :turn)
      receive do: ({:DOWN, ^monitor, :process, ^test, _reason} -> :ok)
    end

    defp occupied, do: if(length(:sys.get_state(Turn).waiting) < 4, do: occupied())

    test "is made: a further check or difference is told to come again", %{base: base} do
      occupy()

      for {method, path, body} <- [{:get, "/check", nil}, {:post, "/check", @shadowed}, {:post, "/diff", @shadowed}] do
        answer = config(base, method, path: path, body: body)
        assert refusal(answer) == {429, "too_many_requests"}
        assert answer.json["data"]["message"] =~ "send this again"
        assert answer.headers["retry-after"] == "5"
      end

      assert refusal(config(base, :get, path: "/check", token: "customer")) == {403, "forbidden"}
    end

    test "is made, and a configuration is saved or refused all the same", %{base: base} do
      occupy()
      answer = config(base, :post, body: ~s({"data":{"classifiers":{"a":"^+1"}}}))
      assert refusal(answer) == {400, "validation error"}
      assert answer.json["data"]["classifiers.a"]["invalid"]["offset"] == 1
      refute Map.has_key?(answer.json["data"], "findings")
      assert answer.json["data"]["unchecked"] =~ "another check"
      assert config(base, :post, body: @shadowed).status == 200
    end
  end

  test "an internal error is a 500 with a request id and no detail; the detail is in the log", %{base: base} do
    Application.put_env(:numplan, :locality, {__MODULE__.Broken, []})

    log =
      ExUnit.CaptureLog.capture_log(fn ->
        answer = ask(base, :post, "/locality", data: %{"numbers" => ["4158551292"]})
        assert refusal(answer) == {500, "unspecified_fault"}
        assert answer.json["data"] == %{"message" => "unspecified fault"}
        send(self(), {:id, answer.json["request_id"]})
      end)

    assert_received {:id, id}
    assert log =~ id and log =~ "UndefinedFunctionError"
    refute log =~ "4158551292"
  end

  test "accounts that the store does not know have no numbers to be seen", %{base: base} do
    assert %Account{enabled: true} = elem(Store.get_account(@customer), 1)
    assert ask(base, :get, "", account: @stranger) |> refusal() == {403, "forbidden"}
  end
end
