defmodule Numplan.LinksTest do
  @moduledoc """
  Links and citations lead somewhere: links between documents, citations of `docs/kazoo-semantics.md` by number, and
  names of documents in the comments and texts of all source files.
  """
  use ExUnit.Case, async: true

  @root Path.expand("../..", __DIR__)

  # The source tree, without what is built, downloaded or written by tests.
  @files for pattern <- [
               "*.{md,toml,exs,config}",
               "{NOTICE,LICENSE,Makefile}",
               ".ci/*",
               "{docs,lib,src,native,scripts,bench,rel,test,testdata}/**"
             ],
             path <- Path.wildcard(Path.join(@root, pattern), match_dot: String.starts_with?(pattern, ".")),
             File.regular?(path),
             file = Path.relative_to(path, @root),
             not (file =~ ~r/(^|\/)(node_modules|target|results|priv)\//),
             do: file

  @documents Enum.filter(@files, &(Path.extname(&1) in ~w(.md .livemd .cheatmd) or &1 == "NOTICE"))

  # What people write: code, comments, scripts and documents. Generated data and lock files hold no citations.
  @texts Enum.filter(@files, fn file ->
           Path.extname(file) in ~w(.md .livemd .cheatmd .rs .erl .hrl .ex .exs .eex .cc .js .css .html .py .toml .sh) or
             Path.basename(file) in ~w(NOTICE Makefile rebar.config) or
             (Path.dirname(file) in ~w(scripts .ci) and Path.extname(file) == "")
         end)

  # Documents that are named and are not this project's: files of others, and what commands write.
  @foreign %{
    "index.md" => "`make docs` writes it",
    "Numplan.md" => "`make docs` writes it",
    "report.md" => "`make bench` writes it"
  }

  # This file has to name what it looks for.
  @here "test/numplan/links_test.exs"

  defp read(name), do: File.read!(Path.join(@root, name))

  test "there are files to look at" do
    assert length(@documents) >= 15 and length(@texts) >= 250
    for file <- ~w(README.md CONTRIBUTING.md docs/README.md), do: assert(file in @documents)
    for file <- ~w(src/numplan.erl native/numplan/src/lib.rs scripts/smoke .ci/run), do: assert(file in @texts)
  end

  test "every link between documents leads to a file, and to a heading of it" do
    dead =
      for document <- @documents,
          [link] <- Regex.scan(~r/\]\((?!https?:)([^)\s]+)\)/, prose(read(document)), capture: :all_but_first),
          reason = dead(link, document),
          do: {document, link, reason}

    assert dead == []
  end

  defp dead(link, document) do
    [path | heading] = String.split(link, "#", parts: 2)

    file =
      if path == "",
        do: document,
        else: Path.relative_to(Path.expand(path, Path.join(@root, Path.dirname(document))), @root)

    cond do
      file not in @files and not File.dir?(Path.join(@root, file)) -> "no such file"
      heading == [] or hd(heading) in headings(read(file)) -> nil
      true -> "no such heading"
    end
  end

  defp prose(text), do: Regex.replace(~r/^```.*?^```$|`[^`\n]*`/ms, text, "")

  # As those who show Markdown name them.
  defp headings(text) do
    for [_, title] <- Regex.scan(~r/^#+ (.*)$/m, Regex.replace(~r/^```.*?^```$/ms, text, "")) do
      title |> String.downcase() |> String.replace(~r/[^\w\- ]/u, "") |> String.replace(" ", "-")
    end
  end

  # ExDoc gives no anchor to the title and to headings below the third level, and names the others in its own way.
  test "every heading that is linked to has the same anchor in the site" do
    linked =
      for document <- @documents,
          [path, anchor] <-
            Regex.scan(~r/\]\((?!https?:)([^)\s#]*)#([^)\s]+)\)/, prose(read(document)), capture: :all_but_first),
          do: {document, if(path == "", do: document, else: near(path, document)), anchor}

    assert length(linked) > 15
    assert Enum.reject(linked, fn {_document, file, anchor} -> anchor in site_anchors(read(file)) end) == []
  end

  defp near(path, document),
    do: path |> Path.expand(Path.join(@root, Path.dirname(document))) |> Path.relative_to(@root)

  defp site_anchors(text) do
    for [_, title] <- Regex.scan(~r/^###? (.*)$/m, Regex.replace(~r/^```.*?^```$/ms, text, "")) do
      title |> String.replace(~r/\W+/u, "-") |> String.trim("-") |> String.downcase()
    end
  end

  test "every document is in the index, and the index in README" do
    for document <- Path.wildcard(Path.join(@root, "docs/*.{md,livemd,cheatmd}")),
        Path.basename(document) != "README.md" do
      assert read("docs/README.md") =~ "](#{Path.basename(document)})"
    end

    for document <- ~w(docs/README.md CONTRIBUTING.md CHANGELOG.md NOTICE),
        do: assert(read("README.md") =~ "](#{document})")
  end

  test "every document that a source or a document names is shipped" do
    named =
      for file <- @texts -- [@here],
          [name] <- Regex.scan(~r/(?<![\w.*\/-])(?:[\w-]+\/)*[\w-]+\.md\b(?!\()/, read(file), capture: :first),
          not Map.has_key?(@foreign, Path.basename(name)),
          not shipped?(name, file),
          do: {file, name}

    assert Enum.uniq(named) == []
  end

  # A document is named from the root, from where it is named, or, as in comments, alone.
  defp shipped?(name, file) do
    folder = Path.dirname(file)
    near = folder |> Path.join(name) |> Path.expand() |> Path.relative_to_cwd()
    name in @files or near in @files or ("docs/" <> name) in @files
  end

  test "every path that CONTRIBUTING.md names is there" do
    folders = @files |> Enum.flat_map(&parents/1) |> MapSet.new()
    text = Regex.replace(~r/^## Add a preset.*?(?=^## )/ms, read("CONTRIBUTING.md"), "")

    paths =
      for [path] <- Regex.scan(~r/(?<![\w\/.-])(?:lib|src|native|test|testdata|scripts|docs)\/[\w\/.-]*\w/, text),
          uniq: true,
          do: path

    assert length(paths) > 40
    assert Enum.reject(paths, &(&1 in @files or MapSet.member?(folders, &1))) == []
  end

  defp parents(file), do: file |> Path.dirname() |> Path.split() |> Enum.scan(&Path.join(&2, &1))

  test "nothing cites working notes that are not shipped" do
    notes = ~r/kazoo[-]facts|(?<![\w-])facts \d|house\.md|peers\.md|design\.md|style-anchors/
    assert for(file <- @texts -- [@here], read(file) =~ notes, do: file) == []
  end

  test "every section of Kazoo's semantics that is cited is there" do
    sections = for [_, number] <- Regex.scan(~r/^#+ (\d+(?:\.\d+)?)\b/m, read("docs/kazoo-semantics.md")), do: number
    assert length(sections) > 20

    cited =
      for file <- @texts -- [@here],
          [_, numbers] <-
            Regex.scan(~r/kazoo-semantics(?:\.md)?[`\s]+((?:\d+(?:\.\d+)?(?:, (?:and )?|,? and | to )?)+)/, read(file)),
          [number] <- Regex.scan(~r/\d+(?:\.\d+)?/, numbers),
          do: {file, number}

    assert length(cited) >= 10
    assert Enum.reject(cited, fn {_file, number} -> number in sections end) == []
  end
end
