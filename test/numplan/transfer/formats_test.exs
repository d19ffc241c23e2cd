defmodule Numplan.Transfer.FormatsTest do
  @moduledoc "Rows of files of numbers: CSV, JSON lines, lists in JSON, records and Kazoo's documents."
  use ExUnit.Case, async: true

  alias Numplan.{Input, PhoneNumber}
  alias Numplan.Transfer.{CSV, Import, JSONList, Record, Rows}

  doctest CSV
  doctest Import
  doctest JSONList
  doctest Record
  doctest Rows

  @moduletag :tmp_dir
  @none %{account_id: nil, state: nil}
  @account String.duplicate("a", 32)

  # All rows of a text by their lines; read from each offset behind a row they must be the same.
  defp rows(text, name, %{tmp_dir: folder}, options \\ []) do
    path = Path.join(folder, name)
    File.write!(path, text)
    {:ok, input} = Input.open(path)
    open = Rows.open(input, Rows.format(path), options)
    rows = open |> Rows.stream(0) |> Enum.to_list()
    plain = &Enum.map(&1, fn row -> {row.line, row.object} end)

    for {row, n} <- Enum.with_index(rows, 1),
        do: assert(plain.(Enum.to_list(Rows.stream(open, row.offset))) == plain.(Enum.drop(rows, n)))

    plain.(rows)
  catch
    {:batch, message} -> {:refused, String.replace(message, folder <> "/", "")}
  end

  test "cells of CSV are those that Python's csv module writes, however the text is cut", context do
    cells = ["", "a", "a,b", ~s(q"q), "line\nbreak", "cr\r\nlf", " space ", ~s("), "é", "a;b", "x\ty"]
    rows = for _ <- 1..200, do: for(_ <- 1..4, do: Enum.random(cells))

    python =
      "import csv,json,sys\nw=csv.writer(sys.stdout,lineterminator=sys.argv[2])\nw.writerows(json.loads(sys.argv[1]))"

    {:ok, json} = :numplan_json.encode(rows)

    for break <- ["\n", "\r\n"] do
      {text, 0} = System.cmd("python3", ["-c", python, json, break])
      assert read(text, []) == rows
      # A row that is not complete is never taken for one that is.
      {_, first} = CSV.row(text, ",", true)

      for length <- 0..(first - 1),
          do: assert({length, CSV.row(binary_part(text, 0, length), ",", false)} == {length, :more})
    end

    python = "import csv,json,sys\nprint(json.dumps(list(csv.reader(open(sys.argv[1],newline='')))))"
    file = Path.join(context.tmp_dir, "written.csv")
    File.write!(file, Enum.map(rows, &CSV.line/1))
    {printed, 0} = System.cmd("python3", ["-c", python, file])
    assert Numplan.json_decode!(printed) == rows
  end

  defp read("", rows), do: Enum.reverse(rows)

  defp read(text, rows) do
    {cells, length} = CSV.row(text, ",", true)
    read(binary_part(text, length, byte_size(text) - length), [cells | rows])
  end

  test "elements of a list in JSON are found, however the list is laid out and cut", context do
    values = ["", "}", "{\"", "\\", "]", "é\n", 1, nil, [1, %{"a" => "]}"}], %{"b" => %{"c" => "[{"}}]
    objects = for _ <- 1..50, do: Map.new(1..3, fn n -> {"k#{n}", Enum.random(values)} end)
    {:ok, compact} = :numplan_json.encode(objects)
    {:ok, pretty} = :numplan_json.encode(objects, [:pretty])

    python =
      "import json,sys;print(json.dumps({'total_rows':1,'note':'[','docs':json.loads(sys.argv[1])},indent=int(sys.argv[2])))"

    {docs, 0} = System.cmd("python3", ["-c", python, compact, "3"])

    for text <- [compact, pretty, docs] do
      assert for({_line, {:ok, object}} <- rows(text, "a.json", context), do: object) == objects
      {:ok, start} = JSONList.start(text)
      rest = binary_part(text, start, byte_size(text) - start)
      {element, length} = JSONList.element(rest)
      assert Numplan.json_decode!(element) == hd(objects)
      for cut <- 0..(length - 1), do: assert({cut, JSONList.element(binary_part(rest, 0, cut))} == {cut, :more})
    end
  end

  test "lines are those of the file, and empty ones are left out", context do
    assert rows("number,state\n1,a\n\n\"2\n2\",b\r\n3,c", "a.csv", context) == [
             {2, {:ok, %{"number" => "1", "state" => "a"}}},
             {4, {:ok, %{"number" => "2\n2", "state" => "b"}}},
             {6, {:ok, %{"number" => "3", "state" => "c"}}}
           ]

    assert rows("\uFEFF{\"a\":1}\n\nx\n[1]", "a.jsonl", context) ==
             [{1, {:ok, %{"a" => 1}}}, {3, {:error, "not a JSON object"}}, {4, {:error, "not a JSON object"}}]

    couchdb =
      ~s({"total_rows":3,"offset":0,"rows":[\r\n{"id":"a","key":"a","value":{"rev":"1-x"},"doc":{"_id":"a"}},\r\n) <>
        ~s({"id":"_design/n","key":"_design/n","value":{"rev":"1-x"},"doc":{"_id":"_design/n"}},\r\n) <>
        ~s({"id":"b","key":"b","value":{"rev":"1-x"}}\r\n]}\n)

    assert rows(couchdb, "a.json", context) ==
             [
               {2, {:ok, %{"_id" => "a"}}},
               {4, {:error, "the row has no document in it: export with include_docs=true"}}
             ]
  end

  test "a list counts at the documented place alone, whatever the layout", context do
    list = ~s([{"number":"1"},{"number":"2"}])
    records = for n <- ["1", "2"], do: %{"number" => n}

    for text <- [
          ~s({"a":{"docs":[1]},"b":"\\"docs\\":[","c":[{"rows":[]}],"d":-1.5e3,"e":null,"docs" :\n#{list}}),
          ~s({"docs":{},"rows":#{list},"data":[]}),
          ~s({"number":"x","rows":#{list}})
        ] do
      assert for({_line, {:ok, object}} <- rows(text, "a.json", context), do: object) == records
    end

    # One record a line, under the name of a list.
    for record <- [~s({"number":"1","public":{"docs":[{"number":"9"}]}}), ~s({"_id":"1","rows":{"docs":[]}})] do
      assert [{1, {:ok, %{}}}, {2, {:ok, %{}}}] = rows("#{record}\n#{record}", "a.json", context)
    end

    for text <- [
          ~s({"data":#{list}}),
          ~s({"data":{"docs":#{list}}}),
          ~s({"result":{"x":1,\n"rows":#{list}}}),
          ~s({"a":"\\"docs\\":["}),
          ~s({"a":"#{String.duplicate("x", 70_000)}","docs":#{list}}),
          ~s({"docs":"x"}),
          ~s("docs":#{list}),
          "",
          "{"
        ] do
      assert {:refused, words} = rows(text, "a.json", context)
      assert words =~ "a.json, line 1: there is no list of numbers: expected [ … ]"
    end
  end

  test "a file that is not understood is refused, with its line", context do
    for {text, name, words} <- [
          {"", "a.csv", "a.csv is empty: it needs a header"},
          {"phone,state\n", "a.csv",
           "a.csv, line 1: there is no column of the number; its name is number, or given with --column"},
          {"number,colour\n", "a.csv", ~s(a.csv, line 1: there is no column "colour"; there are number, state)},
          {"number,state,state\n", "a.csv", "a.csv, line 1: a column is there twice"},
          {"number\n1\n\"2\n3\n", "a.csv", "a.csv, line 3: the quote that opens here is never closed"},
          {~s([{"a":1},\n{"a":2}), "a.json", "a.json, line 2: the list ends in the middle: the file is not complete"},
          {~s([{"a":1}, 2]), "a.json", "a.json, line 1: an element of the list is no object"},
          {<<0xFF, 0xFE, ?n, 0>>, "a.csv", "a.csv is in UTF-16: save it as UTF-8"}
        ] do
      assert {:refused, refusal} = rows(text, name, context)
      assert refusal =~ words
    end
  end

  test "a record survives each format" do
    number = %PhoneNumber{
      id: "+14158550001",
      state: "in_service",
      account_id: @account,
      previous_account_id: String.duplicate("b", 32),
      used_by: "callflow",
      carrier_module: "knm_bandwidth2",
      created: 63_000_000_000,
      modified: 63_000_000_001,
      reserve_history: [@account, String.duplicate("b", 32)],
      features: %{"cnam" => %{"x" => "a,\"b"}},
      public: %{"a" => [1, %{"b" => nil}], "é" => 1.5},
      private: %{"pvt_x" => [true]}
    }

    assert Record.read(Numplan.json_decode!(Record.to_json(number)) |> nulls(), @none) == {:ok, number}
    assert {:ok, object} = Record.cells(Record.columns(), Record.to_cells(number) |> Enum.map(&(&1 || "")))
    assert Record.read(object, @none) == {:ok, number}
    bare = %PhoneNumber{id: "+14158550001", state: "available"}
    assert Record.read(Numplan.json_decode!(Record.to_json(bare)), @none) == {:ok, bare}
  end

  defp nulls(%{} = map), do: Map.new(map, fn {key, value} -> {key, nulls(value)} end)
  defp nulls(list) when is_list(list), do: Enum.map(list, &nulls/1)
  defp nulls(:null), do: nil
  defp nulls(value), do: value

  test "a row that gives no valid record is rejected for what is wrong" do
    for {object, reason} <- [
          {%{}, "no number"},
          {%{"number" => 4_158_550_001}, "number is not a text"},
          {%{"number" => "4.15E+09"}, "a spreadsheet wrote the number with an exponent, and its last digits are lost"},
          {%{"number" => "1", "state" => "lost"}, "there is no state lost"},
          {%{"number" => "1", "state" => "in_service"}, "a number in the state in_service needs an account"},
          {%{"number" => "1", "account_id" => "a"}, "an account id has 32 characters"},
          {%{"number" => "1", "created" => -1}, "created is not in Gregorian seconds"},
          # A second later is the year 10000; a store's column has 64 bits.
          {%{"number" => "1", "created" => 315_569_520_000}, "created is not in Gregorian seconds"},
          {%{"number" => "1", "used_by" => <<0xE9>>}, "used_by is not a text"},
          {%{"number" => "1", "public" => []}, "public is not an object"},
          {%{"number" => "1", "reserve_history" => [1]}, "reserve_history is not a list of accounts"},
          {%{"number" => "1", "colour" => "red"}, "there is no key colour"},
          {%{"_id" => "+1415", "pvt_state" => 7}, "state is not a text"},
          {%{"pvt_state" => "available"}, "a document without a number"}
        ] do
      assert {object, Record.read(object, @none)} == {object, {:error, reason}}
    end

    assert Record.cells(["number", "created"], ["1", "x"]) == {:error, "the column created has no number in it"}
    assert Record.cells(["number", "public"], ["1", "{"]) == {:error, "the column public has no JSON in it"}
    assert Record.cells(["number"], ["1", "2"]) == {:error, "more columns than the header has"}
  end

  test "what a row leaves out is taken from the defaults" do
    read = fn object, account_id, state ->
      {:ok, number} = Record.read(Map.put(object, "number", "1"), %{account_id: account_id, state: state})
      {number.state, number.account_id}
    end

    assert read.(%{}, nil, nil) == {"available", nil}
    assert read.(%{}, @account, nil) == {"in_service", @account}
    assert read.(%{"account_id" => @account}, nil, nil) == {"in_service", @account}
    assert read.(%{}, @account, "reserved") == {"reserved", @account}
    assert read.(%{"state" => "aging"}, nil, "available") == {"aging", nil}
  end

  test "Kazoo's documents are read as Kazoo 4 and 3 write them (kazoo-semantics 4)" do
    document = %{
      "_id" => "+14158550001",
      "_rev" => "3-abc",
      "_attachments" => %{"x" => %{}},
      "id" => "+14158550001",
      "pvt_state" => "reserved",
      "pvt_assigned_to" => @account,
      "pvt_reserve_history" => [@account],
      "pvt_features" => %{"e911" => %{"a" => 1}},
      "pvt_module_name" => "knm_bandwidth2",
      "pvt_created" => 63_000_000_000,
      "pvt_modified" => 63_000_000_001,
      "pvt_type" => "number",
      "pvt_db_name" => "numbers%2F%2B1415",
      "pvt_other" => 1,
      "cnam" => %{"display_name" => "x"}
    }

    assert Record.read(document, @none) ==
             {:ok,
              %PhoneNumber{
                id: "+14158550001",
                state: "reserved",
                account_id: @account,
                reserve_history: [@account],
                features: %{"e911" => %{"a" => 1}},
                carrier_module: "knm_bandwidth2",
                created: 63_000_000_000,
                modified: 63_000_000_001,
                public: %{"cnam" => %{"display_name" => "x"}},
                private: %{"pvt_other" => 1}
              }}

    assert {:ok, %{features: %{"inbound_cnam" => %{}}, carrier_module: "knm_local", state: "in_service"}} =
             Record.read(
               %{
                 "_id" => "+14158550001",
                 "pvt_number_state" => "in_service",
                 "pvt_assigned_to" => @account,
                 "pvt_features" => ["local", "inbound_cnam"]
               },
               @none
             )
  end
end
