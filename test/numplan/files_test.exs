defmodule Numplan.FilesTest do
  @moduledoc "Files as operators have them: their encodings, separators, quotes, and what spreadsheets do to numbers."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.{Batch, Plan, TaskExit}

  @moduletag :tmp_dir

  @mark <<0xEF, 0xBB, 0xBF>>
  @encodings [utf16: {:utf16, :little}, utf16: {:utf16, :big}, utf32: {:utf32, :little}, utf32: {:utf32, :big}]
  @names %{utf16: "UTF-16", utf32: "UTF-32"}
  @config ~S({"classifiers": {"nine": "^9", "other": ""}})

  defp write(dir, name, text) do
    path = Path.join(dir, name)
    File.write!(path, if(Path.extname(name) == ".gz", do: :zlib.gzip(text), else: text))
    path
  end

  # What OTP makes of a text, with and without a mark.
  defp encoded(text) do
    for {name, encoding} <- @encodings, mark <- [:unicode.encoding_to_bom(encoding), ""] do
      {@names[name], mark <> :unicode.characters_to_binary(text, :utf8, encoding)}
    end
  end

  defp answered(dir, name, text, options \\ []) do
    output = Path.join(dir, "out")
    result = Batch.run(write(dir, name, text), output, [force: true] ++ options)
    rejects = File.read(output <> ".rejects")
    written = File.read(output)
    for file <- [output, output <> ".rejects"], do: File.rm(file)
    {result, written, rejects}
  end

  defp classify(arguments, input \\ "") do
    run = fn -> Mix.Tasks.Numplan.Classify.run(arguments) end
    parent = self()
    told = capture_io(:stderr, fn -> send(parent, {:out, capture_io([input: input, capture_prompt: false], run)}) end)
    receive do: ({:out, printed} -> {printed, told})
  end

  describe "encodings" do
    @rows [
      {"in.txt", "911\n4158867900\n", []},
      {"in.csv", "phone,id\n911,1\n4158867900,2\n", [column: "phone"]},
      {"in.csv", "911,1\n4158867900,2\n", []},
      {"in.tsv", "phone\tid\n911\t1\n", [column: "phone"]},
      {"in.jsonl", ~s({"number":"911"}\n{"number":"4158867900"}\n), []}
    ]

    test "a UTF-8 mark before rows is dropped", %{tmp_dir: dir} do
      for {name, text, options} <- @rows, gz <- ["", ".gz"] do
        assert {{:ok, %{rejected: 0}}, {:ok, written}, _} = answered(dir, name <> gz, text, options)
        assert {{:ok, %{rejected: 0}}, {:ok, ^written}, _} = answered(dir, name <> gz, @mark <> text, options)
      end
    end

    test "rows in UTF-16 and UTF-32 are refused by name, with and without a mark", %{tmp_dir: dir} do
      for {name, text, options} <- @rows, {encoding, bytes} <- encoded(text), gz <- ["", ".gz"] do
        {result, written, _} = answered(dir, name <> gz, bytes, options)
        assert result == {:error, "#{Path.join(dir, name <> gz)} is in #{encoding}: save it as UTF-8"}
        assert written == {:error, :enoent}
      end
    end

    test "a mark in the middle, where files were joined, makes its row a reject", %{tmp_dir: dir} do
      text = "#{@mark}911\n#{@mark}4158867900\n911\n"

      assert {{:ok, %{rows: 3, rejected: 1}}, {:ok, "911\t911\temergency\n911\t911\temergency\n"}, {:ok, rejects}} =
               answered(dir, "in.txt", text)

      assert rejects == "2\ta byte-order mark before the number: files were joined\t#{@mark}4158867900\n"
    end

    test "--file, standard input and --numbers know them too, and lines that end as on Windows", %{tmp_dir: dir} do
      {plain, ""} = classify(["--file", write(dir, "plain", "911\n4158867900\n")])
      marked = @mark <> "911\r\n4158867900\r\n"
      assert {^plain, ""} = classify(["--file", write(dir, "marked", marked)])
      assert {^plain, ""} = classify([], marked)

      for {encoding, bytes} <- encoded("911\n4158867900\n") do
        file = write(dir, "foreign", bytes)
        refused = "#{file} is in #{encoding}: save it as UTF-8"
        TaskExit.assert_exit(1, refused, fn -> classify(["--file", file]) end)
        diff = fn -> capture_io(fn -> Mix.Tasks.Numplan.Diff.run(["kazoo-4.2", "kazoo-4.3", "--numbers", file]) end) end
        TaskExit.assert_exit(1, refused, diff)
        TaskExit.assert_exit(1, "standard input is in #{encoding}", fn -> classify([], bytes) end)
      end

      numbers = write(dir, "numbers", @mark <> "988\r\n911\r\n")
      diff = fn -> Mix.Tasks.Numplan.Diff.run(["kazoo-4.2", "kazoo-4.3", "--numbers", numbers]) end
      printed = capture_io(fn -> catch_exit(diff.()) end)
      assert printed =~ "Of 2 numbers 1 move"
    end

    test "configurations: text, file, --config, check, diff", %{tmp_dir: dir} do
      plain = Plan.new!(@config)

      for source <- [@mark <> @config, {:file, write(dir, "marked.json", @mark <> @config)}] do
        assert Numplan.classify(["911", "1"], Plan.new!(source)) == Numplan.classify(["911", "1"], plain)
        assert {:ok, _} = Numplan.check(source)
        assert {:ok, _} = Numplan.diff(source, @config)
      end

      marked = Path.join(dir, "marked.json")
      assert {printed, ""} = classify(["--config", marked, "911"])
      assert printed =~ "nine"

      for {encoding, bytes} <- encoded(@config) do
        message = "the text is in #{encoding}, and JSON is UTF-8"
        assert {:error, [{"", {:invalid_json, ^message, 1, 1}, 0, _}]} = :numplan.plan(bytes)
        file = write(dir, "foreign.json", bytes)
        TaskExit.assert_exit(1, message, fn -> classify(["--config", file, "911"]) end)
        check = fn -> capture_io(fn -> Mix.Tasks.Numplan.Check.run([file]) end) end
        TaskExit.assert_exit(1, message, check)
        diff = fn -> capture_io(fn -> Mix.Tasks.Numplan.Diff.run([file, marked]) end) end
        TaskExit.assert_exit(1, message, diff)
      end
    end

    test "a byte-order mark before JSON is counted in the offset of a fault" do
      for {text, line, column, offset} <- [{~S({"a": ?}), 1, 7, 6}, {~s(\n{"a": ?}), 2, 7, 7}] do
        assert {:error, {:invalid_json, %{line: ^line, column: ^column, offset: ^offset}}} = :numplan_json.decode(text)
        column = if line == 1, do: column + 3, else: column
        offset = offset + 3
        assert {:error, {:invalid_json, place}} = :numplan_json.decode(@mark <> text)
        assert %{line: ^line, column: ^column, offset: ^offset} = place
      end
    end

    test "a body of a request" do
      request = &%Numplan.API.Request{method: "PUT", target: "/", body: &1}
      body = ~S({"data": {"a": 1}})
      assert Numplan.API.Body.read(request.(@mark <> body)) == Numplan.API.Body.read(request.(body))

      for {encoding, bytes} <- encoded(body) do
        assert {:error, %Numplan.API.Error{status: 400} = error} = Numplan.API.Body.read(request.(bytes))
        assert inspect(error) =~ "the text is in #{encoding}"
      end
    end
  end

  describe "quotes" do
    test "one that is never closed is an error with its line, and nothing is left", %{tmp_dir: dir} do
      rows = for n <- 1..1_000, do: "row#{n},4158867900\n"
      {before, behind} = Enum.split(rows, 11)
      text = IO.iodata_to_binary(["name,phone\n", before, ~s(bad,"4158867900\n), behind])

      for name <- ["in.csv", "in.csv.gz"], options <- [[column: "phone"], [column: 2]] do
        {result, written, _} = answered(dir, name, text, options)
        assert result == {:error, "#{Path.join(dir, name)}, line 13: the quote that opens here is never closed"}
        assert written == {:error, :enoent}
        assert File.ls!(dir) |> Enum.filter(&String.starts_with?(&1, "out")) == []
      end
    end

    test "also far from the start of a long file", %{tmp_dir: dir} do
      rows = List.duplicate(~s(1,"Doe, J",4158867900\n), 200_000)
      text = IO.iodata_to_binary([rows, ~s(2,"Doe,4158867900\n), List.duplicate("3,Doe,911\n", 100)])
      {result, _, _} = answered(dir, "in.csv", text, column: 3)
      assert {:error, message} = result
      assert message =~ ~r"in.csv, line 200001: the quote that opens here is never closed$"
    end

    test "without a line break at the end, in the header, and at the last byte", %{tmp_dir: dir} do
      for {text, line} <- [{~s(a,b\n1,"x), 2}, {~s(a,b\n1,"), 2}, {~s(a,"b\n1,2\n), 1}, {~s(a,b\n\n\n"), 4}] do
        {result, _, _} = answered(dir, "in.csv", text, column: "a")
        assert {:error, message} = result
        assert message =~ ~r", line #{line}: the quote that opens here is never closed$"
      end
    end

    test "an open quote is an error even if a quote some rows later seems to close it", %{tmp_dir: dir} do
      text = ~s(name,phone\nbad,"4158867900\nx,911\ny,"911"\nz,911\n)
      {result, _, _} = answered(dir, "in.csv", text, column: "phone")
      assert {:error, message} = result
      assert message =~ "line 2: the quoted cell that begins here has text after its closing quote"
    end

    test "a row of them that is wrong on its own line is a reject", %{tmp_dir: dir} do
      text = ~s(name,phone\n"Joe "Big" Doe",911\nx,"911"\n"a ""b"" c",911\nfive" disk,911\n)

      assert {{:ok, %{rows: 4, rejected: 1}}, {:ok, written}, {:ok, rejects}} =
               answered(dir, "in.csv", text, column: "phone")

      assert rejects == ~s(1\ttext after the closing quote of a cell\t"Joe "Big" Doe",911\n)
      assert written =~ ~s("a ""b"" c",911,911,emergency\nfive" disk,911,911,emergency\n)
    end

    test "cells over several lines are read, with any end of lines", %{tmp_dir: dir} do
      for ending <- ["\n", "\r\n"] do
        text = Enum.join([~s(name,phone), ~s("two\nlines",911), ~s(x,4158867900), ""], ending)
        assert {{:ok, %{rows: 2, rejected: 0}}, {:ok, written}, _} = answered(dir, "in.csv", text, column: "phone")
        assert written == ~s(name,phone,e164,class\n"two\nlines",911,911,emergency\nx,4158867900,+14158867900,did_us\n)
      end
    end
  end

  describe "rows" do
    test "are counted in words", %{tmp_dir: dir} do
      for {text, done, rejected} <- [
            {"911\n\n", "2 rows in ", "1 row rejected: "},
            {"\n", "1 row in ", "1 row rejected: "}
          ] do
        {"", told} = classify([write(dir, "in.txt", text), "--out", Path.join(dir, "out"), "--force"])
        assert told =~ ~r/^#{done}/m
        assert told =~ ~r/^#{rejected}/m
      end
    end

    test "without a number are rejects, in every format", %{tmp_dir: dir} do
      for {name, text, options, rows, rejects} <- [
            {"in.txt", "911\n\n  \n911\n", [], 4, "2\tno number\t\n3\tno number\t  \n"},
            {"in.csv", "a,911\nb,\nc,\" \"\n", [column: 2], 3, "2\tno number\tb,\n3\tno number\tc,\" \"\n"},
            {"in.tsv", "a\t911\nb\t\n", [column: 2], 2, "2\tno number\tb\t\n"},
            {"in.jsonl", ~s({"number":""}\n{"number":"911"}\n), [], 2, ~s(1\tno number\t{"number":""}\n)}
          ] do
        assert {{:ok, %{rows: ^rows}}, {:ok, _}, {:ok, ^rejects}} = answered(dir, name, text, options)
      end
    end

    test "whose number a spreadsheet has damaged are rejects that say so", %{tmp_dir: dir} do
      for {cell, words} <- [
            {"4.15887E+09", "exponent"},
            {"4,15887E+09", "exponent"},
            {"4E+9", "exponent"},
            {"1.41589e+010", "exponent"},
            {"'4158867900", "apostrophe"},
            {"'+14158867900", "apostrophe"},
            {~s(="4158867900"), "formula"},
            {"=4158867900", "formula"},
            {"=+14158867900", "formula"},
            {"#NAME?", "error"},
            {"#N/A", "error"},
            {"4158867900.0", "fraction"}
          ],
          {name, row, options} <- [
            {"in.txt", cell, []},
            {"in.csv", ~s(x;"#{String.replace(cell, ~s("), ~s(""))}"), [column: 2, separator: ";"]},
            {"in.tsv", "x\t" <> cell, [column: 2]},
            {"in.jsonl", Numplan.json_encode!(%{"number" => cell}), []}
          ] do
        assert {{:ok, %{rows: 1, rejected: 1}}, {:ok, ""}, {:ok, rejects}} = answered(dir, name, row <> "\n", options)
        assert [_, why, ^row] = String.split(String.trim_trailing(rejects, "\n"), "\t", parts: 3)
        assert why =~ words
      end

      # As Excel writes it: the formula without quotes around it.
      assert {{:ok, %{rejected: 1}}, _, {:ok, rejects}} = answered(dir, "in.csv", ~s(a,="4158867900"\n), column: 2)
      assert rejects =~ "formula"

      for number <- [
            "1e5",
            "415E886",
            "E+1",
            "4.1.5E+09",
            "'",
            "=",
            "='",
            "user.0",
            "415.886.7900",
            "*#06#",
            "#31#911",
            "1.0"
          ] do
        assert {{:ok, %{rejected: 0}}, {:ok, _}, _} = answered(dir, "in.txt", number <> "\n")
      end
    end

    test "are named on standard error where --file or standard input has damaged ones", %{tmp_dir: dir} do
      text = "911\n4.15887E+09\n'415\n"

      for {printed, told} <- [classify(["--file", write(dir, "in", text)]), classify([], text)] do
        assert length(String.split(printed, "\n", trim: true)) == 2
        assert told =~ ~r/^left out: 4.15887E\+09: .*exponent/
        assert told =~ ~r/^left out: '415: .*apostrophe/m
      end
    end

    test "of JSON count the last of duplicate keys, and have each answer once", %{tmp_dir: dir} do
      row = ~S({"number":"911","class":"a","class":"b","number":"4158867900"})
      assert {{:ok, %{rejected: 0}}, {:ok, written}, _} = answered(dir, "in.jsonl", row <> "\n")
      assert %{"number" => number, "class" => "did_us", "e164" => "+14158867900"} = Numplan.json_decode!(written)
      assert number == Numplan.json_decode!(row)["number"]
      assert length(String.split(written, ~s("class"))) == 2
    end
  end

  describe "separators" do
    test "are found where they are plain", %{tmp_dir: dir} do
      for separator <- [",", ";", "\t", "|"] do
        rows = [["id", "phone", "name"], ["1", "911", ~s("Doe, J; x|y\tz")], ["2", "4158867900"]]
        text = Enum.map_join(rows, &(Enum.join(&1, separator) <> "\n"))
        assert {{:ok, %{rows: 2, rejected: 0}}, {:ok, written}, _} = answered(dir, "in.csv", text, column: "phone")

        assert written ==
                 Enum.map_join(
                   [hd(rows) ++ ["e164", "class"], Enum.at(rows, 1) ++ ["911", "emergency"]] ++
                     [Enum.at(rows, 2) ++ ["+14158867900", "did_us"]],
                   &(Enum.join(&1, separator) <> "\n")
                 )
      end

      assert {{:ok, _}, {:ok, "911,911,emergency\n"}, _} = answered(dir, "in.csv", "911\n")
    end

    test "are found by the rows where the first one has several", %{tmp_dir: dir} do
      text = "id;name, first;phone\n1;Doe;911\n2;Doe;911\n"
      assert {{:ok, %{rows: 2, rejected: 0}}, {:ok, written}, _} = answered(dir, "in.csv", text, column: "phone")
      assert written =~ "1;Doe;911;911;emergency\n"
    end

    test "must be given where the first rows do not show them, and can be given", %{tmp_dir: dir} do
      text = "1,5;911\n2,5;4158867900\n"
      {result, written, _} = answered(dir, "in.csv", text, column: 2)
      assert {:error, message} = result
      assert message =~ "name it with --separator"
      assert written == {:error, :enoent}

      expected = "1,5;911;911;emergency\n2,5;4158867900;+14158867900;did_us\n"
      input = write(dir, "in.csv", text)
      output = Path.join(dir, "out.csv")
      assert {"", ""} = classify([input, "--out", output, "--column", "2", "--separator", ";", "--quiet"])
      assert File.read!(output) == expected

      assert {{:ok, _}, {:ok, "a\t911\t911\temergency\n"}, _} =
               answered(dir, "in.txt", "a\t911\n", column: 2, separator: "tab")

      for bad <- ["", "ab", "é", "\"", "\n"] do
        {result, _, _} = answered(dir, "in.csv", text, column: 2, separator: bad)
        assert {:error, "the separator is one ASCII character" <> _} = result
      end
    end

    test "and columns that there cannot be are wrong use of the command", %{tmp_dir: dir} do
      input = write(dir, "in.csv", "911\n")

      for {arguments, words} <- [
            {["--separator", ";;"], "the separator is one ASCII character, or tab, not ;;"},
            {["--column", "0"], "column 0: columns count from 1"}
          ] do
        run = fn -> classify([input, "--out", Path.join(dir, "out") | arguments]) end
        TaskExit.assert_exit(2, words, run)
      end
    end

    test "and columns are refused where the format has none", %{tmp_dir: dir} do
      for {name, options} <- [
            {"in.txt", [column: 2]},
            {"in.txt", [header: true]},
            {"in.tsv", [separator: ";"]},
            {"in.jsonl", [separator: ";"]},
            {"in.jsonl", [header: true]}
          ] do
        {result, written, _} = answered(dir, name, "911\t911\n", options)
        [{option, _}] = options
        assert {:error, message} = result
        assert message =~ "which has no --#{option}"
        assert written == {:error, :enoent}
      end
    end
  end

  describe "tabs and line breaks" do
    @odd ~S"""
    {"classifiers": {"tab\there": "^9", "line\nbreak; \"and, more\"": "^8", "back\\slash": "^7"},
     "e164_converters": {"^8(.*)$": {"prefix": "8\n", "suffix": "\t"}}}
    """

    # What PostgreSQL's COPY reads: each escape is one character.
    defp unescaped(cell) do
      Regex.replace(~r/\\(.)/s, cell, fn _, letter -> %{"t" => "\t", "n" => "\n", "r" => "\r", "\\" => "\\"}[letter] end)
    end

    test "in names and numbers leave a row a row", %{tmp_dir: dir} do
      plan = Plan.new!(@odd)
      numbers = ["911", "8\t1", "7\\t", "9\r1", "5"]

      expected =
        for number <- numbers, do: [number, Numplan.normalize(number, plan), Numplan.classify(number, plan) || ""]

      text = Enum.map_join(numbers, &(&1 <> "\n"))
      {_, {:ok, written}, _} = answered(dir, "in.txt", text, plan: plan)

      assert for(
               line <- String.split(written, "\n", trim: true),
               do: line |> String.split("\t") |> Enum.map(&unescaped/1)
             ) ==
               expected

      text = Enum.map_join(["911", "81", "71", "5"], &"#{&1}\tx\n")
      {_, {:ok, written}, _} = answered(dir, "in.tsv", text, plan: plan)

      assert for(
               line <- String.split(written, "\n", trim: true),
               do: line |> String.split("\t") |> Enum.map(&unescaped/1)
             ) ==
               for(
                 number <- ["911", "81", "71", "5"],
                 do: [number, "x", Numplan.normalize(number, plan), Numplan.classify(number, plan) || ""]
               )

      # The class holds quotes, both separators and a line break, and the number a line break and a tab.
      for {separator, e164} <- [{",", ~s("8\n1\t")}, {";", ~s("8\n1\t")}, {"\t", ~s("8\n1\t")}] do
        options = [plan: plan, column: 2, separator: separator]
        {_, {:ok, written}, _} = answered(dir, "in.csv", "a#{separator}81\n", options)
        class = ~s("line\nbreak; ""and, more""")
        assert written == Enum.join(["a", "81", e164, class], separator) <> "\n"
      end

      {_, {:ok, "a\t911\t911\t\"tab\there\"\n"}, _} =
        answered(dir, "in.csv", "a\t911\n", plan: plan, column: 2, separator: "tab")
    end

    test "in rejects leave a reject a row", %{tmp_dir: dir} do
      assert {{:ok, %{rejected: 1}}, _, {:ok, rejects}} = answered(dir, "in.csv", ~s("a\r\nb"\nc,911\n), column: 2)
      assert rejects == ~S(1	too few columns	"a\r\nb") <> "\n"
    end

    test "in the table leave a row a row", %{tmp_dir: dir} do
      config = write(dir, "plan.json", @odd)
      {printed, notes} = classify(["--config", config, "911", "8\t1", "7\n"])
      assert [_titles, _, _, _] = String.split(printed, "\n", trim: true)
      assert [tab, line_break] = String.split(notes, "\n", trim: true)
      assert {String.starts_with?(tab, "8\\x091: "), String.starts_with?(line_break, "7\\x0A: ")} == {true, true}
    end
  end

  describe "a file where numbers stand" do
    test "is wrong use, with the fix", %{tmp_dir: dir} do
      file = write(dir, "calls.csv", "911\n")

      for task <- [Mix.Tasks.Numplan.Classify, Mix.Tasks.Numplan.Explain], arguments <- [[file], ["911", file]] do
        run = fn -> capture_io(fn -> task.run(arguments) end) end

        TaskExit.assert_exit(
          2,
          "#{file} is a file, not a number; read the numbers in it with --file #{file}",
          run
        )
      end
    end

    test "that is named like a number is a number", %{tmp_dir: dir} do
      for name <- ["911", "+14158867900", "*97"], do: write(dir, name, "4158867900\n")
      {printed, ""} = File.cd!(dir, fn -> classify(["911", "+14158867900", "*97"]) end)
      assert printed =~ "emergency" and printed =~ "did_us"
    end

    test "and options of rows need --out; numbers come from one place", %{tmp_dir: dir} do
      file = write(dir, "calls", "911\n")

      for {arguments, words} <- [
            {["911", "--column", "2"], "--column is for files of rows, FILE --out FILE"},
            {["911", "--no-header"], "--header is for files of rows"},
            {["--file", file, "--resume"], "--resume is for files of rows"},
            {["--file", file, "--separator", ";"], "--separator is for files of rows"},
            {["911", "--file", file], "not from both"}
          ] do
        TaskExit.assert_exit(2, words, fn -> classify(arguments) end)
      end
    end
  end
end
