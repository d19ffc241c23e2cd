defmodule Numplan.API.CollectionTest do
  @moduledoc "Many numbers in one request (kazoo-semantics 2.8)."
  use Numplan.APICase

  alias Numplan.HTTPClient

  @customer account(:customer)

  test "a collection answers with the success or failure of each number", %{base: base} do
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

  test "a collection is one transaction, in which a refusal holds up no other number", %{base: base} do
    numbers = for n <- 1_000..1_499, do: "+1415855#{n}"
    assert {201, _} = base |> ask(:put, "/+14158551100", data: %{"state" => "in_service"}) |> state()
    before = :mnesia.system_info(:transaction_commits)
    answer = ask(base, :put, "/collection", data: %{"numbers" => ["911" | numbers], "state" => "reserved"})
    # Besides the one: reads of the accounts and of the numbers.
    assert :mnesia.system_info(:transaction_commits) - before < 20
    assert %{"success" => success, "error" => error} = answer.json["data"]
    assert Enum.sort(Map.keys(success)) == numbers -- ["+14158551100"]
    assert %{"911" => %{"error" => "not_reconcilable"}, "+14158551100" => %{"error" => "number_exists"}} = error
    assert map_size(error) == 2
    assert {:ok, copies, nil} = Numplan.Store.list_copies(@customer, nil, 1_000)
    assert Enum.map(copies, & &1.id) == numbers
  end
end
