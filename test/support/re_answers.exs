# Writes what this node's `re` answers for generated regexes, for tests that have no Erlang:
#
#   elixirc -o DIR test/support/pattern_generator.ex
#   elixir -pa DIR test/support/re_answers.exs REGEXES SEED >testdata/re/$(OTP release).tsv
#
# A line `subjects` has the subjects of one set, and a line `regex` the number of its set, the regex
# and its answers, one for each subject: `.` where it does not match, `!` where `re` gives up, else
# the root (the last group that took part) as its start and its length, each a digit of base 36.
# Bytes that do not print in ASCII, backslashes and commas are `\xHH`.
[count, seed] = Enum.map(System.argv(), &String.to_integer/1)
:rand.seed(:exsss, {seed, 0, 0})

escape = fn bytes ->
  for <<byte <- bytes>>, into: "" do
    if byte in ?\s..?~ and byte not in [?\\, ?,], do: <<byte>>, else: "\\x" <> Base.encode16(<<byte>>)
  end
end

answer = fn regex, subject ->
  case :re.run(subject, regex, [:report_errors, {:capture, :all, :index}]) do
    :nomatch ->
      "."

    {:error, _} ->
      "!"

    {:match, spans} ->
      {start, length} = List.last(spans)
      Integer.to_string(start, 36) <> Integer.to_string(length, 36)
  end
end

sets = for _ <- 1..40, do: Enum.uniq(Numplan.PatternGenerator.subjects(40))
Enum.each(sets, fn set -> IO.puts("subjects\t" <> Enum.map_join(set, ",", escape)) end)

Stream.repeatedly(&Numplan.PatternGenerator.pattern/0)
|> Stream.flat_map(fn pattern ->
  case :re.compile(pattern) do
    {:ok, regex} -> [{pattern, regex}]
    {:error, _} -> []
  end
end)
|> Stream.take(count)
|> Enum.each(fn {pattern, regex} ->
  set = :rand.uniform(length(sets)) - 1
  answers = sets |> Enum.at(set) |> Enum.map_join(&answer.(regex, &1))
  IO.puts("regex\t#{set}\t#{escape.(pattern)}\t#{answers}")
end)
