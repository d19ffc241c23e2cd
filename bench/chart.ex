defmodule Numplan.Bench.Chart do
  @moduledoc "Line charts as SVG, on logarithmic or linear axes."

  @width 760
  @height 440
  @left 90
  @right 200
  @top 50
  @bottom 60
  @colours ~w(#0b6e4f #c1292e #1d4e89 #f2a541 #6a4c93)

  @doc "`series` are `{name, [{x, y}]}`; options: `:title`, `:x`, `:y` (labels), `:log_x`, `:log_y`."
  def svg(series, options) do
    series = if options[:log_y], do: Enum.map(series, &positive/1), else: series
    points = Enum.flat_map(series, &elem(&1, 1))
    x = axis(Enum.map(points, &elem(&1, 0)), options[:log_x], @left, @width - @right)

    y =
      axis(
        if(options[:log_y], do: [], else: [0]) ++ Enum.map(points, &elem(&1, 1)),
        options[:log_y],
        @height - @bottom,
        @top
      )

    [
      ~s(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 #{@width} #{@height}" font-family="sans-serif" font-size="13">\n),
      ~s(<rect width="#{@width}" height="#{@height}" fill="white"/>\n),
      text(@left, 26, options[:title], ~s(font-size="16" font-weight="bold")),
      text((@left + @width - @right) / 2, @height - 14, options[:x], ~s(text-anchor="middle")),
      ~s[<text transform="translate(20 #{@height / 2}) rotate(-90)" text-anchor="middle">#{escape(options[:y])}</text>\n],
      for(tick <- ticks(y, points, 1, options[:log_y]), do: horizontal(tick, y)),
      for(
        tick <- points |> Enum.map(&elem(&1, 0)) |> Enum.uniq(),
        do: text(x.(tick), @height - @bottom + 20, label(tick), ~s(text-anchor="middle"))
      ),
      series |> Enum.zip(Stream.cycle(@colours)) |> Enum.map(&line(&1, x, y)),
      "</svg>\n"
    ]
  end

  # The time of the loop is subtracted from each: in a tiny run on a busy machine nothing may be left,
  # which has no place on a logarithmic axis.
  defp positive({name, points}), do: {name, for({x, y} <- points, do: {x, max(y, 0.1)})}

  defp axis(values, log, from, to) do
    scale = if log, do: &:math.log10/1, else: &(&1 * 1.0)
    {low, high} = values |> Enum.map(scale) |> Enum.min_max()
    high = if high == low, do: low + 1, else: high
    fn value -> Float.round(from + (scale.(value) - low) / (high - low) * (to - from), 1) end
  end

  defp ticks(_y, points, at, true) do
    {low, high} = points |> Enum.map(&elem(&1, at)) |> Enum.min_max()
    for power <- ceil(:math.log10(low))..floor(:math.log10(high))//1, do: :math.pow(10, power)
  end

  defp ticks(_y, points, at, _linear) do
    high = points |> Enum.map(&elem(&1, at)) |> Enum.max()
    for part <- 0..4, do: high * part / 4
  end

  defp horizontal(tick, y) do
    [
      ~s(<line x1="#{@left}" x2="#{@width - @right}" y1="#{y.(tick)}" y2="#{y.(tick)}" stroke="#ddd"/>\n),
      text(@left - 8, y.(tick) + 4, label(tick), ~s(text-anchor="end"))
    ]
  end

  defp line({{name, points}, colour}, x, y) do
    {last_x, last_y} = List.last(points)
    path = Enum.map_join(points, " ", fn {at, value} -> "#{x.(at)},#{y.(value)}" end)

    [
      ~s(<polyline points="#{path}" fill="none" stroke="#{colour}" stroke-width="2"/>\n),
      for({at, value} <- points, do: ~s(<circle cx="#{x.(at)}" cy="#{y.(value)}" r="3" fill="#{colour}"/>\n)),
      text(x.(last_x) + 8, y.(last_y) + 4, name, ~s(fill="#{colour}"))
    ]
  end

  defp text(x, y, text, attributes), do: ~s(<text x="#{x}" y="#{y}" #{attributes}>#{escape(text)}</text>\n)

  defp escape(text), do: text |> to_string() |> String.replace("&", "&amp;") |> String.replace("<", "&lt;")

  defp label(value) when value >= 1_000, do: Numplan.CLI.Progress.grouped(round(value))
  defp label(value) when value == trunc(value), do: to_string(trunc(value))
  defp label(value), do: to_string(Float.round(value * 1.0, 2))
end
