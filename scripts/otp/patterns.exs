# Regexes and subjects for the comparison of two releases of OTP, a line each: the regex and the subjects, in hexadecimal.
#
#     MIX_ENV=test mix run --no-start scripts/otp/patterns.exs COUNT SUBJECTS SEED > patterns.tsv
#
# Each regex stands once: those that `Numplan.DialectPieces.fixed/0` lists, those of the operators'
# configurations, with the numbers of the corpus, and COUNT generated ones.

alias Numplan.{Corpus, DialectPieces, PatternGenerator}

[count, subjects, seed] = Enum.map(System.argv(), &String.to_integer/1)
:rand.seed(:exsss, {seed, 0, 0})

fixed = [
  "",
  "0",
  "1",
  "11",
  "111",
  "a",
  "A",
  "b",
  "aa",
  "ab",
  "i",
  "_",
  " ",
  "\n",
  "1\n",
  "-",
  "{,2}",
  "1{,2}",
  "10",
  "01",
  "c",
  "&"
]

fixed =
  fixed ++
    [
      <<0xE9>>,
      <<0xC9>>,
      <<0xB5>>,
      <<0xE9, ?1>>,
      <<1>>,
      <<0>>,
      "11111",
      "1111111111",
      "1{ 2}",
      "^{,2}",
      "{ 2 }",
      "n",
      "x",
      "C",
      "K",
      "8",
      "81",
      "U+31"
    ]

generated = Stream.repeatedly(&DialectPieces.regex/0) |> Stream.reject(&(byte_size(&1) > 200)) |> Stream.take(count)

configured = Corpus.regexes()
numbers = Corpus.numbers()

DialectPieces.fixed()
|> Stream.concat(configured)
|> Stream.concat(generated)
|> Stream.uniq()
|> Enum.each(fn regex ->
  own = String.replace(regex, ~r/[\\^$()?*\[\]|]/, "")
  dialled = if regex in configured, do: numbers, else: []
  all = Enum.uniq(fixed ++ dialled ++ [regex, own] ++ PatternGenerator.subjects(max(subjects - 42, 1)))
  hex = Enum.map_join(all, " ", &Base.encode16(&1, case: :lower))
  IO.puts([Base.encode16(regex, case: :lower), "\t", hex])
end)
