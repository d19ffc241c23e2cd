defmodule Numplan.Reference do
  @moduledoc """
  Kazoo's number manager by kazoo-semantics 3.2 to 3.10, rule by rule with `:re.run/3`: slow, and the source of what the
  shared corpus expects.

  A document is decoded JSON in order. What it leaves out is taken from `defaults`.
  """

  defstruct [:classifiers, :converters, :reconcile, :dial_plan, :system_plans]

  @doc "The reference for a document."
  @spec new({list()}, {list()}) :: struct()
  def new({document}, {defaults}) do
    value = fn key -> get(document, key) || get(defaults, key) end
    {classifiers} = value.("classifiers")
    {converters} = value.("e164_converters")

    %__MODULE__{
      classifiers: classifiers,
      converters: converters,
      reconcile: value.("reconcile_regex"),
      dial_plan: get(document, "dial_plan"),
      system_plans: get(document, "dialplans")
    }
  end

  def normalize("+" <> _ = number, _reference), do: number

  def normalize(number, reference) do
    number |> first_match(reference) |> rewrite(reference.converters)
  end

  @doc "The dial plan as the converter reads it."
  def first_match(number, %{dial_plan: nil}), do: number
  def first_match(number, %{dial_plan: {entries}}), do: rewrite(number, entries)

  @doc "The dial plan as outbound calls read it."
  def full(number, %{dial_plan: nil}), do: number
  def full(number, %{dial_plan: {entries}} = reference), do: chain(number, entries, reference)

  def classify(number, reference), do: number |> normalize(reference) |> class(reference) |> name()

  def reconcilable?(number, reference), do: :re.run(normalize(number, reference), reference.reconcile) != :nomatch

  def pretty_print(number, reference) do
    e164 = normalize(number, reference)

    case class(e164, reference) do
      {_name, {keys}} -> lay_out(get(keys, "pretty_print"), number, e164)
      _ -> lay_out(nil, number, e164)
    end
  end

  defp get(members, key) do
    case List.keyfind(members, key, 0) do
      {_, :null} -> nil
      {_, value} -> value
      nil -> nil
    end
  end

  # Walks over the keys, and takes the first value of each.
  defp rewrite(number, entries) do
    Enum.find_value(entries, number, fn {regex, _} ->
      with {:match, captures} <- :re.run(number, regex, [{:capture, :all, :binary}]) do
        affixed(List.last(captures), get(entries, regex))
      else
        :nomatch -> nil
      end
    end)
  end

  defp affixed(root, {keys}), do: affix(keys, "prefix") <> root <> affix(keys, "suffix")
  defp affixed(root, _names_of_system_plans), do: root

  defp affix(keys, key), do: to_string(get(keys, key) || "")

  defp chain(number, entries, reference) do
    own = for {key, _} <- entries, key != "system", do: {key, get(entries, key)}
    number = Enum.reduce(own, number, &chain_entry(&1, &2, reference))

    case get(entries, "system") do
      nil -> number
      names -> names |> system_plans(reference) |> Enum.reduce(number, &chain_entry(&1, &2, reference))
    end
  end

  defp chain_entry({key, {keys}}, number, reference) do
    case :re.run(number, get(keys, "regex") || key, [{:capture, :all, :binary}]) do
      :nomatch ->
        number

      {:match, captures} ->
        rewritten = affixed(List.last(captures), {keys})
        with {nested} <- get(keys, "dialplan"), do: chain(rewritten, nested, reference), else: (nil -> rewritten)
    end
  end

  defp system_plans(names, reference) do
    names = Enum.map(names, &String.downcase/1)
    {plans} = reference.system_plans || {[]}

    plans
    |> Enum.flat_map(fn {key, plan} -> for plan <- List.wrap(plan), do: {key, plan} end)
    |> Enum.flat_map(fn {key, {keys} = plan} ->
      cond do
        String.downcase(get(keys, "name") || "") in names -> [{key, plan}]
        place = Enum.find_index(names, &(&1 == String.downcase(key))) -> [{"#{place + 1}-#{key}", plan}]
        true -> []
      end
    end)
    |> Map.new()
    |> Enum.sort()
  end

  defp class(e164, reference) do
    Enum.find(reference.classifiers, fn {_name, value} -> :re.run(e164, regex(value)) != :nomatch end)
  end

  @doc "The regex of a class; of one by a list of prefixes, the regex that matches as they do."
  def regex(regex) when is_binary(regex), do: regex
  def regex({keys}), do: if(prefixes = get(keys, "prefixes"), do: listed(prefixes), else: get(keys, "regex") || "^$")

  defp listed(prefixes), do: "^\\+(?:#{Enum.map_join(prefixes, "|", &String.trim_leading(&1, "+"))})"

  defp name(nil), do: nil
  defp name({name, _value}), do: name

  defp lay_out(nil, _number, "+1" <> _ = e164), do: print("SS(###) ### - ####", e164, "")
  defp lay_out(nil, number, _e164), do: number
  defp lay_out(mask, _number, e164), do: print(mask, e164, "")

  defp print("", _rest, printed), do: printed

  defp print("\\" <> <<symbol, mask::binary>>, rest, printed) when symbol in ~c(S#*),
    do: print(mask, rest, printed <> <<symbol>>)

  defp print("S" <> mask, rest, printed), do: print(mask, drop(rest), printed)
  defp print("#" <> mask, <<byte, rest::binary>>, printed), do: print(mask, rest, printed <> <<byte>>)
  defp print("#" <> mask, "", printed), do: print(mask, "", printed)
  defp print("*" <> mask, rest, printed), do: print(mask, "", printed <> rest)
  defp print(<<literal, mask::binary>>, rest, printed), do: print(mask, rest, printed <> <<literal>>)

  defp drop(<<_, rest::binary>>), do: rest
  defp drop(""), do: ""
end
