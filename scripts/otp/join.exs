# Joins what two releases answer into the lines that native/numplan/tests/upgrade.rs reads:
#
#     elixir scripts/otp/join.exs PATTERNS ANSWERS_OF_25 ANSWERS_OF_29 MOST > joined.tsv
#
# A line for each regex: it, what each release says of it, and for at most MOST subjects, those first on
# which they differ, `subject=answer=answer`.

[patterns, old, new, most] = System.argv()
most = String.to_integer(most)

lines = fn file ->
  file |> File.stream!([], :line) |> Stream.map(&(&1 |> String.trim_trailing("\n") |> String.split("\t")))
end

[lines.(patterns), lines.(old), lines.(new)]
|> Stream.zip()
|> Enum.each(fn {[regex, subjects], [regex, was, olds], [regex, is, news]} ->
  answers =
    case {was, is} do
      {"accepted", "accepted"} ->
        [subjects, olds, news]
        |> Enum.map(&String.split(&1, " "))
        |> Enum.zip()
        |> Enum.sort_by(fn {_subject, old, new} -> {old == new, old == "-"} end)
        |> Enum.take(most)
        |> Enum.map_join(" ", fn {subject, old, new} -> "#{subject}=#{old}=#{new}" end)

      _ ->
        ""
    end

  IO.puts([regex, "\t", was, "\t", is, "\t", answers])
end)
