defmodule Numplan.Kazoo.FollowerTest do
  @moduledoc "What a node of Kazoo holds of its configuration, and how it follows that, with doubles of Kazoo's modules."
  use ExUnit.Case

  alias Numplan.Builds

  @moduletag :tmp_dir
  @moduletag timeout: 600_000

  @account String.duplicate("a", 32)
  @doubles ~w(kapps_config kapps_account_config kzd_accounts kz_cache kazoo_bindings kapi_conf kz_datamgr kz_services_reseller converter_reference)

  setup %{tmp_dir: folder} do
    peer = Builds.start_node(Builds.one_build(folder))
    for name <- @doubles, do: Builds.load_erlang(peer, "kazoo/#{name}.erl")
    Builds.load_erlang(peer, "upgrade_load.erl")
    :ok = Builds.call(peer, :logger, :add_handler, [:kept, :upgrade_load, %{}])
    :ok = Builds.call(peer, :kapps_config, :start, [])
    %{peer: peer}
  end

  defp prefix(prefix), do: {[{"^(\\d{7})$", {[{"prefix", prefix}]}}]}
  defp system(peer, members), do: :ok = Builds.call(peer, :kapps_config, :edit, ["number_manager", {members}])
  defp account(peer, members, id \\ @account), do: :ok = Builds.call(peer, :kzd_accounts, :put, [id, {members}])
  defp break(peer, outage), do: :ok = Builds.call(peer, :kzd_accounts, :break, [outage])
  defp status(peer), do: Builds.call(peer, :numplan_kazoo, :status, [])
  defp follower(peer), do: Builds.call(peer, :erlang, :whereis, [:numplan_kazoo_follower])
  defp normalize(peer, arguments), do: Builds.call(peer, :knm_converter_numplan, :normalize, ["8867900" | arguments])

  # The milliseconds until the answer is the expected one. Another one before that is `before`.
  defp in_force(peer, arguments, expected, before) do
    from = System.monotonic_time(:millisecond)
    answer = Builds.await(fn -> peer |> normalize(arguments) |> known(before) end, expected)
    {answer, System.monotonic_time(:millisecond) - from}
  end

  defp known(answer, before) do
    if answer in before, do: :before, else: answer
  end

  defp logged(peer) do
    for text <- peer |> Builds.call(:persistent_term, :get, [:logged, []]) |> Enum.reverse(), text =~ "Kazoo", do: text
  end

  describe "a class by prefixes, or by the world's plan," do
    test "that Kazoo does not know is named by the status", %{peer: peer} do
      classifiers = [
        {"fraud", {[{"prefixes", ["1900"]}, {"numplan_only", true}]}},
        {"mobile", {[{"world", {[{"type", ["MOBILE"]}]}}, {"numplan_only", true}]}},
        {"unknown", {[{"regex", "^.*$"}]}}
      ]

      system(peer, [{"classifiers", {classifiers}}])
      classify = fn -> Builds.call(peer, :numplan_classifiers, :classify, ["+19005550100"]) end
      assert Builds.await(classify, "fraud") == "fraud"
      assert Builds.call(peer, :numplan_classifiers, :classify, ["+447911123456"]) == "mobile"
      assert %{system: %{rules: :native, numplan_only: ["fraud", "mobile"]}} = status(peer)
    end
  end

  # Changes on another node and on this one, with Kazoo's bindings (4.3, 5), its cache alone (4.2) and neither.
  for {node, events} <- [
        other: [:kz_cache, :kazoo_bindings],
        this: [:kz_cache, :kazoo_bindings],
        other: [:kz_cache],
        this: [:kz_cache],
        other: []
      ] do
    describe "changes on #{node} node, with #{inspect(events)}:" do
      setup %{peer: peer} do
        for module <- unquote(events), do: :ok = Builds.call(peer, module, :start, [])
        :ok = Builds.call(peer, :persistent_term, :put, [:changing_node, unquote(node)])
        :ok
      end

      test "an edit of the system's converters is in force within a second, for accounts too", %{peer: peer} do
        system(peer, [{"e164_converters", prefix("+0")}])
        assert {"+08867900", _} = in_force(peer, [], "+08867900", [])
        assert normalize(peer, [@account]) == "+08867900"

        for n <- 1..5 do
          before = ["+#{n - 1}8867900"]
          system(peer, [{"e164_converters", prefix("+#{n}")}])
          assert {_, ms} = in_force(peer, [], "+#{n}8867900", before)
          assert {_, of_account} = in_force(peer, [@account], "+#{n}8867900", before)
          assert ms + of_account < 1_000
        end
      end

      test "an account's dial plan, converters and reseller are followed, and its end", %{peer: peer} do
        system(peer, [{"e164_converters", prefix("+0")}])
        assert {"+08867900", _} = in_force(peer, [@account], "+08867900", [])

        for {members, expected} <- [
              {[{"dial_plan", prefix("+1415")}], "+14158867900"},
              {[{"dial_plan", prefix("+1212")}], "+12128867900"},
              {[{:configs_number_manager, {[{"e164_converters", prefix("+2")}]}}], "+28867900"},
              {[{:reseller_number_manager, {[{"e164_converters", prefix("+3")}]}}], "+38867900"},
              {[{:reseller_number_manager, {[{"e164_converters", prefix("+4")}]}}], "+48867900"},
              {[], "+08867900"},
              {[{"dial_plan", prefix("+1415")}], "+14158867900"}
            ] do
          before = [normalize(peer, [@account])]
          account(peer, members)
          assert {^expected, ms} = in_force(peer, [@account], expected, before)
          assert ms < 1_000
        end

        :ok = Builds.call(peer, :kzd_accounts, :delete, [@account])
        assert {"+08867900", ms} = in_force(peer, [@account], "+08867900", ["+14158867900"])
        assert ms < 1_000
      end
    end
  end

  test "an account's plan is not read while its rules are fresh", %{peer: peer} do
    account(peer, [{"dial_plan", prefix("+1415")}])
    assert normalize(peer, [@account]) == "+14158867900"
    %{calls: %{by_account: calls, accounts_read: reads}} = status(peer)
    for _ <- 1..1_000, do: normalize(peer, [@account])
    %{calls: after_calls} = status(peer)
    assert after_calls.by_account == calls + 1_000
    assert after_calls.accounts_read - reads < 10
  end

  test "a number too long for a normal scheduler is answered by an account's rules, and counted once", %{peer: peer} do
    account(peer, [{"dial_plan", {[{"^(7+)$", {[{"prefix", "+"}]}}]}}])
    number = String.duplicate("7", 1_000_000)
    normalize = fn -> Builds.call(peer, :knm_converter_numplan, :normalize, [number, @account]) end
    assert normalize.() == "+" <> number
    %{by_account: before} = Builds.call(peer, :numplan_counts, :counts, [])
    assert normalize.() == "+" <> number
    assert %{by_account: counted} = Builds.call(peer, :numplan_counts, :counts, [])
    assert counted == before + 1
  end

  test "the last good rules stay in force while documents cannot be read, which is logged once", %{peer: peer} do
    system(peer, [{"e164_converters", prefix("+0")}])
    account(peer, [{"dial_plan", prefix("+1415")}])
    assert {"+08867900", _} = in_force(peer, [], "+08867900", [])
    assert normalize(peer, [@account]) == "+14158867900"
    assert status(peer).outages == []

    for outage <- [:timeout, :hang] do
      break(peer, outage)
      from = System.monotonic_time(:millisecond)
      # Longer than rules are good for.
      times = for _ <- 1..60, do: timed(fn -> assert normalize(peer, [@account]) == "+14158867900" end)
      assert System.monotonic_time(:millisecond) - from > 1_500
      assert Enum.count(times, &(&1 > 400)) <= 1
      assert normalize(peer, []) == "+08867900"
      assert [%{what: :system, reason: _}, %{what: :account}] = status(peer).outages
      break(peer, :none)
      assert Builds.await(fn -> status(peer).outages end, []) == []
    end

    # Once for the system and once for an account, when it begins and when it ends.
    logged = logged(peer)
    assert length(logged) == 8
    assert Enum.count(logged, &(&1 =~ "cannot be read" and &1 =~ "stay in force")) == 4
    assert Enum.count(logged, &(&1 =~ "can be read again")) == 4
    refute Enum.any?(logged, &(&1 =~ "8867900"))
  end

  test "an outage that begins with errors and goes on without answers holds calls up no longer", %{peer: peer} do
    account(peer, [{"dial_plan", prefix("+1415")}])
    assert normalize(peer, [@account]) == "+14158867900"

    for outage <- [:timeout, :hang] do
      break(peer, outage)
      times = for _ <- 1..60, do: timed(fn -> assert normalize(peer, [@account]) == "+14158867900" end)
      assert Enum.count(times, &(&1 > 400)) <= 1
    end
  end

  test "an account that does not answer holds up no other, and no edit of the system", %{peer: peer} do
    system(peer, [{"e164_converters", prefix("+0")}])
    healthy = String.duplicate("b", 32)
    for id <- [@account, healthy], do: account(peer, [{"dial_plan", prefix("+1415")}], id)
    for id <- [@account, healthy], do: assert(normalize(peer, [id]) == "+14158867900")
    :ok = Builds.call(peer, :kzd_accounts, :break, [@account, :hang])
    account(peer, [{"dial_plan", prefix("+1212")}], healthy)
    assert {"+12128867900", ms} = in_force(peer, [healthy], "+12128867900", ["+14158867900"])
    assert ms < 1_000
    system(peer, [{"e164_converters", prefix("+1")}])
    assert {"+18867900", ms} = in_force(peer, [], "+18867900", ["+08867900", "8867900"])
    assert ms < 1_000
    assert normalize(peer, [@account]) == "+14158867900"
    break(peer, :none)
  end

  test "an account without converters of its own keeps the system's while only these cannot be read", %{peer: peer} do
    system(peer, [{"e164_converters", prefix("+0")}])
    assert {"+08867900", _} = in_force(peer, [@account], "+08867900", [])
    :ok = Builds.call(peer, :kzd_accounts, :break, [:system, :timeout])
    for _ <- 1..60, do: timed(fn -> assert normalize(peer, [@account]) == "+08867900" end)
    break(peer, :none)
  end

  test "a number in E.164 reads nothing, even of an account that cannot be read", %{peer: peer} do
    assert normalize(peer, []) == "8867900"
    break(peer, :hang)
    stranger = String.duplicate("c", 32)

    {time, answer} =
      :timer.tc(fn -> Builds.call(peer, :knm_converter_numplan, :normalize, ["+14158867900", stranger]) end)

    assert answer == "+14158867900"
    assert time < 400_000
    break(peer, :none)
  end

  # A pause beside it, so that sixty of them outlast the second that rules are good for.
  defp timed(function) do
    {time, _} = :timer.tc(function)
    receive do: (:nothing -> :ok), after: (30 -> div(time, 1_000))
  end

  test "an account that was never read while documents cannot be is answered as Kazoo answers", %{peer: peer} do
    system(peer, [{"e164_converters", prefix("+0")}])
    assert {"+08867900", _} = in_force(peer, [], "+08867900", [])
    break(peer, :timeout)
    stranger = String.duplicate("b", 32)
    # kapps_config:get answers with the default.
    assert Builds.call(peer, :knm_converter_numplan, :normalize, ["4158867900", stranger]) == "+14158867900"
    break(peer, :none)
    assert {"+08867900", _} = in_force(peer, [stranger], "+08867900", ["8867900", "+8867900"])
  end

  test "a restart of Kazoo's cache makes everything be read again", %{peer: peer} do
    :ok = Builds.call(peer, :kz_cache, :start, [])
    account(peer, [{"dial_plan", prefix("+1415")}])
    assert normalize(peer, [@account]) == "+14158867900"
    %{system: %{reads: reads}} = status(peer)
    :ok = Builds.call(peer, :kz_cache, :stop, [])
    assert Builds.await(fn -> status(peer).system.reads > reads end, true)
    :ok = Builds.call(peer, :kz_cache, :start, [])

    assert Builds.await(
             fn -> Builds.call(peer, :kz_cache, :peek_local, [:kazoo_data_cache, {:numplan, :system}]) end,
             {:ok, :numplan}
           )

    account(peer, [{"dial_plan", prefix("+1212")}])
    assert {"+12128867900", ms} = in_force(peer, [@account], "+12128867900", ["+14158867900"])
    assert ms < 1_000
  end

  test "it binds again when Kazoo's bindings start again, and leaves none behind", %{peer: peer} do
    bound = fn -> Builds.call(peer, :ets, :tab2list, [:kazoo_bindings]) end
    :ok = Builds.call(peer, :kazoo_bindings, :start, [])
    assert normalize(peer, []) == "8867900"
    assert Builds.await(fn -> length(bound.()) end, 3) == 3
    :ok = Builds.call(peer, :kazoo_bindings, :stop, [])
    :ok = Builds.call(peer, :kazoo_bindings, :start, [])
    assert Builds.await(fn -> length(bound.()) end, 3) == 3
    :ok = Builds.call(peer, :numplan_kazoo_follower, :stop, [])
    assert bound.() == []
    assert Builds.call(peer, :erlang, :whereis, [:numplan_kazoo_refresher]) == :undefined
  end

  test "the follower that was killed is started by the next call, which fails no more than others", %{peer: peer} do
    system(peer, [{"e164_converters", prefix("+0")}])
    assert {"+08867900", _} = in_force(peer, [], "+08867900", [])
    before = follower(peer)
    true = Builds.call(peer, :erlang, :exit, [before, :kill])
    system(peer, [{"e164_converters", prefix("+1")}])
    assert {"+18867900", ms} = in_force(peer, [], "+18867900", ["+08867900"])
    assert ms < 1_000
    assert follower(peer) not in [before, :undefined]
  end

  test "it outlives the application, and a restart of that fails no call", %{peer: peer} do
    {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    system(peer, [{"e164_converters", prefix("+0")}])
    assert {"+08867900", _} = in_force(peer, [], "+08867900", [])
    load = Builds.call(peer, :converter_reference, :under_edits, [2])
    before = follower(peer)
    :ok = Builds.call(peer, :application, :stop, [:numplan])
    {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    assert follower(peer) == before

    for result <- Builds.call(peer, :converter_reference, :stop, [load]),
        do: assert({:ok, _, [{"+08867900", _}]} = result)
  end

  test "accounts beyond the bound are evicted, and equal rules share one plan", %{peer: peer} do
    :ok = Builds.call(peer, :application, :load, [:numplan])
    :ok = Builds.call(peer, :application, :set_env, [:numplan, :kazoo_accounts, 100])
    ids = for n <- 1..1_000, do: n |> Integer.to_string() |> String.pad_leading(32, "0")
    for id <- ids, do: account(peer, [{"dial_plan", prefix("+1415")}], id)
    for id <- ids, do: assert(normalize(peer, [id]) == "+14158867900")
    assert %{accounts: 100, max_accounts: 100, plans: 1, bytes: bytes, max_bytes: max} = status(peer).accounts
    assert bytes > 0 and bytes < max
    # Each with rules of its own.
    for id <- ids, do: account(peer, [{"dial_plan", prefix("+1" <> String.slice(id, -3, 3))}], id)
    for id <- Enum.take(ids, 200), do: assert(normalize(peer, [id]) == "+1#{String.slice(id, -3, 3)}8867900")
    assert %{accounts: 100, plans: plans} = status(peer).accounts
    assert plans > 90
  end

  test "its status says what is held, how fresh it is and which rules re runs", %{peer: peer} do
    assert %{system: %{rules: :native, age_ms: age, reads: reads}, release: :"5"} = status(peer)
    assert age < 2_000 and reads > 0
    system(peer, [{"e164_converters", {[{"^(\\d)\\1$", {[{"prefix", "+"}]}}]}}])
    path = ~S|e164_converters["^(\d)\1$"]|
    assert {:re, [^path]} = Builds.await(fn -> status(peer).system.rules end, {:re, [path]})
    before = status(peer).calls.re
    assert Builds.call(peer, :knm_converter_numplan, :normalize, ["77"]) == "+7"
    assert status(peer).calls.re == before + 1
    system(peer, [{"e164_converters", {[{"^+33", {[]}}]}}])
    assert Builds.await(fn -> status(peer).system.rules end, :refused) == :refused
  end
end
