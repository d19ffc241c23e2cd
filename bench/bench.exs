# Speed of numplan:classify/1 and normalize/1 against two ways of doing the same with OTP's re, in the same run:
#
#     make bench
#
# Rounds are interleaved; what is printed are medians of nanoseconds a call, the spread, and the ratio to Numplan.

defmodule Numplan.Bench do
  @moduledoc false

  @rounds 9
  @numbers 2_000
  @seed {1, 2, 3}

  def run do
    {:ok, _} = Application.ensure_all_started(:numplan)
    numbers = numbers()
    plan = plan()
    compiled = compile(plan)

    contenders = [
      {"numplan:classify/1", fn number -> :numplan.classify(number) end},
      {"re, compiled once, in order", fn number -> classify(number, compiled) end},
      {"re, as Kazoo does (source patterns)", fn number -> classify(number, plan) end},
      {"numplan:normalize/1", fn number -> :numplan.normalize(number) end}
    ]

    agree!(numbers, compiled)
    report(measure(contenders, numbers))
  end

  # 40 % ten digits, 15 % +1, 10 % 1NPANXX, 10 % 011…, 5 % toll-free, 5 % Caribbean, 2 % 911, 5 % extensions, 3 % 00…, 5 % garbage.
  defp numbers do
    :rand.seed(:exsss, @seed)
    for _ <- 1..@numbers, do: number(:rand.uniform(100))
  end

  defp number(n) when n <= 40, do: npan()
  defp number(n) when n <= 55, do: "+1" <> npan()
  defp number(n) when n <= 65, do: "1" <> npan()
  defp number(n) when n <= 75, do: "011" <> digits(11)
  defp number(n) when n <= 80, do: "1800" <> digits(7)
  defp number(n) when n <= 85, do: "1242" <> digits(7)
  defp number(n) when n <= 87, do: "911"
  defp number(n) when n <= 92, do: digits(4)
  defp number(n) when n <= 95, do: "00" <> digits(10)
  defp number(_n), do: Enum.random(["anonymous", "*97", "", "+", "sip:alice", "٤١٥"])

  defp npan, do: "#{Enum.random(2..9)}#{digits(2)}#{Enum.random(2..9)}#{digits(6)}"
  defp digits(count), do: for(_ <- 1..count, into: "", do: <<Enum.random(?0..?9)>>)

  defp plan do
    {:ok, text} = :numplan_nif.preset("kazoo-3.20")
    {:ok, {document}} = :numplan_json.decode(text, [:ordered])
    {_, {converters}} = List.keyfind(document, "e164_converters", 0)
    {_, {classifiers}} = List.keyfind(document, "classifiers", 0)

    {for({regex, {keys}} <- converters, do: {regex, value(keys, "prefix")}),
     for({name, {keys}} <- classifiers, do: {value(keys, "regex"), name})}
  end

  defp value(keys, key), do: keys |> List.keyfind(key, 0) |> elem(1)

  defp compile({converters, classifiers}) do
    compile = fn {regex, value} -> {elem(:re.compile(regex), 1), value} end
    {Enum.map(converters, compile), Enum.map(classifiers, compile)}
  end

  defp classify("+" <> _ = number, {_, classifiers}), do: class(number, classifiers)
  defp classify(number, {converters, classifiers}), do: number |> convert(converters) |> class(classifiers)

  defp convert(number, []), do: number

  defp convert(number, [{regex, prefix} | rest]) do
    case :re.run(number, regex, [{:capture, :all, :binary}]) do
      {:match, captures} -> prefix <> List.last(captures)
      :nomatch -> convert(number, rest)
    end
  end

  defp class(_number, []), do: :undefined

  defp class(number, [{regex, name} | rest]) do
    case :re.run(number, regex, [{:capture, :none}]) do
      :match -> name
      :nomatch -> class(number, rest)
    end
  end

  defp agree!(numbers, compiled) do
    for number <- numbers, :numplan.classify(number) != classify(number, compiled) do
      raise "the contenders do not agree"
    end
  end

  defp measure(contenders, numbers) do
    rounds = for _ <- 1..@rounds, do: for({name, fun} <- contenders, do: {name, nanoseconds(fun, numbers)})
    for {name, _} <- contenders, do: {name, for(round <- rounds, {^name, time} <- round, do: time)}
  end

  defp nanoseconds(fun, numbers) do
    :erlang.garbage_collect()
    {microseconds, :ok} = :timer.tc(fn -> each(numbers, fun) end)
    microseconds * 1_000 / length(numbers)
  end

  defp each([], _fun), do: :ok

  defp each([number | numbers], fun) do
    fun.(number)
    each(numbers, fun)
  end

  defp report([{_, [_ | _] = own} | _] = results) do
    IO.puts(
      "#{String.pad_trailing("contender", 40)} #{String.pad_leading("ns a call", 10)} #{String.pad_leading("min..max", 18)}   ratio"
    )

    for {name, times} <- results do
      spread = "#{round(Enum.min(times))}..#{round(Enum.max(times))}"
      ratio = Float.round(median(times) / median(own), 1)

      IO.puts(
        "#{String.pad_trailing(name, 40)} #{String.pad_leading("#{round(median(times))}", 10)} #{String.pad_leading(spread, 18)}   #{ratio}"
      )
    end
  end

  defp median(times), do: times |> Enum.sort() |> Enum.at(div(length(times), 2))
end

Numplan.Bench.run()
