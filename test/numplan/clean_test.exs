defmodule Numplan.CleanTest do
  @moduledoc "Numbers as people write them: never cleaned unasked, cleaned first by every face that is asked to, and hinted at."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.{Batch, Plan}

  @written "(415) 886-7900"
  @foreign ~S'{"classifiers": {"pair": "^(\\d)\\1$", "verb": "(*PRUNE)^\\+1", "digits": "^\\d+$"},
               "e164_converters": {"^(\\d)\\1(\\d+)$": {"prefix": "+1"}, "^(\\d{10})$": {"prefix": "+1"}}}'

  # Written numbers and what they are cleaned to, by Python's phonenumbers: scripts/clean_vectors.py.
  defp vectors do
    for line <- "testdata/clean.tsv" |> File.stream!() |> Stream.drop(1) |> Enum.take_every(7),
        [written, cleaned] = line |> String.trim_trailing("\n") |> String.split("\t"),
        do: {written, cleaned}
  end

  @faces [
    normalize: &Numplan.normalize/2,
    classify: &Numplan.classify/2,
    classification: &Numplan.classification/2,
    reconcilable?: &Numplan.reconcilable?/2,
    pretty_print: &Numplan.pretty_print/2,
    explain: &Numplan.explain/2
  ]

  test "clean/1 as Python's phonenumbers has it, alone and in lists" do
    vectors = vectors()
    assert length(vectors) > 500

    for {written, cleaned} <- vectors do
      assert Numplan.clean(written) == cleaned
      assert :numplan.clean(written) == cleaned
    end

    {written, cleaned} = Enum.unzip(vectors)
    assert Numplan.clean(written) == cleaned
    assert :numplan.clean([]) == []
  end

  test "a clean number is returned as the same term, without a copy" do
    number = String.duplicate("4158867900", 20)
    assert :erts_debug.same(:numplan.clean(number), number)
  end

  test "a long number is cleaned by a dirty scheduler" do
    long = String.duplicate("1-", 1_000_000)
    assert {cleaned, schedulers} = Numplan.Schedulers.trace(fn -> Numplan.clean(long) end)
    assert cleaned == String.duplicate("1", 1_000_000)
    assert Enum.any?(schedulers, &Numplan.Schedulers.dirty?/1)
  end

  test "it is off by default: answers are Kazoo's" do
    assert Numplan.classify(@written) == "unknown"
    assert Numplan.classify(@written, clean: false) == "unknown"
    assert Numplan.normalize("+44 20 7183 8750") == "+44 20 7183 8750"
    assert :numplan.classify(@written, []) == "unknown"
  end

  test "the option gives every function's answer for the cleaned number" do
    foreign = Plan.new!(@foreign)

    for {name, face} <- @faces, {written, cleaned} <- Enum.take_every(vectors(), 5) do
      assert {name, face.(written, clean: true)} == {name, face.(cleaned, [])}
      assert {name, face.(written, plan: foreign, clean: true)} == {name, face.(cleaned, foreign)}
      assert {name, face.([written], clean: true)} == {name, [face.(cleaned, [])]}
    end

    plan = Plan.new!({:preset, "kazoo-4.2"})
    assert :numplan.classify(@written, [:clean]) == "did_us"
    assert :numplan.classify([@written, ["911"]], [:clean, {:plan, plan}]) == ["did_us", ["emergency"]]
    assert :numplan.normalize(@written, [{:clean, true}]) == "+14158867900"
    assert :numplan.is_reconcilable(@written, [:clean])
    assert :numplan.pretty_print(@written, [:clean]) == "(415) 886 - 7900"
    assert {[{"regex", _} | _]} = :numplan.classification(@written, [:clean])
    assert %{number: "4158867900"} = :numplan.explain(@written, [:clean])
  end

  test "lines" do
    {written, cleaned} = Enum.unzip(for {written, cleaned} <- vectors(), not (written =~ "\n"), do: {written, cleaned})
    [text, clean_text] = for numbers <- [written, cleaned], do: Enum.map_join(numbers, &(&1 <> "\r\n"))

    for options <- [[], [plan: Plan.new!(@foreign)]] do
      for face <- [&Numplan.classify_lines/2, &Numplan.normalize_lines/2, &Numplan.normalize_and_classify_lines/2] do
        assert face.(text, [clean: true] ++ options) == face.(clean_text, options)
      end
    end

    assert :numplan.normalize_lines("(415) 886-7900\n911", [:clean]) == "+14158867900\n911\n"
  end

  test "a stream shows the number as it was written" do
    assert [@written, "911"] |> Numplan.stream(clean: true) |> Enum.to_list() ==
             [{@written, "+14158867900", "did_us"}, {"911", "911", "emergency"}]
  end

  @tag :tmp_dir
  test "files keep their rows as they were written", %{tmp_dir: folder} do
    plans = [Plan.active(), Plan.new!(@foreign)]

    for {name, row, answered} <- [
          {"a.txt", "(415) 886-7900", "(415) 886-7900\t+14158867900\t"},
          {"a.csv", ~s|"(415) 886-7900"|, ~s|"(415) 886-7900",+14158867900,|},
          {"a.tsv", "(415) 886-7900", "(415) 886-7900\t+14158867900\t"},
          {"a.jsonl", ~s|{"number":"(415) 886-7900"}|, ~s|{"number":"(415) 886-7900","e164":"+14158867900"|}
        ],
        {plan, place} <- Enum.with_index(plans) do
      input = Path.join(folder, name)
      File.write!(input, row <> "\n")
      [plain, cleaned] = for kind <- ~w(plain cleaned), do: Path.join(folder, "#{kind}#{place}.#{name}")
      assert {:ok, %{rows: 1, rejected: 0}} = Batch.run(input, cleaned, plan: plan, clean: true)
      assert String.starts_with?(File.read!(cleaned), answered)
      assert {:ok, %{rows: 1}} = Batch.run(input, plain, plan: plan)
      refute File.read!(plain) =~ "+14158867900"
    end
  end

  @tag :tmp_dir
  test "a run goes on only as it began: with the option or without", %{tmp_dir: folder} do
    input = Path.join(folder, "in.txt")
    File.write!(input, "911\n")
    plan = Plan.active()
    assert Batch.Checkpoint.job(input, plan, clean: true) != Batch.Checkpoint.job(input, plan, [])
    output = Path.join(folder, "out.txt")
    File.write!(output <> ".part", "")
    job = Batch.Checkpoint.job(input, plan, [])
    Batch.Checkpoint.write(output, job, Batch.Checkpoint.start())
    assert {:error, message} = Batch.run(input, output, plan: plan, resume: true, clean: true)
    assert message =~ "belongs to another"
  end

  describe "the command line" do
    defp run(arguments),
      do: capture_io([input: "", capture_prompt: false], fn -> Mix.Tasks.Numplan.Classify.run(arguments) end)

    test "cleans by --clean, and shows the number as it was written" do
      assert [_, row] = [@written, "--clean"] |> run() |> String.split("\n", trim: true)
      assert row =~ ~r/^\(415\) 886-7900  \+14158867900  did_us /
      assert [line] = [@written, "--clean", "--format", "json"] |> run() |> String.split("\n", trim: true)
      assert %{"number" => @written, "class" => "did_us"} = Numplan.json_decode!(line)
      assert capture_io(fn -> Mix.Tasks.Numplan.Explain.run([@written, "--clean"]) end) =~ "The class is did_us"
    end

    test "notes below the table which numbers hold what no rule removes" do
      told =
        capture_io(:stderr, fn ->
          printed = run([@written, "911", "+44 20 7183 8750", "anonymous-x"])
          assert length(String.split(printed, "\n", trim: true)) == 5
        end)

      assert told == """
             (415) 886-7900: #{Numplan.explain(@written).hint}
             +44 20 7183 8750: #{Numplan.explain("+44 20 7183 8750").hint}
             """

      assert told =~ "886-7900: It contains brackets, spaces and dashes, which no rule removes. Cleaned"

      assert capture_io(:stderr, fn -> run([@written, "--clean"]) end) == ""
      assert capture_io(:stderr, fn -> run([@written, "--format", "json"]) end) == ""
    end
  end

  describe "an explanation" do
    test "says what a number contains that no rule removes, and what it is without" do
      explanation = Numplan.explain(@written)

      assert explanation.hint ==
               "It contains brackets, spaces and dashes, which no rule removes. Cleaned (option clean) it is 4158867900, of class did_us."

      assert [_number, hint | _] = String.split(explanation.text, "\n")
      assert hint == explanation.hint
      assert explanation.class == "unknown"
      assert Numplan.explain("+44 20 7183 8750").hint =~ "It contains spaces, which no rule removes."
      assert Numplan.explain("tel:+14158867900").hint =~ "It contains a tel: scheme, which"
      assert Numplan.explain("+1415\u200E8867900").hint =~ "It contains invisible marks, which"
      assert Numplan.explain("４１５８８６７９００").hint =~ "It contains digits of other scripts, which"
    end

    test "is silent where there is nothing to clean, where that is no number, and where a rule does it" do
      for number <- ["4158867900", "911", "anonymous-caller", "a b", "", "-", "sip:415@example.com", <<0xFF, " 1">>],
          do: assert(Numplan.explain(number).hint == nil)

      removing = Plan.new!(~S'{"e164_converters": {"^\\(0\\)(\\d+)$": {"prefix": "+"}}, "classifiers": {"any": ""}}')
      assert Numplan.explain("(0)415", removing).hint == nil
      assert Numplan.explain("(0) 415", removing).hint =~ "brackets and spaces"
    end

    test "says so of a number whose class does not change, and of one that has none" do
      any = Plan.new!(~S'{"e164_converters": {}, "classifiers": {"any": ""}}')
      assert Numplan.explain("4 1", any).hint =~ "it is 41, of class any."
      none = Plan.new!(~S'{"e164_converters": {}, "classifiers": {"a": "^x"}}')
      assert Numplan.explain("4 1", none).hint =~ "it is 41, of no class."
    end

    test "reaches the rules that run on re too" do
      plan = Plan.new!(@foreign)
      assert Numplan.explain("4158 867900", plan).hint =~ "it is 4158867900, of class verb."
    end
  end

  test "an unknown option is named in the error" do
    assert_raise ArgumentError, ~r/2nd argument: .*there is no option cleen/, fn ->
      Numplan.classify("911", [:cleen])
    end

    assert_raise ArgumentError, ~r/2nd argument: .*clean is true or false/, fn -> Numplan.classify("911", clean: 1) end
  end
end
