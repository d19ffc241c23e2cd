defmodule Numplan.ExplainTest do
  @moduledoc "Explanations through the Erlang and the Elixir face: they come to the answers of the other functions, and of OTP's `re`."
  use ExUnit.Case, async: true

  alias Numplan.{Corpus, Explanation, PatternGenerator, Plan}

  @seed 20_261_201

  # A call compiles the configuration, and on a busy machine waits for a dirty scheduler each time.
  @moduletag timeout: 300_000

  # What one explanation comes to, as a face of the corpus.
  defmodule Face do
    def normalize(_number, {explanation, _plan}), do: explanation.e164
    def classify(_number, {explanation, _plan}), do: explanation.class
    def reconcilable?(_number, {explanation, _plan}), do: explanation.reconcilable?
    def pretty_print(_number, {explanation, _plan}), do: explanation.pretty_print
    def full(number, {_explanation, plan}), do: Plan.apply_dial_plan(number, plan, :full)

    # A number that starts with + is not dialled in an explanation, as it is not in normalize/2.
    def first_match("+" <> _ = number, {_, plan}), do: Plan.apply_dial_plan(number, plan, :first_match)
    def first_match(number, {%{dial_plan: nil}, _plan}), do: number
    def first_match(_number, {%{dial_plan: %{result: result}}, _plan}), do: result
  end

  test "every fifth line of the corpus" do
    plans = Map.new(Corpus.documents(), fn {name, text} -> {name, Plan.new!(text)} end)
    lines = Enum.take_every(Corpus.lines(), 5)
    assert length(lines) > 2_000

    for [config, cell | _] = line <- lines do
      {number, plan} = {Corpus.unescape(cell), plans[config]}
      assert Corpus.answers(Face, config, number, {Numplan.explain(number, plan), plan}) == line
    end
  end

  test "random regexes of all of PCRE's syntax, as dial plan, converters, classifiers and reconcile regex" do
    :rand.seed(:exsss, {@seed, 1, 1})

    asked =
      for _ <- 1..250, {:ok, plan} <- [random_plan()], number <- PatternGenerator.subjects(12) do
        explanation = :numplan.explain(number, plan)
        assert explanation.e164 == :numplan.normalize(number, plan)
        assert explanation.class == :numplan.classify(number, plan)
        assert explanation.reconcilable == :numplan.is_reconcilable(number, plan)
        assert explanation.pretty_print == :numplan.pretty_print(number, plan)
        assert String.valid?(explanation.text) and explanation.text =~ ~r/\A([[:print:]]*\n)+\z/u
        rules = every_rule(explanation)
        for {rule, subject} <- rules, do: assert_as_re(rule, subject)
        Enum.count(rules, fn {rule, _} -> rule.runs == :re end)
      end

    assert length(asked) > 1_000 and Enum.sum(asked) > 1_000
  end

  defp random_plan do
    valid = fn -> valid(&PatternGenerator.pattern/0) end
    affixes = fn -> {[{"prefix", Enum.random(["", "+", "+1"])}, {"suffix", Enum.random(["", "0"])}]} end
    rewrites = fn count -> {for(_ <- 1..count, do: {valid.(), affixes.()})} end
    mask = fn -> for _ <- 1..6, into: "", do: Enum.random(["S", "#", "*", "\\", "(", " "]) end

    :numplan.plan(
      {[
         {"dial_plan", rewrites.(2)},
         {"e164_converters", rewrites.(3)},
         {"classifiers",
          {for(
             n <- 1..4,
             do: {"class#{n}", {[{"regex", valid.()} | Enum.take([{"pretty_print", mask.()}], rem(n, 2))]}}
           )}},
         {"reconcile_regex", valid.()}
       ]}
    )
  end

  defp valid(generate), do: generate |> Stream.repeatedly() |> Enum.find(&match?({:ok, _}, :re.compile(&1)))

  defp grouped_plan do
    pattern = &PatternGenerator.pattern/0
    grouped = fn -> Enum.random(["(#{pattern.()})(#{pattern.()})?", "(#{pattern.()})|(#{pattern.()})"]) end
    rules = for _ <- 1..3, do: {valid(grouped), {[{"prefix", "+"}]}}
    :numplan.plan({[{"e164_converters", {rules}}, {"dial_plan", {Enum.take(rules, -1)}}]})
  end

  defp every_rule(explanation) do
    rewritten =
      for %{tried: tried, number: number} <- [explanation.dial_plan, explanation.converters], do: {tried, number}

    tried = [{[explanation.reconcile | explanation.classifiers], explanation.e164} | rewritten]
    for {rules, subject} <- tried, rule <- rules, do: {rule, subject}
  end

  # Where re gives up, native rules give the true answer.
  defp assert_as_re(rule, subject) do
    case :re.run(subject, rule.regex, [:report_errors, {:capture, :none}]) do
      {:error, _limit} -> :ok
      answer -> assert {rule, subject, rule.matches} == {rule, subject, answer == :match}
    end
  end

  test "the root is the last group that OTP's re has, and the pieces make the number" do
    :rand.seed(:exsss, {@seed, 2, 2})

    groups =
      for _ <- 1..300, {:ok, plan} <- [grouped_plan()], number <- PatternGenerator.subjects(6) do
        explanation = :numplan.explain(number, plan)

        for %{change: %{} = change} = rewriting <- [explanation.dial_plan, explanation.converters] do
          {:match, spans} = :re.run(rewriting.number, List.last(rewriting.tried).regex, [{:capture, :all, :index}])
          assert change.group == length(spans) - 1
          assert rewriting.result == change.prefix <> change.root <> change.suffix
          {start, length} = List.last(spans)

          if start >= 0 and length > 0,
            do: assert({change.start, change.root} == {start, binary_part(rewriting.number, start, length)}),
            else: assert(change.root == "")

          change.group
        end
      end

    groups = List.flatten(groups)
    assert length(groups) > 500 and Enum.count(groups, &(&1 > 1)) > 20, inspect(Enum.frequencies(groups))
  end

  @foreign ~S"""
  {"classifiers": {"verb": "(*PRUNE)^\\+1", "native": "^\\d+$", "twice": "(.)\\1"},
   "e164_converters": {"^(\\d)\\1": {"prefix": "+"}, "(*PRUNE)^(?!5)(\\d)(\\d)$": {"suffix": "#"}},
   "reconcile_regex": "(*PRUNE)(?<!1)2",
   "dial_plan": {"(*PRUNE)^9(?!1)(.*)$": {}, "^8(.*)$": {"prefix": "7"}}}
  """

  test "rules that only re can run" do
    explanation = Numplan.explain("912", Plan.new!(@foreign))
    assert [%{runs: :re, matches: false}, %{runs: :native, matches: false}] = explanation.dial_plan.tried
    assert explanation.dial_plan.change == nil
    explanation = Numplan.explain("933", Plan.new!(@foreign))
    assert explanation.dial_plan.change == %{group: 1, start: 1, root: "33", prefix: "", suffix: ""}
    assert explanation.converters.change == %{group: 1, start: 0, root: "3", prefix: "+", suffix: ""}
    assert {explanation.e164, explanation.class, explanation.reconcilable?} == {"+3", nil, false}
    assert explanation.text =~ "(*PRUNE)^9(?!1)(.*)$  (run by OTP's re: a verb)\n"
    assert explanation.text =~ "None matches: it has no class.\n"
  end

  test "explains a list of numbers, long numbers, and text that is not a number" do
    assert ["a", ""] = for(explanation <- Numplan.explain(["a", ""]), do: explanation.number)
    assert [] == Numplan.explain([])
    long = String.duplicate("0", 100_000)
    assert %{e164: "+" <> rest, class: "unknown", text: text} = Numplan.explain(long)
    assert byte_size(rest) == 99_998
    assert byte_size(text) < 10_000

    for bad <- [:a, 1, nil, %{}, <<1::3>>, ["1" | "2"], ["1", nil]] do
      assert_raise ArgumentError, fn -> Numplan.explain(bad) end
    end

    for plan <- [:a, "x", make_ref()], do: assert_raise(ArgumentError, fn -> Numplan.explain("1", plan) end)
  end

  test "inspect leaves numbers out" do
    refute inspect(Numplan.explain("4158867900"), limit: :infinity) =~ "415"
  end

  test "the object for JSON has the keys in order, and no bytes that JSON has not" do
    plan = Plan.new!(~S'{"classifiers": {"a": {"regex": "", "pretty_print": "#-"}}, "e164_converters": {"^(.).*": {}}}')
    {members} = object = "é" |> Numplan.explain(plan) |> Explanation.object()

    assert Enum.map(members, &elem(&1, 0)) ==
             ~w(number plus dial_plan converters e164 classifiers class reconcilable reconcile layout pretty_print hint text)

    assert {:ok, text} = Numplan.json_encode(object)
    assert %{"e164" => "\\xC3", "number" => "é", "dial_plan" => nil, "layout" => layout} = Numplan.json_decode!(text)
    assert %{"from" => "class", "mask" => "#-", "steps" => [%{"does" => "emit", "takes" => "\\xC3"}, _]} = layout
  end
end
