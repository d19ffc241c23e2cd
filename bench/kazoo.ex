defmodule Numplan.Bench.Kazoo do
  @moduledoc """
  Calls as a node of Kazoo makes them, and how long an edit of its configuration takes to be in force. Kazoo's modules are the tests'
  doubles, whose cache copies documents of real size: 47 classifiers, a `number_manager` of 10 kB, accounts of 30 kB.
  """

  alias Numplan.Bench.{Measure, Scale, Workload}

  @doubles ~w(kapps_config kapps_account_config kzd_accounts kz_cache kazoo_bindings kapi_conf)
  @account String.duplicate("a", 32)
  @dial_plan "ireland_local_national_mobile__master.json"
  @filler String.duplicate("x", 1_000)

  @doc "The figures: `times` of single calls in nanoseconds, `rates` by contender and processes, `in_force` in milliseconds, and `rows`."
  def run(numbers) do
    for name <- @doubles, do: load(name)
    :ok = :kapps_config.start()
    for events <- [:kz_cache, :kazoo_bindings], do: :ok = events.start()
    plan = configure()
    dialled = Enum.reject(numbers, &(&1 == "" or String.starts_with?(&1, "+")))
    [all, dialled] = Enum.map([Enum.reject(numbers, &(&1 == "")), dialled], &Measure.shared/1)
    times = times(all, dialled, plan)
    rates = rates(all)
    {followed, wrong} = edits(1..Scale.count(200))
    # Without Kazoo's events an edit is found by reading again.
    for events <- [:kz_cache, :kazoo_bindings], do: :ok = events.stop()
    {read, wrong_too} = edits(1_001..Scale.of(usual: 1_040, tiny: 1_002))
    accounts = accounts(Scale.count(100_000), Scale.count(1_000))
    rows = rows(times, followed, read, accounts)
    %{times: times, rates: rates, in_force: Enum.sort(followed ++ read), wrong: wrong + wrong_too, rows: rows}
  after
    :ok = :numplan_kazoo_follower.stop()
    for name <- @doubles, module = String.to_atom(name), do: {:code.delete(module), :code.purge(module)}
  end

  # The same rules as Kazoo's and as numplan's own active plan.
  defp configure do
    {converters, classifiers} = Workload.settings(40)
    document = [{"e164_converters", converters}, {"classifiers", classifiers}]
    :ok = :kapps_config.edit("number_manager", {document ++ filler(10_000, document)})
    :ok = :kapps_config.settle()
    {:ok, {members}} = Path.join("testdata/configs", @dial_plan) |> File.read!() |> :numplan_json.decode([:ordered])
    {_, dial_plan} = List.keyfind(members, "dial_plan", 0)
    account = [{"dial_plan", dial_plan}]
    :ok = :kzd_accounts.put(@account, {account ++ filler(30_000, account)})
    :ok = :numplan.configure(Workload.source({converters, classifiers}))
    {:ok, plan} = :numplan.plan({[{"dial_plan", dial_plan}, {"e164_converters", converters}]})
    plan
  end

  # Members that make a document as large as `size`.
  defp filler(size, members) do
    lacking = size - byte_size(elem(:numplan_json.encode({members}), 1))
    for n <- 1..max(div(lacking, byte_size(@filler)), 1), do: {"filler_#{n}", @filler}
  end

  defp times(all, dialled, plan) do
    contenders = [
      loop: {&:loops.empty/1, all},
      classify: {&:loops.classify/1, all},
      kazoo_classify: {&:loops.kazoo_classify/1, all},
      normalize: {&:loops.normalize/1, dialled},
      kazoo_normalize: {&:loops.kazoo_normalize/1, dialled},
      normalize_with: {&:loops.normalize_with(&1, plan), dialled},
      by_account: {&:loops.kazoo_normalize(&1, @account), dialled},
      reconcilable: {&:loops.kazoo_is_reconcilable(&1, @account), dialled}
    ]

    times =
      Measure.interleaved(
        for(
          {name, {loop, key}} <- contenders,
          do: {name, fn -> loop.(Measure.given(key)) end, length(Measure.given(key))}
        ),
        Scale.rounds(9)
      )

    loop = Measure.median(times.loop)
    Map.new(times, fn {name, values} -> {name, Measure.median(values) - loop} end)
  end

  # Millions of calls a second.
  defp rates(all) do
    loops = [kazoo: &:loops.kazoo_classify/1, floor: &:loops.floor/1]

    rates =
      for _ <- 1..Scale.rounds(15), {name, loop} <- loops, count <- [1, 2] do
        {{name, count},
         count * length(Measure.given(all)) * 1.0e3 / Measure.together(fn -> loop.(Measure.given(all)) end, count)}
      end

    rates |> Enum.group_by(&elem(&1, 0), &elem(&1, 1)) |> Map.new(fn {key, values} -> {key, Measure.median(values)} end)
  end

  # The milliseconds from each edit to its first answer, in order, by turns of the system's converters and of the account's dial
  # plan; and how many answers were of no edit. Each edit has a number of its own, so that it changes the answer.
  defp edits(numbers) do
    answers =
      for n <- numbers do
        rules = {[{"^(\\d{7})$", {[{"prefix", "+#{n}"}]}}]}
        {edit, arguments} = edit(rem(n, 2), rules)
        before = apply(:knm_converter_numplan, :normalize, arguments)
        started = System.monotonic_time(:microsecond)
        :ok = edit.()
        wait(arguments, before, started)
      end

    {answers |> Enum.map(&elem(&1, 0)) |> Enum.sort(), Enum.count(answers, &(elem(&1, 1) == :wrong))}
  end

  defp edit(0, rules), do: {fn -> :kapps_config.edit("number_manager", {[{"e164_converters", rules}]}) end, ["8867900"]}
  defp edit(1, rules), do: {fn -> :kzd_accounts.put(@account, {[{"dial_plan", rules}]}) end, ["8867900", @account]}

  defp wait(arguments, before, started) do
    case apply(:knm_converter_numplan, :normalize, arguments) do
      ^before ->
        wait(arguments, before, started)

      answer ->
        {(System.monotonic_time(:microsecond) - started) / 1_000,
         if(String.ends_with?(answer, "8867900"), do: :right, else: :wrong)}
    end
  end

  # The share of calls that find their account held, of so many accounts of which some are busy, with a thousand dial plans; and the
  # bytes held.
  defp accounts(count, busy) do
    ids = for n <- 1..count, do: n |> Integer.to_string() |> String.pad_leading(32, "0")

    for {id, n} <- Enum.with_index(ids),
        do: :kzd_accounts.put(id, {[{"dial_plan", {[{"^(\\d{7})$", {[{"prefix", "+1#{rem(n, 1_000)}"}]}}]}}]})

    {often, seldom} = Enum.split(ids, max(busy, 1))
    often = List.to_tuple(often)
    %{by_account: calls, accounts_read: reads} = :numplan_counts.counts()

    for {id, n} <- Enum.with_index(seldom) do
      _ = :knm_converter_numplan.normalize("4158867900", id)
      # Nine of ten calls are of busy accounts.
      for k <- 1..9, do: :knm_converter_numplan.normalize("4158867900", elem(often, rem(9 * n + k, tuple_size(often))))
    end

    %{by_account: all_calls, accounts_read: all_reads} = :numplan_counts.counts()
    %{accounts: held, bytes: bytes} = :numplan_kazoo_accounts.status()
    %{hits: 1 - (all_reads - reads) / max(all_calls - calls, 1), held: held, bytes: bytes, count: count, busy: busy}
  end

  defp rows(times, followed, read, accounts) do
    [
      {"numplan:classify/1", times.classify, "ns"},
      {"numplan_classifiers:classify/1", times.kazoo_classify, "ns"},
      {"numplan:normalize/1", times.normalize, "ns"},
      {"knm_converter_numplan:normalize/1", times.kazoo_normalize, "ns"},
      {"numplan:normalize/2, a dial plan of 56 rules", times.normalize_with, "ns"},
      {"knm_converter_numplan:normalize/2, an account with these", times.by_account, "ns"},
      {"numplan_classifiers:is_reconcilable/2, the same account", times.reconcilable, "ns"},
      {"an edit to in force, median", Measure.median(followed), "ms"},
      {"an edit to in force, longest of #{length(followed)}", List.last(followed), "ms"},
      {"the same without Kazoo's events, median", Measure.median(read), "ms"},
      {"the same, longest of #{length(read)}", List.last(read), "ms"},
      {"#{accounts.count} accounts, #{accounts.busy} of them busy: calls that find theirs", 100 * accounts.hits, "%"},
      {"accounts held then", accounts.held, ""},
      {"bytes held then", accounts.bytes / 1.0e6, "MB"}
    ]
  end

  defp load(name) do
    file = "test/support/kazoo/#{name}.erl"
    {:ok, module, code} = :compile.file(to_charlist(file), [:binary, :return_errors])
    {:module, ^module} = :code.load_binary(module, to_charlist(file), code)
  end
end
