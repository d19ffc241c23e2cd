defmodule Numplan.ErrorsTest do
  @moduledoc "Exceptions for arguments of a wrong type: they name the argument and what was expected, and never show a plan or a number."
  use ExUnit.Case, async: true

  import ExUnit.CaptureLog

  alias Numplan.Plan

  @number [4_158_867_900, nil, :a, 1.5, {}, %{}, <<1::3>>, ~c"415", ["911" | "911"], ["911", nil], [["911", 1]]]
  @plan [:a, {}, "x", {:plan}, %{}, 1, [:unknown], [plan: :a]]
  @source [:"kazoo-4.2", {:preset, 1}, 1, {:file, 1}, {:file, nil}, {:file, :undefined}, {}, nil]

  # What each argument is, by function.
  @arguments [
    configure: [:configuration],
    plan: [:configuration],
    info: [:held_plan],
    normalize: [:number],
    normalize: [:number, :plan],
    normalize: [:number, :held_plan, :dial_plan],
    is_normalized: [:number],
    apply_dial_plan: [:number, :held_plan, :reading],
    classify: [:number],
    classify: [:number, :plan],
    classification: [:number],
    classification: [:number, :plan],
    available_classifiers: [:held_plan],
    classify_lines: [:text],
    classify_lines: [:text, :plan],
    normalize_lines: [:text],
    normalize_lines: [:text, :plan],
    normalize_and_classify_lines: [:text],
    normalize_and_classify_lines: [:text, :plan],
    is_reconcilable: [:number],
    is_reconcilable: [:number, :plan],
    are_reconcilable: [:numbers],
    pretty_print: [:number],
    pretty_print: [:number, :plan_or_mask],
    explain: [:number],
    explain: [:number, :plan],
    check: [:source],
    check: [:source, :check_options],
    diff: [:source, :source],
    diff: [:source, :source, :check_options],
    clean: [:number],
    to_npan: [:number],
    to_1npan: [:number],
    to_strip_plus: [:number],
    is_npan: [:number],
    is_1npan: [:number],
    is_strip_plus: [:number],
    to_db: [:number],
    locality: [:number],
    locality: [:number, :locality_options],
    lookup: [:number],
    lookup: [:number, :default_region],
    lookup_lines: [:text],
    lookup_lines: [:text, :plan],
    region: [:number],
    number_type: [:number],
    is_valid: [:number],
    is_valid: [:number, :region],
    parse: [:number, :default_region],
    format: [:number_or_parsed, :form],
    short_number: [:number, :region],
    number_match: [:number, :other_number],
    example_number: [:region_or_calling_code],
    example_number: [:region, :number_type],
    number_types: [:region],
    regions: [:calling_code],
    calling_code: [:region],
    json_decode: [:json],
    json_decode: [:json, :json_options]
  ]

  # No argument of these is refused with an exception.
  @takes_all [info: 0, available_classifiers: 0, json_encode: 1, regions: 0, calling_codes: 0]

  defp good(kind, _plan) when kind in [:source, :configuration], do: {:preset, "kazoo-3.20"}
  defp good(kind, plan) when kind in [:plan, :plan_or_mask], do: plan
  defp good(:held_plan, plan), do: plan
  defp good(:dial_plan, plan), do: plan
  defp good(:number, _plan), do: "4158867900"
  defp good(:numbers, _plan), do: ["4158867900"]
  defp good(:number_or_parsed, _plan), do: "4158867900"
  defp good(:other_number, _plan), do: "4158867900"
  defp good(kind, _plan) when kind in [:region, :default_region, :region_or_calling_code], do: "GB"
  defp good(:calling_code, _plan), do: 44
  defp good(:number_type, _plan), do: "MOBILE"
  defp good(:form, _plan), do: :national
  defp good(:text, _plan), do: "4158867900\n"
  defp good(:reading, _plan), do: :full
  defp good(:locality_options, _plan), do: [:source]
  defp good(:check_options, _plan), do: [otp: 28]
  defp good(:json, _plan), do: "[1]"
  defp good(:json_options, _plan), do: [:ordered]

  defp bad(:source), do: @source
  # What is compiled already is none; check/1 and diff/2 take it.
  defp bad(:configuration), do: [Plan.active(), Plan.active().erlang | @source]
  defp bad(:plan), do: @plan
  defp bad(:plan_or_mask), do: @plan -- ["x"]
  defp bad(:held_plan), do: @plan
  defp bad(:dial_plan), do: [:a, {:some, :a}, "x", nil]
  defp bad(:number), do: @number
  defp bad(:numbers), do: ["911", :a, ["911", 1], ["911" | "911"]]
  defp bad(:number_or_parsed), do: @number
  defp bad(:region), do: [:GB, nil, :undefined, 44, ~c"GB"]
  defp bad(:other_number), do: [4_158_867_900, nil, ["911"], ~c"911", <<1::3>>]
  defp bad(:calling_code), do: ["44", nil, 4.4, [44]]
  defp bad(:region_or_calling_code), do: [:GB, nil, :undefined, 4.4, ~c"GB"]
  defp bad(:number_type), do: [:MOBILE, nil, 1, ~c"MOBILE"]
  defp bad(:default_region), do: [:GB, nil, 44, ~c"GB"]
  defp bad(:form), do: [:e_164, nil, "e164", {:from, :US}, {:from, nil}, {:to, "US"}, {:from}, 1]
  defp bad(:text), do: [:a, 1, ["911"], <<1::3>>]
  defp bad(:reading), do: [:some, nil, "full"]
  defp bad(:locality_options), do: [:source, [:sources], nil]
  defp bad(:check_options), do: [:otp, [:otp], [otp: 23], [otp: "28"], [{:otp, 28}, {:otp, 28}], nil]
  defp bad(:json), do: [:a, 1, [1_000], ["a" | :b], <<1::3>>]
  defp bad(:json_options), do: [:ordered, [:other], [max_values: 0], [1 | 2]]

  defp expected(kind) when kind in [:source, :configuration], do: ~r/^expected a configuration: /
  defp expected(kind) when kind in [:plan, :plan_or_mask], do: ~r/^expected a plan, or a list of options: /
  defp expected(:held_plan), do: ~r/^expected a plan, /
  defp expected(:dial_plan), do: ~r/^expected a plan with a dial plan, /
  defp expected(:number), do: ~r/^expected a number as a binary, or a list of numbers; /
  defp expected(:number_or_parsed), do: ~r/^expected a number as a binary, a map that parse\/2 has made, /
  defp expected(:region), do: ~r/^expected a region: /
  defp expected(:other_number), do: ~r/^expected a number as a binary; /
  defp expected(:calling_code), do: ~r/^expected a calling code: an integer, such as 44; /

  defp expected(:region_or_calling_code),
    do: ~r/^expected a region, such as <<"GB">>, or a calling code of no country, /

  defp expected(:number_type), do: ~r/^expected a type of numbers, such as <<"MOBILE">>; /
  defp expected(:default_region), do: ~r/^expected a region, such as <<"GB">>, or undefined; /
  defp expected(:form), do: ~r/^expected e164, international, national, rfc3966, /
  defp expected(:numbers), do: ~r/^expected a list of numbers, each a binary; /
  defp expected(:text), do: ~r/^expected text as a binary, a number in each line; /
  defp expected(:reading), do: ~r/^expected first_match or full; /
  defp expected(:locality_options), do: ~r/^expected a list of options: source; /
  defp expected(:check_options), do: ~r/^expected a list of options: \{otp, Release\}; /
  defp expected(:json), do: ~r/^expected JSON text as iodata; /
  defp expected(:json_options), do: ~r/^expected a list of options: ordered, /

  setup_all do
    rules = for n <- 1..4_001, do: {"class#{n}", "^\\+#{n}0$"}
    {:ok, plan} = :numplan.plan({[{"classifiers", {rules}}]})
    %{plan: plan}
  end

  defp raised(function, arguments) do
    apply(:numplan, function, arguments)
    flunk("#{function}/#{length(arguments)} took an argument that it should not: #{inspect(arguments, limit: 5)}")
  rescue
    exception -> {exception, __STACKTRACE__}
  catch
    kind, reason -> flunk("#{kind} #{inspect(reason)}")
  end

  test "every function of numplan is in the table" do
    known = for({name, kinds} <- @arguments, do: {name, length(kinds)}) ++ @takes_all
    exported = Enum.reject(:numplan.module_info(:exports), fn {name, _} -> name == :module_info end)
    assert Enum.sort(exported -- known) == []
  end

  test "each argument of each function: which one, what was expected, and no plan", %{plan: plan} do
    for {function, kinds} <- @arguments, {kind, place} <- Enum.with_index(kinds), value <- bad(kind) do
      arguments = kinds |> Enum.map(&good(&1, plan)) |> List.replace_at(place, value)
      arity = length(kinds)
      {exception, [head | _] = stack} = raised(function, arguments)
      # JSON is another module's.
      assert match?({:numplan, ^function, ^arity, _}, head) or match?({:numplan_json, :decode, 2, _}, head)

      assert %ArgumentError{} = exception
      problems = :numplan_badarg.format_error(:badarg, stack)
      assert {head, Map.keys(problems)} == {head, [place + 1]}
      assert IO.iodata_to_binary(problems[place + 1]) =~ expected(kind)
      assert Exception.message(exception) =~ IO.iodata_to_binary(problems[place + 1])

      for text <- [Exception.format(:error, exception, stack), erlang(stack)] do
        assert byte_size(text) < 6_000, text
        refute text =~ "4158867900" or text =~ "class17"
      end
    end
  end

  defp erlang(stack), do: :error |> :erl_error.format_exception(:badarg, stack) |> IO.iodata_to_binary()

  test "Erlang's shell names the argument" do
    {_, stack} = raised(:classify, [4_158_867_900])
    assert erlang(stack) =~ ~r/in function  numplan:classify\/1\s*\n.*argument 1: expected a number as a binary/s
  end

  test "the error names the type of the argument, and not its value" do
    for {given, words} <- [
          {4_158_867_900, "got an integer"},
          {nil, "got the atom nil"},
          {~c"415", "got a list of characters: write it as a binary"},
          {["911", nil], "element 2 of the list is the atom nil"},
          {["911" | "1"], "the list does not end in []"},
          {{1, 2}, "got a tuple"},
          {%{}, "got a map"},
          {<<1::3>>, "got a bitstring of 3 bits"}
        ] do
      {exception, _} = raised(:classify, [given])
      assert Exception.message(exception) =~ words
    end
  end

  test "two bad arguments are both named" do
    {exception, stack} = raised(:classify, [1, :a])
    assert Map.keys(:numplan_badarg.format_error(:badarg, stack)) == [1, 2]
    assert Exception.message(exception) =~ "1st argument"
    assert Exception.message(exception) =~ "2nd argument"
  end

  test "a process that ends by it writes a short report", %{plan: plan} do
    log =
      capture_log(fn ->
        {:ok, pid} = Task.start(fn -> receive do: (:go -> Numplan.classify(4_158_867_900, plan)) end)
        monitor = Process.monitor(pid)
        send(pid, :go)
        assert_receive {:DOWN, ^monitor, :process, ^pid, {:badarg, _}}, 5_000
        Logger.flush()
      end)

    assert log =~ "expected a number as a binary" and byte_size(log) < 3_000
    refute log =~ "4158867900"
  end

  describe "the Elixir face" do
    test "has the same messages" do
      for call <- [
            &Numplan.classify/1,
            &Numplan.normalize/1,
            &Numplan.explain/1,
            &Numplan.locality/1,
            &Numplan.lookup/1
          ] do
        assert_raise ArgumentError, ~r/1st argument: expected a number as a binary/, fn -> call.(4_158_867_900) end
        assert_raise ArgumentError, ~r/1st argument: .*element 2 of the list/, fn -> call.(["911", nil]) end
      end

      for call <- [&Numplan.classify/2, &Numplan.normalize/2, &Numplan.classification/2, &Numplan.explain/2] do
        assert_raise ArgumentError, ~r/2nd argument: expected a plan/, fn -> call.("911", nil) end
      end

      for call <- [&Plan.info/1, &Plan.activate/1, &Plan.available_classifiers/1, &Plan.digest/1] do
        assert_raise ArgumentError, ~r/1st argument: expected a plan/, fn -> call.(:a) end
      end

      assert_raise ArgumentError, ~r/expected an enumerable of numbers, each a binary; element 2 is an integer/, fn ->
        ["911", 4_158_867_900] |> Numplan.stream() |> Enum.to_list()
      end
    end

    test "options that there are not, or with such a value, are named by stream, Batch.run and locality" do
      numbers = &(["911"] |> Numplan.stream(&1) |> Enum.to_list())
      file = Path.join(System.tmp_dir!(), "numplan-no-such-file")
      rows = &Numplan.Batch.run(file, file <> ".out", &1)
      locality = &Numplan.locality("911", &1)

      for {call, options, words} <- [
            {numbers, [cleen: true], "there is no option :cleen; there are :plan, :clean, :chunk"},
            {numbers, [clean: 1], "the option :clean is true or false, not an integer"},
            {numbers, [chunk: 0], "the option :chunk is a positive integer, not an integer"},
            {numbers, [plan: {:preset, "kazoo-4.2"}], "the option :plan is a plan, not a tuple"},
            {numbers, [plan: nil], "the option :plan is a plan, not the atom nil"},
            {numbers, :x, "expected a list of options, got the atom x"},
            {rows, [bogus: 1], "there is no option :bogus"},
            {rows, [clean: 1], "the option :clean is true or false"},
            {rows, [plan: nil], "the option :plan is a plan, not the atom nil"},
            {rows, [format: :xls], "the option :format is one of :plain, :csv, :tsv, :jsonl"},
            {rows, [column: :a], "the option :column is a name or a number"},
            {rows, [separator: ?;], "the option :separator is a binary, not an integer"},
            {rows, [progress: 1], "the option :progress is a function of one argument"},
            {locality, :x, "expected a list of options, got the atom x"},
            {locality, [sources: true], "there is no option :sources; there are :source"},
            {locality, [source: 1], "the option :source is true or false"}
          ] do
        exception = assert_raise ArgumentError, fn -> call.(options) end
        assert Exception.message(exception) =~ words
      end

      assert_raise ArgumentError, ~r/the input is the path of a file, not the atom nil/, fn ->
        Numplan.Batch.run(nil, file)
      end

      assert_raise ArgumentError, ~r/the output is the path of a file, not an integer/, fn ->
        Numplan.Batch.run(file, 1)
      end
    end

    test "a plan never prints", %{plan: compiled} do
      plan = Plan.new!({:preset, "kazoo-3.20"})
      assert inspect(plan) == "#Numplan.Plan<kazoo-3.20, 7 classifiers>"
      assert inspect({:ok, [plan]}, limit: :infinity) == "{:ok, [#Numplan.Plan<kazoo-3.20, 7 classifiers>]}"
      assert inspect(Plan.active()) =~ ~r/^#Numplan.Plan<.*7 classifiers>$/

      own =
        Plan.new!(
          ~S'{"classifiers": {"a": "(*PRUNE)^1"}, "e164_converters": {"(*PRUNE)^(?!1)(.*)$": {}, "(*PRUNE)^(?!2)(.*)$": {}}}'
        )

      assert inspect(own) =~ ~r/^#Numplan.Plan<[0-9a-f]{8}, 1 classifier, 3 rules run by re>$/

      assert inspect(Map.put(own, :erlang, compiled), limit: :infinity) =~
               ~r/^#Numplan.Plan<[0-9a-f]{8}, 4001 classifiers>$/
    end

    test "Erlang's functions take an Elixir plan, and Elixir's an Erlang plan", %{plan: erlang} do
      elixir = Plan.new!({:preset, "kazoo-4.3"})
      assert :numplan.classify("988", elixir) == "emergency"
      assert :numplan.classify(["988"], elixir) == ["emergency"]
      assert %{native: _} = :numplan.info(elixir)
      assert {:ok, _} = :numplan.check(elixir)
      assert :numplan.normalize("9", elixir, {:full, elixir}) == "9"
      assert :numplan.apply_dial_plan("9", elixir, :full) == "9"
      assert Numplan.classify("+170", erlang) == "class17"
      assert %{classes: [_ | _]} = Plan.info(erlang)
    end

    test "an explanation is its text", %{} do
      explanation = Numplan.explain("911")
      assert to_string(explanation) == explanation.text
      assert "#{explanation}" =~ "The class is emergency"
    end

    test "records with numbers, tokens or bodies do not print them" do
      request = %Numplan.API.Request{
        method: "PUT",
        target: "/v2/+14158867900?auth_token=secret",
        headers: %{"x-auth-token" => "secret"},
        body: "+14158867900"
      }

      number = %Numplan.PhoneNumber{id: "+14158867900", state: "in_service", public: %{"pin" => "secret"}}
      context = %{Numplan.API.Context.new(request) | token: "secret", segments: ["+14158867900"]}
      response = %Numplan.API.Response{status: 200, headers: [{"x", "secret"}], body: "+14158867900"}
      error = %Numplan.JsonError{reason: {:not_json, {"+14158867900", "secret"}}}

      for struct <- [request, number, context, response, error] do
        refute inspect(struct, limit: :infinity) =~ ~r/4158867900|secret/
      end

      assert inspect(error) == "#Numplan.JsonError<a term that JSON cannot express>"
    end
  end

  describe "a name in place of a source" do
    test "of a preset is answered with how to write it" do
      for text <- ["kazoo-4.2", ~c"kazoo-4.2", " kazoo-4.2\n"] do
        assert {:error, [{"", {:not_a_source, {:preset, "kazoo-4.2"}}, :undefined, hint}]} = :numplan.plan(text)
        assert hint == "for the preset write {preset, 'kazoo-4.2'}"
      end

      assert {:error, error} = Numplan.plan("kazoo-4.2")
      assert Exception.message(error) == ~s(kazoo-4.2 is not JSON text \(for the preset write {:preset, "kazoo-4.2"}\))
      assert {:error, [{_, {:unknown_preset, _}, _, _}]} = :numplan.plan({:preset, "kazoo-9"})
      assert {:error, error} = Numplan.plan("kazoo-9")
      assert Exception.message(error) =~ "the presets are kazoo-3.18"
    end

    test "of a file too", %{} do
      for path <- ["plan.json", "/etc/numplan/plan.json", "./plan", "etc/plän.json"] do
        assert {:error, [{"", {:not_a_source, {:file, ^path}}, :undefined, hint}]} = :numplan.plan(path)
        assert hint == "for the file write {file, \"#{path}\"}"
        assert {:error, error} = Numplan.plan(path)
        assert Exception.message(error) == ~s(#{path} is not JSON text \(for the file write {:file, "#{path}"}\))
      end

      for call <- [&Numplan.configure/1, &Numplan.check/1, &Numplan.plan/1] do
        assert {:error, error} = call.("plan.json")
        assert Exception.message(error) =~ ~s({:file, "plan.json"})
      end

      assert {:error, {:new, error}} = Numplan.diff({:preset, "kazoo-4.2"}, "kazoo-4.3")
      assert Exception.message(error) =~ ~s({:preset, "kazoo-4.3"})
    end

    test "as Elixir's keyword of it too" do
      for {keyword, words} <- [
            {[preset: "kazoo-4.2"], ~s({:preset, "kazoo-4.2"})},
            {[file: "/no/plan"], ~s({:file, "/no/plan"})}
          ] do
        assert {:error, error} = Numplan.plan(keyword)
        assert Exception.message(error) =~ words
      end

      # A classifier may be called so.
      assert {:ok, plan} = Numplan.plan([{"preset", "^1"}])
      assert Numplan.classify("1", plan) == "preset"
    end

    test "text that is meant as JSON keeps its own message" do
      for text <- ["", "{", "[1, 2", "hello", "{\"a\": /x.json}", "\"plan.json", <<255, ".json">>, "a.json\nb.json"] do
        assert {:error, [{"", {:invalid_json, _, _, _}, _, _}]} = :numplan.plan(text)
      end
    end

    test "of a preset as an atom is an exception that says so" do
      assert_raise ArgumentError, ~r/a preset is given as {preset, 'kazoo-4.2'}/, fn -> Numplan.plan(:"kazoo-4.2") end
    end
  end
end
