defmodule Numplan.Kazoo.ConverterTest do
  @moduledoc "The converter in a node with doubles of Kazoo's configuration modules, against a reference with OTP's `re`."
  use ExUnit.Case

  alias Numplan.{Builds, Corpus}

  @moduletag :tmp_dir
  @moduletag timeout: 1_800_000

  @numbers 100_000
  @distinct String.to_integer(System.get_env("DIAL_PLANS", "20000"))
  @account String.duplicate("a", 32)
  @stranger String.duplicate("b", 32)

  setup %{tmp_dir: folder} do
    peer = Builds.start_node(Builds.one_build(folder))
    {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    {:ok, peer: peer}
  end

  defp kazoo(peer) do
    for file <-
          ~w(kapps_config kapps_account_config kzd_accounts kz_cache kazoo_bindings kapi_conf converter_reference),
        do: Builds.load_erlang(peer, "kazoo/#{file}.erl")

    :ok = Builds.call(peer, :kapps_config, :start, [])
    for events <- [:kz_cache, :kazoo_bindings], do: :ok = Builds.call(peer, events, :start, [])
  end

  defp defaults do
    {:ok, text} = :numplan_nif.preset("kazoo-4.2")
    {:ok, {members}} = :numplan_json.decode(text, [:ordered])
    {_, converters} = List.keyfind(members, "e164_converters", 0)
    converters
  end

  # What the operators' configurations hold of converters and of dial plans, each once.
  defp samples(key) do
    Corpus.configs()
    |> Enum.flat_map(fn {name, text} ->
      {:ok, {members}} = :numplan_json.decode(text, [:ordered])
      for {^key, value} <- members, do: {name, value}
    end)
    |> Enum.uniq_by(&elem(&1, 1))
  end

  test "#{@numbers} numbers by every operator's converters and dial plans are normalised as by re", %{peer: peer} do
    kazoo(peer)
    numbers = Builds.call(peer, :converter_reference, :numbers, [@numbers, 6])
    converters = samples("e164_converters")
    dial_plans = samples("dial_plan")
    assert length(converters) > 8 and length(dial_plans) > 40

    cases =
      for({name, value} <- converters, do: {name, :system, value}) ++
        for({name, value} <- converters, variant <- [:account, :no_account], do: {name, variant, value}) ++
        for({name, value} <- dial_plans, variant <- [:account_dial_plan, :dial_plan], do: {name, variant, value}) ++
        for(
          {name, value} <- Enum.take(converters, 3),
          variant <- [:reseller, :deleted, :unreadable],
          do: {name, variant, value}
        )

    differences =
      for {name, variant, value} <- cases do
        {rules, function, more} = prepared(peer, variant, value, defaults())
        arguments = [numbers, rules, function, more]
        {name, variant, Builds.call(peer, :converter_reference, :differences, arguments, 120_000)}
      end

    assert Enum.reject(differences, &match?({_, _, []}, &1)) == []
    if System.get_env("CI"), do: IO.puts("converter: #{length(cases)} cases of #{@numbers} numbers, 0 differences")
  end

  defp prepared(peer, :system, value, _system) do
    configure(peer, [{"e164_converters", value}])
    {{:first, value}, :normalize, []}
  end

  # The account's own converters take the place of the system's; it has no dial plan.
  defp prepared(peer, :account, value, _system) do
    configure(peer, [])
    account(peer, configs_number_manager: {[{"e164_converters", value}]})
    {{:second, :undefined, value}, :normalize, [@account]}
  end

  # An account that there is no document of has the system's.
  defp prepared(peer, :no_account, value, _system) do
    configure(peer, [{"e164_converters", value}])
    {{:second, :undefined, value}, :normalize, [@stranger]}
  end

  defp prepared(peer, :account_dial_plan, value, system) do
    configure(peer, [])
    account(peer, [{"dial_plan", value}])
    {{:second, value, system}, :normalize, ["account%2Faa%2Faa%2F" <> String.duplicate("a", 28)]}
  end

  defp prepared(peer, :dial_plan, value, system) do
    configure(peer, [])
    account(peer, [])
    {{:third, value, system}, :normalize, [@account, value]}
  end

  # The account has none, and its reseller's are others than before.
  defp prepared(peer, :reseller, value, _system) do
    configure(peer, [])

    for converters <- [{[]}, value] do
      account(peer, reseller_number_manager: {[{"e164_converters", converters}]})
      "+14158867900" = Builds.call(peer, :knm_converter_numplan, :normalize, ["+14158867900", @account])
    end

    {{:second, :undefined, value}, :normalize, [@account]}
  end

  # The account had a dial plan, and is deleted.
  defp prepared(peer, :deleted, value, _system) do
    configure(peer, [{"e164_converters", value}])
    account(peer, [{"dial_plan", {[{"^(\\d+)$", {[{"prefix", "+"}]}}]}}])
    "+14158867900" = Builds.call(peer, :knm_converter_numplan, :normalize, ["+14158867900", @account])
    :ok = Builds.call(peer, :kzd_accounts, :delete, [@account])
    {{:second, :undefined, value}, :normalize, [@account]}
  end

  # The rules that were read before the database failed.
  defp prepared(peer, :unreadable, value, _system) do
    configure(peer, [])
    account(peer, configs_number_manager: {[{"e164_converters", value}]})
    "+14158867900" = Builds.call(peer, :knm_converter_numplan, :normalize, ["+14158867900", @account])
    :ok = Builds.call(peer, :kzd_accounts, :break, [:timeout])
    {{:second, :undefined, value}, :normalize, [@account]}
  end

  defp configure(peer, members) do
    :ok = Builds.call(peer, :kzd_accounts, :break, [:none])
    :ok = Builds.call(peer, :kapps_config, :edit, ["number_manager", {members}])
    # The event comes on its own, and what it asks of the follower is done before the status.
    :ok = Builds.call(peer, :kapps_config, :settle, [])
    %{} = Builds.call(peer, :numplan_kazoo, :status, [])
  end

  defp account(peer, members), do: :ok = Builds.call(peer, :kzd_accounts, :put, [@account, {members}])

  defp await(ready?) do
    unless ready?.() do
      receive do
      after
        5 -> await(ready?)
      end
    end
  end

  test "accounts that are not there, resellers, and what Kazoo's clauses do not take", %{peer: peer} do
    kazoo(peer)
    normalize = &Builds.call(peer, :knm_converter_numplan, :normalize, &1)
    seven = {[{"^(\\d{7})$", {[{"prefix", "+1415"}]}}]}

    assert normalize.(["4158867900", :undefined]) == "+14158867900"
    assert normalize.(["4158867900", @stranger]) == "+14158867900"
    account(peer, reseller_number_manager: {[{"e164_converters", seven}]})
    assert normalize.(["8867900", @account]) == "+14158867900"
    assert normalize.(["4158867900", @account]) == "4158867900"
    assert normalize.(["8867900", @account, {[]}]) == "+14158867900"
    assert normalize.(["+8867900", @account, {[{"^\\+(\\d+)$", {[]}}]}]) == "+14158867900"

    for arguments <- [[""], ["", @account], ["", @account, {[]}], ["1", "short", {[]}], [1], [~c"1"]] do
      assert reason(catch_error(normalize.(arguments))) == :function_clause
    end

    assert reason(catch_error(normalize.(["911", @account, {[{"^+33", {[]}}]}]))) == :badarg
    # A rule before the invalid one answers.
    assert normalize.(["8867900", @account, {[{"^(\\d{7})$", {[{"prefix", "+1415"}]}}, {"^+33", {[]}}]}]) ==
             "+14158867900"
  end

  test "a number is reconcilable by the account's own regex, after its own converters", %{peer: peer} do
    kazoo(peer)
    reconcilable? = &Builds.call(peer, :numplan_classifiers, :is_reconcilable, &1)
    configure(peer, [{"reconcile_regex", "^\\+1\\d{10}$"}])

    assert for(
             number <- ["4158867900", "911"],
             account <- [:undefined, @stranger],
             do: reconcilable?.([number, account])
           ) ==
             [true, true, false, false]

    converters = {[{"^7(\\d{2})$", {[{"prefix", "9"}]}}]}
    account(peer, configs_number_manager: {[{"reconcile_regex", "^9\\d\\d$"}, {"e164_converters", converters}]})
    database = "account/aa/aa/" <> String.duplicate("a", 28)

    assert Enum.map([["711", @account], ["711", database], ["711"], ["4158867900", @account]], reconcilable?) == [
             true,
             true,
             false,
             false
           ]

    account(peer, configs_number_manager: {[{"reconcile_regex", "^+"}]})
    assert reason(catch_error(reconcilable?.(["911", @account]))) == :badarg
  end

  defp reason(reason) when is_atom(reason), do: reason
  defp reason({reason, _stack}), do: reason

  test "an edit of the configuration is in force within a second, and no call fails", %{peer: peer} do
    kazoo(peer)
    configure(peer, [{"e164_converters", {[{"^(\\d{7})$", {[{"prefix", "+0"}]}}]}}])
    load = Builds.call(peer, :converter_reference, :under_edits, [4])

    edits =
      for n <- 1..20 do
        converters = {[{"^(\\d{7})$", {[{"prefix", "+#{n}"}]}}]}
        at = System.os_time(:millisecond)
        :ok = Builds.call(peer, :kapps_config, :edit, ["number_manager", {[{"e164_converters", converters}]}])
        await(fn -> Builds.call(peer, :knm_converter_numplan, :normalize, ["8867900"]) == "+#{n}8867900" end)
        {"+#{n}8867900", at}
      end

    for result <- Builds.call(peer, :converter_reference, :stop, [load]) do
      assert {:ok, calls, seen} = result
      assert calls > 1_000
      seen = Map.new(seen)
      # A caller may have been off the processor for the whole of one edit; each has seen the last.
      {last, at} = List.last(edits)
      assert seen[last] - at < 1_000
      for {answer, at} <- edits, noted = seen[answer], do: assert(noted - at < 1_000)
    end
  end

  test "#{@distinct} distinct dial plans in a row are not all kept", %{peer: peer} do
    kazoo(peer)
    {kept, node} = Builds.call(peer, :converter_reference, :distinct, [@distinct, 1], 1_800_000)
    status = Builds.call(peer, :numplan_plan_cache, :status, [])
    assert kept <= status.max_bytes and status.plans <= 20_000
    # The plans, and a node with its code.
    assert node < status.max_bytes * 4
    mb = &Float.round(&1 / 1.0e6, 1)

    if System.get_env("CI"),
      do: IO.puts("rules: #{@distinct} dial plans, at most #{mb.(kept)} MB kept, the node #{mb.(node)} MB")
  end

  test "of the plans kept those go that nobody asks for, and equal content finds its own plan", %{peer: peer} do
    kazoo(peer)
    normalize = &Builds.call(peer, :knm_converter_numplan, :normalize, [&1, @account, &2])
    # What is read to find a plan is the same in all of these: they differ in their last rule.
    alike = fn n -> {for(k <- 1..6, do: {"^#{k}x$", {[{"prefix", "+"}]}}) ++ [{"^(7)$", {[{"prefix", "+#{n}"}]}}]} end
    for round <- 1..2, n <- 1..40, do: assert({round, normalize.("7", alike.(n))} == {round, "+#{n}7"})

    wanted = {[{"^(7)$", {[{"prefix", "+1"}]}}]}
    table = Builds.call(peer, :persistent_term, :get, [:numplan_plan_cache])
    cached? = fn -> Builds.call(peer, :numplan_nif, :plan_cache_find, [table, {:dial_plan, wanted}]) != :none end
    refute cached?.()
    assert normalize.("7", wanted) == "+17"

    # Fewer than the cache holds come between, so that it is used before the clock comes to it.
    for round <- 1..3 do
      _ = Builds.call(peer, :converter_reference, :distinct, [15_000, round * 100_000], 600_000)
      assert cached?.()
    end

    _ = Builds.call(peer, :converter_reference, :distinct, [45_000, 1_000_000], 600_000)
    refute cached?.()
  end

  test "a node without Kazoo's modules answers by the active plan", %{peer: peer} do
    normalize = &Builds.call(peer, :knm_converter_numplan, :normalize, &1)
    :ok = Builds.call(peer, :numplan, :configure, [~S({"e164_converters": {"^7$": {"prefix": "+"}}})])
    assert normalize.(["7"]) == "+7"
    assert normalize.(["7", @account]) == "+7"
    assert normalize.(["77", @account, {[{"^7(7)$", {[]}}]}]) == "+7"

    assert [:to_npan, :to_1npan, :to_strip_plus]
           |> Enum.map(&Builds.call(peer, :knm_converter_numplan, &1, ["+14158867900"])) ==
             ["4158867900", "14158867900", "14158867900"]
  end
end
