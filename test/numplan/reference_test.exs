for file <- ~w(modules reference pages), do: Code.require_file("../../scripts/docs/#{file}.ex", __DIR__)

defmodule Numplan.ReferenceTest do
  @moduledoc "The index of all that can be called is up to date, and the tools that write the reference have nothing to complain of."
  use ExUnit.Case

  alias Numplan.API
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

  test "every request in it has a route" do
    requests = requests(section_of_requests())
    assert length(requests) >= 20

    for {method, path} <- requests do
      request = %API.Request{method: method, target: target(path), body: ~s({"data": {}})}
      answer = Numplan.json_decode!(IO.iodata_to_binary(API.handle(request).body))
      refute {method, path, answer["message"]} in [{method, path, "not_found"}, {method, path, "invalid_method"}]
    end
  end

  defp section_of_requests do
    [_, text] = Regex.run(~r/^## Requests\n(.*?)(?=^## )/ms, File.read!(Reference.file()))
    text
  end

  defp requests(text) do
    for [_, verbs, path] <- Regex.scan(~r/`((?:GET|PUT|POST|PATCH|DELETE)(?:\|[A-Z]+)*) ?([^`]*)`/, text),
        verb <- String.split(verbs, "|"),
        do: {verb, path}
  end

  defp target("system_configs" <> _ = path), do: "/v2/" <> path

  defp target(path) do
    path = String.replace(path, "{N}", "%2B14158867900")
    String.trim_trailing("/v2/accounts/#{String.duplicate("0", 32)}/phone_numbers/#{path}", "/")
  end

  test "edoc writes a page for every module of Erlang, without a warning", %{tmp_dir: folder} do
    assert {:ok, ""} = Modules.edoc(dir: to_charlist(folder))
    for source <- Path.wildcard("src/*.erl"), do: assert(File.exists?(page(folder, source)))
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
