defmodule Numplan.CLI.Fields do
  @moduledoc "The fields that `numplan classify` prints (`Numplan.Batch.Fields`): option and titles."

  alias Numplan.Batch.Fields

  @titles %{
    "number" => "NUMBER",
    "e164" => "E.164",
    "class" => "CLASS",
    "friendly_name" => "FRIENDLY NAME",
    "pretty_print" => "PRETTY PRINT",
    "reconcilable" => "RECONCILABLE",
    "region" => "REGION",
    "type" => "TYPE",
    "valid" => "VALID",
    "possible" => "POSSIBLE",
    "national" => "NATIONAL",
    "international" => "INTERNATIONAL",
    "rfc3966" => "RFC 3966",
    "carrier" => "CARRIER",
    "timezone" => "TIME ZONE",
    "geocode" => "GEOCODE"
  }

  @doc """
  The fields that `--fields` names, or `default`.

      iex> Numplan.CLI.Fields.read([fields: "class, region"], ["e164"])
      {:ok, ["class", "region"]}
      iex> Numplan.CLI.Fields.read([], ["e164"])
      {:ok, ["e164"]}
      iex> {:usage, message} = Numplan.CLI.Fields.read([fields: "country"], ["e164"])
      iex> message =~ "there is no field country; there are e164, class, "
      true
  """
  @spec read(keyword(), [binary()]) :: {:ok, [binary()]} | {:usage, binary()}
  def read(options, default) do
    asked = if options[:fields], do: split(options[:fields]), else: default

    case Enum.find(asked, &(&1 not in Fields.names())) do
      nil -> {:ok, Enum.uniq(asked)}
      other -> {:usage, "there is no field #{other}; there are #{Enum.join(Fields.names(), ", ")}"}
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
end
