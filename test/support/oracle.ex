defmodule Numplan.Oracle do
  @moduledoc """
  Compares the engine with OTP's `re`, the reference for every regex.

  A pattern becomes a plan with one classifier and one converter, so that both ways in which rules are compiled are asked. The
  converter puts brackets around the root: no match and a root that is the whole number then look different.
  """

  alias Numplan.{Corpus, PatternGenerator}

  defstruct patterns: 0, refused: 0, native: 0, cases: 0, matches: 0, gave_up: 0, backwards: 0, differences: []

  @type t :: %__MODULE__{}

  @doc "The counts of a comparison."
  @spec compare(binary(), [binary()]) :: t()
  def compare(pattern, subjects) do
    case {:re.compile(pattern), plan(pattern)} do
      {{:ok, regex}, {:ok, plan}} ->
        Enum.reduce(subjects, accepted(pattern, plan), &compare_subject(&1, pattern, regex, plan, &2))

      {{:error, {reason, offset}}, {:error, problems}} ->
        refused(pattern, IO.chardata_to_string(reason), offset, problems)

      {one, other} ->
        %__MODULE__{differences: [{pattern, :acceptance, one, other}]}
    end
  end

  @doc "The sum of two comparisons."
  @spec add(t(), t()) :: t()
  def add(one, other), do: Map.merge(one, other, &sum/3)

  defp sum(:__struct__, module, module), do: module
  defp sum(:differences, one, other), do: one ++ other
  defp sum(_count, one, other), do: one + other

  @doc """
  Compares `count` generated patterns that `re` accepts, and those it refuses among them, each on `subjects` subjects.

  `generator` is a module with the functions of `Numplan.PatternGenerator`.
  """
  @spec generated(pos_integer(), pos_integer(), integer(), module()) :: t()
  def generated(count, subjects, seed, generator \\ PatternGenerator) do
    shares = 50
    share = div(count + shares - 1, shares)

    1..shares
    |> Task.async_stream(&generated_share(&1, share, subjects, {seed, generator}), timeout: :infinity, ordered: true)
    |> Enum.reduce(%__MODULE__{}, fn {:ok, compared}, sum -> add(sum, compared) end)
  end

  defp generated_share(number, count, subjects, {seed, generator}) do
    :rand.seed(:exsss, {seed, number, 0})
    until_accepted(%__MODULE__{}, count, subjects, generator)
  end

  defp until_accepted(%{patterns: count} = sum, count, _subjects, _generator), do: sum

  defp until_accepted(sum, count, subjects, generator) do
    pattern = generator.pattern()
    sum |> add(compare(pattern, generator.subjects(subjects))) |> until_accepted(count, subjects, generator)
  end

  @doc "Compares every regex of the operators' configurations on `subjects` subjects or more."
  @spec corpus(pos_integer(), integer()) :: t()
  def corpus(subjects, seed) do
    Corpus.regexes()
    |> Task.async_stream(
      fn regex ->
        :rand.seed(:exsss, {seed, :erlang.phash2(regex), 1})
        compare(regex, subjects_for(regex, subjects))
      end,
      timeout: :infinity
    )
    |> Enum.reduce(%__MODULE__{}, fn {:ok, compared}, sum -> add(sum, compared) end)
  end

  # Numbers of the corpus, then mutations of the regex's own text and of numbers, then noise and
  # extremes.
  defp subjects_for(regex, count) do
    numbers = Corpus.vectors() |> Enum.flat_map(&[&1.number, &1.e164]) |> Enum.uniq()
    digits = String.replace(regex, ~r/[^0-9+]/, "")
    extremes = ["", "\n", <<0>>, "4158867900\n", "41588\n67900", <<255, 254>>, String.duplicate("9", 65_536)]
    dialled = for _ <- 1..div(count, 2), do: dialled(Enum.random(numbers), digits)
    noise = PatternGenerator.subjects(count - div(count, 2))
    Enum.take(numbers ++ extremes ++ dialled ++ noise, count + length(extremes))
  end

  defp dialled(number, digits) do
    prefix = binary_part(digits, 0, Enum.random(0..min(byte_size(digits), 4)))
    random = for _ <- 1..Enum.random(1..11), into: "", do: <<Enum.random(?0..?9)>>

    Enum.random([
      number,
      prefix <> random,
      "+" <> prefix <> random,
      "00" <> random,
      random,
      random <> "\n",
      "0" <> random
    ])
  end

  defp plan(pattern) do
    :numplan.plan(
      {[
         {"classifiers", {[{"class", pattern}]}},
         {"e164_converters", {[{pattern, {[{"prefix", "<"}, {"suffix", ">"}]}}]}},
         {"reconcile_regex", "^$"}
       ]}
    )
  end

  defp accepted(pattern, plan) do
    %{rules: [%{runs: runs, why: why}, %{runs: rewrite} | _]} = :numplan.info(plan)
    unread = if why == "syntax that only re reads", do: [{pattern, :reader_refuses}], else: []
    native = if runs == :native and rewrite == :native, do: 1, else: 0
    %__MODULE__{patterns: 1, native: native, differences: unread}
  end

  defp refused(pattern, reason, offset, problems) do
    paths =
      for {path, {:invalid_regex, own}, at, hint} <- problems,
          {own, at} == {reason, offset} or in_own_words?(hint, reason, offset),
          do: path

    complete? = length(paths) == 2 and length(problems) == 2
    %__MODULE__{refused: 1, differences: if(complete?, do: [], else: [{pattern, :refusal, reason, offset, problems}])}
  end

  # PCRE2's messages are reported in the words of PCRE 8, with the original beside them.
  defp in_own_words?(hint, reason, offset) do
    :numplan_nif.dialect() == :pcre2 and is_binary(hint) and
      String.ends_with?(hint, "re says: #{reason} at offset #{offset}")
  end

  # Asks for captures as positions: a match that ends before it starts (`(?=1\\K)`), captured as a
  # binary, crashes the VM.
  defp compare_subject(subject, pattern, regex, plan, sum) do
    case :re.run(subject, regex, [:report_errors, {:capture, :all, :index}]) do
      {:error, _limit} -> %{sum | gave_up: sum.gave_up + 1}
      {:match, places} -> compare_root(List.last(places), pattern, subject, plan, sum)
      :nomatch -> count(sum, pattern, subject, plan, {subject, :undefined}, 0)
    end
  end

  defp compare_root({_start, length}, _pattern, _subject, _plan, sum) when length < 0,
    do: %{sum | backwards: sum.backwards + 1}

  defp compare_root({-1, 0}, pattern, subject, plan, sum), do: count(sum, pattern, subject, plan, {"<>", 1}, 1)

  defp compare_root(place, pattern, subject, plan, sum),
    do: count(sum, pattern, subject, plan, {"<" <> binary_part(subject, elem(place, 0), elem(place, 1)) <> ">", 1}, 1)

  defp count(sum, pattern, subject, plan, expected, match) do
    answer = {:numplan_re.convert(subject, plan), :numplan_re.classify_e164(subject, plan)}
    sum = %{sum | cases: sum.cases + 1, matches: sum.matches + match}
    if answer == expected, do: sum, else: %{sum | differences: [{pattern, subject, expected, answer} | sum.differences]}
  end
end
