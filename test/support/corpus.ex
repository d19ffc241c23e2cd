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

  @doc "Kazoo's own answers, one vector for each number and preset."
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

  @doc """
  The configurations that the corpus asks: name and JSON text of the presets, of the operators' configurations that are valid,
  and of those written for what operators' configurations do not hold.
  """
  @spec documents() :: [{binary(), binary()}]
  def documents do
    presets = for name <- :numplan_nif.presets(), {:ok, text} = :numplan_nif.preset(name), do: {name, text}
    presets ++ Enum.filter(configs(), &valid_document?/1) ++ files("plans")
  end

  defp valid_document?({_name, text}), do: match?({:ok, _}, :numplan.plan(text))

  @doc "The corpus as the reference answers: a line for each document and number."
  @spec expected() :: Enumerable.t()
  def expected do
    {:ok, defaults} = :numplan_nif.preset("kazoo-3.20")
    {:ok, defaults} = :numplan_json.decode(defaults, [:ordered])

    Stream.flat_map(documents(), fn {name, text} ->
      {:ok, document} = :numplan_json.decode(text, [:ordered])
      reference = Numplan.Reference.new(document, defaults)
      for number <- numbers(), do: answers(Numplan.Reference, name, number, reference)
    end)
  end

  @doc "The answers of a module with the reference's functions for a number, as a line of the corpus."
  @spec answers(module(), binary(), binary(), term()) :: [binary()]
  def answers(module, name, number, context) do
    [
      name,
      escape(number),
      escape(module.normalize(number, context)),
      module.classify(number, context) || "undefined",
      to_string(module.reconcilable?(number, context)),
      escape(module.pretty_print(number, context)),
      escape(module.first_match(number, context)),
      escape(module.full(number, context))
    ]
  end

  @doc "The names of the corpus's columns."
  @spec columns() :: [binary()]
  def columns, do: ~w(config number e164 class reconcilable pretty_print dial_plan_first_match dial_plan_full)

  @doc "The lines of the corpus that is kept in the project, without its header."
  @spec lines() :: [[binary()]]
  def lines do
    [_header | lines] = @testdata |> Path.join("corpus.tsv") |> File.read!() |> String.split("\n", trim: true)
    Enum.map(lines, &String.split(&1, "\t"))
  end

  @doc "The numbers that the corpus asks every configuration for."
  @spec numbers() :: [binary()]
  def numbers do
    vectors = Enum.flat_map(vectors(), &[&1.number, &1.e164])
    lines = @testdata |> Path.join("numbers.txt") |> File.read!() |> String.split("\n", trim: true)
    Enum.uniq(vectors ++ Enum.map(lines, &unescape/1))
  end

  defp escape(bytes) do
    for <<byte <- bytes>>, into: "" do
      if byte in 32..126 and byte != ?\\, do: <<byte>>, else: "\\x" <> Base.encode16(<<byte>>)
    end
  end

  @doc "The bytes that a cell stands for: `\\x0A` is a newline."
  @spec unescape(binary()) :: binary()
  def unescape(text) do
    Regex.replace(~r/\\x([0-9A-F]{2})/, text, fn _, hex -> Base.decode16!(hex) end)
  end

  @doc "The operators' configurations: name and JSON text."
  @spec configs() :: [{binary(), binary()}]
  def configs, do: files("configs")

  defp files(folder) do
    for file <- @testdata |> Path.join("#{folder}/*.json") |> Path.wildcard() do
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
