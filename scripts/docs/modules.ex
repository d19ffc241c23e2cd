defmodule Numplan.Docs.Modules do
  @moduledoc "The documented modules of the application in one form: those of Erlang by edoc, those of Elixir by `Code.fetch_docs/1`."

  # A full stop within code does not end a sentence.
  @sentence ~r/^(?:`[^`]*`|[^`])*?\.(?= (?:\p{Lu}|`|kazoo-\w+))/u

  @typedoc "A function, a macro or a callback."
  @type entry :: %{kind: atom(), name: atom(), arity: arity(), signature: binary(), doc: doc()}

  @typedoc "Markdown, or the HTML of edoc as terms."
  @type doc :: binary() | [term()]

  @type t :: %{module: module(), doc: doc(), entries: [entry()]}

  @doc "The documented Elixir modules by name, without Mix tasks."
  @spec elixir() :: [t()]
  def elixir do
    _ = Application.load(:numplan)
    {:ok, modules} = :application.get_key(:numplan, :modules)

    for module <- Enum.sort_by(modules, &inspect/1), from_lib?(module), described = of_elixir(module), do: described
  end

  defp from_lib?(module) do
    source = module.module_info(:compile)[:source] |> to_string() |> Path.relative_to_cwd()
    String.starts_with?(source, "lib/numplan") and Path.extname(source) == ".ex"
  end

  defp of_elixir(module) do
    case Code.fetch_docs(module) do
      {:docs_v1, _, :elixir, _, %{"en" => doc}, _, docs} -> %{module: module, doc: doc, entries: entries(docs)}
      _ -> nil
    end
  end

  @doc "The Erlang modules by name, `numplan` first, and the warnings of edoc. Reads the sources, and writes to `folder`."
  @spec erlang(Path.t()) :: {[t()], binary()}
  def erlang(folder) do
    {_, warnings} = edoc(doclet: :edoc_doclet_chunks, layout: :edoc_layout_chunks, dir: to_charlist(folder))

    modules = for file <- Path.wildcard(Path.join(folder, "chunks/*.chunk")), described = of_erlang(file), do: described

    {Enum.sort_by(modules, &{&1.module != :numplan, &1.module}), warnings}
  end

  @doc "The result of edoc with these options on all Erlang sources, and its warnings."
  @spec edoc(keyword()) :: {term(), binary()}
  def edoc(options) do
    {:ok, printed} = StringIO.open("")
    leader = Process.group_leader()
    Process.group_leader(self(), printed)

    try do
      sources = Enum.map(Path.wildcard("src/**/*.erl"), &to_charlist/1)
      result = :edoc.files(sources, [includes: [~c"src"]] ++ options)
      {result, printed |> StringIO.contents() |> elem(1)}
    after
      Process.group_leader(self(), leader)
    end
  end

  defp of_erlang(file) do
    case :erlang.binary_to_term(File.read!(file)) do
      {:docs_v1, _, _, _, %{"en" => doc}, _, docs} ->
        %{module: String.to_atom(Path.basename(file, ".chunk")), doc: doc, entries: entries(docs)}

      _hidden ->
        nil
    end
  end

  defp entries(docs) do
    for {{kind, name, arity}, _, signature, %{"en" => doc}, _} <- Enum.sort(docs),
        kind in [:function, :macro, :callback],
        do: %{kind: kind, name: name, arity: arity, signature: Enum.join(signature, " "), doc: doc}
  end

  @doc "The first sentence of a documentation text, as Markdown in one line."
  @spec first_sentence(doc()) :: binary()
  def first_sentence(doc) do
    [paragraph | _] = doc |> markdown() |> String.trim() |> String.split(~r/\n\s*\n/, parts: 2)
    paragraph = String.replace(paragraph, ~r/\s+/, " ")

    case Regex.run(@sentence, paragraph) do
      [sentence] -> sentence
      nil -> paragraph
    end
  end

  defp markdown(text) when is_binary(text), do: text
  defp markdown(parts) when is_list(parts), do: Enum.map_join(parts, &markdown/1)
  defp markdown({:code, _, text}), do: "`" <> markdown(text) <> "`"
  defp markdown({:p, _, text}), do: markdown(text) <> "\n\n"
  defp markdown({_tag, _, text}), do: markdown(text)
end
