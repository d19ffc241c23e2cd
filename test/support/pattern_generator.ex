defmodule Numplan.PatternGenerator do
  @moduledoc """
  Random regexes over all of PCRE's syntax, and subjects that some of them match.

  Draws from the process's `:rand`, so a seed gives the same patterns again. One pattern in eight is damaged by a random edit,
  and most of those are refused.
  """

  @literals [
              "0",
              "1",
              "2",
              "9",
              "+",
              "a",
              "b",
              "A",
              "Z",
              "\n",
              " ",
              "-",
              ",",
              "&",
              "~",
              "_",
              <<0xE9>>,
              <<0xC9>>,
              <<0xB5>>
            ] ++
              [<<0xFF>>, <<0xA0>>, <<0x85>>, "\r"]
  @escapes ~w(\\d \\D \\w \\W \\s \\S \\h \\H \\v \\V \\R \\N \\+ \\. \\* \\# \\- \\\\ \\x2b \\x{31} \\061 \\o{60} \\x30) ++
             ~w(\\t \\n \\r \\e \\f \\a \\cJ \\xE9 \\351 \\x{e9} \\d \\d \\d)
  @assertions ~w(^ $ ^ $ \\A \\z \\Z \\b \\B \\G \\K)
  @posix ~w(alpha digit alnum upper lower space blank punct print graph cntrl xdigit word ascii)
  @flags ~w(i s m x U J i-s -i im)
  @alphabets [
    "01+",
    "0129",
    "0a+",
    "aA01",
    "ab\n",
    "01\n",
    <<"a0", 0xE9, 0xC9>>,
    <<0, "1", 255, "\n">>,
    "ab_ -",
    <<0xB5, 0xA0, 0x85, "Z9 ">>
  ]

  @doc "A random regex."
  @spec pattern() :: binary()
  def pattern do
    text = 3 |> alternation() |> IO.iodata_to_binary()
    if one_in(8), do: damage(text), else: text
  end

  @doc "`count` random subjects over a small alphabet, so that patterns meet what they ask for."
  @spec subjects(pos_integer()) :: [binary()]
  def subjects(count) do
    alphabet = pick(@alphabets)
    for _ <- 1..count, do: subject(if(one_in(6), do: pick(@alphabets), else: alphabet))
  end

  defp subject(alphabet) do
    body = for _ <- 1..:rand.uniform(14), into: "", do: <<:binary.at(alphabet, :rand.uniform(byte_size(alphabet)) - 1)>>

    case :rand.uniform(12) do
      1 -> ""
      2 -> body <> "\n"
      3 -> "+" <> body
      _ -> body
    end
  end

  defp alternation(depth) do
    branches = if one_in(3), do: 1 + :rand.uniform(2), else: 1
    Enum.intersperse(for(_ <- 1..branches, do: sequence(depth)), "|")
  end

  defp sequence(depth) do
    for _ <- 1..:rand.uniform(4), do: [atom(depth), quantifier()]
  end

  defp atom(depth) do
    case :rand.uniform(20) do
      n when n <= 6 -> pick(@literals)
      n when n <= 10 -> pick(@escapes)
      n when n <= 12 -> class()
      n when n <= 14 -> pick(@assertions)
      15 -> "."
      16 -> odd(depth)
      _ when depth > 0 -> group(depth - 1)
      _ -> "1"
    end
  end

  defp quantifier do
    case :rand.uniform(16) do
      n when n <= 8 -> ""
      9 -> ["?", greed()]
      10 -> ["*", greed()]
      11 -> ["+", greed()]
      12 -> ["{#{:rand.uniform(4) - 1}}", greed()]
      13 -> ["{#{:rand.uniform(3) - 1},#{:rand.uniform(4)}}", greed()]
      14 -> ["{#{:rand.uniform(3) - 1},}", greed()]
      15 -> pick(["{,2}", "{2", "{}", "{1,x}", ""])
      16 -> ""
    end
  end

  defp greed, do: pick(["", "", "", "?", "+"])

  defp group(depth) do
    inner = alternation(depth)

    case :rand.uniform(20) do
      n when n <= 8 -> ["(", inner, ")"]
      n when n <= 11 -> ["(?:", inner, ")"]
      12 -> ["(?<n>", inner, ")"]
      13 -> ["(?=", inner, ")"]
      14 -> ["(?!", inner, ")"]
      15 -> [pick(["(?<=", "(?<!"]), inner, ")"]
      16 -> ["(?>", inner, ")"]
      17 -> ["(?#{pick(@flags)}:", inner, ")"]
      18 -> ["(?|", inner, ")"]
      19 -> ["(", inner, ")?"]
      20 -> [pick(["(?P<p>", "(?'q'"]), inner, ")"]
    end
  end

  defp odd(depth) do
    case :rand.uniform(12) do
      n when n <= 2 ->
        "\\#{:rand.uniform(3)}"

      3 ->
        pick(["\\g1", "\\g{-1}", "\\k<n>", "(?1)", "(?R)", "(?P=p)"])

      n when n <= 5 ->
        "(?#{pick(@flags)})"

      6 ->
        ["(?(", pick(["1", "<n>", "?=1", "R", "DEFINE"]), ")", sequence(depth), pick(["", "|1"]), ")"]

      7 ->
        ["\\Q", pick(["1", "+", "a\\", "^$", "", "(|)"]), pick(["\\E", "\\E", ""])]

      8 ->
        "(?#comment)"

      9 ->
        pick(["(*FAIL)", "(*ACCEPT)", "(*COMMIT)", "(?C)", "(*ANYCRLF)"])

      10 ->
        pick(["\\p{L}", "\\P{Nd}", "\\X", "\\C", "\\u", "\\i", "\\N{2}", "\\8", "\\0", "\\01", "\\x", "\\x{}", "\\E"])

      11 ->
        pick([")", "(", "[", "]", "}", "{", "\\", "(?", "(?z)", "\\x{100}"])

      12 ->
        class()
    end
  end

  defp class do
    items = for _ <- 1..:rand.uniform(4), do: class_item()
    ["[", pick(["", "", "^"]), pick(["", "", "", "", "]"]), items, pick(["", "", "", "-"]), "]"]
  end

  defp class_item do
    case :rand.uniform(16) do
      n when n <= 5 -> pick(@literals -- ["-"])
      n when n <= 8 -> pick(["0-9", "a-z", "A-Z", "2-9", "+--", <<0xC0, "-", 0xFF>>, "\\x30-\\x32", "0-\\071"])
      n when n <= 10 -> pick(~w(\\d \\D \\w \\W \\s \\S \\h \\v \\- \\] \\\\ \\b \\n \\x41 \\101 \\H \\V))
      n when n <= 12 -> ["[:", pick(["", "", "^"]), pick(@posix), ":]"]
      13 -> pick(["&&", "--", "~~", "||", "[", "^", "$", ".", "|"])
      14 -> pick(["\\d-z", "a-\\d", "-0", "\\Qa-z\\E", "\\E", "[:foo:]", "[.a.]", "[=a=]", "z-a"])
      _ -> pick(["0", "1", "a"])
    end
  end

  defp damage(""), do: "("

  defp damage(text) do
    at = :rand.uniform(byte_size(text)) - 1
    {before, <<byte, rest::binary>>} = :erlang.split_binary(text, at)

    case :rand.uniform(3) do
      1 -> before <> rest
      2 -> before <> pick(["(", ")", "[", "]", "*", "?", "\\", "{", "^", "|", <<0>>]) <> <<byte>> <> rest
      3 -> before <> <<byte, byte>> <> rest
    end
  end

  defp one_in(n), do: :rand.uniform(n) == 1

  defp pick(items), do: Enum.at(items, :rand.uniform(length(items)) - 1)
end
