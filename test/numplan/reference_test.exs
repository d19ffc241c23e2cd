for file <- ~w(modules reference pages), do: Code.require_file("../../scripts/docs/#{file}.ex", __DIR__)

defmodule Numplan.ReferenceTest do
  @moduledoc "`docs/reference.md` is up to date, lists every route and public function, and edoc has no warnings."
  use ExUnit.Case

  alias Numplan.API.Routes
  alias Numplan.Docs.{Modules, Pages, Reference}

  @moduletag :tmp_dir

  test "docs/reference.md is what the sources say", %{tmp_dir: folder} do
    if File.read!(Reference.file()) != Reference.text(folder),
      do: flunk("#{Reference.file()} is not up to date: #{Reference.command()} writes it anew")
  end

  test "every function of the two faces is in it" do
    for {module, name} <- [{:numplan, "numplan"}, {Numplan, "Numplan"}] do
      functions =
        module.module_info(:exports) |> Keyword.drop([:module_info, :__info__]) |> Keyword.keys() |> Enum.uniq()

      assert length(functions) > 20
      [_, section] = Regex.run(~r/^### `#{name}`\n(.*?)(?=^##|\z)/ms, File.read!(Reference.file()))
      for function <- functions, do: assert({name, function, true} == {name, function, section =~ "\n- `#{function}/"})
    end
  end

  test "the first sentence of a document, in Markdown or as edoc has it" do
    assert Modules.first_sentence("What it\n gives: `a. B`. And more.\n\nAnd more.") == "What it gives: `a. B`."

    assert Modules.first_sentence([{:p, [], ["True for ", {:code, [], ["x"]}, ". kazoo-semantics 3.2."]}]) ==
             "True for `x`."

    assert Modules.first_sentence("No stop\n\nMore.") == "No stop"
  end

  test "every route is in it, with the first sentence of its function's document" do
    section = section_of_requests()

    for {method, path, {module, function}} <- Routes.all() do
      [_, verbs, described] =
        Regex.run(~r/^- `([A-Z|]+) #{Regex.escape(path)}`: (.+)$/m, lines_with(section, method, path))

      assert {path, method in String.split(verbs, "|")} == {path, true}
      {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(module)
      [document] = for {{:function, ^function, _}, _, _, %{"en" => text}, _} <- docs, do: text
      assert described == Modules.first_sentence(document)
    end
  end

  defp lines_with(section, method, path) do
    for line <- String.split(section, "\n"), line =~ " #{path}`:" and line =~ method, into: "", do: line <> "\n"
  end

  test "every route leads to its function, and to no other" do
    for {method, path, handler} <- Routes.all() do
      segments = for part <- String.split(path, "/", trim: true), do: if(part =~ "{", do: "+14158867900", else: part)
      assert {:ok, found} = Routes.find(segments)
      assert {method, path, Routes.handler(found, method)} == {method, path, {:ok, handler}}
      {module, function} = handler

      assert {handler, function_exported?(Code.ensure_loaded!(module), function, 1 + length(found.values))} ==
               {handler, true}
    end
  end

  defp section_of_requests do
    [_, text] = Regex.run(~r/^## Requests\n(.*?)(?=^## )/ms, File.read!(Reference.file()))
    text
  end

  test "edoc writes a page for every module of Erlang, without a warning", %{tmp_dir: folder} do
    assert {:ok, ""} = Modules.edoc(dir: to_charlist(folder))
    for source <- Path.wildcard("src/**/*.erl"), do: assert(File.exists?(page(folder, source)))
    assert File.exists?(Path.join(folder, "index.html"))
    assert {_modules, ""} = Modules.erlang(folder)
  end

  defp page(folder, source), do: Path.join(folder, Path.basename(source, ".erl") <> ".html")

  test "every module of Elixir has a page with its functions, their types and their documents", %{tmp_dir: folder} do
    names = Pages.write(folder)
    assert "Numplan.md" in names and length(names) > 50
    page = File.read!(Path.join(folder, "Numplan.md"))
    assert page =~ ~r/^## classify\(/m and page =~ "@spec classify(" and page =~ "    iex> "
  end
end
