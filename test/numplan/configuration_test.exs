defmodule Numplan.ConfigurationTest do
  @moduledoc "Sources of every shape, and everything that can be wrong with one."
  use ExUnit.Case

  alias Numplan.{ConfigError, Plan, Refusals}

  setup do
    :ok = Numplan.configure({:preset, "kazoo-3.20"})
    on_exit(fn -> :ok = Numplan.configure({:preset, "kazoo-3.20"}) end)
  end

  defp problems(source) do
    assert {:error, problems} = :numplan.plan(source)
    problems
  end

  # A busy machine takes longer than the minute that tests have.
  @tag timeout: 300_000
  test "plans replaced under load, most of them garbage at once: every answer is by one of them" do
    callers =
      for _ <- 1..4 do
        Task.async(fn -> classify_until_stopped(0) end)
      end

    for n <- 1..400 do
      further = for m <- 1..rem(n, 7)//1, do: {"^8#{m}$", {[]}}
      :ok = Numplan.configure({[{"classifiers", {[{"class_#{n}", "^9"}]}}, {"e164_converters", {further}}]})
      assert Numplan.classify("911") == "class_#{n}"
    end

    for caller <- callers, do: send(caller.pid, :stop)
    for calls <- Task.await_many(callers, 30_000), do: assert(calls > 0)
  end

  defp classify_until_stopped(calls) do
    assert Numplan.classify("911") =~ ~r/^(class_\d+|emergency)$/
    assert Numplan.normalize("911") == "911"

    receive do
      :stop -> calls + 1
    after
      0 -> classify_until_stopped(calls + 1)
    end
  end

  test "equal plans share what they are compiled to, and the last of them takes it along" do
    rules = for n <- 1..400, do: {"c#{n}", "^\\+?1?(#{2_000_000 + n * 7919}\\d{4})$"}
    source = {[{"classifiers", {rules}}]}
    size = Numplan.info() && Plan.info(Plan.new!(source)).memory
    assert size > 300_000
    before = resident()
    plans = for _ <- 1..200, do: Plan.new!(source)

    assert Enum.all?(
             plans,
             &(Numplan.classify("2007919123", &1) == nil and Numplan.classify("20079191234", &1) == "c1")
           )

    assert resident() - before < 100 * size

    # Their names and sources are terms of this process: they go with its garbage.
    assert length(plans) == 200
    different = Plan.new!({[{"classifiers", {Enum.reverse(rules)}}]})
    assert Plan.info(different).classes == Enum.reverse(Plan.info(hd(plans)).classes)
  end

  defp resident do
    :erlang.garbage_collect()
    [_, kilobytes] = Regex.run(~r/VmRSS:\s+(\d+)/, File.read!("/proc/self/status"))
    String.to_integer(kilobytes) * 1_024
  end

  test "a plan with rules of re, and then one without, and the other way round" do
    foreign = ~S'{"classifiers": {"verb": "(*PRUNE)^9"}, "e164_converters": {"(*PRUNE)^(7)$": {"prefix": "+"}}}'

    for {source, class, e164} <- [
          {foreign, "verb", "+7"},
          {{:preset, "kazoo-3.20"}, "emergency", "7"},
          {foreign, "verb", "+7"}
        ] do
      :ok = Numplan.configure(source)
      assert Numplan.classify("911") == class
      assert Numplan.normalize("7") == e164
      assert Numplan.classify(["911"]) == [class]
    end
  end

  describe "sources" do
    test "JSON text as a binary or as iodata, decoded JSON, files and presets make the same plan" do
      text = ~S'{"classifiers": {"short": {"regex": "^\\d{3}$"}, "long": "^\\d{4}"}}'
      path = Path.join(System.tmp_dir!(), "numplan-source-#{System.unique_integer([:positive])}.json")
      File.write!(path, text)
      on_exit(fn -> File.rm(path) end)

      sources = [
        text,
        [text],
        [binary_part(text, 0, 10), [binary_part(text, 10, byte_size(text) - 10)]],
        {[{"classifiers", {[{"short", {[{"regex", "^\\d{3}$"}]}}, {"long", "^\\d{4}"}]}}]},
        [{"classifiers", [{"short", [{"regex", "^\\d{3}$"}]}, {"long", "^\\d{4}"}]}],
        [classifiers: [short: [regex: "^\\d{3}$"], long: "^\\d{4}"]],
        {:file, path},
        {:file, to_charlist(path)}
      ]

      for source <- sources do
        plan = Plan.new!(source)
        assert Numplan.classify(["311", "3111", "31"], plan) == ["short", "long", nil]
        assert Plan.available_classifiers(plan) |> Enum.map(&elem(&1, 0)) == ["short", "long"]
      end

      for name <- [:"kazoo-4.3", "kazoo-4.3", ~c"kazoo-4.3"] do
        assert Numplan.classify("988", Plan.new!({:preset, name})) == "emergency"
      end
    end

    test "a number_manager document, one as Kazoo stores it, bare classifiers and an API reply" do
      classifiers = ~S'{"nine": {"regex": "^9", "friendly_name": "Nine"}}'

      for text <- [
            ~s({"classifiers": #{classifiers}}),
            ~s({"_id": "number_manager", "default": {"classifiers": #{classifiers}}}),
            classifiers,
            ~s({"data": #{classifiers}, "revision": "1", "request_id": "2", "status": "success"})
          ] do
        plan = Plan.new!(text)
        assert Numplan.classify(["9", "8"], plan) == ["nine", nil]
        # What is left out comes from the default preset.
        assert Numplan.normalize("4158867900", plan) == "+14158867900"
      end
    end

    test "legacy and incomplete classifiers are completed, with keys in place" do
      plan = Plan.new!(~S'{"classifiers": {"a": "^1", "b": {"pretty_print": "#"}, "c": {"x": 1, "regex": "^3"}}}')

      assert Plan.available_classifiers(plan) == [
               {"a", [{"regex", "^1"}, {"friendly_name", "a"}]},
               {"b", [{"pretty_print", "#"}, {"friendly_name", "b"}]},
               {"c", [{"x", 1}, {"regex", "^3"}, {"friendly_name", "c"}]}
             ]

      assert Numplan.classify(["", "\n", "2"], plan) == ["b", "b", nil]
    end
  end

  describe "a bad configuration" do
    test "is refused whole, with every problem at once, and changes nothing" do
      before = Plan.active()

      source = ~S"""
      {"classifiers": {"did": {"regex": "^+33"}, "list": [], "open": "(1", "ok": "1"},
       "e164_converters": {"^1)": {"prefix": "+"}, "^2": {"prefix": {}}, "^3": "x"},
       "reconcile_regex": 3}
      """

      assert {:error, problems} = :numplan.configure(source)
      assert Plan.active() == before

      assert Enum.sort(for {path, reason, offset, _hint} <- problems, do: {path, reason, offset}) == [
               {"classifiers.did.regex", {:invalid_regex, "nothing to repeat"}, 1},
               {"classifiers.list", {:wrong_type, "expected an object or a regex, got a list"}, :undefined},
               {"classifiers.open", {:invalid_regex, "missing )"}, 2},
               {"e164_converters[\"^1)\"]", {:invalid_regex, "unmatched parentheses"}, 2},
               {"e164_converters[\"^2\"].prefix", {:wrong_type, "expected a string, got an object"}, :undefined},
               {"e164_converters[\"^3\"]", {:wrong_type, "expected an object, got a string"}, :undefined},
               {"reconcile_regex", {:wrong_type, "expected a string, got a number"}, :undefined}
             ]

      assert {:error, %ConfigError{} = error} = Numplan.configure(source)
      lines = error |> Exception.message() |> Refusals.without_original() |> String.split("\n")
      assert length(lines) == 7
      assert "classifiers.open: missing ) at offset 2 (a ( is never closed; for a literal ( write \\()" in lines
      assert_raise ConfigError, fn -> Numplan.configure!(source) end
      assert Plan.active() == before
    end

    test "is printed without control characters, in paths, hints and names" do
      source = ~S({"classifiers": {"a\u001b[31m": "^+\u001b[32m\u007f", "b\né": 1}})
      assert {:error, %ConfigError{} = error} = Plan.new(source)
      lines = error |> Exception.message() |> Refusals.without_original() |> String.split("\n")
      assert ~S(classifiers["b\x0A\xC3\xA9"]: expected an object or a regex, got a number) in lines
      assert [told] = for(~S(classifiers["a\x1B[31m"]: ) <> told <- lines, do: told)
      assert String.ends_with?(told, ~S[for a literal + write ^\+\x1B[32m\x7F)])
      assert length(lines) == 2
      assert {:error, %ConfigError{} = error} = Plan.new({:preset, "\e[31m"})
      assert Exception.message(error) =~ ~S(there is no preset called \x1B[31m)
    end

    test "of an operator has the message and offset of re" do
      [{path, {:invalid_regex, "nothing to repeat"}, 1, hint} | _] =
        problems({:file, "testdata/configs/france__master.json"})

      assert path =~ "^+33"

      assert Refusals.without_original(hint) ==
               "the quantifier + follows nothing; for a literal + write ^\\+33(\\d{9})$"

      [{_, {:invalid_regex, "unmatched parentheses"}, 9, _} | _] =
        problems({:file, "testdata/configs/netherlands_rotterdam__3.18.json"})
    end

    test "with doubled backslashes is recognised, refused or not" do
      [{"a.regex", {:invalid_regex, _}, _, hint}] = problems({[{"a", {[{"regex", "^\\\\+1(?:8\\\\d{9"}]}}]})
      assert hint =~ "the backslashes are doubled" and hint =~ "^\\+1(?:8\\d{9"

      plan = Plan.new!({[{"a", {[{"regex", "^\\\\+1\\\\d{10}$"}]}}]})
      assert [%{path: "a.regex", reason: :doubled_backslashes, offset: 1, hint: hint}] = Plan.info(plan).warnings
      assert hint =~ "did you mean ^\\+1\\d{10}$"

      log = ExUnit.CaptureLog.capture_log(fn -> :ok = Numplan.configure({[{"a", {[{"regex", "^\\\\d$"}]}}]}) end)
      assert log =~ "a.regex" and log =~ "doubled_backslashes" and log =~ "^\\d$"
    end

    test "that is a map, at any depth, is refused for its order" do
      assert [{"", :map_has_no_order, :undefined, hint}] = problems(%{"classifiers" => %{}})
      assert hint =~ "a map has no order"
      assert [{"classifiers.a", :map_has_no_order, :undefined, ^hint}] = problems({[{"classifiers", {[{"a", %{}}]}}]})
    end

    test "that cannot be read is refused with the reason" do
      assert [{"", {:unreadable_file, :enoent}, :undefined, "/no/such/file: no such file or directory"}] =
               problems({:file, "/no/such/file"})

      assert [{"", {:unreadable_file, :eisdir}, :undefined, _}] = problems({:file, "/"})
      assert [{"", {:unknown_preset, "kazoo-9"}, :undefined, hint}] = problems({:preset, :"kazoo-9"})
      assert hint == "the presets are " <> Enum.join(:numplan_nif.presets(), ", ")
      assert [{"", {:invalid_json, "trailing comma", 2, 8}, 9, :undefined}] = problems("{\n\"a\": 1,}")
      assert [{"", {:wrong_type, _}, :undefined, _}] = problems("[1]")
      assert [{"", :unknown_document, :undefined, hint}] = problems(~s({"^1": {"prefix": "+"}}))
      assert hint =~ "dial plans belong under the key \"dial_plan\""
      assert [{"data", {:wrong_type, _}, :undefined, _}] = problems(~s({"data": []}))

      assert_raise ArgumentError, fn -> :numplan.plan(:a) end
      assert_raise ArgumentError, fn -> :numplan.plan([:a]) end
      assert_raise ArgumentError, fn -> :numplan.plan({:preset, 1}) end
      assert_raise ArgumentError, fn -> :numplan.plan({[{"classifiers", self()}]}) end
    end

    test "of a dial plan is reported with its path" do
      assert [{"dial_plan[\"^9\"].dialplan[\"^(\"]", {:invalid_regex, "missing )"}, 2, _}] =
               problems(~S'{"dial_plan": {"^9": {"dialplan": {"^(": {}}}}}')

      assert [{"dial_plan.system", {:wrong_type, _}, :undefined, _} | _] = problems(~S'{"dial_plan": {"system": "x"}}')
      nested = Enum.reduce(1..20, "{}", fn _, inner -> ~s({"^1": {"dialplan": #{inner}}}) end)
      assert Enum.any?(problems(~s({"dial_plan": #{nested}})), &match?({_, {:too_many, _}, _, _}, &1))
    end

    test "with more rules than the bound is refused, and one at a large size serves" do
      rules = fn count -> {[{"classifiers", {for(n <- 1..count, do: {"c#{n}", "^\\+#{n}\\d{7}$"})}}]} end
      assert [{"", {:too_many, words}, _, _}] = problems(rules.(100_001))
      assert words =~ "at most 100000"
      plan = Plan.new!(rules.(3_000))
      assert Numplan.classify("+29991234567", plan) == "c2999"
      assert Numplan.classify("+9991234", plan) == nil
    end
  end

  test "a rule set whose automaton would need more than the memory bound still answers" do
    # The classic case: the automaton of each has 2^n states.
    exponential = for n <- 14..24, do: {"c#{n}", "1[01]{#{n}}$"}
    plan = Plan.new!({[{"classifiers", {exponential}}]})
    assert Plan.info(plan).memory < 400 * 1024 * 1024

    for n <- 14..24 do
      subject = String.duplicate("0", 30) <> "1" <> String.duplicate("0", n)
      assert Numplan.classify(subject, plan) == "c#{n}"
    end

    assert Numplan.classify("000", plan) == nil
  end

  test "the active plan changes for calls that begin afterwards, in every process" do
    :ok = Numplan.configure(~s({"classifiers": {"nine": "^9"}}))
    assert Numplan.classify("911") == "nine"
    assert Task.await(Task.async(fn -> Numplan.classify("911") end)) == "nine"
    assert Numplan.classify("911", Plan.new!({:preset, "kazoo-3.20"})) == "emergency"
  end

  test "eight processes configure at once, and the last one's plan is whole" do
    sources = for n <- 1..8, do: ~s({"classifiers": {"class#{n}": "^9"}})
    results = sources |> Task.async_stream(&Numplan.configure/1) |> Enum.to_list()
    assert results == List.duplicate({:ok, :ok}, 8)
    assert "class" <> _ = Numplan.classify("911")
  end
end
