defmodule Numplan.BatchFieldsTest do
  @moduledoc """
  Files of numbers with the fields that are asked for. Expected are the answers to the numbers one
  by one, and those of Python's `phonenumbers` 9.0.43 where a value is written here.
  """
  use ExUnit.Case

  alias Numplan.{Batch, Plan, TaskExit}

  @moduletag :tmp_dir

  @foreign ~S'{"classifiers": {"pair": "^(\\d)\\1$", "american": "(*PRUNE)^\\+1"},
               "e164_converters": {"^(\\d{10})$": {"prefix": "+1"}, "^00(.*)$": {"prefix": "+"}}}'
  @all ~w(e164 class friendly_name pretty_print reconcilable region type valid possible national international rfc3966
          carrier timezone geocode)

  defp write(dir, name, text) do
    path = Path.join(dir, name)
    File.write!(path, text)
    path
  end

  test "every format has the fields in the order that is asked for, and rejects as ever", %{tmp_dir: dir} do
    plain = "+819012345678\n\n911\n"
    csv = ~s(id;number\n1;+819012345678\n2\n3;911\n4;"+442079460000"\n)
    json = ~s({"number":"+819012345678","region":"?"}\n{"number":1}\n{"number":"911"}\n)
    asked = ~w(region valid carrier timezone class)

    for {name, content, options, expected, rejects} <- [
          {"a.txt", plain, [], "+819012345678\tJP\ttrue\tKDDI\tAsia/Tokyo\tunknown\n911\t\tfalse\t\t\temergency\n",
           "2\tno number\t\n"},
          {"a.csv", csv, [column: "number"],
           "id;number;region;valid;carrier;timezone;class\n1;+819012345678;JP;true;KDDI;Asia/Tokyo;unknown\n" <>
             ~s(3;911;;false;;;emergency\n4;"+442079460000";GB;true;;Europe/London;unknown\n),
           "2\ttoo few columns\t2\n"},
          {"a.tsv", String.replace(csv, [";", ~s(")], &if(&1 == ";", do: "\t", else: "")), [column: 2, header: true],
           "id\tnumber\tregion\tvalid\tcarrier\ttimezone\tclass\n1\t+819012345678\tJP\ttrue\tKDDI\tAsia/Tokyo\tunknown\n" <>
             "3\t911\t\tfalse\t\t\temergency\n4\t+442079460000\tGB\ttrue\t\tEurope/London\tunknown\n",
           "2\ttoo few columns\t2\n"},
          {"a.jsonl", json, [],
           ~s({"number":"+819012345678","region":"JP","valid":true,"carrier":"KDDI","timezone":["Asia/Tokyo"],"class":"unknown"}\n) <>
             ~s({"number":"911","region":null,"valid":false,"carrier":null,"timezone":[],"class":"emergency"}\n),
           ~s(2\tno such key, or no text under it\t{"number":1}\n)}
        ] do
      [input, output] = [write(dir, name, content), Path.join(dir, "out-" <> name)]
      assert {:ok, %{rejected: 1}} = Batch.run(input, output, [fields: asked] ++ options)
      assert File.read!(output) == expected
      assert File.read!(output <> ".rejects") == rejects
    end
  end

  test "every field of a row is that of its number alone, by rules of re too", %{tmp_dir: dir} do
    numbers =
      for n <- 1..9_000,
          do: Enum.at(["415#{5_550_000 + n}", "+44207946#{n}", "00819012#{340_000 + n}", "9#{n}"], rem(n, 4))

    input = write(dir, "in.jsonl", for(number <- numbers, do: ~s({"number":"#{number}"}\n)))

    for source <- [{:preset, "kazoo-4.3"}, @foreign], plan = Plan.new!(source) do
      output = Path.join(dir, "out.jsonl")
      assert {:ok, %{rows: 9_000, rejected: 0}} = Batch.run(input, output, fields: @all, plan: plan, force: true)

      rows = for line <- output |> File.read!() |> String.split("\n", trim: true), do: Numplan.json_decode!(line)
      assert rows == Enum.map(numbers, &expected(&1, plan))
    end
  end

  defp expected(number, plan) do
    e164 = Numplan.normalize(number, plan)
    lookup = Numplan.lookup(e164, nil)
    lookup = if(lookup && String.starts_with?(e164, "+"), do: Map.from_struct(lookup), else: %{})

    %{
      "number" => number,
      "e164" => e164,
      "class" => Numplan.classify(number, plan),
      "friendly_name" => Numplan.classification(number, plan).friendly_name,
      "pretty_print" => Numplan.pretty_print(number, plan),
      "reconcilable" => Numplan.reconcilable?(number, plan),
      "valid" => Map.get(lookup, :valid?, false),
      "possible" => Map.get(lookup, :possible?, false),
      "timezone" => Map.get(lookup, :time_zones, [])
    }
    |> Map.merge(
      for field <- ~w(region type national international rfc3966 carrier geocode)a,
          into: %{},
          do: {Atom.to_string(field), lookup[field]}
    )
  end

  test "E.164 and class are the same as where nothing else can be asked for", %{tmp_dir: dir} do
    numbers = for n <- 1..20_000, do: "#{Enum.at(["415", "+1415", "1\t", "9\\", "tel:"], rem(n, 5))}#{5_550_000 + n}\n"
    input = write(dir, "in.txt", numbers)

    for clean <- [false, true] do
      [default, named, swapped] = for name <- ~w(default named swapped), do: Path.join(dir, "#{clean}-#{name}")
      assert {:ok, %{rows: 20_000}} = Batch.run(input, default, clean: clean)
      assert {:ok, %{rows: 20_000}} = Batch.run(input, named, clean: clean, fields: ["e164", "class"])
      assert {:ok, %{rows: 20_000}} = Batch.run(input, swapped, clean: clean, fields: ["class", "e164"])
      assert File.read!(named) == File.read!(default)

      again =
        for line <- swapped |> File.read!() |> String.split("\n", trim: true),
            [number, class, e164] = String.split(line, "\t"),
            into: "",
            do: "#{number}\t#{e164}\t#{class}\n"

      assert again == File.read!(default)
    end
  end

  test "an interrupted run goes on with the same fields alone", %{tmp_dir: dir} do
    input = write(dir, "in.csv", ["id,number\n" | for(n <- 1..40_000, do: "#{n},#{4_150_000_000 + n * 17}\n")])
    [whole, cut] = for name <- ~w(whole.csv cut.csv), do: Path.join(dir, name)
    options = [column: "number", fields: ["region", "valid"]]
    assert {:ok, %{rows: 40_000}} = Batch.run(input, whole, options)

    interrupt(input, cut, options)
    assert {:error, words} = Batch.run(input, cut, Keyword.merge(options, fields: ["region"], resume: true))
    assert words =~ "another input, plan or format"
    assert {:ok, %{rows: 40_000, earlier: earlier}} = Batch.run(input, cut, [resume: true] ++ options)
    assert earlier > 0
    assert File.read!(cut) == File.read!(whole)
  end

  # Kills the run once it has left a checkpoint.
  defp interrupt(input, output, options) do
    test = self()

    tell = fn %{rows: rows} ->
      if rows > 15_000 do
        Enum.find(Stream.repeatedly(fn -> File.exists?(output <> ".progress") end), & &1)
        send(test, {:enough, self()})
        receive do: (:never -> :ok)
      end
    end

    {pid, monitor} = spawn_monitor(fn -> Batch.run(input, output, [checkpoint_ms: 0, progress: tell] ++ options) end)
    assert_receive {:enough, ^pid}, 60_000
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^monitor, :process, ^pid, :killed}
  end

  test "a friendly name of other JSON is written as JSON", %{tmp_dir: dir} do
    for {name, cell} <- [
          {"911", "911"},
          {"true", "true"},
          {"null", "c"},
          {~s({"a":[1]}), ~s({"a":[1]})},
          {"[1]", "[1]"}
        ] do
      plan = Plan.new!(~s({"classifiers": {"c": {"regex": "^9", "friendly_name": #{name}}}}))
      output = Path.join(dir, "out.txt")

      assert {:ok, _} =
               Batch.run(write(dir, "in.txt", "911\n"), output, fields: ["friendly_name"], plan: plan, force: true)

      assert File.read!(output) == "911\t#{cell}\n"
    end
  end

  test "a field that there is not is refused, and nothing is written", %{tmp_dir: dir} do
    [input, output] = [write(dir, "in.txt", "911\n"), Path.join(dir, "out.txt")]

    for fields <- [["country"], ["number"], ["region", "region"], "region", [:region], nil] do
      assert_raise ArgumentError, ~r/fields/, fn -> Batch.run(input, output, fields: fields) end
    end

    run = fn fields -> Mix.Tasks.Numplan.Classify.run([input, "--out", output, "--quiet", "--fields", fields]) end
    TaskExit.assert_exit(2, "there is no field country; there are e164, class, ", fn -> run.("class,country") end)
    assert File.ls!(dir) == ["in.txt"]
    run.("type, e164")
    assert File.read!(output) == "911\t\t911\n"
  end
end
