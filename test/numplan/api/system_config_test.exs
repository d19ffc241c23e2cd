defmodule Numplan.API.SystemConfigTest do
  @moduledoc "The cluster's configuration: saved, checked and compared."
  use Numplan.APICase

  alias Numplan.API.Turn
  alias Numplan.{HTTPClient, Store}

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

  describe "a class by prefixes" do
    test "is saved, and one that nodes of Kazoo do not know is named", %{base: base} do
      save = fn class -> config(base, :post, body: ~s({"data":{"classifiers":{"fraud":#{class}}}})) end
      assert save.(~s({"prefixes":["1900"],"regex":"^\\\\+1900"})).json["numplan_only"] == nil
      :ok = Store.subscribe()
      saved = save.(~s({"prefixes":["1900"],"numplan_only":true}))
      assert {saved.status, saved.json["numplan_only"]} == {200, ["fraud"]}
      assert_receive {:numplan_document, "number_manager"}, 5_000
      _ = :sys.get_state(Numplan.ClusterConfig)
      active = config(base, :get, path: "/check")
      assert {"numplan_only", "classifiers.fraud.prefixes"} in kinds(active)
    end

    test "so is one by the world's plan", %{base: base} do
      save = fn world -> config(base, :post, body: ~s({"data":{"classifiers":{"premium":#{world}}}})) end
      saved = save.(~s({"world":{"region":["JM"],"type":["PREMIUM_RATE"]},"numplan_only":true}))
      assert {saved.status, saved.json["numplan_only"]} == {200, ["premium"]}
      assert save.(~s({"world":{"region":["JM"]},"regex":"^\\\\+1876"})).json["numplan_only"] == nil
      answer = save.(~s({"world":{"region":["UK"]},"numplan_only":true}))
      assert refusal(answer) == {400, "validation error"}
      assert answer.json["data"]["classifiers.premium.world.region.0"]["invalid"]["message"] =~ "UK is not known"
    end

    test "makes the server read no file", %{base: base, tmp_dir: dir} do
      path = Path.join(dir, "secret.csv")
      File.write!(path, "1900\n")

      answer =
        config(base, :post,
          body: ~s({"data":{"classifiers":{"fraud":{"prefixes":{"file":"#{path}"},"numplan_only":true}}}})
        )

      assert refusal(answer) == {400, "validation error"}
      assert answer.json["data"]["classifiers.fraud.prefixes"]["invalid"]["message"] =~ "is not read here"
    end
  end

  describe "a configuration is checked" do
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
      assert_receive :turn, 5_000
      occupied()
    end

    defp until_down(test) do
      monitor = Process.monitor(test)
      send(test, :turn)
      receive do: ({:DOWN, ^monitor, :process, ^test, _reason} -> :ok)
    end

    defp occupied, do: if(length(:sys.get_state(Turn).waiting) < 4, do: occupied())

    test "runs: a further check or difference is refused with 429 and Retry-After", %{base: base} do
      occupy()

      for {method, path, body} <- [{:get, "/check", nil}, {:post, "/check", @shadowed}, {:post, "/diff", @shadowed}] do
        answer = config(base, method, path: path, body: body)
        assert refusal(answer) == {429, "too_many_requests"}
        assert answer.json["data"]["message"] =~ "send this again"
        assert answer.headers["retry-after"] == "5"
      end

      assert refusal(config(base, :get, path: "/check", token: "customer")) == {403, "forbidden"}
    end

    test "runs, and a configuration is saved or refused all the same", %{base: base} do
      occupy()
      answer = config(base, :post, body: ~s({"data":{"classifiers":{"a":"^+1"}}}))
      assert refusal(answer) == {400, "validation error"}
      assert answer.json["data"]["classifiers.a"]["invalid"]["offset"] == 1
      refute Map.has_key?(answer.json["data"], "findings")
      assert answer.json["data"]["unchecked"] =~ "another check"
      assert config(base, :post, body: @shadowed).status == 200
    end
  end
end
