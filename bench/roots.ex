Code.require_file("../test/support/pattern_generator.ex", __DIR__)

defmodule Numplan.Bench.Roots do
  @moduledoc """
  Converters whose root must be searched for, against OTP's `re` with the regex compiled once: some shapes of operators, and many
  generated ones. And classifiers of 100,000 prefixes, against those of seven.
  """

  alias Numplan.Bench.{Measure, Scale}
  alias Numplan.PatternGenerator

  @shapes [
    slice: ~S"^\+?1?([2-9][0-9]{2}[2-9][0-9]{6})$",
    somewhere: ~S"(\d{7})",
    optional_end: ~S"^(0|00)(\d+)(#|\*)?$",
    between: ~S"^\D*(\d+)\D*$",
    two_groups: ~S"^(?:0049|0)?(\d{3,5})-?(\d*)x?\d*$",
    lazy: ~S"^(.*?)(\d{4,10})$"
  ]
  # Each matches every shape but two: the first alone matches `slice`, and does not match `optional_end`.
  @numbers ~w(4158867900 004158867900 00491721234567 0301234567)

  def run do
    # With the ten default converters these are 100,000 rules, the most that a plan may have.
    prefixes = prefixes(Scale.count(99_990))

    %{
      shapes: Enum.map(@shapes, fn {name, regex} -> {name, regex, shape(regex)} end),
      generated: generated(Scale.count(2_000)),
      prefixes: %{rules: length(prefixes), ratio: many(prefixes)}
    }
  end

  defp shape(regex) do
    count = Scale.count(20_000)
    numbers = @numbers |> Stream.cycle() |> Enum.take(count) |> Measure.shared()
    {own, re} = contenders(regex, numbers)

    times =
      [
        {:loop, fn -> :loops.empty(Measure.given(numbers)) end, count},
        {:own, own, count},
        {:re, re, count}
      ]
      |> Measure.interleaved(Scale.rounds(9))
      |> Map.new(fn {name, values} -> {name, Measure.median(values)} end)

    %{own: times.own - times.loop, re: times.re - times.loop}
  end

  defp contenders(regex, numbers) do
    {:ok, compiled} = :re.compile(regex)
    plan = plan(regex).erlang
    own = fn -> :loops.normalize_with(Measure.given(numbers), plan) end
    {own, fn -> :loops.root_by_re(Measure.given(numbers), compiled) end}
  end

  defp plan(regex), do: Numplan.plan!({[{"e164_converters", {[{regex, {[{"prefix", "+"}]}}]}}, {"classifiers", {[]}}]})

  # How much faster each native converter is: the median, and how many are slower.
  defp generated(count) do
    :rand.seed(:exsss, {1, 2, 3})
    numbers = @numbers ++ PatternGenerator.subjects(20)
    repeated = numbers |> Stream.cycle() |> Enum.take(480) |> Measure.shared()

    factors =
      Stream.repeatedly(&PatternGenerator.pattern/0)
      |> Stream.filter(&native?/1)
      |> Stream.map(fn regex ->
        {own, re} = contenders(regex, repeated)
        # The least time of each is that with the least noise of the machine.
        times = for _ <- 1..Scale.rounds(5), do: {Measure.nanoseconds(own), Measure.nanoseconds(re)}
        {own, re} = Enum.unzip(times)
        Enum.min(re) / Enum.min(own)
      end)
      |> Enum.take(count)

    %{count: count, median: Measure.median(factors), least: Enum.min(factors), slower: Enum.count(factors, &(&1 < 1))}
  end

  defp native?(regex) do
    match?({:ok, _}, :re.compile(regex)) and
      match?(%{rules: [%{runs: :native} | _]}, Numplan.Plan.info(plan(regex)))
  end

  defp prefixes(count) do
    :rand.seed(:exsss, {1, 2, 3})

    fn -> Enum.random(200..999) * 1_000 + Enum.random(200..999) end
    |> Stream.repeatedly()
    |> Stream.uniq()
    |> Enum.take(count)
  end

  # A random number of which half match, whatever the number of rules.
  defp many(prefixes) do
    sizes = %{many: prefixes, few: Enum.take(prefixes, 7)}

    contenders =
      for {name, prefixes} <- sizes do
        classifiers = for prefix <- prefixes, do: {"c#{prefix}", "^\\+1#{prefix}"}
        plan = Numplan.plan!({[{"e164_converters", {[]}}, {"classifiers", {classifiers}}]}).erlang
        numbers = numbers_of(List.to_tuple(prefixes), 100_000) |> Measure.shared()
        {name, fn -> :loops.classify_with(Measure.given(numbers), plan) end, 100_000}
      end

    times =
      contenders |> Measure.interleaved(Scale.rounds(9)) |> Map.new(fn {name, all} -> {name, Measure.median(all)} end)

    times.many / times.few
  end

  defp numbers_of(prefixes, count) do
    for place <- 1..count do
      prefix =
        if rem(place, 2) == 0,
          do: elem(prefixes, :rand.uniform(tuple_size(prefixes)) - 1),
          else: Enum.random(100_000..199_999)

      "+1#{prefix}#{Enum.random(1_000..9_999)}"
    end
  end
end
