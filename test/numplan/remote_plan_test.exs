defmodule Numplan.RemotePlanTest do
  @moduledoc """
  A plan that another VM has made: its native part is no resource here, and the regexes that were
  compiled for `re` may be of another release of OTP. It is compiled anew from its source.
  """
  use ExUnit.Case, async: true

  # Every kind of rule has one that only `re` runs.
  @source ~S'{"dial_plan": {"(*PRUNE)^7(\\d+)$": {"prefix": "", "suffix": ""}},
              "e164_converters": {"^(\\d\\d)\\1$": {"prefix": "+"}},
              "classifiers": {"twice": {"regex": "(*PRUNE)^\\+?(12)$", "pretty_print": "SS#"}},
              "reconcile_regex": "(*PRUNE)(?<!1)2"}'

  # As it comes from a node of another release: the resource is a plain reference, and `re` refuses
  # the compiled regexes.
  defp remote({:numplan_plan, _ref, names, foreign, source, id}),
    do: {:numplan_plan, make_ref(), names, foreign_regexes(foreign), source, id}

  defp foreign_regexes(regex) when is_tuple(regex) and elem(regex, 0) == :re_pattern,
    do: {:re_pattern, 1, 0, 0, "of another release"}

  defp foreign_regexes(tuple) when is_tuple(tuple),
    do: tuple |> Tuple.to_list() |> foreign_regexes() |> List.to_tuple()

  defp foreign_regexes(list) when is_list(list), do: Enum.map(list, &foreign_regexes/1)
  defp foreign_regexes(map) when is_map(map), do: Map.new(map, fn {key, value} -> {key, foreign_regexes(value)} end)
  defp foreign_regexes(term), do: term

  setup do
    {:ok, plan} = :numplan.plan(@source)
    %{plan: remote(plan), here: plan}
  end

  test "holds regexes that this node's re refuses", %{plan: plan, here: here} do
    assert plan != here
    assert %{reconcile: regex} = elem(plan, 3)
    assert_raise ArgumentError, fn -> :re.run("2", regex) end
  end

  test "is asked whether numbers are reconcilable", %{plan: plan} do
    for {number, expected} <- [{"+32", true}, {"+12", false}, {"12", false}, {"1212", false}, {"3232", true}],
        do: assert({number, :numplan.is_reconcilable(number, plan)} == {number, expected})
  end

  test "answers every other call", %{plan: plan} do
    assert :numplan.normalize("1212", plan) == "+12"
    assert :numplan.normalize(["1212", "1213"], plan) == ["+12", "1213"]
    assert :numplan.classify("1212", plan) == "twice"
    assert :numplan.pretty_print("1212", plan) == "2"
    assert :numplan.apply_dial_plan("7123", plan, :first_match) == "123"
    assert :numplan.apply_dial_plan("7123", plan, :full) == "123"
    assert %{class: "twice", e164: "+12"} = :numplan.explain("1212", plan)
    assert :numplan.classify_lines("1212\n1213\n", plan).places == <<1, 0>>
    assert {:ok, _} = :numplan.check(plan)
  end
end
