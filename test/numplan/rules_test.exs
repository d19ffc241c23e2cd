defmodule Numplan.RulesTest do
  # What is kept is the node's, and so is its memory.
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

  test "prefixes are the same text whether the rules are compiled or an invalid one stands among them" do
    for {prefix, text} <- [{"+1", "+1"}, {-7, "-7"}, {1.5, "1.5"}, {1.0e30, "1e+30"}, {true, "true"}, {:null, ""}] do
      rule = {"^(1)$", {[{"prefix", prefix}]}}
      plan = :numplan_rules.plan(:dial_plan, {[rule]})
      assert :numplan.apply_dial_plan("1", plan, :first_match) == text <> "1"
      invalid = {[rule, {"^+", {[]}}]}
      assert :numplan_rules.plan(:dial_plan, invalid) == :refused
      assert :numplan_uncompiled.rewrite("1", invalid) == text <> "1"
    end
  end

  test "a text that is part of a large document does not keep that" do
    before = binaries()

    for n <- 1..100 do
      regex = "^#{n}" <> String.duplicate("x?", 50) <> "$"
      part = binary_part(String.duplicate(" ", 1_000_000) <> regex, 1_000_000, byte_size(regex))
      reference(:dial_plan, {[{part, {[]}}]})
    end

    assert binaries() - before < 20_000_000
  end

  defp binaries do
    :erlang.garbage_collect()
    :erlang.memory(:binary)
  end

  test "what is kept is weighed with the texts that are not on the heap" do
    %{bytes: before} = :numplan_rules.status()

    assert :numplan_rules.plan(:dial_plan, {[{"^+", {[{"description", String.duplicate("d", 5_000_000)}]}}]}) ==
             :refused

    assert :numplan_rules.status().bytes - before > 5_000_000
  end
end
