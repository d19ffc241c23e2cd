defmodule Numplan.OtpTest do
  @moduledoc """
  What another release of OTP makes of a configuration: the option `otp` of both faces, and of the command line.

  The verdicts themselves are compared with real releases in `native/numplan/tests/upgrade.rs`.
  """
  use ExUnit.Case, async: true

  import ExUnit.CaptureIO

  alias Numplan.CLI

  @moduletag :tmp_dir

  # A release with the other dialect, and one with that of this node.
  @node_dialect :numplan_nif.dialect()
  @other if @node_dialect == :pcre2, do: 27, else: 28
  @same if @node_dialect == :pcre2, do: 29, else: 26

  @differs ~S'{"classifiers": {"short": "^1\\d{,3}$", "unknown": "^(.*)$"}, "e164_converters": {}}'

  defp kinds(source, options) do
    {:ok, report} = Numplan.check(source, options)
    for %{kind: kind, path: path} <- report.findings, String.starts_with?("#{kind}", "otp_"), do: {kind, path}
  end

  test "names the rule that answers otherwise, with a number that re of this node answers so" do
    {:ok, report} = Numplan.check(@differs, otp: @other)
    assert [finding] = for(%{kind: :otp_differs} = finding <- report.findings, do: finding)
    assert {finding.severity, finding.path} == {:warning, "classifiers.short"}
    assert %{number: number, e164: number, class: class} = finding.witness
    assert class == if(match?({:match, _}, :re.run(number, "^1\\d{,3}$")), do: "short", else: "unknown")
    assert finding.sentence =~ "in OTP #{@other} it "
    assert report.otp == %{release: @other, dialect: if(@other == 28, do: :pcre2, else: :pcre), node: @node_dialect}
  end

  test "reports nothing on a release with the same re, nor on none" do
    refused = ~S'{"reconcile_regex": "^\\q(?=1)"}'
    assert kinds(@differs, otp: @same) == []
    assert kinds(refused, otp: @same) == []
    assert kinds(refused, []) == []
    {:ok, report} = Numplan.check(@differs)
    assert report.otp == nil
  end

  test "says of a rule that only re runs that nothing is proved" do
    assert kinds(~S'{"reconcile_regex": "(*PRUNE)^[1-9]\\d*$"}', otp: @other) == [otp_unproven: "reconcile_regex"]
  end

  test "has no finding on the presets, nor a difference" do
    for preset <- :numplan_nif.presets() do
      assert {preset, kinds({:preset, preset}, otp: @other)} == {preset, []}
      assert {:ok, diff} = Numplan.diff({:preset, preset}, {:preset, preset}, otp: @other)
      assert {preset, Numplan.Diff.none?(diff)} == {preset, true}
    end
  end

  test "claims nothing false of operators' configurations, of which only the rules left to re are not proved" do
    for file <- Path.wildcard("testdata/configs/*.json"),
        {:ok, plan} <- [Numplan.Plan.new({:file, file})],
        {kind, path} <- kinds({:file, file}, otp: @other) do
      runs = for rule <- :numplan.info(plan.erlang).rules, rule.path == path, do: rule.runs
      assert {file, path, kind, runs} == {file, path, :otp_unproven, [:re]}
    end
  end

  test "the configuration as a whole moves numbers to another class" do
    {:ok, diff} = Numplan.diff(@differs, @differs, otp: @other)
    moves = for move <- diff.moves, do: {move.old.class, move.new.class}
    assert Enum.sort(moves) == [{"short", "unknown"}, {"unknown", "short"}]
    assert diff.missing == []
    for move <- diff.moves, do: assert(Numplan.classify(move.old.number, Numplan.Plan.new!(@differs)) == move.old.class)
    assert {:ok, same} = Numplan.diff(@differs, @differs, otp: @same)
    assert Numplan.Diff.none?(same)
  end

  test "a difference is not said to be complete where re may decide" do
    foreign = ~S'{"classifiers": {"odd": "(*PRUNE)^[1-9]\\d*$", "unknown": "^(.*)$"}, "e164_converters": {}}'
    assert {:ok, %{missing: [:unread]}} = Numplan.diff(foreign, foreign, otp: @other)
    assert {:ok, %{missing: []}} = Numplan.diff(foreign, foreign, otp: @same)
  end

  test "a regex so large that re may refuse it is proved by neither" do
    regex = "^(?:[13579]){1,1400}$"
    assert {:ok, _} = :re.compile(regex)
    large = ~s'{"classifiers": {"large": "#{regex}"}, "e164_converters": {}}'
    assert kinds(large, otp: @other) == [otp_unproven: "classifiers.large"]
    assert {:ok, %{moves: [], missing: [%{bound: :size, proof: proof}]}} = Numplan.diff(large, large, otp: @other)
    assert proof == "whether the other release accepts all regexes"
    assert {:ok, %{missing: []}} = Numplan.diff(large, large, otp: @same)
  end

  if @node_dialect == :pcre do
    test "a rule that OTP 28 refuses is an error, and keeps the whole configuration out" do
      refused = ~S'{"reconcile_regex": "^\\+\\q\\d+$"}'
      {:ok, report} = Numplan.check(refused, otp: 28)

      assert [%{severity: :error, path: "reconcile_regex"} = finding] =
               for(%{kind: :otp_refused} = one <- report.findings, do: one)

      assert finding.sentence == "OTP 28 refuses the regex: unrecognized character follows \\ at offset 3."
      assert finding.fix =~ "^\\+q\\d+$ answers in both as the regex does now."
      assert {:error, {:new, error}} = Numplan.diff(refused, refused, otp: 28)
      assert Exception.message(error) =~ ~S"reconcile_regex: unrecognized character follows \ at offset 5"
      refute Exception.message(error) =~ "re says"
    end
  end

  test "other options and releases are bad arguments, and the error says what is expected" do
    for options <- [[otp: 23], [otp: "28"], [opt: 28], [{:otp, 28}, {:otp, 27}], :otp] do
      assert_raise ArgumentError, fn -> Numplan.check(@differs, options) end
      assert_raise ArgumentError, fn -> Numplan.diff(@differs, @differs, options) end
    end

    assert [{2, text}] = :numplan_error.problems([:any, {:check_options, [otp: 23]}])
    assert IO.chardata_to_string(text) =~ "otp is a release of Erlang/OTP from 24 on, such as 28"
  end

  describe "on the command line" do
    setup %{tmp_dir: folder} do
      file = Path.join(folder, "plan.json")
      File.write!(file, @differs)
      %{plan: file}
    end

    test "check lists the rules in its text and in JSON", %{plan: file} do
      text = capture_io(fn -> assert CLI.Check.run([otp: @other], [file]) == 1 end)
      assert text =~ "otp_differs  classifiers.short"
      json = capture_io(fn -> CLI.Check.run([otp: @other, format: "json"], [file]) end)
      assert json =~ ~s("otp":{"release":#{@other},)
      refute capture_io(fn -> CLI.Check.run([format: "json"], [file]) end) =~ ~s("otp":)
    end

    test "check says in one line that a release has the same re", %{plan: file} do
      text = capture_io(fn -> CLI.Check.run([otp: @same], [file]) end)
      assert text =~ "OTP #{@same} has the re of this node, "
      refute text =~ "otp_"
    end

    test "diff takes one configuration", %{plan: file} do
      text = capture_io(fn -> assert CLI.Diff.run([otp: @other], [file]) == 1 end)
      assert text =~ "unknown -> short"
      assert capture_io(fn -> assert CLI.Diff.run([otp: @same], [file]) == 0 end) =~ "nothing changes"
      assert {:usage, _} = CLI.Diff.run([], [file])
    end

    # OTP 27 takes a backslash before a letter without a meaning, OTP 28 names of more than 32 bytes.
    @only_there if @other == 27, do: "^\\\\y1$", else: "^(?<#{String.duplicate("n", 33)}>1)$"

    test "diff takes a NEW that only the other release accepts", %{plan: file, tmp_dir: folder} do
      new = Path.join(folder, "new.json")
      File.write!(new, ~s'{"classifiers": {"short": "#{@only_there}"}, "e164_converters": {}}')
      text = capture_io(fn -> assert CLI.Diff.run([otp: @other], [file, new]) == 1 end)
      assert text =~ "short -> no class"
      assert {:error, words} = CLI.Diff.run([otp: @same], [file, new])
      assert words =~ "#{new} is refused on OTP #{@same}:\nclassifiers.short: "
      assert {:error, words} = CLI.Diff.run([otp: @other], [new])
      assert words =~ "#{new} is refused:\n"
    end

    test "another release than 24 and later is wrong usage", %{plan: file} do
      for command <- [CLI.Check, CLI.Diff], release <- [0, 23, -28, 1_000] do
        assert {:usage, words} = command.run([otp: release], [file])
        assert words == "--otp takes a release of Erlang/OTP from 24 on, such as 28, not #{release}"
      end

      assert {:usage, words} = CLI.Diff.run([otp: 28, numbers: file], [file])
      assert words =~ "--numbers counts by the re of this node"
    end
  end
end
