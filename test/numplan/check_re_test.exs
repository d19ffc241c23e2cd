defmodule Numplan.CheckReTest do
  @moduledoc """
  Checks and differences of configurations with rules that only OTP's `re` runs: every number that is shown is answered by the whole
  configuration, and what is said of it holds. The reference asks `re` for each rule.
  """
  use ExUnit.Case, async: true

  alias Numplan.{Diff, Reference}

  defp checked(json) do
    {:ok, report} = Numplan.check(json)
    report
  end

  defp compared(old, new) do
    {:ok, diff} = Numplan.diff(old, new)
    diff
  end

  defp reference(configuration), do: Reference.new(configuration, {[]})

  defp answer(number, reference) do
    %{
      number: number,
      e164: Reference.normalize(number, reference),
      class: Reference.classify(number, reference)
    }
  end

  defp witnesses(report) do
    for finding <- report.findings,
        witness <- [finding.witness | Enum.map(finding.related, & &1.witness)],
        witness != nil,
        do: {finding.kind, witness}
  end

  defp configuration(classifiers, converters, reconcile \\ "^\\+") do
    {[
       {"classifiers", {classifiers}},
       {"e164_converters", {for({regex, prefix} <- converters, do: {regex, {[{"prefix", prefix}]}})}},
       {"reconcile_regex", reconcile}
     ]}
  end

  test "a number that a converter left to re takes is shown as it is answered" do
    # 1 becomes 91, which falls to z: it does not show that a takes what c matches.
    plan = configuration([{"a", "^1$"}, {"b", "^2$"}, {"c", "^[12]$"}, {"z", "^(.*)$"}], [{"(*PRUNE)^(1)$", "9"}])
    report = checked(plan)
    assert {:never_matches, "classifiers.c"} in for(finding <- report.findings, do: {finding.kind, finding.path})
    for {_kind, witness} <- witnesses(report), do: assert(witness == answer(witness.number, reference(plan)))
    # But 2 does show what b takes.
    assert %{related: related} = Enum.find(report.findings, &(&1.kind == :never_matches))

    assert related == [
             %{path: "classifiers.a", witness: nil},
             %{path: "classifiers.b", witness: %{number: "2", e164: "2", class: "b"}}
           ]
  end

  test "a number that a class left to re takes is shown with that class" do
    # 0 keeps nothing under the converter, whatever class it falls to.
    plan = configuration([{"verb", "(*PRUNE)^\\+$"}, {"z", "^(.*)$"}], [{"^0(\\d*)$", "+"}])
    assert %{witness: witness} = Enum.find(checked(plan).findings, &(&1.kind == :empty_root))
    assert witness == %{number: "0", e164: "+", class: "verb"}
  end

  test "a class behind one left to re that takes no printable number says what it takes at most" do
    plan = configuration([{"verb", "(*PRUNE)^1\\n$"}, {"odd", "^1\\n$"}, {"z", "^(.*)$"}], [])
    assert %{sentence: sentence} = Enum.find(checked(plan).findings, &(&1.kind == :only_unprintable))
    assert sentence == "odd takes at most numbers with line breaks or other bytes that do not print."
  end

  test "a difference in reconcilable numbers shows the class by re" do
    classes = [{"verb", "(*PRUNE)^\\+0"}, {"z", "^(.*)$"}]
    diff = compared(configuration(classes, [], "^\\+0"), configuration(classes, [], "^\\+00"))
    assert %{old: %{number: "+0", class: "verb"}, new: %{number: "+0", class: "verb"}} = diff.lost
    assert diff.moves == []
  end

  test "a number that there is no time to ask re about is left out, and the report says so" do
    plan = configuration([{"verb", "(*PRUNE)^\\+$"}, {"z", "^(.*)$"}], [{"^0(\\d*)$", "+"}])
    assert {:ok, %{findings: findings, cut: [cut]}} = :numplan_check.check(plan, [], 0)
    assert %{witness: :undefined} = Enum.find(findings, &(&1.kind == :empty_root))
    assert %{bound: :time, proof: "the answers of re for witnesses"} = cut
  end

  describe "a reconcile regex that only re runs" do
    @reconcile "(*PRUNE)^\\+(?!1)\\d+$"

    test "moves no number where nothing changes, which is proved" do
      {:ok, preset} = :numplan_nif.preset("kazoo-3.20")
      {:ok, {members}} = :numplan_json.decode(preset, [:ordered])
      plan = {List.keyreplace(members, "reconcile_regex", 0, {"reconcile_regex", @reconcile})}
      assert Diff.none?(compared(plan, plan))
    end

    test "hides no move" do
      old = configuration([{"a", "^1$"}, {"b", "^2$"}, {"z", "^(.*)$"}], [], @reconcile)
      new = configuration([{"a", "^2$"}, {"b", "^1$"}, {"z", "^(.*)$"}], [], @reconcile)
      moves = for move <- compared(old, new).moves, do: {move.old.number, move.old.class, move.new.class}
      assert Enum.sort(moves) == [{"1", "a", "b"}, {"2", "b", "a"}]
      # The same regex on the same numbers: what is reconciled does not change, whatever it is.
      assert compared(old, new).missing == []
    end
  end

  # Numbers of these are tried, all of them up to this length.
  @bytes ["0", "1", "+"]
  @length 4

  defp numbers do
    Enum.scan(1..@length, [""], fn _, shorter -> for(number <- shorter, byte <- @bytes, do: number <> byte) end)
    |> List.flatten()
    |> then(&["" | &1])
  end

  @bodies ~W"[01]+$ 1 .*$ \+\d*$ \d{2}$ 0\d* (1)$ 0(\d*)$ (.*)$ \d(\d) (\d{2})$"
  @look_ahead ~W"(?=1) (?!0) (?!.*1$) (?=\d+$) (?=00|1) (?!\+)"
  # Look-behind, word boundaries, atomic groups, possessive quantifiers, `\K`.
  @whole ~W"^[01]+(?<!0)$ (?<=1)(0)$ \b[01]{2}\B (?<!\+)1 ^(?>1*)(1)$ ^\d*+1$ ^(?>0|01)(1*)$ ^1?+(\d)$ ^1\K(\d)$ ^[01]\K[01]*$"
  # Only `re` runs verbs, back-references, conditionals, and captures in look-ahead that are the root.
  # At the start of a regex this verb changes nothing.
  @verb "(*PRUNE)"
  @whole_to_re ~W"^(\d)\1 ^(0)?(?(1)1|(\d))$ ^(?=(\d))[01]+$"

  defp regex do
    case :rand.uniform(7) do
      1 -> "^" <> Enum.random(@look_ahead) <> Enum.random(@bodies)
      2 -> Enum.random(@whole)
      3 -> @verb <> "^" <> Enum.random(@look_ahead) <> Enum.random(@bodies)
      4 -> Enum.random([@verb <> Enum.random(@whole), Enum.random(@whole_to_re)])
      _ -> Enum.random(["^", "^", "^", ""]) <> Enum.random(@bodies)
    end
  end

  defp regexes(most), do: for(_ <- 1..:rand.uniform(most), do: regex())

  defp rewrites(most), do: for(regex <- Enum.uniq(regexes(most)), do: {regex, Enum.random(["+", "+1", "0", "1", ""])})

  defp random_configuration do
    classifiers = for {regex, place} <- Enum.with_index(regexes(4)), do: {"c#{place}", regex}
    {members} = configuration(classifiers, rewrites(3), regex())

    dial_plan =
      if :rand.uniform(3) == 1,
        do: [{"dial_plan", {for({regex, prefix} <- rewrites(2), do: {regex, {[{"prefix", prefix}]}})}}],
        else: []

    {members ++ dial_plan}
  end

  test "what a check shows and says never to happen is confirmed by re, for random configurations" do
    :rand.seed(:exsss, 15)
    numbers = numbers()

    shown =
      for _ <- 1..300 do
        plan = random_configuration()
        reference = reference(plan)
        report = checked(plan)
        answers = for number <- numbers, number != "", do: answer(number, reference)

        for {kind, witness} <- witnesses(report),
            do: assert({plan, kind, witness} == {plan, kind, answer(witness.number, reference)})

        for finding <- report.findings, do: confirm(finding, {plan, reference, answers})
        length(report.unread) > 0 and witnesses(report) != []
      end

    assert Enum.count(shown, & &1) > 100
  end

  defp confirm(%{kind: :never_matches, path: "classifiers." <> name}, {plan, _reference, answers}),
    do: assert({plan, name, Enum.filter(answers, &(&1.class == name))} == {plan, name, []})

  defp confirm(%{kind: :never_matches, path: "reconcile_regex"}, {plan, reference, answers}),
    do: assert({plan, Enum.filter(answers, &Reference.reconcilable?(&1.number, reference))} == {plan, []})

  defp confirm(%{kind: :no_class} = finding, {plan, _, _}), do: assert({plan, finding.witness.class} == {plan, nil})

  defp confirm(%{kind: :no_plus} = finding, {plan, _, _}),
    do: assert({plan, String.starts_with?(finding.witness.e164, "+")} == {plan, false})

  defp confirm(%{kind: :not_idempotent, witness: %{e164: once}}, {plan, reference, _}),
    do: refute({plan, Reference.normalize(once, reference)} == {plan, once})

  defp confirm(%{kind: :overlap, path: "classifiers." <> name} = finding, {plan, _, _}),
    do: assert({plan, finding.witness.class} == {plan, name})

  defp confirm(_finding, _plan), do: :ok

  test "what a difference shows is confirmed by re, for random configurations" do
    :rand.seed(:exsss, 16)

    shown =
      for _ <- 1..200 do
        [old, new] = plans = changed(random_configuration())
        references = Enum.map(plans, &reference/1)
        diff = compared(old, new)
        changes = Enum.reject(diff.moves ++ diff.rewritten ++ [diff.gained, diff.lost], &is_nil/1)

        for change <- changes,
            {witness, reference} <- Enum.zip([change.old, change.new], references),
            do: assert({plans, witness} == {plans, answer(witness.number, reference)})

        for %{old: old, new: new} <- diff.moves, do: assert({plans, old.class} != {plans, new.class})
        for %{old: old, new: new} <- diff.rewritten, do: assert({plans, old.e164} != {plans, new.e164})

        for {change, expected} <- [{diff.gained, [false, true]}, {diff.lost, [true, false]}], change != nil do
          was_and_is = Enum.map(references, &Reference.reconcilable?(change.old.number, &1))
          assert {plans, was_and_is} == {plans, expected}
        end

        if diff.missing == [], do: complete(diff, plans, references)
        assert {old, Diff.none?(compared(old, old))} == {old, true}
        changes != []
      end

    assert Enum.count(shown, & &1) > 30
  end

  # The same but for one part.
  defp changed({members} = plan) do
    {others} = random_configuration()
    {key, _} = Enum.random(members)
    [plan, {List.keyreplace(members, key, 0, List.keyfind(others, key, 0) || List.keyfind(members, key, 0))}]
  end

  defp complete(diff, plans, [old, new]) do
    known = for move <- diff.moves, do: {move.old.class, move.new.class}

    for number <- numbers() do
      {was, is} = {answer(number, old), answer(number, new)}
      if was.class != is.class, do: assert({plans, number, {was.class, is.class} in known} == {plans, number, true})

      if was.class == is.class and was.e164 != is.e164,
        do: assert({plans, number, diff.rewritten != []} == {plans, number, true})
    end
  end
end
