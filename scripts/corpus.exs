# Writes testdata/corpus.tsv anew, from the reference: MIX_ENV=test mix run scripts/corpus.exs
lines = [Numplan.Corpus.columns() | Enum.to_list(Numplan.Corpus.expected())]
File.write!("testdata/corpus.tsv", Enum.map(lines, &[Enum.intersperse(&1, "\t"), "\n"]))
IO.puts("testdata/corpus.tsv: #{length(lines) - 1} lines")
