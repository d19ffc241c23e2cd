# Compares generated regexes with this node's `re`, as the long test of oracle_test.exs does, where
# there is no Mix that could run it: with the Erlang half's build, and any Elixir as a tool.
#
#   elixirc -o FOLDER test/support/{corpus,pattern_generator,oracle}.ex
#   elixir -pa _build/erlang/lib/numplan/ebin -pa FOLDER test/support/oracle_run.exs COUNT SEED
[count, seed] = Enum.map(System.argv(), &String.to_integer/1)
{:ok, _} = Application.ensure_all_started(:numplan)
compared = Numplan.Oracle.generated(count, 60, seed)

IO.puts(
  "generated regexes: #{compared.patterns} accepted, #{compared.native} run natively, #{compared.refused} refused, " <>
    "#{compared.cases} cases, #{compared.matches} of them matches, #{length(compared.differences)} differences; SEED=#{seed}"
)

for difference <- Enum.take(compared.differences, 20), do: IO.inspect(difference)
if compared.differences != [], do: System.halt(1)
