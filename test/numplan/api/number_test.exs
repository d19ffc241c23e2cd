defmodule Numplan.API.NumberTest do
  @moduledoc "One number under its path (kazoo-semantics 2.4, 2.8, 2.9)."
  use Numplan.APICase

  @root account(:root)
  @reseller account(:reseller)
  @customer account(:customer)
  @did "+14158551292"

  describe "a number" do
    test "is read under its path once it exists", %{base: base} do
      assert %{status: 201} = ask(base, :put, "/#{@did}", data: %{})
      assert %{status: 200, json: %{"data" => %{"id" => @did}}} = ask(base, :get, "/#{@did}")
    end

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

    test "has an ETag, and is answered with 304 to a client that has it", %{base: base} do
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

    test "changes its state only as Kazoo's state machine allows, and only under an account with authority", %{
      base: base
    } do
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

    test "is not created by a token that may not add numbers, nor in a state that no number begins in", %{base: base} do
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
end
