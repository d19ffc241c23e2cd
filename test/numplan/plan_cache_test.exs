defmodule Numplan.PlanCacheTest do
  # What is kept is the node's, and so is its memory.
  use ExUnit.Case, async: false

  alias Numplan.Schedulers

  defp reference(kind, content), do: kind |> :numplan_plan_cache.plan(content) |> elem(1)

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

  # As Kazoo's `kz_term:to_binary/1` writes them.
  test "prefixes are the same text whether the rules are compiled or an invalid one stands among them" do
    prefixes = [
      {"+1", "+1"},
      {-7, "-7"},
      {1.5, "1.5"},
      {1.0e30, "1.0e+30"},
      {true, "true"},
      {:null, "null"},
      {["+", "4"], "+4"}
    ]

    for {prefix, text} <- prefixes do
      rule = {"^(1)$", {[{"prefix", prefix}]}}
      plan = :numplan_plan_cache.plan(:dial_plan, {[rule]})
      assert :numplan.apply_dial_plan("1", plan, :first_match) == text <> "1"
      invalid = {[rule, {"^+", {[]}}]}
      assert :numplan_plan_cache.plan(:dial_plan, invalid) == :refused
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

  test "the cache is sized with the binaries outside of the heap" do
    %{bytes: before} = :numplan_plan_cache.status()

    assert :numplan_plan_cache.plan(:dial_plan, {[{"^+", {[{"description", String.duplicate("d", 5_000_000)}]}}]}) ==
             :refused

    assert :numplan_plan_cache.status().bytes - before > 5_000_000
  end

  defp rules(count, first), do: {[{first, {[]}} | for(n <- 1..count, do: {"^#{n}(\\d{7})$", {[{"prefix", "+"}]}})]}

  test "calls that bring the same at once have it compiled once" do
    :erlang.trace_pattern({:numplan_plan, :new, 1}, true, [:call_count])
    content = rules(400, "^once")

    asked = for _ <- 1..20, do: Task.async(fn -> reference(:dial_plan, content) end)
    assert [_the_same] = asked |> Task.await_many(60_000) |> Enum.uniq()
    assert :erlang.trace_info({:numplan_plan, :new, 1}, :call_count) == {:call_count, 1}
  after
    :erlang.trace_pattern({:numplan_plan, :new, 1}, false, [:call_count])
  end

  test "where the process that compiles is killed, those who wait for it do" do
    %{plans: _} = :numplan_plan_cache.status()
    content = rules(3, "^killed")
    table = :persistent_term.get(:numplan_plan_cache)
    test = self()

    maker =
      spawn(fn ->
        send(test, :numplan_nif.plan_cache_claim(table, {:dial_plan, content}))
        Process.sleep(:infinity)
      end)

    assert_receive :ok
    asked = for _ <- 1..3, do: Task.async(fn -> :numplan_plan_cache.plan(:dial_plan, content) end)
    monitored(maker, 3)
    assert :numplan_nif.plan_cache_claim(table, {:dial_plan, content}) == maker
    Process.exit(maker, :kill)
    for plan <- Task.await_many(asked), do: assert(:numplan.apply_dial_plan("^killed", plan, :first_match) == "^killed")
  end

  defp monitored(pid, times) do
    {:monitored_by, by} = Process.info(pid, :monitored_by)
    if length(by) < times, do: monitored(pid, times)
  end

  test "text that is not JSON is the caller's error" do
    assert_raise ArgumentError, fn -> :numplan_plan_cache.plan(:dial_plan, self()) end
    assert_raise ArgumentError, fn -> :numplan_plan_cache.plan(:dial_plan, {[{"^1", make_ref()}]}) end
  end

  test "a large text or plan is looked for by a dirty scheduler" do
    {small, large} = {rules(2, "^small"), rules(300, "^large")}
    for content <- [small, large], do: reference(:dial_plan, content)
    before = :numplan_nif.force_budget(1_000)

    try do
      assert {found, [_ | _] = schedulers} = Schedulers.trace(fn -> reference(:dial_plan, large) end)
      assert Enum.any?(schedulers, &Schedulers.dirty?/1)
      assert {_, schedulers} = Schedulers.trace(fn -> reference(:dial_plan, small) end)
      refute Enum.any?(schedulers, &Schedulers.dirty?/1)
      :numplan_nif.force_budget(before)
      assert reference(:dial_plan, large) == found
    after
      :numplan_nif.force_budget(before)
    end
  end
end
