defmodule Numplan.CLI.Fields do
  @moduledoc """
  The fields of an answer to a number, as `numplan classify` prints them: those of its class by a
  plan, and those of libphonenumber's data.
  """

  @of_plan [
    {"e164", "E.164"},
    {"class", "CLASS"},
    {"friendly_name", "FRIENDLY NAME"},
    {"pretty_print", "PRETTY PRINT"},
    {"reconcilable", "RECONCILABLE"}
  ]
  @of_world [
    {"region", "REGION"},
    {"type", "TYPE"},
    {"valid", "VALID"},
    {"possible", "POSSIBLE"},
    {"national", "NATIONAL"},
    {"international", "INTERNATIONAL"},
    {"rfc3966", "RFC 3966"},
    {"carrier", "CARRIER"},
    {"timezone", "TIME ZONE"},
    {"geocode", "GEOCODE"}
  ]
  @titles Map.new([{"number", "NUMBER"} | @of_plan ++ @of_world])
  @default for {name, _} <- @of_plan, do: name
  @world for {name, _} <- @of_world, do: name

  @typedoc "A value: time zones are a list, what is not known is `nil`."
  @type value :: binary() | boolean() | [binary()] | nil

  @doc "The names of all fields but that of the number itself."
  @spec names() :: [binary()]
  def names, do: @default ++ @world

  @doc """
  The fields that `--fields` names, or the default ones; the number itself is the first in any case.

      iex> Numplan.CLI.Fields.read(fields: "class, region")
      {:ok, ["number", "class", "region"]}
      iex> Numplan.CLI.Fields.read([])
      {:ok, ["number", "e164", "class", "friendly_name", "pretty_print", "reconcilable"]}
      iex> {:usage, message} = Numplan.CLI.Fields.read(fields: "country")
      iex> message =~ "there is no field country; there are e164, class, "
      true
  """
  @spec read(keyword()) :: {:ok, [binary()]} | {:usage, binary()}
  def read(options) do
    asked = if options[:fields], do: split(options[:fields]), else: @default

    case Enum.find(asked, &(&1 not in names())) do
      nil -> {:ok, ["number" | Enum.uniq(asked)]}
      other -> {:usage, "there is no field #{other}; there are #{Enum.join(names(), ", ")}"}
    end
  end

  defp split(text), do: text |> String.split(",") |> Enum.map(&String.trim/1) |> Enum.reject(&(&1 == ""))

  @doc """
  The titles of fields in a table.

      iex> Numplan.CLI.Fields.titles(["e164", "valid"])
      ["E.164", "VALID"]
  """
  @spec titles([binary()]) :: [binary()]
  def titles(fields), do: Enum.map(fields, &Map.fetch!(@titles, &1))

  @doc """
  The values of `fields` for a number, by the plan and the options in `asked`, as pairs. Only what
  the fields need is looked up.

      iex> Numplan.CLI.Fields.answer("911", ["number", "region"], plan: Numplan.Plan.active())
      [{"number", "911"}, {"region", nil}]
      iex> Numplan.CLI.Fields.answer("+442079460000", ["region", "valid"], plan: Numplan.Plan.active())
      [{"region", "GB"}, {"valid", true}]
  """
  @spec answer(binary(), [binary()], Numplan.options()) :: [{binary(), value()}]
  def answer(number, fields, asked) do
    classification = Numplan.classification(number, asked)
    lookup = if Enum.any?(fields, &(&1 in @world)), do: looked_up(classification.e164)

    for field <- fields do
      {field, if(field in @world, do: fact(field, lookup), else: by_plan(field, number, classification, asked))}
    end
  end

  # A number in E.164 by the plan that was asked for, which need not be the active one.
  defp looked_up("+" <> _ = e164), do: Numplan.lookup(e164, nil)
  defp looked_up(_number), do: nil

  defp by_plan("number", number, _classification, _asked), do: number
  defp by_plan("e164", _number, classification, _asked), do: classification.e164
  defp by_plan("class", _number, classification, _asked), do: classification.name
  defp by_plan("friendly_name", _number, classification, _asked), do: classification.friendly_name
  defp by_plan("pretty_print", number, _classification, asked), do: Numplan.pretty_print(number, asked)
  defp by_plan("reconcilable", number, _classification, asked), do: Numplan.reconcilable?(number, asked)

  defp fact("valid", lookup), do: lookup != nil and lookup.valid?
  defp fact("possible", lookup), do: lookup != nil and lookup.possible?
  defp fact("timezone", nil), do: []
  defp fact(_field, nil), do: nil
  defp fact("region", lookup), do: lookup.region
  defp fact("type", lookup), do: lookup.type
  defp fact("national", lookup), do: lookup.national
  defp fact("international", lookup), do: lookup.international
  defp fact("rfc3966", lookup), do: lookup.rfc3966
  defp fact("carrier", lookup), do: lookup.carrier
  defp fact("timezone", lookup), do: lookup.time_zones
  defp fact("geocode", lookup), do: lookup.geocode
end
