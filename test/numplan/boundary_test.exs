defmodule Numplan.BoundaryTest do
  @moduledoc "The boundary to native code: arguments of wrong types, panics, and long work."
  use ExUnit.Case

  alias Numplan.Plan

  @exported [:module_info, :load]

  test "every function of the native module has a native implementation" do
    exported = for {name, arity} <- :numplan_nif.module_info(:exports), name not in @exported, do: {name, arity}
    assert Enum.sort(exported) == Enum.sort(:numplan_nif.module_info(:nifs))
    assert length(exported) > 20
  end

  test "a panic is an exception that says what happened, and the next call works" do
    error = assert_raise ErlangError, fn -> :numplan_nif.force_panic("on purpose") end
    assert {:nif_panicked, message} = error.original
    assert message =~ "on purpose" and message =~ ~r"entry\.rs:\d+"
    assert Numplan.classify("911") == "emergency"
  end

  # A busy machine takes longer than the minute that tests have.
  @tag timeout: 300_000
  test "100,000 random byte strings through every function: answers of the right type, no crash, no leak" do
    :rand.seed(:exsss, {1, 2, 3})
    plans = Enum.map([{:preset, "kazoo-4.2"}, foreign()], &Plan.new!/1)
    fuzz(plans, 20_000)
    before = memory()
    fuzz(plans, 100_000)
    assert memory() - before < 16_384
  end

  # A rule of each kind that only re runs, beside native ones.
  defp foreign do
    ~S"""
    {"classifiers": {"verb": "(*PRUNE)^\\+1", "twice": "(.)\\1", "native": "^\\d+$"},
     "e164_converters": {"^(\\d)\\1": {"prefix": "+"}, "^(\\d{3})$": {"suffix": "#"}},
     "reconcile_regex": "(*PRUNE)(?<!1)2",
     "dial_plan": {"(*PRUNE)^9(?!1)(.*)$": {}, "^8(.*)$": {"prefix": "7"}}}
    """
  end

  defp fuzz(plans, count) do
    for _ <- 1..count do
      bytes = random_bytes()
      Enum.each(plans, &ask(bytes, &1))
      ask(bytes)
    end
  end

  defp ask(bytes, plan) do
    e164 = :numplan.normalize(bytes, plan)
    assert is_binary(e164)
    class = :numplan.classify(bytes, plan)
    assert class == :undefined or is_binary(class)
    assert is_boolean(:numplan.is_reconcilable(bytes, plan))
    assert is_binary(:numplan.pretty_print(bytes, plan))
    assert {[_ | _]} = :numplan.classification(bytes, plan)
    assert is_binary(:numplan.apply_dial_plan(bytes, plan, :full))
    assert is_binary(:numplan.apply_dial_plan(bytes, plan, :first_match))
    assert is_binary(:numplan.normalize(bytes, plan, {:full, plan}))
    assert :numplan.normalize([bytes], plan) == [e164]
    assert :numplan.classify([bytes], plan) == [class]
    assert %{bits: 8, places: places} = :numplan.classify_lines(bytes, plan)
    assert byte_size(places) == length(:numplan_nif.numbers(bytes))
    if :rand.uniform(20) == 1, do: annotate(bytes, plan)
    if :rand.uniform(20) == 1, do: assert(%{e164: ^e164, class: ^class} = :numplan.explain(bytes, plan))
  end

  # These run on dirty schedulers, where a call costs far more.
  defp annotate(bytes, plan) do
    assert match?({:ok, mark} when mark in [0, 3], :numplan_nif.encoding(bytes)) or
             match?({:error, _}, :numplan_nif.encoding(bytes))

    assert :numplan_nif.table_separator(bytes) in ~c(,;\t|) or :numplan_nif.table_separator(bytes) == :none
    assert is_atom(:numplan_nif.table_reject(bytes))

    for layout <- [:plain, {:csv, 1, ?,}, {:csv, 0, ?0}, {:tsv, 0}, {:json_lines, "1"}] do
      assert {text, rows, rejects} = :numplan_table.annotate(plan, layout, bytes)
      assert is_binary(text) and rows >= length(rejects)

      for last? <- [true, false] do
        case :numplan_nif.table_whole_rows(layout, bytes, last?) do
          {:error, reason, at} ->
            assert reason in [:open_quote, :text_behind_quote] and binary_part(bytes, at, 1) == "\""

          whole ->
            assert whole <= byte_size(bytes)
        end
      end
    end
  end

  defp ask(bytes) do
    assert is_binary(:numplan.to_npan(bytes)) and is_binary(:numplan.to_1npan(bytes))
    assert :numplan.to_db(bytes) == :undefined or byte_size(bytes) >= 5
    assert is_binary(:numplan.pretty_print(bytes, bytes))
    assert {status, _} = :numplan.json_decode(bytes)
    assert status in [:ok, :error]
    assert {status, _} = :numplan.json_encode([bytes, %{bytes => 1}])
    assert status == if(String.valid?(bytes), do: :ok, else: :error)
    assert {status, _} = :numplan.plan(bytes)
    assert status in [:ok, :error]
    assert :numplan_nif.preset(bytes) == :unknown
  end

  defp random_bytes do
    length = Enum.random([0, 1, 2, 3, 5, 8, 11, 12, 13, 20, 40])
    if :rand.uniform(2) == 1, do: :rand.bytes(length), else: dialled(length)
  end

  defp dialled(length), do: for(_ <- 1..length//1, into: "", do: Enum.random(~w(0 1 2 9 + * # [ { } ] " :)))

  # Kilobytes.
  defp memory do
    for pid <- Process.list(), do: :erlang.garbage_collect(pid)
    [_, resident] = Regex.run(~r/VmRSS:\s+(\d+)/, File.read!("/proc/self/status"))
    String.to_integer(resident)
  end

  describe "an argument that is not a number" do
    @not_numbers [:a, 1, 1.5, nil, {}, %{}, <<1::3>>, self(), [:a], ["911" | "911"], ["911", nil]]

    test "raises ArgumentError, alone and in a list" do
      plan = Plan.active()

      functions =
        for(f <- ~w(normalize classify classification is_reconcilable explain)a, do: {f, &apply(:numplan, f, [&1])}) ++
          for(
            f <- ~w(normalize classify classification is_reconcilable pretty_print explain)a,
            do: {f, &apply(:numplan, f, [&1, plan])}
          ) ++
          for f <-
                ~w(to_npan to_1npan to_strip_plus is_npan is_1npan is_strip_plus is_normalized to_db are_reconcilable)a,
              do: {f, &apply(:numplan, f, [&1])}

      for {name, function} <- functions, term <- @not_numbers do
        assert_raise_badarg("#{name}(#{inspect(term)})", fn -> function.(term) end)
      end
    end

    test "raises in every native function, for every argument" do
      for {name, arity} <- :numplan_nif.module_info(:nifs), arity > 0, name not in [:json_encode, :force_panic] do
        for term <- [:a, 1.5, {}, <<1::3>>, make_ref()] do
          arguments = List.duplicate(term, arity)

          answer =
            try do
              apply(:numplan_nif, name, arguments)
            rescue
              ArgumentError -> :badarg
            end

          expected = if is_reference(term) and name != :is_current, do: [:badarg, :stale], else: [:badarg, false]

          assert answer in expected or match?({:error, _}, answer),
                 "#{name}(#{inspect(arguments)}) gave #{inspect(answer)}"
        end
      end
    end

    test "raises where it is an atom other than the expected one, such as a stale answer passed on" do
      plan = elem(:numplan_plan.read(Plan.new!(foreign())), 1)
      ref = elem(plan, 1)
      {:ok, document} = :numplan_source.read({:preset, "kazoo-3.20"})

      calls = [
        classification: [ref, "911", "911", :stale],
        pretty_print_as: [ref, "911", "911", :stale],
        resume_dial_plan: [ref, "911", 0, :stale],
        json_decode: ["[]", false, :null, :stale],
        explain: [document, "911", [{"^9", "911", :stale}]],
        table_annotate_with: [:plain, "911\n", [{"911", :stale}]]
      ]

      for {name, arguments} <- calls, do: assert_raise_badarg(name, fn -> apply(:numplan_nif, name, arguments) end)
    end

    test "a term that is not a plan raises too" do
      for plan <- [:a, {}, "x", make_ref()] do
        assert_raise_badarg("normalize", fn -> :numplan.normalize("911", plan) end)
        assert_raise_badarg("classify", fn -> :numplan.classify("911", plan) end)
        assert_raise_badarg("info", fn -> :numplan.info(plan) end)
        assert_raise_badarg("normalize/3", fn -> :numplan.normalize("911", Plan.active(), plan) end)
      end
    end

    defp assert_raise_badarg(what, function) do
      function.()
      flunk("#{what} did not raise")
    rescue
      error in [ArgumentError] -> assert error
    end
  end

  test "the empty number is answered as 3.x does" do
    assert :numplan.normalize("") == ""
    assert :numplan.classify("") == "unknown"
    assert :numplan.is_reconcilable("") == false
    assert :numplan.pretty_print("") == ""
    assert :numplan.to_db("") == :undefined
    assert :numplan.pretty_print(:undefined) == "unknown"
  end

  test "a number of 16 MiB is answered, on a dirty scheduler" do
    number = String.duplicate("9", 16 * 1024 * 1024)
    assert Numplan.normalize(number) == "+" <> number
    assert Numplan.classify(number) == "unknown"
    assert Numplan.reconcilable?(number)
    assert Numplan.to_npan(number) == number
  end
end
