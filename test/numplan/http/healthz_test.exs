defmodule Numplan.HTTP.HealthzTest do
  @moduledoc "What `GET /healthz` says of a store that is well, damaged, full or hangs."
  use ExUnit.Case

  alias Numplan.API.Access
  alias Numplan.{Builds, HTTP, HTTPClient, Services, SmallDisc, Store}

  @moduletag :tmp_dir

  @account String.duplicate("0", 32)
  @numbers "/v2/accounts/#{@account}/phone_numbers"
  @token [headers: [{"x-auth-token", "secret-token"}]]

  defmodule Hanging do
    @moduledoc "A store whose reads do not return until the test says so."

    @spec get_document(binary()) :: {:error, :not_found}
    def get_document(_id) do
      send(:healthz_test, {:asked, self()})
      receive do: (:go_on -> {:error, :not_found})
    end
  end

  defp serve(store) do
    settings = [
      store: store,
      server: [port: 0],
      tokens: [%{token: "secret-token", account_id: @account, superadmin: true}]
    ]

    for {key, value} <- settings, do: Application.put_env(:numplan, key, value)

    on_exit(fn ->
      for {key, _} <- settings, do: Application.delete_env(:numplan, key)
      # Tests without tokens follow.
      Access.reload()
    end)

    start_supervised!(Services)
    :ok
  end

  defp ask(method, path, options \\ []), do: HTTPClient.one(HTTP.port(), method, path, options)
  defp health, do: with(answer <- ask("GET", "/healthz"), do: {answer.status, answer.json})

  defp put(number, body \\ %{}),
    do: ask("PUT", "#{@numbers}/#{number}", @token ++ [body: Numplan.json_encode!(%{"data" => body})])

  for {module, kind} <- [{Store.SQLite, "sqlite"}, {Store.Mnesia, "mnesia"}] do
    test "says without a token that #{inspect(module)} is well", %{tmp_dir: folder} do
      serve({unquote(module), dir: Path.join(folder, "store")})
      well = %{"kind" => unquote(kind), "readable" => true, "writable" => true}
      assert health() == {200, %{"status" => "well", "store" => well}}
      answer = ask("GET", "/healthz")
      assert answer.headers["content-type"] == "application/json"
      assert answer.headers["cache-control"] == "no-store"
      assert ask("GET", @numbers).status == 401
      assert ask("POST", "/healthz", body: "{}").status in 400..499
    end
  end

  test "says that a store whose file was removed takes no writes, without its path", %{tmp_dir: folder} do
    dir = Path.join(folder, "store")
    serve({Store.SQLite, dir: dir})
    File.rm!(Path.join(dir, "numplan.db"))
    refused = put("+14158550001")
    assert refused.status == 503
    assert refused.json["data"]["cause"] == "the store is damaged"
    answer = ask("GET", "/healthz")
    assert answer.status == 503
    assert %{"status" => "unwell", "store" => %{"writable" => false}, "reason" => "the store is damaged"} = answer.json
    refute answer.body =~ folder
  end

  test "is answered in time where the store hangs, and only one process asks it" do
    Process.register(self(), :healthz_test)
    Application.put_env(:numplan, :store, {Hanging, []})
    on_exit(fn -> Application.delete_env(:numplan, :store) end)
    asking = for _ <- 1..20, do: Task.async(fn -> Store.Health.check() end)
    hangs = %{kind: "hanging", readable: false, writable: false, reason: "the store does not answer"}
    assert Task.await_many(asking, 30_000) == List.duplicate(hangs, 20)
    assert_received {:asked, pid}
    others = flush([])
    assert Store.Health.check() == hangs
    assert flush([]) == []

    for asked <- [pid | others], do: send(asked, :go_on)
    assert Builds.await(fn -> Process.whereis(Store.Health) end, nil) == nil
    answer = Task.async(fn -> Store.Health.check() end)
    assert_receive {:asked, pid}, 5_000
    send(pid, :go_on)
    assert Task.await(answer) == %{hangs | readable: true, writable: true, reason: nil}
  end

  defp flush(asked) do
    receive do
      {:asked, pid} -> flush([pid | asked])
    after
      0 -> asked
    end
  end

  describe "a disc" do
    @describetag :root

    setup %{tmp_dir: folder}, do: %{disc: SmallDisc.mount(folder, "12m")}

    test "that is full is said with the refused write and here; reads go on, and it is well again by itself", context do
      serve({Store.SQLite, dir: Path.join(context.disc, "store")})
      assert put("+14158550001").status == 201
      ballast = Path.join(context.disc, "ballast")
      _ = File.write(ballast, :binary.copy("x", 20_000_000))
      text = String.duplicate("y", 5_000)
      refused = Enum.find_value(1..10_000, &refused(put("+1416#{1_000_000 + &1}", %{"x" => text})))
      assert %{status: 503, json: %{"message" => "datastore_unreachable"}} = refused
      assert refused.json["data"]["cause"] == "the disc is full"

      full = %{"kind" => "sqlite", "readable" => true, "writable" => false}
      assert health() == {503, %{"status" => "unwell", "store" => full, "reason" => "the disc is full"}}
      # The store looks for room each second: while there is none, it is not well for a moment either.
      for _ <- 1..4 do
        Process.send(Store.SQLite.Writer, :watch, [])
        _ = :sys.get_state(Store.SQLite.Writer)
        assert elem(health(), 0) == 503
      end

      assert ask("GET", @numbers <> "/+14158550001", @token).status == 200

      File.rm!(ballast)
      assert Builds.await(fn -> elem(health(), 0) end, 200, 600) == 200
      assert put("+14158550002").status == 201
    end
  end

  defp refused(%{status: 201}), do: nil
  defp refused(answer), do: answer
end
