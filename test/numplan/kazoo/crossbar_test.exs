defmodule Numplan.Kazoo.CrossbarTest do
  @moduledoc "The example of a Crossbar module answers as the HTTP API does; and as Kazoo does where a configuration is invalid."
  use ExUnit.Case

  alias Numplan.{Builds, Corpus, HTTP, HTTPClient, PhoneNumber, Store}

  @moduletag :tmp_dir
  @compile {:no_warn_undefined, [:api_util, :cb_phone_numbers, :converter_reference, :crossbar_bindings]}

  @account String.duplicate("0", 32)
  @did "+14158551292"
  @double ~w(crossbar_bindings cb_context api_util cb_phone_numbers)
  @stores ~w(knm_number knm_numbers kazoo_numbers_maintenance kz_services_quantities)

  describe "beside the HTTP API, on one store:" do
    setup %{tmp_dir: folder} do
      Application.put_env(:numplan, :store, {Store.Mnesia, dir: Path.join(folder, "mnesia")})
      Application.put_env(:numplan, :server, port: 0)
      start_supervised!(Numplan.Services)

      modules =
        for name <- @double ++ @stores ++ ["converter_reference"], do: Builds.load_erlang(:here, "kazoo/#{name}.erl")

      :ok = :crossbar_bindings.flush()
      :ok = :cb_phone_numbers.init()

      on_exit(fn ->
        for key <- [:store, :server], do: Application.delete_env(:numplan, key)
        for module <- modules, purge <- [:purge, :delete, :purge], do: apply(:code, purge, [module])
        :ok = Numplan.configure({:preset, "kazoo-3.20"})
      end)

      %{base: "http://127.0.0.1:#{HTTP.port()}/v2/accounts/#{@account}/phone_numbers"}
    end

    test "load classifiers, and classify a number, in every preset", %{base: base} do
      numbers = numbers(1_000)

      for preset <- :numplan_nif.presets() do
        :ok = Numplan.configure({:preset, preset})
        assert {200, [_ | _]} = same(base, "GET", ["classifiers"])
        for number <- numbers, do: assert({200, [_ | _]} = same(base, "GET", ["classifiers", number]))
      end
    end

    test "get a number", %{base: base} do
      put([%PhoneNumber{id: @did, state: "in_service", account_id: @account, public: %{"note" => "x"}}])

      for number <- [@did, "4158551292", "14158551292"] do
        assert {200, [{"note", "x"}, {"id", @did} | _]} = same(base, "GET", [number])
      end

      for number <- ["+14158551293", "911", "x", "011"] do
        assert {404, data} = same(base, "GET", [number])
        assert {"not_found", "The number could not be found"} in data
      end
    end

    test "locality", %{base: base} do
      numbers = 800 |> numbers() |> Enum.uniq_by(&Numplan.normalize/1)
      assert length(numbers) > 800
      assert {200, localities} = same(base, "POST", ["locality"], {[{"numbers", numbers}]})
      assert Enum.map(localities, &elem(&1, 0)) == numbers

      assert {200, [{"4158551292", {[{"country", "US"} | _]}}]} =
               same(base, "POST", ["locality"], {[{"numbers", ["4158551292"]}]})

      for {data, code} <- [
            {{[]}, "required"},
            {[], "required"},
            {{[{"numbers", []}]}, "minimum"},
            {{[{"numbers", "4158551292"}]}, "type"},
            {{[{"numbers", {[]}}]}, "type"},
            {{[{"numbers", ["4158551292", "4158551292"]}]}, "uniqueItems"},
            {{[{"numbers", ["4158551292", "911", @did]}]}, "uniqueItems"}
          ] do
        assert {400, [{"numbers", {[{^code, {[{"message", _}]}}]}}]} = same(base, "POST", ["locality"], data)
      end
    end

    test "fix, and the list that it answers with", %{base: base} do
      ids = for n <- 10..20, do: "+141588679#{n}"
      assert {200, [{"numbers", {[]}}, {"cascade_quantity", 0}]} = same(base, "GET", [])
      put(for id <- ids, do: %PhoneNumber{id: id, state: "in_service", account_id: @account, used_by: "callflow"})
      healthy = ask("GET", [])

      # Each of the two repairs what was broken for it alone.
      for verb <- ["GET", "POST"], repair <- [&ask(&1, ["fix"]), &http(base, &1, ["fix"])] do
        broken(ids)
        refute ask("GET", []) == healthy
        assert repair.(verb) == healthy
        assert {200, [{"numbers", {listed}}, _]} = same(base, verb, ["fix"])
        assert Enum.map(listed, &elem(&1, 0)) == ids
      end

      for repair <- [&ask("POST", ["fix", &1]), &http(base, "POST", ["fix", &1])] do
        broken(ids)
        for number <- ["4158867910", "+14150000000"], do: assert({200, _, {[]}} = repair.(number))
        assert ask("GET", []) == healthy
      end
    end

    # A copy is missing, and there is one of a number that the account does not hold.
    defp broken([missing | _]) do
      :ok = Store.delete_copies(@account, [missing])
      :ok = Store.put_copies(@account, [%PhoneNumber{id: "+14150000000", state: "in_service", account_id: @account}])
    end

    test "what is not allowed, and what is not there", %{base: base} do
      # `POST classifiers`, which Kazoo has not, answers a list of numbers here.
      for {verb, words} <- [
            {"PUT", ["classifiers"]},
            {"DELETE", ["classifiers", "911"]},
            {"GET", ["locality"]},
            {"PUT", ["fix"]},
            {"POST", []}
          ] do
        assert {405, [{"message", "method not allowed"}]} = same(base, verb, words)
      end

      for words <- [[@did, "nonsense"], ["classifiers", "1", "2"], ["a", "b", "c"]] do
        assert {404, [{"message", "not found"}]} = same(base, "GET", words)
      end
    end

    # The corpus, and so many more; of those that can be words of a path.
    defp numbers(more) do
      numbers = Enum.uniq(Corpus.numbers() ++ :converter_reference.numbers(more, 7))
      Enum.filter(numbers, &(&1 != "" and String.valid?(&1) and byte_size(&1) < 1_000))
    end

    defp put(numbers),
      do: for(number <- numbers, do: {:ok, _} = Store.update_number(number.id, fn _ -> {:put, number} end))

    # Both answers, which must be one: HTTP status, and data, status, error and message of the envelope.
    defp same(base, verb, words, data \\ {[]}) do
      answer = {status, _, {members}} = ask(verb, words, data)
      assert {verb, words, http(base, verb, words, data)} == {verb, words, answer}
      {status, members}
    end

    defp ask(verb, words, data \\ {[]}) do
      {status, envelope} = :api_util.respond(verb, @account, words, data)
      {:ok, text} = :numplan_json.encode(envelope)
      comparable(status, text)
    end

    defp http(base, verb, words, data \\ {[]}) do
      url = Enum.join([base | Enum.map(words, &URI.encode(&1, fn byte -> URI.char_unreserved?(byte) end))], "/")
      {:ok, text} = :numplan_json.encode({[{"data", data}]})
      body = if verb in ~w(POST PUT), do: [body: text], else: []
      answer = HTTPClient.request(verb |> String.downcase() |> String.to_atom(), url, body)
      comparable(answer.status, answer.body)
    end

    defp comparable(status, text) do
      {:ok, {members}} = :numplan_json.decode(text, [:ordered])
      {{_, data}, rest} = {List.keyfind(members, "data", 0), Map.new(members)}
      {status, Map.take(rest, ~w(status error message)), data}
    end
  end

  describe "in a node with Kazoo's configuration:" do
    setup %{tmp_dir: folder} do
      peer = Builds.start_node(Builds.one_build(folder))
      {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])

      for name <- ["kapps_config", "kzd_accounts", "kz_cache", "kazoo_bindings", "kapi_conf" | @double],
          do: Builds.load_erlang(peer, "kazoo/#{name}.erl")

      :ok = Builds.call(peer, :kapps_config, :start, [])
      for events <- [:kz_cache, :kazoo_bindings], do: :ok = Builds.call(peer, events, :start, [])
      :ok = Builds.call(peer, :cb_phone_numbers, :init, [])
      %{peer: peer}
    end

    defp configured(peer, text) do
      {:ok, document} = :numplan_json.decode(text, [:ordered])
      :ok = Builds.call(peer, :kapps_config, :edit, ["number_manager", document])
      # The event comes on its own, and what it asks of the follower is done before the status.
      :ok = Builds.call(peer, :kapps_config, :settle, [])
      %{} = Builds.call(peer, :numplan_kazoo, :status, [])
    end

    defp classified(peer, number),
      do: Builds.call(peer, :api_util, :respond, ["GET", @account, ["classifiers", number], {[]}])

    test "an invalid regex is a 500 for the numbers that come to it, until it is mended", %{peer: peer} do
      [{_, france}] = Enum.filter(Corpus.configs(), &match?({"france__master" <> _, _}, &1))
      configured(peer, france)
      failed = {500, {[{"data", {[]}}, {"error", "500"}, {"message", "init failed"}, {"status", "error"}]}}

      assert classified(peer, "911") == failed
      assert classified(peer, "33123456789") == failed

      for {number, e164} <- [{"0123456789", "+33123456789"}, {"+33123456789", "+33123456789"}] do
        assert {200, {[{"data", {members}}, {"status", "success"}]}} = classified(peer, number)
        assert Enum.take(members, -3) == [{"e164", e164}, {"number", number}, {"name", "international"}]
      end

      assert {200, _} = Builds.call(peer, :api_util, :respond, ["GET", @account, ["classifiers"], {[]}])
      # By hand, from docs/kazoo-semantics.md 3.8, 3.10.
      for {call, number, expected} <- [
            {:classify, "0123456789", "international"},
            {:is_reconcilable, "0123456789", true},
            {:is_reconcilable, "+1999", false},
            {:pretty_print, "0123456789", "0123456789"},
            {:pretty_print, "+14158867900", "(415) 886 - 7900"},
            {:pretty_print, "+1999", "(999)  - "}
          ],
          do: assert({call, number, ours(peer, call, number)} == {call, number, expected})

      for call <- [:classify, :classification, :is_reconcilable, :pretty_print],
          do: assert(catch_error(ours(peer, call, "911")) == :badarg)

      configured(peer, String.replace(france, "^+33", "^\\\\+33"))
      assert {200, {[{"data", {members}} | _]}} = classified(peer, "911")
      assert List.last(members) == {"name", "emergency"}
    end

    test "each of the calls gives what Kazoo gives, for the numbers of kazoo-vectors.tsv", %{peer: peer} do
      vectors = Enum.filter(Corpus.vectors(), &(&1.number != ""))

      for {preset, vectors} <- Enum.group_by(vectors, & &1.preset) do
        {:ok, document} = :numplan_nif.preset(to_string(preset))
        configured(peer, document)

        for vector <- vectors do
          answers = for call <- [:classify, :is_reconcilable, :pretty_print], do: ours(peer, call, vector.number)
          expected = [vector.class || :undefined, vector.reconcilable, vector.pretty_print]
          assert {preset, vector.number, answers} == {preset, vector.number, expected}
          assert {[_ | _] = members} = ours(peer, :classification, vector.number)
          assert {vector.e164, vector.class} == {value(members, "e164"), value(members, "name")}
        end

        {:ok, {keys}} = :numplan_json.decode(document, [:ordered])
        assert Builds.call(peer, :numplan_classifiers, :available_classifiers, []) == value(keys, "classifiers")
      end
    end

    # From Kazoo's own tests (knm_converters_test, knm_util_test).
    test "the calls that need no configuration", %{peer: peer} do
      assert for(number <- ["+14158867900", "14158867900", "1234"], do: ours(peer, :to_db, number)) ==
               ["numbers%2F%2B1415", "numbers%2F14158", :undefined]

      assert ours(peer, :pretty_print, :undefined) == "unknown"
    end

    defp ours(peer, call, number), do: Builds.call(peer, :numplan_classifiers, call, [number])

    defp value(members, key) do
      with {_, value} <- List.keyfind(members, key, 0), do: value
    end
  end
end
