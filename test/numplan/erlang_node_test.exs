defmodule Numplan.ErlangNodeTest do
  @moduledoc "The Erlang face on a node that has only OTP and the application's Erlang modules."
  use ExUnit.Case, async: true

  alias Numplan.Builds

  @moduletag :tmp_dir

  @plan ~S'{"dial_plan": {"^7$": {"prefix": "911", "suffix": ""}, "^(9)11": {}}, "classifiers": {"nine": "^9$"}}'

  # Every public function with its expected result: from testdata/kazoo-vectors.tsv and docs/kazoo-semantics.md 3.
  defp calls(plan) do
    did = {"4158867900", "+14158867900"}
    {number, e164} = did

    [
      {:normalize, [number], e164},
      {:normalize, [number, plan], e164},
      {:normalize, [[number, "911"], :undefined], [e164, "911"]},
      {:normalize, ["7", :undefined, plan], "9117"},
      {:is_normalized, [e164], true},
      {:apply_dial_plan, ["7", plan, :first_match], "9117"},
      {:apply_dial_plan, ["7", plan, :full], "9"},
      {:classify, ["18005551234"], "tollfree_us"},
      {:classify, ["9", plan], "nine"},
      {:classify, ["(415) 886-7900", [:clean]], "did_us"},
      {:clean, [["(415) 886-7900", "tel:911"]], [number, "911"]},
      {:classify_lines, ["9\n1", plan], %{names: {"nine"}, bits: 8, places: <<1, 0>>}},
      {:normalize_lines, [number <> "\n911"], e164 <> "\n911\n"},
      {:normalize_lines, ["9\r\n", plan], "9\n"},
      {:normalize_and_classify_lines, ["9", plan], {"9\n", %{names: {"nine"}, bits: 8, places: <<1>>}}},
      {:classification, [""],
       {[{"regex", "^(.*)$"}, {"friendly_name", "Unknown"}, {"e164", ""}, {"number", ""}, {"name", "unknown"}]}},
      {:classification, ["1", plan], {[{"number", "1"}, {"e164", "1"}]}},
      {:available_classifiers, [plan], {[{"nine", {[{"regex", "^9$"}, {"friendly_name", "nine"}]}}]}},
      {:is_reconcilable, [number], true},
      {:is_reconcilable, ["911", plan], false},
      {:are_reconcilable, [[number, "911"]], {[number], ["911"]}},
      {:pretty_print, [number], "(415) 886 - 7900"},
      {:pretty_print, [number, plan], "(415) 886 - 7900"},
      {:explain, [[]], []},
      {:explain, [[], plan], []},
      {:to_npan, [e164], "4158867900"},
      {:to_1npan, [e164], "14158867900"},
      {:to_strip_plus, [number], "14158867900"},
      {:is_npan, [number], true},
      {:is_1npan, [number], false},
      {:is_strip_plus, [number], false},
      {:to_db, [e164], "numbers%2F%2B1415"},
      {:json_encode, [{[{"a", 1}]}], {:ok, ~s({"a":1})}},
      {:json_decode, [~s({"a":1})], {:ok, %{"a" => 1}}},
      {:json_decode, [~s({"a":1}), [:ordered]], {:ok, {[{"a", 1}]}}},
      {:locality, [["x"]], [unknown("x", [])]},
      {:locality, ["x", [:source]], unknown("x", [{"source", :null}])},
      {:lookup, [["x"]], [:undefined]},
      {:lookup, ["x", "GB"], :undefined},
      {:region, [number], "US"},
      {:number_type, [number], "FIXED_LINE_OR_MOBILE"},
      {:is_valid, [number], true},
      {:is_valid, [number, "CA"], false},
      {:parse, ["x", :undefined], {:error, :not_a_number}},
      {:format, [number, :national], "(415) 886-7900"},
      {:short_number, [[], "US"], []},
      {:number_match, [e164, "(415) 886-7900"], :nsn_match},
      {:example_number, ["GB"], "+441212345678"},
      {:example_number, ["GB", "MOBILE"], "+447400123456"},
      {:number_types, ["BF"], ["FIXED_LINE", "MOBILE"]},
      {:regions, [7], ["RU", "KZ"]},
      {:calling_code, ["CA"], 1},
      {:configure, [{:preset, :"kazoo-4.3"}], :ok},
      {:classify, ["988"], "emergency"}
    ]
  end

  defp number, do: "4158867900"

  defp unknown(number, more) do
    locality = ~w(locality province postal_code extended_postal_code latitude longitude type alt_postal_codes switch)
    nulls = &for(key <- &1, do: {key, if(key == "alt_postal_codes", do: [], else: :null)})

    {[
       {"country", :null},
       {"number", number},
       {"e164_number", :null},
       {"geocode", {nulls.(["locality"])}},
       {"locality", {nulls.(locality)}},
       {"carrier", {nulls.(~w(id type company dba))}},
       {"status", "error"}
     ] ++ more}
  end

  test "runs the whole Erlang face", %{tmp_dir: folder} do
    peer = Builds.start_node(Builds.one_build(folder))
    assert Builds.call(peer, :code, :which, [Enum]) == :non_existing
    assert {:ok, started} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    assert :numplan in started and :elixir not in started

    {:ok, plan} = Builds.call(peer, :numplan, :plan, [@plan])

    for {function, arguments, expected} <- calls(plan) do
      assert {function, Builds.call(peer, :numplan, function, arguments)} == {function, expected}
    end

    assert {[{"country", "US"} | _]} = Builds.call(peer, :numplan, :locality, [number()])
    assert %{region: "US", geocode: "California"} = Builds.call(peer, :numplan, :lookup, [number()])
    assert %{places: <<_::24>>} = Builds.call(peer, :numplan, :lookup_lines, [number()])
    assert %{places: <<0::24, _::24>>} = Builds.call(peer, :numplan, :lookup_lines, ["x\n+442079460000", plan])
    assert %{class: "nine"} = Builds.call(peer, :numplan, :explain, ["9", plan])
    assert {:ok, %{cut: []}} = Builds.call(peer, :numplan, :check, [plan])
    assert {:ok, %{otp: %{release: 28}}} = Builds.call(peer, :numplan, :check, [plan, [otp: 28]])
    assert {:ok, %{moves: [_ | _]}} = Builds.call(peer, :numplan, :diff, [{:preset, :"kazoo-4.2"}, plan])
    assert {:ok, %{moves: []}} = Builds.call(peer, :numplan, :diff, [plan, plan, [otp: 28]])
    assert %{native: 11, re: 0, build: "numplan_nif-" <> _} = Builds.call(peer, :numplan, :info, [])
    assert %{classes: ["nine"]} = Builds.call(peer, :numplan, :info, [plan])
    assert {classifiers} = Builds.call(peer, :numplan, :available_classifiers, [])
    assert length(classifiers) == 7
    assert [1, 7 | _] = Builds.call(peer, :numplan, :calling_codes, [])
    assert ["AC", "AD" | _] = Builds.call(peer, :numplan, :regions, [])

    loaded = for {module, _} <- Builds.call(peer, :code, :all_loaded, []), do: module
    assert Enum.filter(loaded, &String.starts_with?(Atom.to_string(&1), "Elixir.")) == []

    called = for {function, arguments, _} <- calls(plan), do: {function, length(arguments)}
    exported = :numplan.module_info(:exports) -- [module_info: 0, module_info: 1]

    assert Enum.sort(exported -- called) ==
             [
               available_classifiers: 0,
               calling_codes: 0,
               check: 1,
               check: 2,
               classify_lines: 1,
               diff: 2,
               diff: 3,
               info: 0,
               info: 1,
               lookup_lines: 1,
               lookup_lines: 2,
               normalize_and_classify_lines: 1,
               plan: 1,
               regions: 0
             ]
  end

  test "every example in the documentation of the Erlang modules holds", %{tmp_dir: folder} do
    peer = Builds.start_node(Builds.one_build(folder))
    examples = Enum.flat_map(~w(src/numplan.erl src/numplan_json.erl), &examples/1)
    assert length(examples) > 12

    for example <- examples do
      {:ok, tokens, _} = :erl_scan.string(to_charlist(example <> "."))
      {:ok, expressions} = :erl_parse.parse_exprs(tokens)
      assert {:value, _, _} = Builds.call(peer, :erl_eval, :exprs, [expressions, []])
    end
  end

  defp examples(file) do
    for [_, block] <- Regex.scan(~r/^%% ```\n(.*?)^%% '''$/ms, File.read!(file)) do
      block |> String.replace(~r/^%% ?/m, "") |> String.trim() |> String.trim_trailing(".")
    end
  end

  test "a configuration that the application environment names serves from the start", %{tmp_dir: folder} do
    app = Builds.one_build(folder)
    path = Path.join(folder, "plan.json")
    File.write!(path, ~s({"classifiers": {"nine": "^9"}}))

    peer = Builds.start_node(app, [~c"-numplan", ~c"config", ~c"{file,\"#{path}\"}"])
    assert Builds.call(peer, :numplan, :classify, ["911"]) == "nine"
    assert {:ok, started} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    assert :numplan in started and :elixir not in started
  end

  test "warns at its start where re is of no known dialect, and then leaves every regex to re", %{tmp_dir: folder} do
    app = Builds.one_build(folder)
    assert {[], dialect, %{native: 11, re: 0}} = started(app)
    assert dialect == :numplan_nif.dialect()

    :ok = Builds.of_unknown_dialect(app)
    assert {[warning], :unknown, %{native: 0, re: 11}} = started(app)
    assert warning =~ "this node's re answers neither as PCRE 8 nor as PCRE2 does"
  end

  # What is logged at the start, the dialect, and who runs the rules.
  defp started(app) do
    peer = Builds.start_node(app)
    Builds.load_erlang(peer, "upgrade_load.erl")
    :ok = Builds.call(peer, :logger, :add_handler, [:kept, :upgrade_load, %{level: :warning}])
    assert {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"

    {Builds.call(peer, :persistent_term, :get, [:logged, []]), Builds.call(peer, :numplan_nif, :dialect, []),
     Builds.call(peer, :numplan, :info, [])}
  end

  test "a bad one keeps the application from starting, and says why", %{tmp_dir: folder} do
    peer = Builds.start_node(Builds.one_build(folder), [~c"-numplan", ~c"config", ~c"{preset,nosuch}"])
    assert {:error, {:numplan, {{:invalid_config, [problem]}, _}}} = start(peer)
    assert {"", {:unknown_preset, "nosuch"}, :undefined, "the presets are kazoo-3.18, " <> _} = problem
  end

  # The reason stands inside {bad_return, …}.
  defp start(peer) do
    with {:error, {:numplan, {:bad_return, {_start, {:EXIT, reason}}}}} <-
           Builds.call(peer, :application, :ensure_all_started, [:numplan]) do
      {:error, {:numplan, reason}}
    end
  end
end
