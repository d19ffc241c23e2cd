defmodule Numplan.World.ClassTest do
  @moduledoc """
  Classes by the world's plan in everything that reads a configuration, against what Python's
  `phonenumbers` answers (`scripts/world_vectors.py`): the type of a number, and the regions that it
  is valid for.
  """
  use ExUnit.Case, async: true

  alias Numplan.{ConfigError, Plan, Problem}

  @classes [
    {"nine", "^\\+9"},
    {"premium", %{region: ["JM", "FR", "001"], type: ["PREMIUM_RATE"]}},
    {"mobile", %{type: ["MOBILE"]}},
    {"british", %{region: ["GB", "GG"]}},
    {"four", "^\\+4"}
  ]

  defp document(classes) do
    classes = for {name, class} <- classes, do: {name, class(class)}
    {[{"classifiers", {classes}}, {"e164_converters", {[{"^00(\\d+)$", {[{"prefix", "+"}]}}]}}]}
  end

  defp class(regex) when is_binary(regex), do: regex
  defp class(selection), do: {[{"world", world(selection)}, {"numplan_only", true}]}

  defp world(selection), do: {for({key, names} <- selection, do: {Atom.to_string(key), names})}

  # Numbers that were read and have no extension: in E.164, the type, and the regions that they are valid for.
  defp rows do
    text = "testdata/world/vectors.tsv.gz" |> File.read!() |> :zlib.gunzip()

    for line <- String.split(text, "\n", trim: true),
        cells = String.split(line, "\t"),
        length(cells) == 30,
        [e164, "", _source, _carrier, _region, type, _valid, _possible, regions | _] <- [Enum.drop(cells, 5)],
        do: {e164, type, String.split(regions, ",", trim: true)}
  end

  defp expected({e164, type, regions}) do
    Enum.find_value(@classes, fn
      {name, "^\\" <> prefix} -> if String.starts_with?(e164, prefix), do: name
      {name, selection} -> if type != "UNKNOWN" and selected?(selection, type, regions), do: name
    end)
  end

  defp selected?(selection, type, regions) do
    Enum.all?(selection, fn
      {:type, types} -> type in types
      {:region, names} -> Enum.any?(regions, &(&1 in names))
    end)
  end

  setup_all do
    %{rows: Enum.take_every(rows(), 5), plan: Plan.new!(document(@classes))}
  end

  test "every call gives the first class by region and type", %{rows: rows, plan: plan} do
    numbers = for {e164, _, _} <- rows, do: e164
    wanted = Enum.map(rows, &expected/1)
    assert Map.keys(Enum.frequencies(wanted)) -- [nil] == ~w(british four mobile nine premium)

    assert Enum.map(numbers, &Numplan.classify(&1, plan)) == wanted
    assert Numplan.classify(numbers, plan) == wanted
    dialled = Enum.map(numbers, &String.replace_prefix(&1, "+", "00"))
    assert Numplan.classify(dialled, plan) == wanted
    spaced = Enum.map(numbers, fn <<first::binary-size(2), rest::binary>> -> first <> " (" <> rest <> ")" end)
    assert Numplan.classify(spaced, plan: plan, clean: true) == wanted

    text = Enum.map_join(dialled, &(&1 <> "\n"))
    assert named(:numplan.classify_lines(text, plan)) == wanted
    {e164, classes} = :numplan.normalize_and_classify_lines(text, plan)
    assert {e164, named(classes)} == {Enum.map_join(numbers, &(&1 <> "\n")), wanted}

    for {number, name} <- Enum.zip(numbers, wanted) |> Enum.take_every(200) do
      assert {number, Numplan.explain(number, plan).class} == {number, name}
    end
  end

  defp named(%{names: names, bits: 8, places: places}),
    do: for(<<place <- places>>, do: if(place == 0, do: nil, else: elem(names, place - 1)))

  test "a plan of another VM answers the same", %{rows: rows, plan: plan} do
    {:numplan_plan, _ref, names, foreign, source, id} = plan.erlang
    remote = {:numplan_plan, make_ref(), names, foreign, source, id}
    numbers = for {e164, _, _} <- Enum.take(rows, 100), do: e164
    assert :numplan.classify(numbers, remote) == :numplan.classify(numbers, plan.erlang)
  end

  test "information and explanations have regions and types", %{plan: plan} do
    info = Plan.info(plan)
    rule = Enum.find(info.rules, &(&1.path == "classifiers.premium.world"))
    assert %{regex: "", runs: :native, world: %{region: ["JM", "FR", "001"], type: ["PREMIUM_RATE"]}} = rule
    assert info.numplan_only == ~w(premium mobile british)
    explanation = Numplan.explain("+447911123456", plan)
    assert explanation.class == "mobile"
    assert Enum.find(explanation.classifiers, &(&1.name == "mobile")).world == %{type: ["MOBILE"]}
    assert explanation.text =~ "valid numbers of JM, FR, 001 of the type PREMIUM_RATE"
    {members} = Numplan.Explanation.object(explanation)
    {"classifiers", classifiers} = List.keyfind(members, "classifiers", 0)
    assert {"world", {[{"region", ["GB", "GG"]}]}} in elem(Enum.at(classifiers, 3), 0)

    {"mobile", members} = List.keyfind(Plan.available_classifiers(plan), "mobile", 0)
    assert members == [{"world", {[{"type", ["MOBILE"]}]}}, {"numplan_only", true}, {"friendly_name", "mobile"}]
  end

  test "a regex stands in for it on nodes of Kazoo alone, and must be valid" do
    document = fn regex ->
      {[{"classifiers", {[{"m", {[{"world", world(%{type: ["MOBILE"]})}, {"regex", regex}]}}]}}]}
    end

    plan = Plan.new!(document.("^\\+44"))
    assert Plan.info(plan).numplan_only == []
    assert Numplan.classify(["+447911123456", "+442079460000", "+33612345678"], plan) == ["m", nil, "m"]
    assert [message] = messages(document.("^+44"))
    assert message =~ "classifiers.m.regex: nothing to repeat at offset 1"
  end

  defp messages(source) do
    assert {:error, %ConfigError{problems: problems}} = Plan.new(source)
    Enum.map(problems, &Problem.message/1)
  end

  test "what is no selection is refused whole" do
    for {selection, words} <- [
          {%{}, "classifiers.c.world: expected region, type or both"},
          {%{region: ["UK"]}, "classifiers.c.world.region.0: UK is not known (did you mean GB)"},
          {%{type: ["UNKNOWN"]},
           "classifiers.c.world.type.0: UNKNOWN is not known (a type is one of FIXED_LINE, MOBILE"},
          {%{types: ["MOBILE"], region: ["FR"]}, "classifiers.c.world.types: expected region or type"},
          {%{region: ["US"], type: ["MOBILE"]},
           "classifiers.c.world: there are no valid numbers of US of the type MOBILE"}
        ] do
      assert [message] = messages(document([{"c", selection}]))
      assert String.starts_with?(message, words)
    end

    world = {"world", world(%{region: ["FR"]})}
    assert [message] = messages({[{"classifiers", {[{"c", {[world]}}]}}]})
    assert message =~ "classifiers.c: a class by the world's plan, and no regex for nodes of Kazoo"
    assert [message] = messages({[{"classifiers", {[{"c", {[world, {"prefixes", ["1"]}, {"regex", "^"}]}}]}}]})
    assert message =~ "classifiers.c.world: a class has either prefixes or this, and not both"
  end

  test "a check and a difference know it" do
    classes = [{"mobile", %{type: ["MOBILE"]}}, {"french", %{region: ["FR"], type: ["MOBILE"]}}, {"rest", "^"}]
    assert {:ok, report} = Numplan.check(document(classes))
    assert {report.unread, report.cut} == {[], []}
    assert [%{path: "classifiers.french.world"}] = for(f <- report.findings, f.kind == :never_matches, do: f)

    assert ~w(classifiers.mobile.world classifiers.french.world) ==
             for(f <- report.findings, f.kind == :numplan_only, do: f.path)

    old = Plan.new!(document([{"premium", %{region: ["FR"], type: ["PREMIUM_RATE"]}}]))
    new = Plan.new!(document([{"premium", %{region: ["FR", "BE"], type: ["PREMIUM_RATE"]}}]))
    assert {:ok, diff} = Numplan.diff(old, new)
    assert [%{old: %{class: nil}, new: %{class: "premium", e164: e164}}] = diff.moves
    assert {diff.missing, Numplan.region(e164), Numplan.number_type(e164)} == {[], "BE", "PREMIUM_RATE"}
  end
end
