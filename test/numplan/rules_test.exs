defmodule Numplan.RulesTest do
  use ExUnit.Case, async: false

  defp reference(kind, content), do: kind |> :numplan_rules.plan(content) |> elem(1)

  test "content that begins alike is found again, each its own plan" do
    alike = fn n -> {for(k <- 1..6, do: {"^#{k}y$", {[{"prefix", "+"}]}}) ++ [{"^(7)$", {[{"prefix", "+#{n}"}]}}]} end
    once = for n <- 1..40, do: reference(:dial_plan, alike.(n))
    assert Enum.uniq(once) == once
    assert for(n <- 1..40, do: reference(:dial_plan, alike.(n))) == once
  end

  test "reconcile regexes are found again, and are not taken for each other" do
    once = for n <- 1..40, do: reference(:reconcile_regex, "^\\+#{n}$")
    assert Enum.uniq(once) == once
    assert for(n <- 1..40, do: reference(:reconcile_regex, "^\\+#{n}$")) == once
  end
end
