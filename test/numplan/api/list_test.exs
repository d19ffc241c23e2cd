defmodule Numplan.API.ListTest do
  @moduledoc "The list of an account's numbers, and its repair (kazoo-semantics 2.5, 2.7)."
  use Numplan.APICase

  alias Numplan.Store

  @reseller account(:reseller)
  @customer account(:customer)
  @stranger account(:stranger)
  @did "+14158551292"

  describe "the list" do
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

    test "is repaired by fix: missing copies are written, foreign ones removed", %{base: base} do
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

  test "fix, by GET and by POST, answers with the list", %{base: base} do
    ask(base, :put, "/#{@did}", data: %{})
    list = ask(base, :get, "").json["data"]
    assert %{"numbers" => %{@did => %{"state" => "reserved"}}, "cascade_quantity" => 0} = list
    assert ask(base, :get, "/fix").json["data"] == list
    assert ask(base, :post, "/fix", body: "").json["data"] == list
    assert ask(base, :post, "/fix/#{@did}", body: "").json["data"] == %{}
  end
end
