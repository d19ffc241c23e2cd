defmodule Numplan.Bench.Prefixes do
  @moduledoc """
  A class by a list of prefixes, of 6 to 9 random digits, with random numbers of which half match, against seven rules.
  """

  alias Numplan.Bench.{Measure, Scale}

  @rounds 15
  @numbers 100_000

  @doc "For each size of list: nanoseconds a call, these by those with seven rules, bytes a prefix, and seconds to load."
  def run do
    for size <- [200_000, 1_000_000], do: measured(Scale.count(size))
  end

  defp measured(size) do
    :rand.seed(:exsss, {1, 2, 3})
    prefixes = prefixes(size)
    text = Enum.intersperse(prefixes, "\n") |> IO.iodata_to_binary()
    {load, many} = :timer.tc(fn -> plan([{"listed", {[{"prefixes", {[{"csv", text}]}}, {"numplan_only", true}]}}]) end)
    few = plan(for prefix <- Enum.take(prefixes, 7), do: {prefix, "^\\+" <> prefix})
    tuple = List.to_tuple(prefixes)
    numbers = Measure.shared(for place <- 1..@numbers, do: number(tuple, place, many))

    loops =
      for {name, plan} <- [many: many, few: few],
          do: {name, fn -> :loops.classify_with(Measure.given(numbers), plan) end, @numbers}

    times =
      [{:loop, fn -> :loops.empty(Measure.given(numbers)) end, @numbers} | loops]
      |> Measure.interleaved(Scale.rounds(@rounds))
      |> Map.new(fn {name, all} -> {name, Measure.median(all)} end)

    %{
      size: size,
      call: times.many - times.loop,
      ratio: (times.many - times.loop) / (times.few - times.loop),
      bytes:
        (Numplan.Plan.info(%Numplan.Plan{erlang: many}).memory - Numplan.Plan.info(%Numplan.Plan{erlang: few}).memory) /
          size,
      load: load / 1.0e6
    }
  end

  defp prefixes(size) do
    fn -> digits(5 + :rand.uniform(4)) end |> Stream.repeatedly() |> Stream.uniq() |> Enum.take(size)
  end

  defp digits(count), do: for(_ <- 1..count, into: "", do: <<?0 + :rand.uniform(10) - 1>>)

  defp plan(classifiers), do: Numplan.plan!({[{"e164_converters", {[]}}, {"classifiers", {classifiers}}]}).erlang

  defp number(prefixes, place, _plan) when rem(place, 2) == 0 do
    "+#{elem(prefixes, :rand.uniform(tuple_size(prefixes)) - 1)}#{digits(4)}"
  end

  # A quarter of all numbers begin with one of a million prefixes: those are drawn again.
  defp number(prefixes, place, plan) do
    number = "+" <> digits(11)
    if :numplan.classify(number, plan) == :undefined, do: number, else: number(prefixes, place, plan)
  end
end
