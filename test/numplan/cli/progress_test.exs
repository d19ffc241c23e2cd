defmodule Numplan.ProgressTest do
  @moduledoc "Progress of long commands, on a real pseudo-terminal (`script`) and without one."
  use ExUnit.Case

  import Numplan.CommandLine, only: [shell: 2]

  alias Numplan.{Batch, CommandLine}
  alias Numplan.CLI.Progress

  @moduletag timeout: 300_000
  @moduletag :tmp_dir

  @erased "\r\e[K"
  @bar ~r/\r\[=* *\] +\d+ %  [\d,]+ (rows|numbers)  [\d,]+ \w+\/s/

  setup_all do: CommandLine.release()

  setup %{tmp_dir: folder} do
    File.write!(Path.join(folder, "numbers.txt"), for(n <- 1..20_000, do: "#{4_150_000_000 + n}\n"))
    codes = for n <- 0..7_999, do: "#{201 + div(n, 800)},#{200 + rem(n, 800)},CORTE MADERA,CA\n"
    File.write!(Path.join(folder, "codes.csv"), codes)
    :ok
  end

  # Standard input, output and error of the line are a terminal, unless the line itself redirects them.
  defp terminal(line, context, columns \\ 120) do
    {shown, "", code} = shell(~s(TERM=xterm script -qec 'stty cols #{columns}; #{line}' /dev/null), context)
    {shown, code}
  end

  for {name, line} <- [
        {"classify of a file", "numplan classify numbers.txt --out answers.tsv"},
        {"classify of a file of numbers to a file", "numplan classify --file numbers.txt >answers.txt"},
        {"classify of standard input that is a file", "numplan classify <numbers.txt >answers.txt"},
        {"numbers import", "(echo number; cat numbers.txt) >n.csv; numplan numbers import n.csv --store mnesia:n"},
        {"locality import",
         "numplan locality import codes.csv --out x.locality --format npa_nxx_city_state --as-of 2026-01-01"},
        {"diff over a file of numbers", "numplan diff kazoo-4.3 kazoo-4.3 --numbers numbers.txt"}
      ] do
    test "a bar on a terminal, erased before what follows: #{name}", context do
      {shown, 0} = terminal(unquote(line), context)
      assert shown =~ @bar
      [_bar, rest] = String.split(shown, @erased, parts: 2)
      refute rest =~ @bar
    end
  end

  test "a count on a terminal where nobody knows how much there is: classify of a pipe", context do
    {shown, 0} = terminal("cat numbers.txt | numplan classify >answers.txt", context)
    assert shown =~ ~r/\r[\d,]+ numbers  [\d,]+ numbers\/s/
    assert String.ends_with?(shown, @erased)
    {shown, 0} = terminal("cat numbers.txt | numplan classify --quiet >answers.txt", context)
    assert shown == ""
  end

  test "no bar for numbers of the command line", context do
    {shown, 0} = terminal("numplan classify 911 >answers.txt", context)
    assert shown == ""
  end

  test "no bar where rows go to a terminal or to another program", context do
    for line <- ["numplan classify --file numbers.txt", "numplan classify --file numbers.txt | cat"] do
      {shown, 0} = terminal(line, context)
      assert shown =~ "4150020000"
      refute shown =~ @erased
    end
  end

  test "the bar of a run that fails is erased before the error is printed", context do
    File.write!(Path.join(context.tmp_dir, "cut.gz"), cut_gzip())
    {shown, 1} = terminal("numplan classify cut.gz --out answers.tsv", context)
    assert shown =~ @bar
    assert [_bar, rest] = String.split(shown, @erased, parts: 2)
    assert rest =~ "ends in the middle of the compressed text"
  end

  # More than one piece, so that progress is shown before the damage is met.
  defp cut_gzip do
    zipped = :zlib.gzip(for(n <- 1..400_000, do: "#{4_150_000_000 + n}\n"))
    binary_part(zipped, 0, byte_size(zipped) - 10)
  end

  for {name, line} <- [
        {"check", "numplan check hard.json --format json >report"},
        {"diff", "numplan diff hard.json kazoo-4.3 --format json >report"}
      ] do
    test "the time that a proof has taken on a terminal, and then nothing of it: #{name}", context do
      File.write!(Path.join(context.tmp_dir, "hard.json"), hard())
      {shown, code} = terminal(unquote(line), context)
      assert code in 0..1
      assert shown =~ ~r/\r(checking|comparing) hard\.json.* 0:01\e\[K/
      assert String.ends_with?(shown, @erased)
      # Without a terminal nothing is erased: a line comes after ten seconds, which a busy machine may take.
      assert {"", lines, ^code} = shell(unquote(line), context)
      assert lines =~ ~r/\A((checking|comparing) hard\.json.* \d+:\d\d\n)*\z/
    end
  end

  # A configuration whose proofs take some seconds.
  defp hard do
    rules =
      for n <- 1..3_000,
          do: {"r#{n}", {[{"regex", "^\\+?1?(#{2_000_000 + n * 2_497}\\d{3})$"}]}}

    Numplan.json_encode!(%{"classifiers" => {rules}})
  end

  test "without a terminal nothing but the summary, and nothing at all with --quiet", context do
    assert {"", told, 0} = shell("numplan classify numbers.txt --out answers.tsv", context)
    assert told =~ ~r"\A20,000 rows in [\d.]+ s, [\d,]+ rows/s, to answers.tsv\n\z"
    assert {"", "", 0} = shell("numplan classify numbers.txt --out answers.tsv --force --quiet", context)
    assert {shown, 0} = terminal("numplan classify numbers.txt --out answers.tsv --force --quiet", context)
    assert shown == ""
  end

  test "a day of work without a terminal writes at most a hundred lines" do
    lines = 0 |> Stream.iterate(&(&1 + Progress.interval(false, &1))) |> Enum.take_while(&(&1 < 86_400_000))
    assert length(lines) in 20..100
  end

  test "no bar on a terminal that cannot erase", context do
    {shown, 0} = terminal("TERM=dumb numplan classify numbers.txt --out answers.tsv", context)
    refute shown =~ "\e["
    assert shown =~ "20,000 rows in"
  end

  test "no line of the bar is wider than the terminal", context do
    {shown, 0} = terminal("numplan classify numbers.txt --out answers.tsv", context, 40)
    [bar | _] = String.split(shown, @erased)
    for line <- String.split(bar, ["\r", "\e[K"], trim: true), do: assert(String.length(line) < 40)
    assert bar =~ "20,000 rows" or bar =~ ~r/\d %/
  end

  test "a run that is gone on with counts the rows of this run alone in its rate", context do
    folder = context.tmp_dir
    [input, output] = for name <- ["in.txt", "out.tsv"], do: Path.join(folder, name)
    File.write!(input, for(n <- 1..600_000, do: "#{4_150_000_000 + n}\n"))
    earlier = interrupted(input, output, 500_000)
    {shown, 0} = terminal("numplan classify #{input} --out #{output} --resume", context)

    assert [_, rows, now, seconds, rate] =
             Regex.run(~r"([\d,]+) rows, ([\d,]+) of them now, in ([\d.]+) s, ([\d,]+) rows/s", shown)

    assert count(rows) == 600_000
    assert count(now) == 600_000 - earlier
    assert_in_delta count(now) / count(rate), String.to_float(seconds), 0.06

    # The bar: its rate is that of the rows of this run in at most the run's time, and never of all rows.
    for [_, shown_rows, shown_rate] <- Regex.scan(~r"([\d,]+) rows  ([\d,]+) rows/s", shown) do
      at_most = (count(shown_rows) - earlier) * 1_000
      assert count(shown_rows) >= earlier
      assert count(shown_rate) <= at_most
    end

    assert shown =~ @bar
  end

  test "the first bar of a run that is gone on with has no rate of earlier rows" do
    earlier = {5_000_000, 50}
    assert Progress.line("rows", earlier, earlier, 100, 2_000) =~ ~r"5,000,000 rows  0 rows/s$"
    assert Progress.line("rows", earlier, {5_001_000, 75}, 100, 2_000) =~ ~r"5,001,000 rows  500 rows/s  0:02 left$"
  end

  defp interrupted(input, output, rows) do
    test = self()

    tell = fn progress ->
      if progress.rows >= rows do
        # Another process keeps the place that the run goes on from.
        fn -> File.exists?(output <> ".progress") end |> Stream.repeatedly() |> Enum.find(& &1)
        send(test, {:enough, self()})
        receive do: (:never -> :ok)
      end
    end

    {pid, monitor} = spawn_monitor(fn -> Batch.run(input, output, checkpoint_ms: 0, progress: tell) end)
    assert_receive {:enough, ^pid}, 60_000
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^monitor, :process, ^pid, :killed}
    Numplan.json_decode!(File.read!(output <> ".progress"))["rows"]
  end

  defp count(text), do: text |> String.replace(",", "") |> String.to_integer()
end
