defmodule Numplan.ClassifyTaskTest do
  @moduledoc "`mix numplan.classify`, as `make run` calls it."
  use ExUnit.Case

  import ExUnit.CaptureIO

  @moduletag :tmp_dir

  defp run(arguments, input \\ ""),
    do: capture_io([input: input, capture_prompt: false], fn -> Mix.Tasks.Numplan.Classify.run(arguments) end)

  test "prints an aligned table" do
    assert run(~w(4158867900 911)) == """
           NUMBER      E.164         CLASS      FRIENDLY NAME         PRETTY PRINT      RECONCILABLE
           4158867900  +14158867900  did_us     US DID                (415) 886 - 7900  yes
           911         911           emergency  Emergency Dispatcher  911               no
           """
  end

  test "prints JSON lines" do
    assert [line] = ~w(--format json +1800) |> run() |> String.split("\n", trim: true)

    assert Numplan.json_decode!(line) == %{
             "number" => "+1800",
             "e164" => "+1800",
             "class" => "unknown",
             "friendly_name" => "Unknown",
             "pretty_print" => "(800)  - ",
             "reconcilable" => false
           }
  end

  # What Python's phonenumbers 9.0.43 answers for these numbers.
  test "prints the fields that are asked for, also those of libphonenumber's data" do
    fields = "e164,class,region,type,valid,carrier,timezone,geocode"
    assert [titles, american, japanese, other] = ~w(4158867900 +819012345678 anonymous) |> answers(fields)

    assert titles == ["NUMBER", "E.164", "CLASS", "REGION", "TYPE", "VALID", "CARRIER", "TIME ZONE", "GEOCODE"]

    assert american ==
             ~w(4158867900 +14158867900 did_us US FIXED_LINE_OR_MOBILE yes - America/Los_Angeles California)

    assert japanese == ~w(+819012345678 +819012345678 unknown JP MOBILE yes KDDI Asia/Tokyo Japan)
    assert other == ~w(anonymous anonymous unknown - - no - - -)

    assert Numplan.json_decode!(run(~w(--format json --fields timezone,valid,region +819012345678 --config kazoo-4.3))) ==
             %{"number" => "+819012345678", "timezone" => ["Asia/Tokyo"], "valid" => true, "region" => "JP"}
  end

  test "the plan that is asked for normalises the number, and not the active one", %{tmp_dir: folder} do
    file = Path.join(folder, "plan.json")
    File.write!(file, ~s({"e164_converters": {"^x$": {}}}))
    assert [_, ["011442079460000", "GB"]] = answers(~w(011442079460000), "region")
    assert [_, ["011442079460000", "-"]] = answers(["--config", file, "011442079460000"], "region")
  end

  defp answers(numbers, fields) do
    for line <- ["--fields", fields | numbers] |> run() |> String.split("\n", trim: true),
        do: String.split(line, ~r/  +/)
  end

  test "reads a file, standard input, or a sample", %{tmp_dir: folder} do
    file = Path.join(folder, "numbers")
    File.write!(file, "911\n\n18005551234\n")
    from_file = run(["--file", file])
    assert from_file =~ "tollfree_us" and from_file =~ "emergency"
    assert run([], "911\n18005551234\n") == from_file
    assert run([], "") =~ "12425551234"
  end

  test "answers by a preset or a file", %{tmp_dir: folder} do
    file = Path.join(folder, "plan.json")
    File.write!(file, ~s({"classifiers": {"nine": "^9"}}))
    assert run(["--config", file, "911"]) =~ "nine"
    assert run(~w(--config kazoo-4.3 988)) =~ "emergency"
  end

  test "reports a fault, naming commands as Mix does, and ends with an exit code", %{tmp_dir: folder} do
    file = Path.join(folder, "plan.json")
    File.write!(file, ~s({"reconcile_regex": "("}))

    for {arguments, code, words} <- [
          {["--config", file, "911"], 1, "reconcile_regex: missing ) at offset 1"},
          {~w(--file /no/such/file), 1, "/no/such/file: no such file or directory"},
          {~w(--format xml 911), 2, "the formats are table and json; see mix numplan.classify --help"},
          {~w(--fields e164,country 911), 2, "there is no field country; there are e164, class, "},
          {~w(--nonsense 911), 2, "there is no option --nonsense; see mix numplan.classify --help"}
        ] do
      Numplan.TaskExit.assert_exit(code, words, fn -> run(arguments) end)
    end

    assert run(["--help"]) =~ "    mix numplan.classify [options] [NUMBER …]\n"
  end

  test "mix numplan.explain" do
    explain = fn arguments -> capture_io(fn -> Mix.Tasks.Numplan.Explain.run(arguments) end) end
    assert explain.(["911"]) == Numplan.explain("911").text
    assert explain.(["911", "+1"]) == Numplan.explain("911").text <> "\n" <> Numplan.explain("+1").text
    assert Numplan.json_decode!(explain.(~w(--format json --config kazoo-4.3 988)))["class"] == "emergency"
  end
end
