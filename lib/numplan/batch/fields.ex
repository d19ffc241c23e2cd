defmodule Numplan.Batch.Fields do
  @moduledoc """
  The fields of an answer to a number that can be asked for by name: those of its class by a plan,
  and those of libphonenumber's data.

  The fields of a plan are `e164`, `class`, `friendly_name`, `pretty_print` and `reconcilable`;
  those of libphonenumber's data are `region`, `type`, `valid`, `possible`, `national`,
  `international`, `rfc3966`, `carrier`, `timezone` and `geocode` (`docs/world.md`).
  """

  @of_plan ~w(e164 class friendly_name pretty_print reconcilable)
  @of_world ~w(region type valid possible national international rfc3966 carrier timezone geocode)

  @typedoc "A value: time zones are a list, what is not known is `nil`, and a friendly name may be any JSON."
  @type value :: binary() | boolean() | [binary()] | nil | number() | [term()] | {[{binary(), term()}]}

  @doc "The names of all fields but that of the number itself."
  @spec names() :: [binary()]
  def names, do: @of_plan ++ @of_world

  @doc """
  The names of the fields of a plan.

      iex> Numplan.Batch.Fields.of_plan()
      ["e164", "class", "friendly_name", "pretty_print", "reconcilable"]
  """
  @spec of_plan() :: [binary()]
  def of_plan, do: @of_plan

  @doc """
  The values of `fields`, of which `number` is one too, for a number by the plan and the options in
  `asked`, as pairs. Only what the fields need is looked up.

      iex> Numplan.Batch.Fields.answer("911", ["number", "region"], plan: Numplan.Plan.active())
      [{"number", "911"}, {"region", nil}]
      iex> Numplan.Batch.Fields.answer("+442079460000", ["region", "valid"], plan: Numplan.Plan.active())
      [{"region", "GB"}, {"valid", true}]
  """
  @spec answer(binary(), [binary()], :numplan.options()) :: [{binary(), value()}]
  def answer(number, fields, asked) do
    e164 = :numplan.normalize(number, asked)
    lookup = if Enum.any?(fields, &(&1 in @of_world)), do: looked_up(e164)

    for field <- fields do
      value = if field in @of_world, do: fact(field, lookup), else: by_plan(field, number, e164, asked)
      {field, if(value == :undefined, do: nil, else: value)}
    end
  end

  @doc """
  The fields as `:numplan_table.annotate_with/3` takes them: what is not known is `:undefined`.

      iex> Numplan.Batch.Fields.to_erlang([{"region", nil}, {"valid", false}])
      [{"region", :undefined}, {"valid", false}]
  """
  @spec to_erlang([{binary(), value()}]) :: :numplan_table.fields()
  def to_erlang(answer), do: for({field, value} <- answer, do: {field, cell(value)})

  defp cell(nil), do: :undefined
  defp cell(value) when is_binary(value) or is_boolean(value), do: value
  defp cell(value), do: if(texts?(value), do: value, else: json(value))

  defp texts?(value), do: is_list(value) and Enum.all?(value, &is_binary/1)

  # A configuration may have any JSON as a friendly name.
  defp json(value) do
    {:ok, text} = :numplan_json.encode(value)
    text
  end

  # A number in E.164 by the plan that was asked for, which need not be the active one.
  defp looked_up("+" <> _ = e164), do: :numplan.lookup(e164, :undefined)
  defp looked_up(_number), do: :undefined

  defp by_plan("number", number, _e164, _asked), do: number
  defp by_plan("e164", _number, e164, _asked), do: e164
  defp by_plan("class", number, _e164, asked), do: :numplan.classify(number, asked)
  defp by_plan("pretty_print", number, _e164, asked), do: :numplan.pretty_print(number, asked)
  defp by_plan("reconcilable", number, _e164, asked), do: :numplan.is_reconcilable(number, asked)

  defp by_plan("friendly_name", number, _e164, asked) do
    {members} = :numplan.classification(number, asked)
    :proplists.get_value("friendly_name", members)
  end

  defp fact("valid", lookup), do: lookup != :undefined and lookup.is_valid
  defp fact("possible", lookup), do: lookup != :undefined and lookup.is_possible
  defp fact("timezone", :undefined), do: []
  defp fact("timezone", lookup), do: lookup.time_zones
  defp fact(_field, :undefined), do: nil
  defp fact("region", lookup), do: lookup.region
  defp fact("type", lookup), do: lookup.type
  defp fact("national", lookup), do: lookup.national
  defp fact("international", lookup), do: lookup.international
  defp fact("rfc3966", lookup), do: lookup.rfc3966
  defp fact("carrier", lookup), do: lookup.carrier
  defp fact("geocode", lookup), do: lookup.geocode
end
