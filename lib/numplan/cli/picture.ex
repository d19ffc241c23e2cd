defmodule Numplan.CLI.Picture do
  @moduledoc """
  Draws the classifiers of a configuration, as SVG or for Graphviz: in order, with an arc between
  any two that match the same number, and marks those that can never match.
  """

  alias Numplan.{Finding, Plan, Report}

  @row 44
  @box_width 260
  @box_height 28
  @left 20
  @top 56
  @never [:never_matches, :only_empty, :only_unprintable]

  @typedoc "A plan's classifiers, as `classifiers/1` gives them."
  @type classifiers :: [%{name: binary(), path: binary(), place: pos_integer()}]

  @doc """
  The classifiers of a plan in order, each with the path of its regex.

      iex> [first | _] = Numplan.CLI.Picture.classifiers(Numplan.plan!({:preset, "kazoo-3.20"}))
      iex> first
      %{name: "tollfree_us", path: "classifiers.tollfree_us.regex", place: 1}
  """
  @spec classifiers(Plan.t()) :: classifiers()
  def classifiers(plan) do
    # The rules of a plan begin with its classifiers.
    %{classes: names, rules: rules} = Plan.info(plan)

    for {{name, rule}, place} <- names |> Enum.zip(rules) |> Enum.with_index(1),
        do: %{name: name, path: rule.path, place: place}
  end

  @doc """
  The picture as a self-contained SVG document.

      iex> {:ok, report} = Numplan.check({:preset, "kazoo-3.20"})
      iex> Numplan.CLI.Picture.svg(report, Numplan.CLI.Picture.classifiers(Numplan.plan!({:preset, "kazoo-3.20"}))) =~ "<svg xmlns="
      true
  """
  @spec svg(Report.t(), classifiers()) :: binary()
  def svg(%Report{} = report, classifiers) do
    overlaps = overlaps(report, classifiers)
    lanes = lanes(overlaps)
    width = @left + @box_width + 60 + 26 * (1 + Enum.max([0 | Map.values(lanes)])) + 200
    height = @top + @row * length(classifiers) + 20
    never = never(report)

    IO.iodata_to_binary([
      ~s(<svg xmlns="http://www.w3.org/2000/svg" width="#{width}" height="#{height}" ),
      ~s(viewBox="0 0 #{width} #{height}" font-family="sans-serif" font-size="13">\n),
      ~s(<title>Classifiers in order, and where they overlap</title>\n),
      ~s(<rect width="100%" height="100%" fill="#fff"/>\n),
      ~s(<text x="#{@left}" y="24" font-weight="bold">Tried in this order; the first that matches wins</text>\n),
      ~s(<text x="#{@left}" y="42" fill="#666">An arc: both match the number beside it. Red: can never match.</text>\n),
      Enum.map(overlaps, &arc(&1, lanes)),
      Enum.map(overlaps, &label(&1, lanes)),
      Enum.map(classifiers, &box(&1, &1.path in never)),
      "</svg>\n"
    ])
  end

  @doc """
  The picture in the language of Graphviz' `dot`.

      iex> {:ok, report} = Numplan.check({:preset, "kazoo-3.20"})
      iex> dot = Numplan.CLI.Picture.dot(report, Numplan.CLI.Picture.classifiers(Numplan.plan!({:preset, "kazoo-3.20"})))
      iex> dot =~ ~s(c1 -> c5 [dir=none, constraint=false, color="#b45309", label="+18002000000"])
      true
  """
  @spec dot(Report.t(), classifiers()) :: binary()
  def dot(%Report{} = report, classifiers) do
    never = never(report)

    order =
      for [one, other] <- Enum.chunk_every(classifiers, 2, 1, :discard),
          do: "  c#{one.place} -> c#{other.place} [style=dashed, color=gray];\n"

    arcs =
      for {one, other, number} <- overlaps(report, classifiers) do
        style = ~s(dir=none, constraint=false, color="#b45309", label=)
        ["  c#{one.place} -> c#{other.place} [", style, quoted(number), "];\n"]
      end

    IO.iodata_to_binary([
      "digraph classifiers {\n",
      "  // Dashed: the order in which they are tried. Solid: both match the number beside it. Red: can never match.\n",
      "  rankdir=TB; node [shape=box, fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\", fontsize=10];\n",
      Enum.map(classifiers, &node(&1, &1.path in never)),
      order,
      arcs,
      "}\n"
    ])
  end

  defp never(report), do: for(%{kind: kind, path: path} <- report.findings, kind in @never, do: path)

  defp node(classifier, never?) do
    colour = if never?, do: ", color=red, fontcolor=red", else: ""
    ["  c#{classifier.place} [label=", quoted("#{classifier.place}. #{classifier.name}"), colour, "];\n"]
  end

  defp quoted(text),
    do: [?", text |> Finding.shown() |> String.replace("\\", "\\\\") |> String.replace("\"", "\\\""), ?"]

  defp overlaps(report, classifiers) do
    at = Map.new(classifiers, &{&1.path, &1})

    for %{kind: :overlap, path: path, witness: %{e164: number}, related: related} <- report.findings,
        %{path: behind} <- related,
        is_map_key(at, path) and is_map_key(at, behind),
        do: {at[path], at[behind], Finding.shown(number)}
  end

  # The lane of each arc. Arcs over the same rows get different lanes.
  defp lanes(overlaps) do
    overlaps
    |> Enum.sort_by(fn {one, other, _} -> {other.place - one.place, one.place} end)
    |> Enum.reduce(%{}, fn {one, other, _}, lanes ->
      taken = for {{from, to}, lane} <- lanes, from < other.place and one.place < to, do: lane
      Map.put_new(lanes, {one.place, other.place}, Enum.find(0..map_size(lanes), &(&1 not in taken)))
    end)
  end

  defp arc({one, other, _number}, lanes) do
    x = @left + @box_width
    reach = reach(one, other, lanes)
    {from, to} = {middle(one) + 5, middle(other) - 5}
    ~s(<path d="M#{x} #{from} C#{reach} #{from} #{reach} #{to} #{x} #{to}" fill="none" stroke="#b45309"/>\n)
  end

  # The number of an arc, at its widest point, three quarters of its reach, with a white halo around
  # the letters.
  defp label({one, other, number}, lanes) do
    x = @left + @box_width
    at = x + div(3 * (reach(one, other, lanes) - x), 4) + 5
    y = div(middle(one) + middle(other), 2) + 4
    halo = ~s(stroke="#fff" stroke-width="4" paint-order="stroke")
    ~s(<text x="#{at}" y="#{y}" fill="#b45309" font-size="11" #{halo}>#{escaped(number)}</text>\n)
  end

  defp reach(one, other, lanes), do: @left + @box_width + 40 + 26 * Map.fetch!(lanes, {one.place, other.place})

  defp box(classifier, never?) do
    {stroke, fill} = if never?, do: {"#b91c1c", "#fef2f2"}, else: {"#334155", "#f8fafc"}
    y = middle(classifier) - div(@box_height, 2)
    text = "#{classifier.place}. #{classifier.name |> Finding.shown() |> String.slice(0, 32)}"

    [
      ~s(<rect x="#{@left}" y="#{y}" width="#{@box_width}" height="#{@box_height}" rx="4" fill="#{fill}" stroke="#{stroke}"/>\n),
      ~s(<text x="#{@left + 10}" y="#{y + 19}" fill="#{stroke}">#{escaped(text)}</text>\n)
    ]
  end

  defp middle(classifier), do: @top + @row * (classifier.place - 1) + div(@row, 2)

  defp escaped(text) do
    text |> String.replace("&", "&amp;") |> String.replace("<", "&lt;") |> String.replace(">", "&gt;")
  end
end
