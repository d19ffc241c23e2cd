defmodule Numplan.SitePlanTest do
  @moduledoc "What the site of the documentation is made of, and that a link that leads nowhere is found in it."
  use ExUnit.Case, async: true

  alias Numplan.Site

  @moduletag :tmp_dir

  describe "a link that leads nowhere is found:" do
    setup %{tmp_dir: folder} do
      File.mkdir_p!(Path.join(folder, "dist"))
      File.write!(Path.join(folder, "other.html"), ~s(<h2 id="normalized?/1">a</h2><img alt="" src="page.png">))
      File.write!(Path.join(folder, "page.png"), "")
      :ok
    end

    defp broken(folder, html) do
      File.write!(Path.join(folder, "first.html"), html)
      Site.broken(folder)
    end

    test "to a page, an anchor, or a picture", %{tmp_dir: folder} do
      assert broken(folder, ~s(<a href="nowhere.html">x</a>)) == [{"first.html", "nowhere.html", :no_file}]
      assert broken(folder, ~s(<a class="b" href="other.html#b">x</a>)) == [{"first.html", "other.html#b", :no_anchor}]
      assert broken(folder, ~s(<a href="#here">x</a><i id="there"></i>)) == [{"first.html", "#here", :no_anchor}]
      assert broken(folder, ~s(<img src="docs/page.png"/>)) == [{"first.html", "docs/page.png", :no_file}]
    end

    test "and one that leads somewhere is not", %{tmp_dir: folder} do
      html =
        ~s(<a href="other.html#normalized?/1">a</a> <a href="other.html#normalized%3F/1">b</a> <a href="#c&amp;d">c</a>) <>
          ~s(<h3 id="c&amp;d"></h3> <img src="page.png"> <a href="https://example.com/nowhere">e</a> <a href="?q=1#">f</a>)

      assert broken(folder, html) == []
      assert Site.hosts(%{"first.html" => html}) == ["example.com"]
    end

    test "in the navigation", %{tmp_dir: folder} do
      nodes =
        ~s(sidebarNodes={"extras":[{"id":"other","headers":[{"id":"A","anchor":"gone"}]}],) <>
          ~s("modules":[{"id":"other","nodeGroups":[{"nodes":[{"anchor":"normalized?/1"}]}]},{"id":"lost"}]})

      File.write!(Path.join(folder, "dist/sidebar_items-01.js"), nodes)

      assert broken(folder, "") == [
               {"sidebar_items-01.js", "other.html#gone", :no_anchor},
               {"sidebar_items-01.js", "lost.html", :no_file}
             ]
    end
  end

  test "every document is a page, in the group of its section of the index" do
    docs = Mix.Project.config()[:docs]
    groups = for {title, files} <- docs[:groups_for_extras], do: {Atom.to_string(title), Enum.sort(files)}
    listed = Path.wildcard("docs/*.{md,livemd,cheatmd}") -- ["docs/README.md"]
    assert listed -- Enum.flat_map(groups, &elem(&1, 1)) == []
    extras = for extra <- docs[:extras], do: if(is_tuple(extra), do: elem(extra, 0), else: extra)
    assert Enum.uniq(extras) == extras and Enum.reject(extras, &File.regular?/1) == []

    index = Regex.scan(~r/^## ([^\n]*)\n(.*?)(?=^## |\z)/ms, File.read!("docs/README.md"), capture: :all_but_first)

    for [title, list] <- index do
      files = for [file] <- Regex.scan(~r/^- \[[^\]]*\]\(([^)]*)\)/m, list, capture: :all_but_first), do: file
      files = for file <- files, do: "docs" |> Path.join(file) |> Path.expand() |> Path.relative_to_cwd()
      {_, grouped} = List.keyfind!(groups, title, 0)
      assert {title, Enum.sort(files)} == {title, grouped -- ["CHANGELOG.md"]}
    end

    assert length(index) == length(groups)
  end
end
