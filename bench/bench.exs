# Measures Numplan's speed, against its alternatives and against the cost of an empty native call,
# in one run:
#
#     make bench            a few minutes
#     make bench-full       longer, with 50 million lines
#     make bench BENCH=tiny seconds: runs everything, and measures nothing
#     make bench BENCH=calls  a minute: prints the times of single calls, and writes no report
#     make bench BENCH=kazoo  as long: those of calls in a node of Kazoo
#     make bench BENCH=prefixes  as long: those with lists of prefixes
#     make bench BENCH=world  as long: the world's numbering plans, with localities
#     make bench BENCH=stores  as long: the embedded stores
#
# Rounds are interleaved; times are medians of nanoseconds a call, without the cost of the loop
# itself. The report, its data and its charts are written to bench/results.

for file <- ~w(scale workload measure roots prefixes world localities kazoo stores chart report),
    do: Code.require_file("#{file}.ex", __DIR__)

defmodule Numplan.Bench do
  @moduledoc false

  alias Numplan.Bench.{Kazoo, Localities, Measure, Prefixes, Report, Roots, Scale, Stores, Workload, World}

  # By default criterion writes to its working directory, which is the crate's.
  @criterion "target/criterion"
  @sizes [0, 40, 400, 4_000]

  def run(:calls) do
    {numbers, few} = prepare(:usual)
    calls = calls(numbers, few, Scale.of(usual: 9))
    nanoseconds = fn name -> :erlang.float_to_binary(calls[name].median / 1, decimals: 1) end
    ratio = :erlang.float_to_binary(calls.classify.median / calls.floor.median, decimals: 2)
    for name <- [:normalize, :compiled], do: IO.puts("#{name}: #{nanoseconds.(name)} ns")
    IO.puts("classify/1: #{nanoseconds.(:classify)} ns, floor: #{nanoseconds.(:floor)} ns, #{ratio} times the floor")
  end

  def run(:kazoo) do
    {numbers, _few} = prepare(:usual)
    kazoo = Kazoo.run(numbers)

    for {what, value, unit} <- kazoo.rows,
        do: IO.puts("#{what}: #{:erlang.float_to_binary(value / 1, decimals: 1)} #{unit}")

    for {name, target, value, met?} <- Report.kazoo(kazoo), do: IO.puts("#{name}: #{value} (#{target}, #{met?})")
  end

  def run(:prefixes) do
    prepare(:usual)

    for {name, target, value, met?} <- Report.prefixes(Prefixes.run()),
        do: IO.puts("#{name}: #{:erlang.float_to_binary(value / 1, decimals: 2)} (#{target}, #{met?})")
  end

  def run(:world) do
    prepare(:usual)

    for {name, target, value, met?} <- Report.world(World.run(), Localities.run()),
        do: IO.puts("#{name}: #{:erlang.float_to_binary(value / 1, decimals: 2)} (#{target}, #{met?})")
  end

  def run(:stores) do
    Scale.set(:usual)
    {:ok, _} = Application.ensure_all_started(:numplan)

    for {name, target, value, met?} <- Report.stores(Stores.run()),
        do: IO.puts("#{name}: #{:erlang.float_to_binary(value / 1, decimals: 2)} (#{target}, #{met?})")
  end

  def run(scale) do
    {numbers, few} = prepare(scale)
    results_dir = Path.join(__DIR__, Scale.of(usual: "results", tiny: "../tmp/bench-tiny"))

    results =
      %{}
      |> put(:calls, "single calls", fn -> calls(numbers, few, Scale.of(full: 21, usual: 9, tiny: 2)) end)
      |> put(:rules, "7 to 4,007 rules", fn -> rules(numbers, few) end)
      |> put(:processes, "several processes", fn -> processes(numbers) end)
      |> put(:batches, "lists and lines", fn -> batches(numbers) end)
      |> put(:compile, "compiling", fn -> compile() end)
      |> put(:garbage, "garbage", fn -> garbage(few) end)
      |> put(:hold, "how long a scheduler is held", fn -> hold(numbers) end)
      |> put(:swap, "a plan replaced under load", fn -> swap(numbers) end)
      |> put(:latency, "latency", fn -> latency(numbers) end)
      |> put(:file, "a file", fn -> file(Scale.of(full: 50_000_000, usual: 5_000_000, tiny: 100_000)) end)
      |> put(:engine, "the engine alone", &engine/0)
      |> put(:roots, "roots that are searched for", &Roots.run/0)
      |> put(:prefixes, "lists of prefixes", &Prefixes.run/0)
      |> put(:world, "the world's numbering plans", &World.run/0)
      |> put(:localities, "localities", &Localities.run/0)
      |> put(:kazoo_node, "calls in a node of Kazoo", fn -> Kazoo.run(numbers) end)
      |> put(:stores, "stores", &Stores.run/0)

    File.mkdir_p!(results_dir)
    text = Report.write(results, results_dir)
    unless Scale.tiny?(), do: IO.puts(text)
    say("the report, its data and pictures are in #{results_dir |> Path.expand() |> Path.relative_to_cwd()}")
  end

  # The workload: its numbers, and fewer for what is slow.
  defp prepare(scale) do
    Scale.set(scale)
    {:ok, _} = Application.ensure_all_started(:numplan)
    load_contenders()
    say("the workload")
    numbers = Workload.numbers(Scale.count(200_000))
    few = Enum.take(numbers, Scale.count(20_000))
    settings = Workload.settings(0)
    for module <- [:kazoo_way, :compiled_in_order, :joined], do: module.new(settings)
    :ok = :numplan.configure(Workload.source(settings))
    agree!(few)
    {numbers, few}
  end

  defp put(results, key, what, fun) do
    say(what)
    Map.put(results, key, fun.())
  end

  defp say(text), do: IO.puts(:stderr, "bench: " <> text)

  defp load_contenders do
    for file <- Path.wildcard(Path.join(__DIR__, "contenders/*.erl")) do
      {:ok, module, code} = :compile.file(to_charlist(file), [:binary, :return_errors])
      {:module, ^module} = :code.load_binary(module, to_charlist(file), code)
    end

    {_, 0} = System.cmd("cargo", ~w(build --locked --quiet --release --package numplan_floor --lib))
    :ok = :numplan_floor.load(~c"target/release/libnumplan_floor")
  end

  defp agree!(numbers) do
    for number <- numbers, contender <- [:kazoo_way, :compiled_in_order, :joined, :by_hand] do
      if :numplan.classify(number) != contender.classify(number) do
        raise "#{contender} does not agree on #{inspect(number)}: #{inspect(contender.classify(number))}"
      end
    end
  end

  defp calls(numbers, few, rounds) do
    # As an Erlang program holds it: the Elixir half's functions take it out of the struct.
    plan = Numplan.Plan.active().erlang
    {plus, dialled} = Enum.split_with(numbers, &String.starts_with?(&1, "+"))
    # As many of each kind as of all, so that the cost of a round has the same share in each.
    [plus, dialled] = for some <- [plus, dialled], do: some |> Stream.cycle() |> Enum.take(length(numbers))
    [all, few, plus, dialled] = Enum.map([numbers, few, plus, dialled], &Measure.shared/1)

    loop = fn name, loop, key ->
      {name, fn -> apply(:loops, loop, [Measure.given(key)]) end, length(Measure.given(key))}
    end

    with_plan = fn -> :loops.classify_with(Measure.given(all), plan) end

    [
      loop.(:loop, :empty, all),
      loop.(:echo, :echo, all),
      loop.(:echo_plus, :echo, plus),
      loop.(:floor, :floor, all),
      loop.(:classify, :classify, all),
      {:classify_with, with_plan, length(numbers)},
      loop.(:normalize, :normalize, dialled),
      loop.(:normalize_plus, :normalize, plus),
      loop.(:by_hand, :by_hand, all),
      loop.(:joined, :joined, few),
      loop.(:compiled, :compiled, few),
      loop.(:kazoo, :kazoo, few)
    ]
    |> Measure.interleaved(rounds)
    |> less_loop()
  end

  # Each contender's median, least and most, minus the loop's median.
  defp less_loop(times) do
    loop = Measure.median(times.loop)

    for {name, values} <- times, name != :loop, into: %{loop: %{median: loop}} do
      {least, most} = Enum.min_max(values)
      {name, %{median: Measure.median(values) - loop, least: least - loop, most: most - loop}}
    end
  end

  defp rules(numbers, few) do
    all = Measure.shared(numbers)

    plans =
      for further <- @sizes do
        settings = Workload.settings(further)
        {further + 7, settings, Numplan.plan!(Workload.source(settings)).erlang}
      end

    own =
      for {rules, _, plan} <- plans do
        {{:numplan, rules}, fn -> :loops.classify_with(Measure.given(all), plan) end, length(numbers)}
      end

    loop = {:loop, fn -> :loops.empty(Measure.given(all)) end, length(numbers)}
    own = [loop | own] |> Measure.interleaved(Scale.rounds(9)) |> less_loop()

    others =
      for {rules, settings, _} <- plans,
          {name, module, loop, most} <- [
            {:compiled, :compiled_in_order, :compiled, 407},
            {:kazoo, :kazoo_way, :kazoo, 407}
          ],
          rules <= most,
          into: %{} do
        module.new(settings)
        sample = Enum.take(few, Scale.count(2_000))
        times = for _ <- 1..3, do: Measure.nanoseconds(fn -> apply(:loops, loop, [sample]) end) / length(sample)
        {{name, rules}, %{median: Measure.median(times)}}
      end

    for module <- [:kazoo_way, :compiled_in_order], do: module.new(Workload.settings(0))
    Map.merge(own, others)
  end

  # Rounds of one process and of several alternate; the empty native call, which shares nothing,
  # shows the limit of the machine.
  defp processes(numbers) do
    plan = Numplan.Plan.active().erlang
    all = Measure.shared(numbers)

    loops = [
      numplan: fn -> :loops.classify_with(Measure.given(all), plan) end,
      floor: fn -> :loops.floor(Measure.given(all)) end
    ]

    times =
      for _ <- 1..Scale.rounds(15), {name, loop} <- loops, count <- 1..System.schedulers_online() do
        {{name, count}, count * length(numbers) * 1.0e9 / Measure.together(loop, count)}
      end

    times |> Enum.group_by(&elem(&1, 0), &elem(&1, 1)) |> Map.new(fn {key, rates} -> {key, Measure.median(rates)} end)
  end

  defp batches(numbers) do
    list = Enum.take(numbers, 10_000)
    count = 20 * length(list)
    text = Enum.join(numbers, "\n")

    times =
      Measure.interleaved(
        [
          {:list, fn -> for(_ <- 1..20, do: :numplan.classify(list)) end, count},
          {:normalize_list, fn -> for(_ <- 1..20, do: :numplan.normalize(list)) end, count},
          {:lines, fn -> :numplan.classify_lines(text) end, length(numbers)},
          {:normalize_lines, fn -> :numplan.normalize_lines(text) end, length(numbers)}
        ],
        Scale.rounds(9)
      )

    Map.new(times, fn {name, values} -> {name, Measure.median(values)} end)
  end

  defp compile do
    for further <- @sizes, into: %{} do
      source = Workload.source(Workload.settings(further))

      times =
        for round <- 1..Scale.rounds(if(further > 1_000, do: 3, else: 7)) do
          # Equal configurations share one plan, so each is different.
          {members} = source
          Measure.nanoseconds(fn -> Numplan.plan!({[{"round", round} | members]}) end) / 1.0e6
        end

      {further + 7, %{milliseconds: Measure.median(times), memory: Numplan.Plan.info(Numplan.plan!(source)).memory}}
    end
  end

  defp garbage(numbers) do
    all = Measure.shared(numbers)

    for loop <- [:floor, :classify, :normalize, :by_hand, :compiled, :kazoo],
        into: %{},
        do: {loop, Measure.garbage(loop, all)}
  end

  # Numbers and texts of all sizes up to 4 MiB, and lists; each kind in processes of its own, as the
  # VM's collector holds a scheduler for as long as a heap is large. Plain Erlang that makes a list
  # of as many binaries is the control.
  defp hold(numbers) do
    text = Enum.join(numbers, "\n")
    long = for power <- 0..Scale.of(usual: 22, tiny: 12), do: String.duplicate("1", Bitwise.bsl(1, power))
    texts = for number <- long, do: binary_part(text, 0, min(byte_size(number), byte_size(text)))
    list = numbers |> Enum.take(10_000) |> Measure.shared()

    for {name, fun} <- [
          classify: fn -> for(number <- long, do: :numplan.classify(number)) end,
          normalize: fn -> for(number <- long, do: :numplan.normalize(number)) end,
          pretty_print: fn -> for(number <- long, do: :numplan.pretty_print(number)) end,
          list_of_long: fn -> for(number <- long, do: :numplan.classify([number, number])) end,
          classify_lines: fn -> for(lines <- texts, do: :numplan.classify_lines(lines)) end,
          normalize_lines: fn -> for(lines <- texts, do: :numplan.normalize_lines(lines)) end,
          classify_list: fn -> for(_ <- 1..20, do: :numplan.classify(Measure.given(list))) end,
          normalize_list: fn -> for(_ <- 1..20, do: :numplan.normalize(Measure.given(list))) end,
          control: fn -> for(_ <- 1..20, do: Enum.map(Measure.given(list), &<<&1::binary, 1>>)) end
        ],
        into: %{} do
      holds = for _ <- 1..Scale.rounds(9), do: Measure.longest_hold(fun)
      {name, %{median: Measure.median(holds), most: Enum.max(holds)}}
    end
  end

  # The latency of calls while the active plan is replaced, again and again, by others of 407 rules.
  defp swap(numbers) do
    plans = for further <- [400, 401], do: Numplan.plan!(Workload.source(Workload.settings(further)))
    before = Numplan.Plan.active()
    caller = Task.async(fn -> timed(Enum.take(numbers, 50_000), &:numplan.classify/1, Scale.rounds(10)) end)
    swapped = swap_until(caller, Stream.cycle(plans), 0)
    Numplan.Plan.activate(before)
    Map.put(swapped, :microseconds, percentiles(swapped.times)) |> Map.delete(:times)
  end

  defp swap_until(caller, plans, count) do
    case Task.yield(caller, 10) do
      {:ok, times} ->
        %{times: times, swaps: count}

      nil ->
        [plan] = Enum.take(plans, 1)
        Numplan.Plan.activate(plan)
        swap_until(caller, Stream.drop(plans, 1) |> Enum.take(2) |> Stream.cycle(), count + 1)
    end
  end

  defp timed(numbers, fun, rounds) do
    for _ <- 1..rounds, number <- numbers do
      started = :erlang.monotonic_time(:nanosecond)
      fun.(number)
      :erlang.monotonic_time(:nanosecond) - started
    end
  end

  defp latency(numbers) do
    for {name, fun, count} <- [
          {:numplan, &:numplan.classify/1, 200_000},
          {:compiled, &:compiled_in_order.classify/1, 50_000},
          {:kazoo, &:kazoo_way.classify/1, 20_000}
        ],
        into: %{} do
      {name, numbers |> Enum.take(count) |> timed(fun, 1) |> percentiles()}
    end
  end

  defp percentiles(times) do
    sorted = times |> Enum.sort() |> List.to_tuple()
    for share <- [0.5, 0.9, 0.99, 0.999, 0.9999], do: {share, Measure.percentile(sorted, share) / 1_000}
  end

  # In an operating-system process of its own, as users run it.
  defp file(count) do
    dir = Path.join(System.tmp_dir!(), "numplan-bench-#{System.pid()}")
    File.mkdir_p!(dir)
    [input, output] = for name <- ~w(numbers.txt answers.tsv), do: Path.join(dir, name)

    try do
      text = 100_000 |> Workload.numbers() |> Enum.map(&[&1, ?\n])
      File.write!(input, for(_ <- 1..div(count, 100_000), do: text))
      started = System.monotonic_time(:millisecond)
      command = ~s(MIX_ENV=prod mix numplan.classify "#{input}" --out "#{output}" 2>&1 & pid=$!
        most=0
        while kill -0 $pid 2>/dev/null; do
          now=$(awk '/VmHWM/ {print $2}' /proc/$pid/status 2>/dev/null || true\)
          [ "${now:-0}" -gt "$most" ] && most=$now
          sleep 0.05
        done
        wait $pid; echo "$? $most")
      {out, 0} = System.cmd("sh", ["-c", command])
      wall = System.monotonic_time(:millisecond) - started
      # Long runs write how far they are before that.
      [_, rate] = Regex.run(~r/rows in [\d.]+ s, ([\d,]+) rows\/s/, out)
      ["0", memory] = out |> String.trim() |> String.split("\n") |> List.last() |> String.split()
      rate = rate |> String.replace(",", "") |> String.to_integer()
      %{lines: count, per_second: rate, seconds_with_start: wall / 1_000, megabytes: String.to_integer(memory) / 1_024}
    after
      File.rm_rf!(dir)
    end
  end

  # Numbers a second, one core, without the VM.
  defp engine do
    times =
      Scale.of(usual: ~w(--warm-up-time 1 --measurement-time 2), tiny: ~w(--warm-up-time 0.1 --measurement-time 0.1))

    arguments = ~w(bench --locked --quiet --package numplan --bench engine --) ++ times
    {_, 0} = System.cmd("cargo", arguments, stderr_to_stdout: true, env: [{"CRITERION_HOME", Path.expand(@criterion)}])

    for name <- ~w(numbers/classify numbers/normalize lines/classify lines/normalize), into: %{} do
      estimates = Numplan.json_decode!(File.read!("#{@criterion}/#{name}/new/estimates.json"))
      benchmark = Numplan.json_decode!(File.read!("#{@criterion}/#{name}/new/benchmark.json"))
      {name, benchmark["throughput"]["Elements"] * 1.0e9 / estimates["median"]["point_estimate"]}
    end
  end
end

# `tiny` takes precedence over `full`.
Numplan.Bench.run(Enum.find([:tiny, :calls, :kazoo, :prefixes, :stores, :full], :usual, &("--#{&1}" in System.argv())))
