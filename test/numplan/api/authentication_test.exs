defmodule Numplan.API.AuthenticationTest do
  @moduledoc "Which accounts a token reaches, and how often (kazoo-semantics 1.7)."
  use Numplan.APICase

  alias Numplan.API.Access
  alias Numplan.{Account, Store}

  @reseller account(:reseller)
  @customer account(:customer)
  @stranger account(:stranger)

  describe "a token" do
    test "is needed, and taken from either header or the query", %{base: base} do
      assert refusal(ask(base, :get, "/classifiers", token: nil)) == {401, "invalid_credentials"}
      assert refusal(ask(base, :get, "/classifiers", token: "guess")) == {401, "invalid_credentials"}
      assert ask(base, :get, "/classifiers", token: nil, headers: [{"authorization", "Bearer customer"}]).status == 200
      assert ask(base, :get, "/classifiers?auth_token=customer", token: nil).status == 200
    end

    test "reaches its own account and those below", %{base: base} do
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

    test "finds no account under an id that is malformed or unknown", %{base: base} do
      answer = ask(base, :get, "/classifiers", account: "short")
      assert refusal(answer) == {404, "bad_identifier"}
      assert answer.json["data"]["message"] == "invalid account_id 'short'"
      unknown = String.duplicate("e", 32)
      assert ask(base, :get, "/classifiers", account: unknown).json["data"]["cause"] == unknown
    end

    test "that is added to the store lets in at once", %{base: base} do
      assert ask(base, :get, "/classifiers", token: "late").status == 401
      :ok = Store.subscribe()
      {:ok, _} = Store.put_document("tokens", {[{Access.digest("late"), {[{"account_id", @customer}]}}]})
      assert_receive {:numplan_document, "tokens"}, 5_000
      _ = :sys.get_state(Numplan.ClusterConfig)
      assert ask(base, :get, "/classifiers", token: "late").status == 200
    end

    test "makes as many requests in a second as the limit allows, and is then refused with 429", %{base: base} do
      Application.put_env(:numplan, :rate_limit, 3)
      answers = for _ <- 1..12, do: ask(base, :get, "/classifiers/911")
      assert %{status: 200, json: %{"tokens" => %{"consumed" => 1, "remaining" => 2}}} = hd(answers)
      assert Enum.any?(answers, &(refusal(&1) == {429, "too_many_requests"} and &1.headers["retry-after"] == "1"))
    end
  end

  test "accounts that the store does not know have no numbers to be seen", %{base: base} do
    assert %Account{enabled: true} = elem(Store.get_account(@customer), 1)
    assert ask(base, :get, "", account: @stranger) |> refusal() == {403, "forbidden"}
  end
end
