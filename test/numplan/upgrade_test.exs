defmodule Numplan.UpgradeTest do
  @moduledoc "A bare node's change from one archive's directory to the next one's, under load."
  use ExUnit.Case

  alias Numplan.Builds

  @moduletag :tmp_dir
  @moduletag timeout: 600_000

  @callers 8
  @account String.duplicate("a", 32)
  @seven {[{"^(\\d{7})$", {[{"prefix", "+1415"}]}}]}

  setup_all do
    folder = Path.expand("tmp/builds")
    File.rm_rf!(folder)

    archived =
      for {version, tag} <- [{"0.0.8", "older"}, {"0.0.9", "newer"}],
          part = Path.join(folder, tag),
          :ok = File.mkdir_p!(part),
          do: Builds.archived(part, version, tag)

    %{archived: archived}
  end

  # Copies that a test may break, and a node that runs the older.
  setup %{archived: archived, tmp_dir: folder} do
    [older, newer] =
      for app <- archived,
          copy = Path.join(folder, Path.basename(app)),
          _ <- File.cp_r!(app, copy),
          uniq: true,
          do: copy

    peer = Builds.start_node(older)

    for name <- ~w(kazoo/kapps_config kazoo/kapps_account_config kazoo/kzd_accounts upgrade_load),
        do: Builds.load_erlang(peer, name <> ".erl")

    {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    :ok = Builds.call(peer, :logger, :add_handler, [:kept, :upgrade_load, %{}])
    %{peer: peer, older: older, newer: newer}
  end

  defp kazoo(peer) do
    :ok = Builds.call(peer, :kapps_config, :start, [])
    :ok = Builds.call(peer, :kzd_accounts, :put, [@account, {[{"dial_plan", @seven}]}])
  end

  defp to(peer, app), do: Builds.call(peer, :numplan_upgrade, :to, [app])
  defp tag(peer), do: peer |> Builds.call(:numplan_nif, :build_info, []) |> elem(1)
  defp library(peer), do: peer |> Builds.call(:numplan_nif, :build_info, []) |> elem(0)

  # Where each module was loaded from, without the rest of the path.
  defp loaded_from(peer) do
    for module <- Builds.erlang_modules(), uniq: true do
      peer |> Builds.call(:code, :which, [module]) |> to_string() |> Path.split() |> Enum.at(-3)
    end
  end

  defp upgraded?(peer, app, tag) do
    assert {loaded_from(peer), tag(peer)} == {[Path.basename(app)], tag}
    assert peer |> Builds.call(:code, :lib_dir, [:numplan]) |> to_string() == app
  end

  defp supervisor(peer), do: Builds.call(peer, :erlang, :whereis, [:numplan_sup])

  # The application's process lives on, and runs no old code: the next change finds nothing to wait for.
  defp settled?(peer, pid) do
    assert supervisor(peer) == pid
    assert Builds.call(peer, :upgrade_load, :runs_old_code, [:numplan_sup, Builds.erlang_modules()]) == []
  end

  defp stopped(peer, load) do
    results = Builds.call(peer, :upgrade_load, :stop, [load])
    assert length(results) == @callers
    assert Enum.all?(results, &match?({:ok, calls} when calls > 1_000, &1)), inspect(results)
    results |> Enum.map(&elem(&1, 1)) |> Enum.sum()
  end

  test "there and back, four times, under the load of #{2 * @callers} callers: no call fails", context do
    %{peer: peer, older: older, newer: newer} = context
    kazoo(peer)
    {:ok, held} = Builds.call(peer, :numplan, :plan, [{:preset, :"kazoo-4.2"}])
    supervisor = supervisor(peer)
    assert tag(peer) == "older"
    kazoo_load = Builds.call(peer, :upgrade_load, :start_kazoo, [@callers])
    load = Builds.call(peer, :upgrade_load, :start, [@callers])

    times =
      for round <- 1..8 do
        {app, tag} = if rem(round, 2) == 1, do: {newer, "newer"}, else: {older, "older"}
        {microseconds, :ok} = :timer.tc(fn -> to(peer, app) end)
        upgraded?(peer, app, tag)
        settled?(peer, supervisor)
        assert Builds.call(peer, :numplan, :classify, ["01144123456789", held]) == "international"
        div(microseconds, 1_000)
      end

    calls = stopped(peer, kazoo_load) + stopped(peer, load)
    report = "hot upgrade: 8 changes of archive, #{calls} calls, 0 failed, at most #{Enum.max(times)} ms each"
    if System.get_env("CI"), do: IO.puts(report)

    # What is kept serves, and is of this build.
    assert %{plans: plans, bytes: bytes} = Builds.call(peer, :numplan_plan_cache, :status, [])
    assert plans > 2 and bytes > 0
    assert Builds.call(peer, :knm_converter_numplan, :normalize, ["8867900", @account]) == "+14158867900"
    assert Builds.call(peer, :numplan_plan_cache, :status, []) == %{plans: plans, bytes: bytes, max_bytes: 134_217_728}
  end

  test "as Kazoo's hotload does it, module by module", %{peer: peer, newer: newer} do
    kazoo(peer)
    supervisor = supervisor(peer)
    load = Builds.call(peer, :upgrade_load, :start_kazoo, [@callers])
    true = Builds.call(peer, :code, :replace_path, [:numplan, to_charlist(Path.join(newer, "ebin"))])
    {:ok, modules} = Builds.call(peer, :application, :get_key, [:numplan, :modules])
    Builds.call(peer, :upgrade_load, :reload, [[:numplan_nif | modules -- [:numplan_nif]]])
    upgraded?(peer, newer, "newer")
    settled?(peer, supervisor)
    stopped(peer, load)
  end

  test "there and back, edits are followed on and counts go on", %{peer: peer, older: older, newer: newer} do
    kazoo(peer)
    ask = fn -> Builds.call(peer, :knm_converter_numplan, :normalize, ["8867900", @account]) end
    for _ <- 1..1_000, do: assert(ask.() == "+14158867900")

    for {app, prefix} <- [{newer, "+1212"}, {older, "+1650"}] do
      %{by_account: before} = Builds.call(peer, :numplan_counts, :counts, [])
      assert before >= 1_000
      :ok = to(peer, app)
      started = System.monotonic_time(:millisecond)

      :ok =
        Builds.call(peer, :kzd_accounts, :put, [@account, {[{"dial_plan", {[{"^(\\d{7})$", {[{"prefix", prefix}]}}]}}]}])

      assert Builds.await(ask, prefix <> "8867900") == prefix <> "8867900"
      assert System.monotonic_time(:millisecond) - started < 1_000
      converters = {[{"^(\\d{3})$", {[{"prefix", prefix}]}}]}
      :ok = Builds.call(peer, :kapps_config, :edit, ["number_manager", {[{"e164_converters", converters}]}])
      system = fn -> Builds.call(peer, :knm_converter_numplan, :normalize, ["911"]) end
      assert Builds.await(system, prefix <> "911") == prefix <> "911"
      assert ask.() == prefix <> "8867900"
      assert %{by_account: counted} = Builds.call(peer, :numplan_counts, :counts, [])
      assert counted > before
    end
  end

  test "the older library is let go when nothing of it is in use", %{peer: peer, newer: newer} do
    kazoo(peer)
    ask = fn -> Builds.call(peer, :knm_converter_numplan, :normalize, ["8867900", @account]) end
    assert ask.() == "+14158867900"
    assert Builds.call(peer, :numplan_plan_cache, :status, []).plans == 2
    :ok = to(peer, newer)
    # The follower may have compiled the system's rules again by now.
    assert Builds.call(peer, :numplan_plan_cache, :status, []).plans < 2
    assert ask.() == "+14158867900"
    Builds.call(peer, :numplan, :classify, ["911"])
    for module <- Builds.erlang_modules(), do: true = Builds.call(peer, :code, :soft_purge, [module])
    library = library(peer)
    assert Builds.await(fn -> Builds.call(peer, :upgrade_load, :mapped, []) end, [library]) == [library]
  end

  describe "what is refused changes nothing:" do
    setup %{peer: peer, older: older} do
      path = Builds.call(peer, :code, :get_path, [])

      unchanged? = fn ->
        upgraded?(peer, older, "older")
        assert Builds.call(peer, :code, :get_path, []) == path
        assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"
      end

      %{unchanged?: unchanged?}
    end

    test "no directory, and no application", %{peer: peer, newer: newer} = context do
      app = Path.join(newer, "ebin/numplan.app")
      assert to(peer, newer <> "x") == {:error, {:unreadable, to_charlist(newer <> "x/ebin/numplan.app"), :enoent}}
      context.unchanged?.()

      for text <- ["{application, other, []}.", "{application, numplan, [{modules, [numplan]}]}."] do
        File.write!(app, text)
        assert to(peer, newer) == {:error, {:unreadable, to_charlist(app), :no_numplan}}
      end

      File.write!(app, "{application, numplan")
      assert {:error, {:unreadable, _, {_line, :erl_parse, _}}} = to(peer, newer)
      context.unchanged?.()
    end

    test "a module that is missing, or is none", %{peer: peer, newer: newer} = context do
      beam = Path.join(newer, "ebin/numplan_table.beam")
      File.write!(beam, "no module")
      assert to(peer, newer) == {:error, {:not_loadable, [numplan_table: :badfile]}}
      context.unchanged?.()
      File.rm!(beam)
      assert to(peer, newer) == {:error, {:unreadable, to_charlist(beam), :enoent}}
      context.unchanged?.()
    end

    test "a library that is missing, or is none; the reason is logged", %{peer: peer, newer: newer} = context do
      [library] = Path.wildcard(Path.join(newer, "priv/native/*.so"))

      for break <- [&File.rm!/1, &File.write!(&1, "no library")] do
        break.(library)
        assert to(peer, newer) == {:error, {:not_loadable, [numplan_nif: :on_load_failure]}}
        context.unchanged?.()
      end

      logged = Builds.call(peer, :persistent_term, :get, [:logged])
      assert Enum.count(logged, &(&1 =~ "cannot be loaded" and &1 =~ Path.basename(library, ".so"))) == 2
    end

    test "a directory of another name", %{peer: peer, newer: newer, tmp_dir: folder} = context do
      renamed = Path.join(folder, "renamed")
      File.rename!(newer, renamed)
      assert to(peer, renamed) == {:error, {:not_loadable, [{to_charlist(renamed <> "/ebin"), :bad_name}]}}
      context.unchanged?.()
    end

    test "a change while another is under way", %{peer: peer, newer: newer} = context do
      lock = Builds.call(peer, :erlang, :whereis, [:kernel_sup])
      true = Builds.call(peer, :erlang, :unregister, [:kernel_sup])
      true = Builds.call(peer, :erlang, :register, [:numplan_upgrade, lock])
      assert to(peer, newer) == {:error, :under_way}
      context.unchanged?.()
      true = Builds.call(peer, :erlang, :unregister, [:numplan_upgrade])
      assert to(peer, newer) == :ok
    end
  end

  test "code that is in use is not purged under its caller", %{peer: peer, older: older, newer: newer} do
    # Whoever holds this name is writing the active plan; another writer waits in numplan_plan until it is free.
    lock = Builds.call(peer, :erlang, :whereis, [:kernel_sup])
    true = Builds.call(peer, :erlang, :unregister, [:kernel_sup])
    true = Builds.call(peer, :erlang, :register, [:numplan_plan_writer, lock])
    waiting = Builds.call(peer, :erlang, :spawn, [:numplan, :configure, [{:preset, :"kazoo-4.3"}]])

    Builds.await(
      fn -> Builds.call(peer, :erlang, :process_info, [waiting, :current_function]) end,
      {:current_function, {:numplan_plan, :exclusively, 1}}
    )

    assert to(peer, newer) == :ok
    assert to(peer, older) == {:error, {:in_use, [:numplan_plan]}}
    upgraded?(peer, newer, "newer")
    assert Builds.call(peer, :erlang, :is_process_alive, [waiting])
  end
end
