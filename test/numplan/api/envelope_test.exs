defmodule Numplan.API.EnvelopeTest do
  @moduledoc "What all answers have in common: envelope, methods, bodies, and failures inside (kazoo-semantics 1.1 to 1.5)."
  use Numplan.APICase

  alias Numplan.HTTPClient

  @customer account(:customer)
  @did "+14158551292"

  describe "the envelope" do
    test "has data and status, and for a failure error and message", %{base: base} do
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

    test "is indented where the query or a header wants it", %{base: base} do
      assert ask(base, :get, "/classifiers?pretty_print=true").body =~ "{\n  \"data\": {\n"
      assert ask(base, :get, "/classifiers", headers: [{"x-pretty-print", "1"}]).body =~ "\n"
      refute ask(base, :get, "/classifiers").body =~ "\n"
    end
  end

  describe "methods" do
    test "that a resource does not have are refused with 405, and Allow lists those it has", %{base: base} do
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

    test "may be tunnelled through POST, by the query or the envelope", %{base: base} do
      assert ask(base, :post, "/#{@did}?verb=put", data: %{}).status == 201
      assert ask(base, :post, "/#{@did}", body: %{"data" => %{}, "verb" => "delete"}).status == 200
    end

    test "OPTIONS is answered without a token, with CORS", %{base: base} do
      answer = ask(base, :options, "/classifiers", token: nil, headers: [{"origin", "http://x"}])
      assert answer.status == 200 and answer.headers["access-control-allow-origin"] == "*"
      assert answer.headers["access-control-allow-methods"] =~ "PATCH"
    end

    test "of a path that does not exist are not found", %{base: base} do
      for path <- ["/a/b/c", "/#{@did}/nonsense", "/classifiers/1/2"] do
        assert refusal(ask(base, :get, path)) == {404, "not_found"}
      end

      assert HTTPClient.request(:get, base <> "/nowhere").status == 404
    end
  end

  describe "bodies" do
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

    test "of data nested deeper than answers can show are refused, and change nothing", %{base: base} do
      number = "/" <> URI.encode_www_form(@did)
      body = fn levels -> ~s({"data":#{String.duplicate(~s({"a":), levels)}1#{String.duplicate("}", levels)}}) end
      assert ask(base, :put, number, body: body.(100)).status == 201
      stored = ask(base, :get, number)
      assert stored.status == 200

      for method <- [:put, :post, :patch], levels <- [101, 125, 126, 127, 128, 100_000] do
        answer = ask(base, method, number, body: body.(levels))
        assert refusal(answer) == {400, "validation error"}
        # JSON of more levels, the envelope's included, is not read at all.
        {path, words} =
          if levels < 127,
            do: {["data", "data", "maxDepth"], "nested deeper than 100 levels"},
            else: {["data", "json", "invalid"], "recursion limit exceeded"}

        assert get_in(answer.json, path ++ ["message"]) =~ words
      end

      assert refusal(ask(base, :put, "/collection", body: body.(125))) == {400, "validation error"}
      assert ask(base, :get, number).json["data"] == stored.json["data"]
    end

    test "that cannot be read are refused with what is wrong and where", %{base: base} do
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
                 type: ~c"image/png",
                 body: "x",
                 headers: [{"x-auth-token", "customer"}]
               )

      assert ask(base, :get, "/classifiers", headers: [{"accept", "image/png"}]).status == 406
      assert ask(base, :delete, "/#{@did}").status == 404
      assert %{"data" => %{"type" => _}} = ask(base, :put, "/#{@did}", data: [1]).json["data"]
    end

    test "of GET are ignored, and the keys of an envelope are read in any case", %{base: base} do
      assert ask(base, :put, "/#{@did}", body: ~s({"Data": {"A": 1}})).status == 201
      assert ask(base, :get, "/#{@did}").json["data"]["A"] == 1
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
end
