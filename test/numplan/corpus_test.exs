defmodule Numplan.CorpusTest do
  @moduledoc "The shared corpus through the Erlang and the Elixir face; native/numplan/tests/corpus.rs reads the same files."
  use ExUnit.Case, async: true

  alias Numplan.{Corpus, Plan}

  defmodule ErlangFace do
    def normalize(number, plan), do: :numplan.normalize(number, plan)
    def classify(number, plan), do: with(:undefined <- :numplan.classify(number, plan), do: nil)
    def reconcilable?(number, plan), do: :numplan.is_reconcilable(number, plan)
    def pretty_print(number, plan), do: :numplan.pretty_print(number, plan)
    def first_match(number, plan), do: :numplan.apply_dial_plan(number, plan, :first_match)
    def full(number, plan), do: :numplan.apply_dial_plan(number, plan, :full)
  end

  defmodule ElixirFace do
    def normalize(number, plan), do: Numplan.normalize(number, plan)
    def classify(number, plan), do: Numplan.classification(number, plan).name
    def reconcilable?(number, plan), do: Numplan.reconcilable?(number, plan)
    def pretty_print(number, plan), do: Numplan.pretty_print(number, plan)
    def first_match(number, plan), do: Plan.apply_dial_plan(number, plan, :first_match)
    def full(number, plan), do: Plan.apply_dial_plan(number, plan, :full)
  end

  test "Kazoo's answers for the numbers of kazoo-vectors.tsv, in the four presets it has" do
    vectors = Corpus.vectors()
    assert length(vectors) == 29 * 4

    for vector <- vectors do
      plan = Plan.new!({:preset, vector.preset})
      assert Numplan.normalize(vector.number, plan) == vector.e164
      assert Numplan.classify(vector.number, plan) == vector.class
      assert Numplan.reconcilable?(vector.number, plan) == vector.reconcilable
      assert Numplan.pretty_print(vector.number, plan) == vector.pretty_print
    end
  end

  test "the corpus is what the reference answers" do
    assert Enum.to_list(Corpus.expected()) == Corpus.lines()
  end

  for face <- [ErlangFace, ElixirFace] do
    test "every line of the corpus through #{inspect(face)}" do
      plans = Map.new(Corpus.documents(), fn {name, text} -> {name, Plan.new!(text)} end)
      lines = Corpus.lines()
      assert length(lines) > 10_000

      for [config, number | _] = line <- lines do
        assert Corpus.answers(unquote(face), config, Corpus.unescape(number), plans[config]) == line
      end
    end
  end

  test "an operator's configuration is refused only where re refuses one of its regexes" do
    refused = for {name, text} <- Corpus.configs(), {:error, error} <- [Plan.new(text)], do: {name, error}
    kinds = for {name, error} <- refused, problem <- error.problems, do: {name, kind(problem.reason)}

    assert Enum.sort(kinds) == [
             {"france__3.18", :invalid_regex},
             {"france__master", :invalid_regex},
             {"indonesia_variant1__3.18", :invalid_regex},
             {"indonesia_variant2__master", :invalid_regex},
             {"netherlands_rotterdam__3.18", :invalid_regex},
             {"russia_system_dialplans__master", :unknown_document}
           ]
  end

  defp kind({kind, _}), do: kind
  defp kind(kind), do: kind
end
