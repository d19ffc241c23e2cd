# A compact selection of joined answers, for testdata/otp/answers.tsv:
#
#     elixir scripts/otp/select.exs JOINED > testdata/otp/answers.tsv
#
# Every regex on which the releases differ is kept if it is short, and one in five of the others; of each three
# subjects, those on which they differ first.

[joined] = System.argv()

joined
|> File.stream!([], :line)
|> Stream.map(&(&1 |> String.trim_trailing("\n") |> String.split("\t")))
|> Stream.uniq_by(&hd/1)
|> Enum.each(fn [regex, was, is, answers] ->
  all = String.split(answers, " ", trim: true)
  differs? = was != is or Enum.any?(all, fn one -> match?([_, old, new] when old != new, String.split(one, "=")) end)

  if byte_size(regex) <= if(differs?, do: 24, else: 80) and (differs? or :erlang.phash2(regex, 5) == 0) do
    shown = all |> Enum.filter(&(byte_size(&1) < 80)) |> Enum.take(3) |> Enum.intersperse(" ")
    IO.puts([regex, "\t", was, "\t", is, "\t", shown])
  end
end)
