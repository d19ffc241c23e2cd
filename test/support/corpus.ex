defmodule Numplan.Corpus do
  @moduledoc "The data that the tests of Rust, Erlang and Elixir share."

  @testdata Path.expand("../../testdata", __DIR__)
  @preset_of_column %{
    "3.18" => :"kazoo-3.18",
    "3.20-3.22,4.0,seed-commit" => :"kazoo-3.20",
    "4.1" => :"kazoo-4.1",
    "4.2+,master" => :"kazoo-4.2"
  }

  @type vector :: %{
          preset: atom(),
          number: binary(),
          e164: binary(),
          class: binary() | nil,
          reconcilable: boolean(),
          pretty_print: binary()
        }

  @doc "What Kazoo answers, one vector for each number and preset."
  @spec vectors() :: [vector()]
  def vectors do
    [header | lines] = @testdata |> Path.join("kazoo-vectors.tsv") |> File.read!() |> String.split("\n", trim: true)
    ["input" | columns] = String.split(header, "\t")
    Enum.flat_map(lines, &vectors_of_line(String.split(&1, "\t"), columns))
  end

  defp vectors_of_line([number | cells], columns) do
    columns
    |> Enum.zip(cells)
    |> Enum.chunk_every(4)
    |> Enum.map(fn [{"e164[" <> version, e164}, {_, class}, {_, reconcilable}, {_, pretty_print}] ->
      %{
        preset: Map.fetch!(@preset_of_column, String.trim_trailing(version, "]")),
        number: text(number),
        e164: text(e164),
        class: if(class == "undefined", do: nil, else: class),
        reconcilable: reconcilable == "R",
        pretty_print: text(pretty_print)
      }
    end)
  end

  defp text("(empty)"), do: ""
  defp text("<empty>"), do: ""
  defp text(cell), do: cell

  @doc "The operators' configurations: name and JSON text."
  @spec configs() :: [{binary(), binary()}]
  def configs do
    for file <- @testdata |> Path.join("configs/*.json") |> Path.wildcard() do
      {Path.basename(file, ".json"), File.read!(file)}
    end
  end

  @doc "Every regex of the operators' configurations, once: all keys of converters and dial plans, and all `regex` values."
  @spec regexes() :: [binary()]
  def regexes do
    configs()
    |> Enum.flat_map(fn {_, text} ->
      {:ok, json} = :numplan.json_decode(text, [:ordered])
      regexes_of(json)
    end)
    |> Enum.uniq()
  end

  defp regexes_of({members}) do
    Enum.flat_map(members, fn
      {key, regex} when key in ["regex", "reconcile_regex"] and is_binary(regex) -> [regex]
      {"classifiers", {classifiers}} -> Enum.flat_map(classifiers, &regexes_of_classifier/1)
      {key, value} -> rule_key(key) ++ regexes_of(value)
    end)
  end

  defp regexes_of(items) when is_list(items), do: Enum.flat_map(items, &regexes_of/1)
  defp regexes_of(_value), do: []

  defp regexes_of_classifier({_name, regex}) when is_binary(regex), do: [regex]
  defp regexes_of_classifier({_name, value}), do: regexes_of(value)

  defp rule_key(key), do: if(String.contains?(key, ["^", "\\", "$", "(", "["]), do: [key], else: [])
end
