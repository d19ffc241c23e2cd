defmodule Numplan.LookAroundGenerator do
  @moduledoc """
  Random regexes over few bytes, full of look-around, atomic groups and possessive quantifiers, and short subjects.

  Such constructs change an answer only where several of them meet on the same bytes, which those of `Numplan.PatternGenerator`
  seldom do. Faults of PCRE were found so (`regex/faults.rs`, `regex/possession.rs`).
  """

  @sets ~w(0 0 0 1 1 1 \\+ \\+ [01] [01] \\d . [^0] a)
  @conditions ~w(^ $ \\z \\b \\B \\K)
  @counts ~w(? * + {2} {1,2} {0,2} {2,})
  @behind ["", "0", "1", "[01]", "\\+", "01", "\\d.", "0|1", "00|1"]

  @doc "A random regex."
  @spec pattern() :: binary()
  def pattern do
    branches = for _ <- 1..pick([1, 1, 1, 2]), do: [pick(["^", "^", ""]), sequence(3), pick(["$", "\\z", ""])]
    branches |> Enum.intersperse("|") |> IO.iodata_to_binary()
  end

  @doc "`count` random subjects."
  @spec subjects(pos_integer()) :: [binary()]
  def subjects(count), do: for(_ <- 1..count, do: subject(:rand.uniform(8) - 1))

  defp subject(length), do: for(_ <- List.duplicate(0, length), into: "", do: pick(~w(0 0 1 1 2 + a) ++ ["\n"]))

  defp sequence(depth), do: for(_ <- 1..:rand.uniform(3), do: part(depth))

  defp part(0), do: pick(@sets)

  defp part(depth) do
    inner = fn -> alternation(depth - 1) end

    case :rand.uniform(16) do
      n when n <= 6 -> pick(@sets)
      7 -> pick(@conditions)
      n when n <= 9 -> ["(?<", pick(["=", "!"]), pick(@behind), ")"]
      n when n <= 11 -> ["(", inner.(), ")"]
      n when n <= 13 -> ["(?", pick(["=", "!"]), inner.(), ")"]
      14 -> ["(?>", inner.(), ")"]
      _ -> [pick(["(?:", "("]), inner.(), ")", pick(@counts), pick(["", "", "?", "+"])]
    end
    |> repeated()
  end

  defp repeated(<<_::binary>> = set) when set not in @conditions,
    do: [set, pick(["", "", "", [pick(@counts), pick(["", "?", "+"])]])]

  defp repeated(part), do: part

  defp alternation(depth),
    do: pick([[sequence(depth)], [sequence(depth), "|", sequence(depth)], [sequence(depth), "|"]])

  defp pick(items), do: Enum.at(items, :rand.uniform(length(items)) - 1)
end
