defmodule Numplan.BatchTest do
  @moduledoc "Many numbers at once: lists, texts of lines, streams and files. Expected are the answers to the numbers one by one."
  use ExUnit.Case

  alias Numplan.{Batch, Plan, TaskExit}

  @moduletag :tmp_dir

  @foreign ~S'{"classifiers": {"pair": "^(\\d)\\1$", "verb": "(*PRUNE)^\\+1", "digits": "^\\d+$"},
               "e164_converters": {"^(\\d)\\1(\\d+)$": {"prefix": "+1"}, "^00(.*)$": {"prefix": "+"}}}'
  @dialled ~S'{"dial_plan": {"^9(\\d+)$": {}, "^(\\d{7})$": {"prefix": "+1415"}}}'

  defp plans, do: Enum.map([{:preset, "kazoo-3.20"}, {:preset, "kazoo-4.3"}, @foreign, @dialled], &Plan.new!/1)

  defp numbers(count) do
    :rand.seed(:exsss, {4, 5, 6})
    for _ <- 1..count, do: number(:rand.uniform(10))
  end

  defp number(n) when n <= 5, do: for(_ <- 1..:rand.uniform(12), into: "", do: Enum.random(~w(0 1 2 4 9)))
  defp number(n) when n <= 8, do: Enum.random(["+1", "1", "00", "011", "9"]) <> number(1)
  defp number(9), do: Enum.random(["", "+", "911", "*97", "anonymous", "\t", "\"", ",", "é", <<0>>, <<255>>])
  defp number(10), do: :rand.bytes(5) |> String.replace(["\n", "\r"], "x")

  # What a scheduler may do in one call is next to nothing: everything takes the ways of long work.
  defp with_tiny_slices(test) do
    before = :numplan_nif.force_budget(70)

    try do
      test.()
    after
      :numplan_nif.force_budget(before)
    end
  end

  defp for_any_slice(test) do
    test.()
    with_tiny_slices(test)
  end

  test "a list is answered as its numbers are" do
    numbers = numbers(10_000)

    for plan <- plans() do
      classes = for number <- numbers, do: :numplan.classify(number, plan)
      e164 = for number <- numbers, do: :numplan.normalize(number, plan)

      for_any_slice(fn ->
        assert :numplan.classify(numbers, plan) == classes
        assert :numplan.normalize(numbers, plan) == e164
      end)
    end

    assert :numplan.classify([]) == [] and :numplan.normalize([]) == []
    long = String.duplicate("1", 1_000_000)
    assert :numplan.classify(["911", long, "911"]) == ["emergency", :numplan.classify(long), "emergency"]
    assert :numplan.normalize(["911", ["911"]]) == ["911", ["911"]]

    for bad <- [["911" | "911"], ["911", :no], [1]], function <- [:classify, :normalize] do
      for_any_slice(fn -> assert_raise ArgumentError, fn -> apply(:numplan, function, [bad]) end end)
    end
  end

  test "lines are answered as their numbers are" do
    numbers = numbers(5_000)

    for plan <- plans(), ending <- ["\n", "\r\n"] do
      text = Enum.join(numbers, ending)
      last = List.last(numbers)
      text = if last == "", do: text <> ending, else: text
      classes = for number <- numbers, do: :numplan.classify(number, plan)
      e164 = for number <- numbers, into: "", do: :numplan.normalize(number, plan) <> "\n"

      for_any_slice(fn ->
        %{names: names, bits: 8, places: places} = classified = :numplan.classify_lines(text, plan)
        assert for(<<place <- places>>, do: if(place == 0, do: :undefined, else: elem(names, place - 1))) == classes
        assert :numplan.normalize_lines(text, plan) == e164
        assert :numplan.normalize_and_classify_lines(text, plan) == {e164, classified}
      end)
    end
  end

  test "the ends of lines" do
    for {text, numbers} <- [
          {"", []},
          {"\n", [""]},
          {"911", ["911"]},
          {"911\n", ["911"]},
          {"911\r\n", ["911"]},
          {"911\r", ["911\r"]},
          {"\r\n\r\n", ["", ""]},
          {"911\r\r\n4", ["911\r", "4"]},
          {"\r", ["\r"]}
        ] do
      assert :numplan_nif.numbers(text) == numbers
      assert :numplan.normalize_lines(text) == Enum.map_join(numbers, &(:numplan.normalize(&1) <> "\n"))
      %{names: names, places: places} = :numplan.classify_lines(text)
      assert for(<<place <- places>>, do: elem(names, place - 1)) == :numplan.classify(numbers)
    end

    for bad <- [:no, ["911"], 1], do: assert_raise(ArgumentError, fn -> :numplan.classify_lines(bad) end)
    for bad <- [:no, ["911"], 1], do: assert_raise(ArgumentError, fn -> :numplan.normalize_lines(bad) end)
  end

  test "many classes take more bits" do
    rules = for n <- 0..299, do: {"c#{n}", "^#{String.pad_leading(to_string(n), 3, "0")}$"}
    plan = Plan.new!({[{"classifiers", {rules}}, {"e164_converters", {[]}}]})
    assert %{bits: 16, places: <<300::16, 0::16, 1::16>>, names: names} = :numplan.classify_lines("299\n300\n000", plan)
    assert elem(names, 299) == "c299"
  end

  test "a stream gives the answers in order, and takes no more than it needs" do
    numbers = numbers(3_000)
    expected = for number <- numbers, do: {number, Numplan.normalize(number), Numplan.classify(number)}
    assert numbers |> Numplan.stream(chunk: 7) |> Enum.to_list() == expected
    assert numbers |> Stream.cycle() |> Numplan.stream(chunk: 100) |> Enum.take(3_000) == expected
    plan = Plan.new!(~S'{"classifiers": {"nine": "^9"}}')
    assert ["911", "4"] |> Numplan.stream(plan: plan) |> Enum.to_list() == [{"911", "911", "nine"}, {"4", "4", nil}]
  end

  describe "files" do
    defp write(dir, name, text) do
      path = Path.join(dir, name)
      File.write!(path, if(Path.extname(name) == ".gz", do: :zlib.gzip(text), else: text))
      path
    end

    defp text(path) do
      data = File.read!(path)
      if Path.extname(path) == ".gz", do: gunzip(path), else: data
    end

    # Not by what wrote it.
    defp gunzip(path) do
      {text, 0} = System.cmd("gzip", ["-dc", path])
      text
    end

    test "every layout, compressed or not, and its rejects", %{tmp_dir: dir} do
      plain = "4158867900\r\n911\n\n+1"

      csv = ~s(id,"the ""number""",x\r\n1,4158867900,a\n2,"911","b,\nc"\n\n3\n4,"41588,""67900",d)
      tsv = "id\tnumber\n1\t911\n2\n3\t4158867900\tmore"

      json = ~S'''
      {"number": "4158867900", "id": 1}
      {"id": 2}
      nonsense
      {"number": 3}

      {"id": 4, "number": "911", "class": "old"}
      '''

      for {name, content, options, expected, rejects} <- [
            {"a.txt", plain, [], "4158867900\t+14158867900\tdid_us\n911\t911\temergency\n+1\t+1\tunknown\n",
             "3\tno number\t\n"},
            {"a.csv", csv, [column: ~s(the "number")],
             ~s(id,"the ""number""",x,e164,class\n1,4158867900,a,+14158867900,did_us\n2,"911","b,\nc",911,emergency\n) <>
               ~s(4,"41588,""67900",d,"41588,""67900",unknown\n), "3\ttoo few columns\t3\n"},
            {"b.tsv", tsv, [column: 2, header: true],
             "id\tnumber\te164\tclass\n1\t911\t911\temergency\n3\t4158867900\tmore\t+14158867900\tdid_us\n",
             "2\ttoo few columns\t2\n"},
            {"c.jsonl", json, [],
             ~s({"number":"4158867900","id":1,"e164":"+14158867900","class":"did_us"}\n) <>
               ~s({"id":4,"number":"911","class":"emergency","e164":"911"}\n),
             ~s(2\tno such key, or no text under it\t{"id": 2}\n3\tnot a JSON object\tnonsense\n) <>
               ~s(4\tno such key, or no text under it\t{"number": 3}\n)}
          ],
          in_gz <- ["", ".gz"],
          out_gz <- ["", ".gz"] do
        input = write(dir, name <> in_gz, content)
        output = Path.join(dir, "out" <> out_gz)
        assert {:ok, %{rejected: rejected}} = Batch.run(input, output, [format: Batch.Layout.format(name)] ++ options)
        assert text(output) == expected
        assert {:ok, rejects} == {:ok, if(rejected > 0, do: File.read!(output <> ".rejects"))}

        assert Enum.sort(File.ls!(dir) -- [name, name <> ".gz"]) -- ["out" <> out_gz, "out" <> out_gz <> ".rejects"] ==
                 []

        for file <- [output, output <> ".rejects"], do: File.rm(file)
        File.rm!(input)
      end
    end

    # As PostgreSQL's COPY writes a cell.
    defp escaped(cell),
      do: String.replace(cell, ["\\", "\t", "\r"], &%{"\\" => "\\\\", "\t" => "\\t", "\r" => "\\r"}[&1])

    test "a large file comes out in order, by rules of re too", %{tmp_dir: dir} do
      # Without what is a reject: blank lines, and what looks like a spreadsheet's work.
      numbers = numbers(150_000) |> Enum.reject(&(&1 =~ ~r/^\s*$|^['=]/))
      input = write(dir, "in.txt", Enum.map(numbers, &[&1, ?\n]))

      for plan <- Enum.take(plans(), 3) do
        output = Path.join(dir, "out.tsv")
        assert {:ok, %{rows: rows, rejected: 0}} = Batch.run(input, output, plan: plan, force: true)
        assert rows == length(numbers)

        expected =
          for {number, e164, class} <-
                Enum.zip([numbers, :numplan.normalize(numbers, plan), :numplan.classify(numbers, plan)]) do
            [escaped(number), ?\t, escaped(e164), ?\t, if(class == :undefined, do: "", else: class), ?\n]
          end

        assert File.read!(output) == IO.iodata_to_binary(expected)
      end
    end

    test "an interrupted run goes on as if it had not been", %{tmp_dir: dir} do
      rows = for n <- 1..400_000, do: if(rem(n, 1_000) == 0, do: "short\n", else: "#{n},#{4_150_000_000 + n * 17}\n")

      for name <- ["in.csv", "in.csv.gz"], out <- ["whole.csv", "whole.csv.gz"] do
        input = write(dir, name, ["id,number\n" | rows])
        [whole, cut] = Enum.map([out, "cut-" <> out], &Path.join(dir, &1))
        assert {:ok, %{rows: 400_000, rejected: 400}} = Batch.run(input, whole, column: "number")
        interrupt(input, cut)
        assert {:error, words} = Batch.run(input, cut, column: "number")
        assert words =~ "resume it with --resume"
        assert {:error, words} = Batch.run(input, cut, column: 2, resume: true)
        assert words =~ "another input, plan or format"
        assert {:ok, %{rows: 400_000, rejected: 400}} = Batch.run(input, cut, column: "number", resume: true)
        assert text(cut) == text(whole)
        assert File.read!(cut <> ".rejects") == File.read!(whole <> ".rejects")
        for file <- File.ls!(dir), do: File.rm!(Path.join(dir, file))
      end
    end

    # Kills the run once it has left a point to go on from, and some more behind that.
    defp interrupt(input, output) do
      test = self()

      tell = fn %{rows: rows} ->
        if rows > 250_000 do
          # Another process keeps the point while this one writes on.
          Enum.find(Stream.repeatedly(fn -> File.exists?(output <> ".progress") end), & &1)
          send(test, {:enough, self()})
          receive do: (:never -> :ok)
        end
      end

      run = fn -> Batch.run(input, output, column: "number", checkpoint_ms: 0, progress: tell) end
      {pid, monitor} = spawn_monitor(run)
      assert_receive {:enough, ^pid}, 60_000
      Process.exit(pid, :kill)
      assert_receive {:DOWN, ^monitor, :process, ^pid, :killed}
    end

    test "an error names the file and the fault, and leaves no files", %{tmp_dir: dir} do
      csv = write(dir, "in.csv", "a,b\n1,2\n")
      output = Path.join(dir, "out")
      there = write(dir, "there", "kept")
      broken = Path.join(dir, "broken.gz")
      File.write!(broken, "no gzip")
      cut = Path.join(dir, "cut.gz")
      File.write!(cut, binary_part(:zlib.gzip(String.duplicate("4158867900\n", 1_000)), 0, 40))

      for {arguments, words} <- [
            {[Path.join(dir, "none"), output], "none: no such file or directory"},
            {[dir, output], "is not a regular file"},
            {[csv, there], "exists; remove it"},
            {[csv, output, [column: "c"]], ~s(has no column c; its first row is: "a", "b")},
            {[csv, output, [column: 0]], "columns count from 1"},
            {[csv, output, [column: "a", header: false]], "needs a header"},
            {[broken, output], "damaged, or not a gzip file"},
            {[cut, output], "ends in the middle"},
            {[csv, Path.join(csv, "out")], "could not make directory"}
          ] do
        assert {:error, message} = apply(Batch, :run, arguments)
        assert message =~ words
        refute File.exists?(output)
      end

      assert File.read!(there) == "kept"
    end

    test "the task", %{tmp_dir: dir} do
      input = write(dir, "in.csv", "phone\n4158867900\n911\n")
      output = Path.join(dir, "out.csv")
      run = fn arguments -> Mix.Tasks.Numplan.Classify.run([input, "--out", output | arguments]) end
      said = ExUnit.CaptureIO.capture_io(:stderr, fn -> run.(~w(--column phone)) end)
      assert said =~ ~r"2 rows in [\d.]+ s, [\d,]+ rows/s, to #{Regex.escape(output)}"
      assert File.read!(output) =~ "phone,e164,class\n4158867900,+14158867900,did_us\n911,911,emergency\n"
      TaskExit.assert_exit(1, "exists; remove it", fn -> run.([]) end)
      TaskExit.assert_exit(2, "the formats are plain, csv, tsv and jsonl", fn -> run.(~w(--format xml)) end)
      TaskExit.assert_exit(2, "--out needs one file", fn -> run.(["other"]) end)
      quiet = fn -> run.(~w(--column phone --force --quiet)) end
      assert ExUnit.CaptureIO.capture_io(:stderr, quiet) == ""
    end
  end
end
