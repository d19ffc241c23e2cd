defmodule Numplan.Store.CouchDBBulkFaultsTest do
  @moduledoc "Many changes at once on CouchDB when the request or its answer is lost."
  use ExUnit.Case

  import ExUnit.CaptureLog

  alias Numplan.{CouchDBServer, PhoneNumber, Relay, Store}
  alias Numplan.Store.CouchDB

  @moduletag :npm
  @account String.duplicate("a", 32)
  @id "+14158550001"
  @path "/numbers%2F%2B1415/%2B14158550001"
  @put "PUT " <> @path
  @bulk "POST /numbers%2F%2B1415/_bulk_docs"

  setup_all do
    {:ok, _} = Application.ensure_all_started(:inets)
    {:ok, server: CouchDBServer.start()}
  end

  setup %{server: server} do
    on_exit(fn -> Application.delete_env(:numplan, :store) end)
    CouchDBServer.empty(server)
  end

  defp number(id), do: %PhoneNumber{id: id, state: "in_service", account_id: @account}

  # A kept connection is there, so that what dies next is not the first use of one.
  defp relayed(server) do
    port = Relay.start(server.port)
    options = [url: "http://127.0.0.1:#{port}"]
    Application.put_env(:numplan, :store, {CouchDB, options})
    start_supervised!({CouchDB, options})
    assert Store.get_number(@id) == {:error, :not_found}
    port
  end

  # Another writer, who does not come through the relay.
  defp changed_by_another(server) do
    {200, document} = CouchDBServer.request(server, :get, @path)
    {201, _} = CouchDBServer.request(server, :put, @path, Map.put(document, "cnam", "another's"))
  end

  for what <- [:request, :answer] do
    test "many changes whose #{what} is lost are made once", %{server: server} do
      port = relayed(server)
      ids = for n <- 1..3, do: "+1415855000#{n}"
      {:ok, [{:ok, _}]} = Store.update_numbers([{"+14158550009", fn nil -> {:put, number("+14158550009")} end}])
      make = for id <- ids, do: {id, fn nil -> {:put, number(id)} end}
      :ok = Relay.lose(port, unquote(what), @bulk)
      assert {:ok, [{:ok, one}, {:ok, two}, {:ok, three}]} = Store.update_numbers(make)
      assert_receive {:relay, :lost}
      count = &{:put, %{&1 | public: Map.update(&1.public, "n", 1, fn n -> n + 1 end)}}
      :ok = Relay.lose(port, unquote(what), @bulk)

      assert {:ok, changed} = Store.update_numbers([{one.id, count}, {two.id, fn _ -> :delete end}, {three.id, count}])

      assert_receive {:relay, :lost}
      assert [{:ok, %{public: %{"n" => 1}} = one}, {:ok, nil}, {:ok, %{public: %{"n" => 1}} = three}] = changed
      assert Store.get_numbers(ids) == {:ok, %{one.id => one, three.id => three}}
      assert {:ok, copies, nil} = Store.list_copies(@account, nil, 10)
      assert Enum.map(copies, & &1.id) == [one.id, three.id, "+14158550009"]
    end
  end

  test "many changes whose request was lost are made upon those of another writer", %{server: server} do
    port = relayed(server)
    {:ok, _} = Store.update_number(@id, fn nil -> {:put, number(@id)} end)
    {:ok, _} = Store.update_number("+14158550002", fn nil -> {:put, number("+14158550002")} end)
    count = &{:put, %{&1 | public: Map.update(&1.public, "n", 1, fn n -> n + 1 end)}}
    :ok = Relay.lose(port, :request, @bulk, fn -> changed_by_another(server) end)
    assert {:ok, [{:ok, first}, {:ok, second}]} = Store.update_numbers([{@id, count}, {"+14158550002", count}])
    assert_receive {:relay, :lost}
    assert first.public["n"] == 1 and Map.has_key?(first.public, "cnam")
    assert second.public == %{"n" => 1}
  end

  test "many changes that are not answered twice are unavailable, each", %{server: server} do
    port = relayed(server)
    {:ok, _} = Store.update_number(@id, fn nil -> {:put, number(@id)} end)
    count = &{:put, %{&1 | public: Map.update(&1.public, "n", 1, fn n -> n + 1 end)}}

    log =
      capture_log(fn ->
        :ok = Relay.lose(port, :request, @bulk)
        :ok = Relay.lose(port, :request, @put)
        new = {"+14158550002", fn nil -> {:put, number("+14158550002")} end}
        refusal = {"+14158550003", fn nil -> {:error, :refused} end}
        assert {:ok, [first, second, {:error, :refused}]} = Store.update_numbers([{@id, count}, new, refusal])
        assert {first, second} == {{:error, :unavailable}, {:error, :unavailable}}
        for _ <- 1..2, do: assert_receive({:relay, :lost})
      end)

    assert log =~ "CouchDB does not answer put: :answer_lost"
    refute log =~ "+1415"
  end
end
