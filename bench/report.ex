defmodule Numplan.Bench.Report do
  @moduledoc "The report of a run against its targets: as Markdown, JSON and charts."

  alias Numplan.Bench.{Chart, Localities, Stores}
  alias Numplan.CLI.Progress

  @doc "Writes the report into `dir`; returns its text."
  def write(results, dir) do
    text = text(results)
    File.write!(Path.join(dir, "report.md"), text)
    File.write!(Path.join(dir, "report.json"), [json(results), "\n"])
    for {name, series, options} <- pictures(results), do: File.write!(Path.join(dir, name), Chart.svg(series, options))
    text
  end

  @doc "Rows of measure, target, measured value, and whether it meets the target."
  def targets(%{calls: calls, rules: rules} = results) do
    ratio = fn one, other -> calls[one].median / calls[other].median end
    size = fn count -> rules[{:numplan, count}].median / rules[{:numplan, 7}].median end
    compile = results.compile
    scaling = fn name -> Map.get(results.processes, {name, 2}, 0.0) / results.processes[{name, 1}] end
    file = results.file
    hold = for({kind, %{median: median}} <- results.hold, kind != :control, do: median) |> Enum.max()

    [
      most("classify/1 / floor", ratio.(:classify, :floor), 2.2),
      most("normalize/1, not starting with + / floor", ratio.(:normalize, :floor), 2.5),
      most("classify/2 with a plan / classify/1", ratio.(:classify_with, :classify), 1.2),
      most("normalize/1 of +… / echo of the same", ratio.(:normalize_plus, :echo_plus), 0.7),
      least("(a) Kazoo's way / classify/1", ratio.(:kazoo, :classify), 600),
      least("(b) compiled once, in order / classify/1", ratio.(:compiled, :classify), 60),
      least("(c) one joined PCRE / classify/1", ratio.(:joined, :classify), 30),
      least("(d) written by hand / classify/1", ratio.(:by_hand, :classify), 2),
      most("47 rules / 7", size.(47), 1.1),
      most("407 rules / 7", size.(407), 1.15),
      most("4,007 rules / 7", size.(4_007), 1.3),
      least("two processes / one (the floor: #{number(scaling.(:floor))})", scaling.(:numplan), 1.8),
      most("list of 10,000, ns a number", results.batches.list, 60),
      least("lines, engine alone, one core, million/s", results.engine["lines/classify"] / 1.0e6, 25),
      least(
        "mix numplan.classify, #{div(file.lines, 1_000_000)} million lines, million/s",
        file.per_second / 1.0e6,
        10
      ),
      most("mix numplan.classify, memory, MB", file.megabytes, 200),
      most("compile 7 rules, ms", compile[7].milliseconds, 3),
      most("compile 407 rules, ms", compile[407].milliseconds, 60),
      most("compile 4,007 rules, ms", compile[4_007].milliseconds, 1_500),
      most("memory of 7 rules, MB", compile[7].memory / 1.0e6, 0.2),
      most("memory of 407 rules, MB", compile[407].memory / 1.0e6, 4),
      most("memory of 4,007 rules, MB", compile[4_007].memory / 1.0e6, 64),
      most("garbage of classify/1, words", results.garbage.classify, 6),
      most("garbage of normalize/1, words", results.garbage.normalize, 6),
      most("longest hold of a normal scheduler, ms (worst kind of input, median)", hold, 1),
      most("p99.9 while a 407-rule plan is replaced, ms", percentile(results.swap.microseconds, 0.999) / 1_000, 1)
    ] ++
      roots(results.roots) ++
      prefixes(results.prefixes) ++
      world(results.world, results.localities) ++ kazoo(results.kazoo_node) ++ stores(results.stores)
  end

  @doc "Such rows of the calls in a node of Kazoo."
  def kazoo(%{times: times, rates: rates, in_force: in_force, wrong: wrong}) do
    gain = fn name -> rates[{name, 2}] / rates[{name, 1}] end
    p99 = Enum.at(in_force, trunc(0.99 * (length(in_force) - 1)))

    [
      most("Kazoo: numplan_classifiers:classify/1 / classify/1", times.kazoo_classify / times.classify, 2),
      most("Kazoo: knm_converter_numplan:normalize/1 / normalize/1", times.kazoo_normalize / times.normalize, 2),
      most("Kazoo: normalize/2 of an account with 56 rules, ns", times.by_account, 300),
      most("Kazoo: is_reconcilable/2 by account, ns", times.reconcilable, 400),
      least("Kazoo: what two processes gain / what the floor gains", gain.(:kazoo) / gain.(:floor), 0.95),
      most("Kazoo: an edit to in force, p99, ms", p99, 1_000),
      most("Kazoo: wrong answers meanwhile", wrong, 0)
    ]
  end

  defp roots(%{shapes: shapes, generated: generated, prefixes: prefixes}) do
    searched = for {name, _, times} <- shapes, name != :slice, do: {name, times}
    share = for({_, times} <- searched, do: times.own / times.re) |> Enum.max()

    for(
      {name, times} <- searched,
      do: most("a searched root (#{name}), ns", times.own, if(name == :lazy, do: 130, else: 90))
    ) ++
      [
        most("searched roots / compiled re, the worst", share, 0.4),
        most("#{generated.count} generated converters, slower than compiled re", generated.slower, 0),
        least("generated converters, compiled re / own, median", generated.median, 6),
        most("#{prefixes.rules} prefixes / 7", prefixes.ratio, 4)
      ]
  end

  @doc "The targets of the world's numbering plans and of localities."
  def world(%{floor: floor, parse_and_format: parse, lines: lines, cpp: cpp} = times, localities) do
    {_, library, _} = List.keyfind(localities, Localities.library_row(), 0)
    {_, resident, _} = List.keyfind(localities, Localities.resident_row(), 0)
    slowest = Enum.max([times.region, times.number_type, times.is_valid])

    [
      most("region/1, number_type/1 or is_valid/1 of an E.164 number / floor, the worst", slowest / floor, 2.5),
      most("lookup/1, ns", times.lookup, 500),
      most("lookup/1 / floor", times.lookup / floor, 25),
      most("locality/1, ns", times.locality, 1_000),
      most("parse/2 of a national number and format/2, ns", parse, 600),
      least("lookup_lines, one core, million/s", 1_000 / lines, 20),
      most("resident memory of the tables, MB", resident, 8),
      most("the native library, MB", library, 5.2)
    ] ++
      if(cpp, do: [least("libphonenumber in C++ / parse/2 and format/2", cpp.parse_and_format / parse, 20)], else: [])
  end

  @doc "The targets of lists of prefixes."
  def prefixes(lists) do
    for {list, call} <- Enum.zip(lists, [100, 170]), row <- list(list, call), do: row
  end

  defp list(list, call) do
    name = "a list of #{number(list.size)} prefixes"

    [
      most("#{name}: classify/2, ns", list.call, call),
      most("#{name} / 7 prefixes", list.ratio, 4),
      most("#{name}: bytes each", list.bytes, 25),
      most("#{name}: seconds to load", list.load, 1)
    ]
  end

  @doc "The targets of the embedded stores; times of work on fewer numbers than the full run's are in proportion."
  def stores(%{size: size, import: import, pages: pages, start: start, fix: fix} = stores) do
    ratios = Stores.ratios(stores)
    import_name = "SQLite: import of #{number(import.count)} numbers"
    fix_name = "SQLite: fix of an account with #{number(fix.count)} numbers"

    [
      most("SQLite: a write alone / Mnesia's", ratios.alone, 2),
      least("SQLite: writes of 64 writers / Mnesia's", ratios.together, 10),
      least("SQLite: writes of 64 writers, a second", ratios.rate, 20_000),
      most("#{import_name}, s", import.seconds, 15 * import.count / 1_000_000),
      most("#{import_name}, MB", import.megabytes, 200),
      most("SQLite: bytes a number", import.bytes, 400),
      most("SQLite: start with #{number(size)} numbers, s", start.seconds, 1),
      most("SQLite: start with #{number(size)} numbers, MB", start.megabytes, 150),
      most("#{fix_name}, s", fix.seconds, 60 * fix.count / 1_000_000),
      most("#{fix_name}, MB", fix.megabytes, 300)
    ] ++
      for {kind, %{median: median, p99: p99}} <- Enum.sort(pages),
          {share, time, target} <- [{"median", median, 0.2}, {"p99", p99, 2}],
          do: most("SQLite: a page of 50 of #{number(size)}, #{kind}, #{share}, ms", time / 1_000, target)
  end

  defp most(name, value, target), do: {name, "<= #{target}", value, value <= target}
  defp least(name, value, target), do: {name, ">= #{target}", value, value >= target}

  defp percentile(percentiles, share), do: percentiles |> List.keyfind(share, 0) |> elem(1)

  defp text(results) do
    rows =
      for {name, target, value, met} <- targets(results),
          do: [name, target, number(value), if(met, do: "met", else: "missed")]

    calls =
      for {key, name} <- [
            echo: "floor: echo(binary) -> atom",
            echo_plus: "floor: echo(binary) -> atom, of +…",
            floor: "floor: floor(binary) -> a new binary",
            classify: "numplan:classify/1",
            classify_with: "numplan:classify/2",
            normalize: "numplan:normalize/1, not starting with +",
            normalize_plus: "numplan:normalize/1 of +…",
            by_hand: "(d) written by hand for the default preset",
            joined: "(c) one joined PCRE",
            compiled: "(b) patterns compiled once, in order",
            kazoo: "(a) Kazoo's way"
          ],
          %{median: median, least: least, most: most} = results.calls[key] do
        [name, number(median), "#{number(least)} .. #{number(most)}"]
      end

    engine = for {name, rate} <- Enum.sort(results.engine), do: [name, number(rate / 1.0e6)]
    batches = for {name, time} <- Enum.sort(results.batches), do: [to_string(name), number(time)]

    latency =
      for {name, percentiles} <- Enum.sort(results.latency),
          do: [to_string(name) | Enum.map(percentiles, &number(elem(&1, 1)))]

    """
    # Measured

    #{machine()}

    ## Targets

    #{table(["measure", "target", "measured", ""], rows)}
    ## Single calls

    Medians of interleaved rounds, nanoseconds a call, less the loop's #{number(results.calls.loop.median)}.

    #{table(["call", "ns", "least .. most"], calls)}
    ## Batches

    #{table(["what", "ns a number"], batches)}
    ## The engine alone, one core

    #{table(["what", "million numbers/s"], engine)}
    ## Roots that are searched for

    One converter each, normalize/2 of dialled numbers.

    #{table(["converter", "ns", "compiled re, ns"], for({_, regex, times} <- results.roots.shapes, do: ["`#{String.replace(regex, "|", "\\\\|")}`", number(times.own), number(times.re)]))}
    ## The world's numbering plans

    Numbers of all countries, nanoseconds a call; "written" are national numbers as people write them.

    #{table(["what", ""], amounts(world_rows(results.world)))}
    ## Localities

    Numbers of all countries; of North America with an operator's file of 200,000 made-up codes.

    #{table(["what", ""], amounts(results.localities))}
    ## Calls in a node of Kazoo

    Kazoo's modules are the tests' doubles, whose cache copies documents of real size.

    #{table(["what", ""], amounts(results.kazoo_node.rows))}
    ## Stores

    Writes are durable when they return; both stores write to the same file system.

    #{table(["what", ""], amounts(Stores.rows(results.stores)))}
    ## Garbage

    #{table(["call", "words"], for({name, words} <- Enum.sort(results.garbage), do: [to_string(name), number(words)]))}
    ## How long a normal scheduler is held at most, milliseconds

    The VM reports holds of a millisecond or more; the control is plain Erlang that makes lists as long.

    #{table(["input", "median", "most"], for({kind, hold} <- Enum.sort(results.hold), do: [to_string(kind), number(hold.median), number(hold.most)]))}
    ## Latency, microseconds

    #{table(["who", "p50", "p90", "p99", "p99.9", "p99.99"], latency)}
    #{results.swap.swaps} plans of 407 rules replaced under load.
    """
  end

  defp world_rows(%{cpp: cpp} = times) do
    rows = [
      floor: "floor: floor(binary) -> a new binary",
      region: "numplan:region/1",
      number_type: "numplan:number_type/1",
      is_valid: "numplan:is_valid/1",
      lookup: "numplan:lookup/1",
      locality: "numplan:locality/1",
      parse_and_format: "numplan:parse/2 of a written number, numplan:format/2",
      lines: "numplan:lookup_lines/2, a line"
    ]

    missing = "not here: it needs g++ and libphonenumber-dev"

    for({name, what} <- rows, do: {what, times[name], "ns"}) ++
      for {name, what, unit} <- [
            {:lookup, "libphonenumber in C++: read, valid, region, type, geocode", "ns"},
            {:parse_and_format, "libphonenumber in C++: read a written number, write it", "ns"},
            {:megabytes, "libphonenumber in C++: resident memory", "MB"}
          ],
          do: {what, cpp && cpp[name], if(cpp, do: unit, else: missing)}
  end

  defp amounts(found) do
    for {name, value, unit} <- found, do: [name, if(value, do: "#{number(value)} #{unit}", else: unit)]
  end

  defp table(head, rows) do
    line = fn cells -> ["| ", Enum.intersperse(cells, " | "), " |\n"] end
    IO.iodata_to_binary([line.(head), line.(Enum.map(head, fn _ -> "---" end)) | Enum.map(rows, line)])
  end

  defp machine do
    cpu =
      case File.read("/proc/cpuinfo") do
        {:ok, text} -> ~r/model name\s*: (.*)/ |> Regex.run(text) |> List.wrap() |> List.last() || "unknown"
        _ -> "unknown"
      end

    "#{cpu}, #{System.schedulers_online()} schedulers, OTP #{System.otp_release()} (#{:erlang.system_info(:emu_flavor)}), " <>
      "Elixir #{System.version()}, numplan #{Application.spec(:numplan, :vsn)}"
  end

  defp number(value) when value >= 1_000, do: Progress.grouped(round(value))
  defp number(value) when is_integer(value), do: to_string(value)
  defp number(value) when value >= 100, do: to_string(round(value))
  defp number(value), do: :erlang.float_to_binary(value * 1.0, decimals: 2)

  defp json(results) do
    targets =
      for {name, target, value, met} <- targets(results),
          do: %{measure: name, target: target, measured: value, met: met}

    document = %{
      machine: machine(),
      targets: targets,
      calls: results.calls,
      batches: results.batches,
      engine: results.engine
    }

    {:ok, text} = :numplan_json.encode(document, [:pretty])
    text
  end

  defp pictures(%{rules: rules} = results) do
    sizes = fn name -> for {{^name, count}, %{median: median}} <- Enum.sort(rules), do: {count, median} end

    [
      {"rules.svg",
       [{"Numplan", sizes.(:numplan)}, {"compiled, in order", sizes.(:compiled)}, {"Kazoo's way", sizes.(:kazoo)}],
       [
         title: "Cost of a classification against the number of rules",
         x: "rules",
         y: "ns a call",
         log_x: true,
         log_y: true
       ]},
      {"processes.svg",
       for(
         {name, title} <- [numplan: "classify/2", floor: "floor"],
         do: {title, for({{^name, count}, rate} <- Enum.sort(results.processes), do: {count, rate / 1.0e6})}
       ), [title: "Throughput against processes that share one plan", x: "processes", y: "million calls/s"]},
      {"latency.svg",
       for(
         {name, percentiles} <- Enum.sort(results.latency),
         do: {to_string(name), for({share, time} <- percentiles, do: {Float.round(1 / (1 - share)), time})}
       ),
       [title: "Latency: one call in so many takes longer", x: "one in", y: "microseconds", log_x: true, log_y: true]}
    ]
  end
end
