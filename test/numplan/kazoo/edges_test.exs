defmodule Numplan.Kazoo.EdgesTest do
  @moduledoc """
  Configurations that no schema would let pass, by what each release of Kazoo makes of them: the values were seen in Kazoo's own code
  (master dcf86cbc, which is 5.0, and 4.3), and are those of the reference with `re` that random documents are compared with.
  """
  use ExUnit.Case

  alias Numplan.{Builds, Corpus}

  @moduletag :tmp_dir
  @moduletag timeout: 3_600_000

  # `make fuzz-kazoo` compares 100,000 in each release.
  @documents String.to_integer(System.get_env("KAZOO_DOCUMENTS", "1000"))
  @account "abcdefabcdefabcdefabcdefabcdefab"
  @doubles ~w(kapps_config kapps_account_config kzd_accounts kz_cache kazoo_bindings kapi_conf kazoo_reference random_documents kazoo_release)

  setup context do
    peer = Builds.start_node(Builds.one_build(context.tmp_dir))
    {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    for name <- @doubles, do: Builds.load_erlang(peer, "kazoo/#{name}.erl")
    :ok = Builds.call(peer, :kapps_config, :start, [])
    for events <- [:kz_cache, :kazoo_bindings], do: :ok = Builds.call(peer, events, :start, [])
    release = context[:release] || :"5"
    :ok = Builds.call(peer, :kazoo_release, :be, [release])
    %{peer: peer, world: %{release: release, system: [], account: [], reseller: [], document: []}}
  end

  # Both answers to a call in a world, which must be one.
  defp answer(peer, world, call, number) do
    :ok = Builds.call(peer, :random_documents, :install, [world])
    ours = Builds.call(peer, :random_documents, :ours, [call, number])
    reference = Builds.call(peer, :kazoo_reference, :answer, [call, number, world])
    assert {world, call, number, ours} == {world, call, number, reference}
    ours
  end

  defp rule(value), do: {[{"^0(\\d+)$", value}]}

  describe "dial plans:" do
    test "an account's that is no object is not there", %{peer: peer, world: world} do
      for plan <- [[], "^1", 5, true, :null, ["x"], 1.5] do
        world = %{world | document: [{"dial_plan", plan}]}
        assert answer(peer, world, :normalize_account, "4158867900") == {:ok, "+14158867900"}
        assert answer(peer, world, :is_reconcilable_account, "4158867900") == {:ok, true}
      end
    end

    test "one that is handed over is walked over as it is", %{peer: peer, world: world} do
      for {plan, answer} <- [
            {:undefined, {:ok, "+14158867900"}},
            {[], {:ok, "+14158867900"}},
            {{[]}, {:ok, "+14158867900"}},
            {["x"], {:error, :badarg}},
            {"x", {:error, :function_clause}},
            {:null, {:error, :function_clause}},
            {5, {:error, :function_clause}},
            {true, {:error, :function_clause}}
          ],
          do: assert(answer(peer, world, {:normalize_plan, plan}, "4158867900") == answer)
    end
  end

  describe "converters:" do
    test "an empty list leaves numbers unchanged by account, and is the default without one", %{
      peer: peer,
      world: world
    } do
      for owner <- [:system, :account, :reseller] do
        world = Map.put(world, owner, [{"e164_converters", []}])
        assert answer(peer, world, :normalize_account, "4158867900") == {:ok, "4158867900"}
        assert answer(peer, world, {:normalize_plan, {[]}}, "4158867900") == {:ok, "4158867900"}
        assert answer(peer, world, :normalize_system, "4158867900") == {:ok, "+14158867900"}
        assert answer(peer, world, :classify, "4158867900") == {:ok, "did_us"}
      end
    end

    test "null and other values by account are a function_clause, a list with values a badarg", %{
      peer: peer,
      world: world
    } do
      for {value, reason} <- [
            {:null, :function_clause},
            {"x", :function_clause},
            {5, :function_clause},
            {["x"], :badarg}
          ] do
        world = %{world | account: [{"e164_converters", value}]}
        assert answer(peer, world, :normalize_account, "4158867900") == {:error, reason}
        assert answer(peer, world, {:normalize_plan, {[]}}, "4158867900") == {:error, reason}
        assert answer(peer, world, :is_reconcilable_account, "4158867900") == {:error, reason}
        assert answer(peer, world, :normalize_account, "+4158867900") == {:ok, "+4158867900"}
      end
    end

    test "a rule that is no object is a badarg for the numbers that it takes, a list is a rule that adds nothing",
         %{peer: peer, world: world} do
      for value <- ["+1", :null, 5, true, ""],
          {call, world} <- rules_of(world, rule(value)) do
        assert answer(peer, world, call, "0123") == {:error, :badarg}
        assert {:ok, _} = answer(peer, world, call, "123")
      end

      for value <- [[], ["x"], {[]}], {call, world} <- rules_of(world, rule(value)) do
        assert answer(peer, world, call, "0123") == {:ok, "123"}
      end
    end

    @tag release: :"4.2"
    test "in 4.2 a rule that is no object is one that adds nothing", %{peer: peer, world: world} do
      for value <- ["+1", :null, 5, true, "", []], {call, world} <- rules_of(world, rule(value)) do
        assert answer(peer, world, call, "0123") == {:ok, "123"}
      end
    end

    test "a prefix of any kind is its text, or nothing", %{peer: peer, world: world} do
      for {prefix, text} <- [
            {:null, "null"},
            {["+4", "9"], "+49"},
            {{[]}, "{}"},
            {{[{"a", [1, "b", :null]}]}, ~S({"a":[1,"b",null]})},
            {1.0e20, "1.0e+20"},
            {1.5, "1.5"},
            {-0.001, "-0.001"},
            {1.0e-7, "1.0e-7"},
            {100_000.0, "100000.0"},
            {1_000_000.0, "1.0e+6"},
            {5.0e-324, "5.0e-324"},
            {1.7976931348623157e308, "1.7976931348623157e+308"},
            {0.0, "0.0"},
            {-7, "-7"},
            {true, "true"},
            {[43, [52], "9"], "+49"},
            {[], ""},
            {[300], ""},
            {[:null], ""}
          ],
          key <- ["prefix", "suffix"],
          {call, world} <- rules_of(world, rule({[{key, prefix}]})) do
        expected = if key == "prefix", do: text <> "123", else: "123" <> text
        assert {key, prefix, answer(peer, world, call, "0123")} == {key, prefix, {:ok, expected}}
      end
    end

    # The same rules as the system's converters, as an account's, as an account's dial plan, and handed over.
    defp rules_of(world, rules) do
      [
        {:normalize_system, %{world | system: [{"e164_converters", rules}]}},
        {:normalize_account, %{world | account: [{"e164_converters", rules}]}},
        {:normalize_account, %{world | document: [{"dial_plan", rules}], account: [{"e164_converters", {[]}}]}},
        {{:normalize_plan, rules}, %{world | account: [{"e164_converters", {[]}}]}}
      ]
    end

    test "rules are compiled where they add text of any kind, and run by re where one is invalid", %{peer: peer} do
      plan = &Builds.call(peer, :numplan_plan_cache, :plan, [:dial_plan, &1])

      for value <- [{[{"prefix", :null}]}, {[{"prefix", {[]}}]}, {[{"prefix", ["+4", "9"]}]}, []],
          do: refute(plan.(rule(value)) == :refused)

      for value <- [:null, 5, "+1"], do: assert(plan.(rule(value)) == :refused)
    end
  end

  describe "reconcile regexes:" do
    test "by account they are taken as they stand", %{peer: peer, world: world} do
      for {value, answer} <- [
            {:null, {:error, :badarg}},
            {5, {:error, :badarg}},
            {{[]}, {:error, :badarg}},
            {true, {:error, :badarg}},
            {[300], {:error, :badarg}},
            {"", {:ok, true}},
            {[], {:ok, true}},
            {["^911", "$"], {:ok, true}},
            {"^912", {:ok, false}}
          ],
          owner <- [:account, :reseller, :system] do
        world = Map.put(world, owner, [{"reconcile_regex", value}])
        assert answer(peer, world, :is_reconcilable_account, "911") == answer
      end
    end

    test "of the system what is empty is the default, and anything else its text", %{peer: peer, world: world} do
      for {value, answers} <- [
            {:null, [true, false]},
            {"", [true, false]},
            {0, [true, false]},
            {[], [true, false]},
            {{[]}, [true, false]},
            {911, [false, true]},
            {["^9", "11$"], [false, true]}
          ] do
        world = %{world | system: [{"reconcile_regex", value}]}

        assert for(number <- ["4158867900", "911"], do: answer(peer, world, :is_reconcilable, number)) ==
                 Enum.map(answers, &{:ok, &1})
      end

      world = %{world | system: [{"reconcile_regex", [300]}]}
      assert answer(peer, world, :is_reconcilable, "911") == {:error, :badarg}
      assert answer(peer, world, :classify, "911") == {:ok, "emergency"}
    end

    test "without an account they are the system's as it stands", %{peer: peer, world: world} do
      :ok = Builds.call(peer, :random_documents, :install, [%{world | system: [{"reconcile_regex", :null}]}])
      ask = fn arguments -> catch_error(Builds.call(peer, :numplan_classifiers, :is_reconcilable, arguments)) end
      assert ask.(["911", :undefined]) == :badarg
    end
  end

  describe "classifiers:" do
    test "an empty regex takes every number, and is a badarg where classifiers are shown", %{peer: peer, world: world} do
      world = %{world | system: [{"classifiers", {[{"a", ""}]}}]}
      assert answer(peer, world, :classify, "911") == {:ok, "a"}

      assert answer(peer, world, :available_classifiers, :none) == {:error, :badarg}
      for call <- [:pretty_print, :classification], do: assert(answer(peer, world, call, "911") == {:error, :badarg})
    end

    @tag release: :"4.3"
    test "in 4.3 an empty regex is shown as any other", %{peer: peer, world: world} do
      world = %{world | system: [{"classifiers", {[{"a", ""}]}}]}
      full = {[{"a", {[{"regex", ""}, {"friendly_name", "a"}]}}]}
      assert answer(peer, world, :available_classifiers, :none) == {:ok, full}
      assert answer(peer, world, :pretty_print, "911") == {:ok, "911"}
    end

    test "an empty list takes no number", %{peer: peer, world: world} do
      world = %{world | system: [{"classifiers", {[{"a", []}]}}]}
      assert answer(peer, world, :classify, "911") == {:ok, :undefined}
      assert answer(peer, world, :classification, "911") == {:ok, {[{"number", "911"}, {"e164", "911"}]}}
      assert answer(peer, world, :available_classifiers, :none) == {:ok, {[{"a", {[{"friendly_name", "a"}]}}]}}
    end

    test "other values are a badarg where they are reached", %{peer: peer, world: world} do
      for value <- [:null, 5, true, {[{"regex", :null}]}, {[{"regex", 5}]}, {[{"regex", {[]}}]}] do
        world = %{world | system: [{"classifiers", {[{"a", "^911$"}, {"b", value}]}}]}
        assert answer(peer, world, :classify, "911") == {:ok, "a"}
        assert answer(peer, world, :classify, "912") == {:error, :badarg}
      end
    end

    test "those that are no object at all are the default", %{peer: peer, world: world} do
      for value <- [[], "x", :null, 5] do
        assert answer(peer, %{world | system: [{"classifiers", value}]}, :classify, "911") == {:ok, "emergency"}
      end
    end

    test "a friendly name of null stays null", %{peer: peer, world: world} do
      members = [{"regex", "^911$"}, {"friendly_name", :null}]
      world = %{world | system: [{"classifiers", {[{"a", {members}}]}}]}
      assert answer(peer, world, :available_classifiers, :none) == {:ok, {[{"a", {members}}]}}
      added = [{"e164", "911"}, {"number", "911"}, {"name", "a"}]
      assert answer(peer, world, :classification, "911") == {:ok, {members ++ added}}
    end

    test "a mask that is no text is a function_clause for the numbers of its class", %{peer: peer, world: world} do
      for mask <- [:null, 5, [], {[]}, true] do
        classifier = {[{"regex", "^911$"}, {"friendly_name", "A"}, {"pretty_print", mask}]}
        world = %{world | system: [{"classifiers", {[{"a", classifier}]}}]}
        assert answer(peer, world, :pretty_print, "911") == {:error, :function_clause}
        assert answer(peer, world, :pretty_print, "4158867900") == {:ok, "(415) 886 - 7900"}
        assert answer(peer, world, :classify, "911") == {:ok, "a"}
      end
    end

    test "a name that stands twice has the place of the first and the value of the last", %{peer: peer, world: world} do
      classifiers =
        {[
           {"a", "^911$"},
           {"b", {[{"regex", "^912$"}, {"pretty_print", "b"}]}},
           {"a", {[{"regex", "^912$"}, {"pretty_print", "a"}]}}
         ]}

      world = %{world | system: [{"classifiers", classifiers}]}
      assert answer(peer, world, :classify, "912") == {:ok, "b"}
      assert answer(peer, world, :pretty_print, "912") == {:ok, "a"}
      assert {:ok, {[{"a", _}, {"b", _}]}} = answer(peer, world, :available_classifiers, :none)
    end
  end

  describe "numbers:" do
    test "an empty one is a function_clause in every call", %{peer: peer, world: world} do
      for call <- [
            :classify,
            :is_reconcilable,
            :pretty_print,
            :classification,
            :is_reconcilable_account,
            :normalize_account
          ],
          number <- ["", 911],
          system <- [[], [{"e164_converters", {[{"^+33", {[]}}]}}]] do
        assert answer(peer, %{world | system: system}, call, number) == {:error, :function_clause}
      end
    end

    test "one without a class is answered as {number, e164}", %{peer: peer, world: world} do
      compiled = [{"classifiers", {[{"a", "^911$"}]}}]
      refused = [{"classifiers", {[{"a", "^911$"}]}}, {"reconcile_regex", "^+"}]

      for system <- [compiled, refused] do
        expected = {[{"number", "4158867900"}, {"e164", "+14158867900"}]}
        assert answer(peer, %{world | system: system}, :classification, "4158867900") == {:ok, expected}
      end

      plan = Numplan.plan!(~S({"classifiers": {"a": "^911$"}}))
      assert :numplan.classification("988", plan) == {[{"number", "988"}, {"e164", "988"}]}
    end
  end

  describe "a configuration that cannot be read:" do
    test "the default converters serve, and what reads the rest raises what reading raised", %{peer: peer, world: world} do
      :ok = Builds.call(peer, :random_documents, :install, [world])
      true = Builds.call(peer, :ets, :delete, [:kapps_config_cache])

      for arguments <- [["4158867900"], ["4158867900", @account], ["4158867900", @account, {[]}]] do
        assert Builds.call(peer, :knm_converter_numplan, :normalize, arguments) == "+14158867900"
      end

      for {call, arguments} <- [classify: ["911"], is_reconcilable: ["911"], is_reconcilable: ["911", @account]] do
        assert catch_error(Builds.call(peer, :numplan_classifiers, call, arguments)) == :badarg
      end
    end
  end

  describe "the release:" do
    for {release, emergency} <- [{:"4.2", "unknown"}, {:"4.3", "emergency"}, {:"5", "unknown"}] do
      @tag release: release
      test "#{release}: its own defaults serve where nothing is configured, and reading saves nothing", %{
        peer: peer,
        world: world
      } do
        # No document at all, and one without these keys.
        for written <- [false, true] do
          if written,
            do: :ok = Builds.call(peer, :kapps_config, :store, ["number_manager", {[{"converter", "numplan"}]}])

          before = Builds.call(peer, :kapps_config, :stored, ["number_manager"])
          ask = &Builds.call(peer, :numplan_classifiers, &1, &2)
          assert ask.(:classify, ["988"]) == unquote(emergency)
          assert {members} = ask.(:classification, ["988"])
          assert List.keyfind(members, "name", 0) == {"name", unquote(emergency)}
          assert ask.(:is_reconcilable, ["4158867900"]) and ask.(:is_reconcilable, ["4158867900", @account])
          assert ask.(:pretty_print, ["4158867900"]) == "(415) 886 - 7900"

          for arguments <- [["4158867900"], ["4158867900", @account], ["4158867900", @account, {[]}]] do
            assert Builds.call(peer, :knm_converter_numplan, :normalize, arguments) == "+14158867900"
          end

          {:ok, available} = Builds.call(peer, :kazoo_reference, :answer, [:available_classifiers, :none, world])
          assert ask.(:available_classifiers, []) == available
          assert Builds.call(peer, :kapps_config, :stored, ["number_manager"]) == before
        end
      end
    end

    for {release, names} <- [
          {:"4.3", ["numbers%2F%2B1415", "numbers%2F%2A+%0A%FF1", :undefined, :undefined]},
          {:"5", ["numbers%2F%2B1415", "numbers%2F*%20\n" <> <<255>> <> "1", :undefined, :undefined]}
        ] do
      @tag release: release
      test "#{release}: the name of a number's database is encoded as it encodes it", %{peer: peer} do
        numbers = ["+14158867900", "* \n" <> <<255>> <> "1", "1234", 14_158]
        assert for(number <- numbers, do: Builds.call(peer, :numplan_classifiers, :to_db, [number])) == unquote(names)
      end
    end

    for release <- [:"4.3", :"5"] do
      @tag release: release
      test "#{release}: an account is meant by its id and the names of its databases", %{peer: peer} do
        id = &Builds.call(peer, :numplan_kazoo_config, :account_id, [&1])
        <<a::binary-2, b::binary-2, rest::binary>> = @account
        [plain, encoded, lower] = for slash <- ~w(/ %2F %2f), do: Enum.join(["account", a, b, rest], slash)

        for name <- [@account, plain, encoded],
            suffix <- ["", "-202611", "-selectors"],
            do: assert({name, suffix, id.(name <> suffix)} == {name, suffix, @account})

        for name <- [@account, plain, encoded] do
          expected = if unquote(release) == :"5", do: @account, else: name <> "-2026"
          assert id.(name <> "-2026") == expected
        end

        for name <- [
              lower,
              lower <> "-202611",
              encoded <> "x",
              plain <> "-20261",
              @account <> "_selectors",
              "accounts",
              ""
            ],
            do: assert(id.(name) == name)
      end
    end

    test "5: an account's name in lower case has the system's rules", %{peer: peer, world: world} do
      world = %{world | account: [{"e164_converters", {[{"^(\\d{7})$", {[{"prefix", "+1415"}]}}]}}]}
      :ok = Builds.call(peer, :random_documents, :install, [world])
      <<a::binary-2, b::binary-2, rest::binary>> = @account
      [encoded, lower] = for slash <- ~w(%2F %2f), do: Enum.join(["account", a, b, rest], slash)

      answers =
        for name <- [encoded, @account <> "-selectors", lower],
            do: Builds.call(peer, :knm_converter_numplan, :normalize, ["8867900", name])

      assert answers == ["+14158867900", "+14158867900", "8867900"]
    end
  end

  for {release, seed} <- [{:"4.2", 42}, {:"4.3", 43}, {:"5", 50}] do
    @tag release: release
    test "#{release}: #{@documents} random documents are answered as by the reference", %{peer: peer} do
      arguments = [unquote(release), unquote(seed), @documents]
      {compared, differences} = Builds.call(peer, :random_documents, :differences, arguments, :infinity)
      assert differences == []
      assert compared == @documents * 25
      if System.get_env("CI"), do: IO.puts("Kazoo #{unquote(release)}: #{compared} answers, 0 differences")
    end
  end

  test "the reference answers Kazoo's vectors", %{peer: peer, world: world} do
    presets = %{"kazoo-4.2" => :"5", "kazoo-4.3" => :"4.3"}

    for vector <- Corpus.vectors(), release = presets[to_string(vector.preset)], vector.number != "" do
      asked =
        for call <- [:normalize_system, :classify, :is_reconcilable, :pretty_print],
            do: Builds.call(peer, :kazoo_reference, :answer, [call, vector.number, %{world | release: release}])

      expected = [vector.e164, vector.class || :undefined, vector.reconcilable, vector.pretty_print]
      assert {vector.number, asked} == {vector.number, Enum.map(expected, &{:ok, &1})}
    end
  end
end
