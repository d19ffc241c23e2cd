defmodule Numplan.CheckTest do
  @moduledoc """
  Checks and differences through the native library: what the corpus expects is found and nothing else, and every number that shows
  something is confirmed by a reference with OTP's `re`.
  """
  use ExUnit.Case

  alias Numplan.{Corpus, Diff, Plan, Reference}
  alias Numplan.CLI.Picture

  @cases Path.wildcard("testdata/check/*.json")

  defp decoded(text) do
    {:ok, json} = :numplan_json.decode(text, [:ordered])
    json
  end

  defp defaults do
    {:ok, text} = :numplan_nif.preset("kazoo-3.20")
    decoded(text)
  end

  # Each configuration with the findings that are expected of it.
  defp corpus do
    for file <- @cases, {members} <- file |> File.read!() |> decoded() do
      members = Map.new(members)
      expected = for {finding} <- members["findings"], do: Map.new(finding)
      {"#{Path.basename(file)}: #{members["name"]}", members["configuration"], expected}
    end
  end

  defp checked(configuration) do
    {:ok, report} = Numplan.check(configuration)
    report
  end

  test "each configuration has exactly its known findings" do
    corpus = corpus()
    assert length(corpus) >= 60

    for {name, configuration, expected} <- corpus do
      found = for finding <- checked(configuration).findings, do: {Atom.to_string(finding.kind), finding.path}

      assert {name, Enum.sort(found)} ==
               {name, Enum.sort(for(finding <- expected, do: {finding["kind"], finding["path"]}))}
    end
  end

  # Small configurations, operators', and the presets.
  defp configurations do
    presets = for name <- :numplan_nif.presets(), do: {name, elem(:numplan_nif.preset(name), 1) |> decoded()}
    operators = for {name, text} <- Corpus.configs(), do: {name, decoded(text)}
    small = for {name, configuration, _} <- corpus(), do: {name, configuration}

    for {name, configuration} <- presets ++ operators ++ small,
        {:ok, plan} <- [Plan.new(configuration)],
        do: {name, configuration, plan}
  end

  test "every number that shows a finding is confirmed by re" do
    counts =
      for {name, configuration, plan} <- configurations() do
        reference = Reference.new(whole(configuration), defaults())
        lists = for {name, class} <- reference.classifiers, do: {"classifiers.#{name}.prefixes", Reference.regex(class)}
        rules = Plan.info(plan).rules |> Map.new(&{&1.path, &1.regex}) |> Map.merge(Map.new(lists))

        for finding <- checked(configuration).findings do
          witnesses = Enum.reject([finding.witness | Enum.map(finding.related, & &1.witness)], &is_nil/1)

          for witness <- witnesses do
            assert {name, Reference.normalize(witness.number, reference)} == {name, witness.e164}
            assert {name, Reference.classify(witness.number, reference)} == {name, witness.class}
          end

          assert {name, finding, shown(finding, rules, reference)} == {name, finding, true}
          length(witnesses)
        end
      end

    assert counts |> List.flatten() |> Enum.sum() > 300
  end

  # Documents of other shapes, as the engine reads them.
  defp whole({[{key, document} | _]}) when key in ["default", "data"], do: whole(document)

  defp whole({members} = document) do
    if Enum.any?(~w(classifiers e164_converters reconcile_regex dial_plan), &List.keymember?(members, &1, 0)),
      do: document,
      else: {[{"classifiers", document}]}
  end

  defp found?(subject, regex), do: :re.run(subject, regex) != :nomatch

  # What a finding says of its numbers, asked of re.
  defp shown(%{kind: :no_class, witness: witness}, _rules, _reference), do: witness.class == nil

  defp shown(%{kind: :overlap} = finding, rules, _reference) do
    subject = subject(finding)
    found?(subject, rules[finding.path]) and Enum.all?(finding.related, &found?(subject, rules[&1.path]))
  end

  defp shown(%{kind: :not_idempotent, witness: %{e164: once}}, _rules, reference),
    do: Reference.normalize(once, reference) != once

  defp shown(%{kind: :no_plus, witness: %{e164: e164}}, _rules, _reference), do: not String.starts_with?(e164, "+")

  defp shown(%{kind: :national_with_plus, witness: witness, related: [%{witness: other}]} = finding, rules, _reference) do
    # The same class, and the same regex, with the code and without it.
    witness.class == other.class and byte_size(other.number) > byte_size(witness.number) and
      Enum.all?([witness, other], &found?(&1.number, rules[finding.path]))
  end

  defp shown(%{kind: :unanchored, witness: %{} = witness} = finding, rules, _reference),
    do: found?(subject(finding, witness), rules[finding.path])

  defp shown(_finding, _rules, _reference), do: true

  defp subject(finding), do: subject(finding, finding.witness)
  defp subject(%{path: "classifiers" <> _}, witness), do: witness.e164
  defp subject(_rewriting, witness), do: witness.number

  test "a rule that never matches takes none of many numbers" do
    # Where the empty number or one that does not print is an exception, the sentence says so.
    numbers = Enum.filter(Corpus.numbers(), &(&1 != "" and String.printable?(&1))) ++ random_numbers(5_000)
    numbers = Enum.reject(numbers, &String.contains?(&1, "\n"))

    for {name, configuration, plan} <- configurations(),
        %{kind: :never_matches, path: "classifiers" <> _ = path} <- checked(configuration).findings do
      classifier = plan |> Picture.classifiers() |> Enum.find(&(&1.path == path))
      # Of a name that stands twice the other one may match.
      if Enum.count(Plan.info(plan).classes, &(&1 == classifier.name)) == 1,
        do: assert({name, Enum.filter(numbers, &(Numplan.classify(&1, plan) == classifier.name))} == {name, []})
    end
  end

  defp random_numbers(count) do
    :rand.seed(:exsss, 7)
    for _ <- 1..count, do: for(_ <- 1..:rand.uniform(14), into: "", do: <<Enum.random(~c"0123456789+*#")>>)
  end

  test "every number that shows a difference is confirmed by re, and no other number moves in another way" do
    numbers = Corpus.numbers() ++ random_numbers(5_000)
    neighbours = Enum.chunk_every(:numplan_nif.presets(), 2, 1, :discard)

    for pair <- neighbours, [old, new] <- [pair, Enum.reverse(pair), [hd(pair), hd(pair)]] do
      {:ok, diff} = Numplan.diff({:preset, old}, {:preset, new})
      assert {old, new, diff.missing} == {old, new, []}
      references = for name <- [old, new], do: Reference.new(decoded(elem(:numplan_nif.preset(name), 1)), defaults())
      changes = Enum.reject(diff.moves ++ diff.rewritten ++ [diff.gained, diff.lost], &is_nil/1)

      for change <- changes, {witness, reference} <- Enum.zip([change.old, change.new], references) do
        assert Reference.normalize(witness.number, reference) == witness.e164
        assert Reference.classify(witness.number, reference) == witness.class
      end

      counts = Diff.count(Numplan.plan!({:preset, old}), Numplan.plan!({:preset, new}), numbers)
      moves = for move <- diff.moves, do: {move.old.class, move.new.class}
      assert Map.keys(counts.moves) -- moves == []
      if counts.rewritten > 0, do: assert(diff.rewritten != [])
      assert Diff.none?(diff) == (changes == [])
    end
  end

  test "numbers of one's own are counted by the classes between which they move" do
    [old, new] = for name <- ["kazoo-4.1", "kazoo-4.2"], do: Numplan.plan!({:preset, name})

    assert Diff.count(old, new, ["+4527123456", "+4527123457", "911", "711", "00"]) == %{
             numbers: 5,
             moves: %{{"did_us", "international"} => 2, {"unknown", "emergency"} => 1},
             rewritten: 1
           }
  end

  @tag :tmp_dir
  test "names that would direct a terminal do not", %{tmp_dir: folder} do
    file = Path.join(folder, "plan.json")
    name = ~S(a\u001b[31m)
    regexes = [~s("#{name}": "^1$"), ~s("b#{name}": "^1|2$"), ~s["c#{name}": "(*PRUNE)1"]]
    document = &~s({"classifiers": {#{Enum.join(&1, ",")}}, "e164_converters": {}})
    File.write!(file, document.(regexes))
    File.write!(Path.join(folder, "old.json"), document.([~S("b": "^1|2$")]))
    File.write!(Path.join(folder, "numbers"), "1\n")
    old = ["diff", Path.join(folder, "old.json"), file, "--numbers", Path.join(folder, "numbers")]

    for arguments <- [["check", file], old] do
      shown = ExUnit.CaptureIO.capture_io(fn -> assert Numplan.CLI.run(arguments) == 1 end)
      assert shown =~ ~S(\x1B[31m)
      refute shown =~ "\e"
    end
  end

  @tag :tmp_dir
  test "texts of a configuration that would direct a terminal do not", %{tmp_dir: folder} do
    [good, bad] = for name <- ~w(good bad), do: Path.join(folder, name <> ".json")
    keys = ~S("friendly_name": "f\u001b[32m", "pretty_print": "\u001b[33m#")
    prefix = ~S|"e164_converters": {"^(7)$": {"prefix": "\u001b[34m"}}|
    File.write!(good, ~s({"classifiers": {"c\\u001b[31m": {"regex": "^9", #{keys}}}, #{prefix}}))
    File.write!(bad, ~S({"classifiers": {"c\u001b[31m": "^+\u001b[32m"}}))

    for arguments <- [
          ["classify", "--config", good, "9", "7"],
          ["explain", "--config", good, "7"],
          ["classify", "--config", bad, "9"],
          ["explain", "--config", bad, "9"],
          ["check", bad],
          ["diff", bad, good]
        ] do
      shown = shown_on_both(arguments)
      assert {arguments, shown =~ ~S(\x1B[3)} == {arguments, true}
      assert {arguments, shown =~ "\e"} == {arguments, false}
    end
  end

  defp shown_on_both(arguments) do
    test = self()
    told = &ExUnit.CaptureIO.capture_io(:stderr, &1)
    errors = told.(fn -> send(test, {:answers, ExUnit.CaptureIO.capture_io(fn -> Numplan.CLI.run(arguments) end)}) end)
    receive do: ({:answers, answers} -> answers <> errors)
  end

  test "a graph's file is a picture of the classifiers" do
    plan = Numplan.plan!(~S({"classifiers": {"<a>": "^1", "b\"": "^1$", "c": ""}, "e164_converters": {}}))
    report = checked(plan)
    svg = Picture.svg(report, Picture.classifiers(plan))
    assert {_, _} = svg |> to_charlist() |> :xmerl_scan.string(quiet: true)
    assert svg =~ "1. &lt;a&gt;" and svg =~ "#b91c1c"
    assert Picture.dot(report, Picture.classifiers(plan)) =~ ~S(c2 [label="2. b\"", color=red, fontcolor=red])
  end
end
