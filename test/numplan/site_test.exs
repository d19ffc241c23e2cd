defmodule Numplan.SiteTest do
  @moduledoc """
  The documentation as a site, built by ExDoc: its links lead somewhere.

  ExDoc is in Debian from 13 on. The tests have the tag `:ex_doc`, are left out by default, and are a
  step of the matrix.
  """
  use ExUnit.Case

  alias Numplan.Site

  @moduletag :ex_doc
  @moduletag timeout: 900_000

  setup_all do
    folder = Path.expand("tmp/site")
    {printed, status} = System.cmd(Path.expand("scripts/docs/site"), [folder], stderr_to_stdout: true)
    assert {printed, status} == {printed, 0}
    pages = for file <- Path.wildcard(folder <> "/*.html"), into: %{}, do: {Path.basename(file), File.read!(file)}
    %{folder: folder, printed: printed, pages: pages}
  end

  test "has no link that leads nowhere", %{folder: folder, pages: pages} do
    assert map_size(pages) > 150
    assert length(Site.links(pages)) > 3_000
    assert Site.broken(folder) == []
  end

  test "is made without a warning", %{printed: printed} do
    refute printed =~ "warning:"
  end

  test "has the documents, and the modules of both languages with the documentation of their functions", %{
    pages: pages
  } do
    for page <- ~w(readme getting-started cheatsheet notebook versions license), do: assert(pages[page <> ".html"])
    assert pages["Numplan.html"] =~ ~s(id="classify/2") and pages["numplan.html"] =~ ~s(id="classify/2")
    assert pages["numplan.html"] =~ "clean/1"
    assert pages["numplan_upgrade.html"] =~ "Hot upgrade"
  end

  test "links only to hosts that documents name, and to those of ExDoc, Elixir and OTP", %{pages: pages} do
    known = ~w(hexdocs.pm elixir-lang.org www.erlang.org erlang.org livebook.dev)

    documents =
      Enum.map_join(
        ["README.md", "CHANGELOG.md", "NOTICE", "LICENSE" | Path.wildcard("docs/*.*md")],
        "\n",
        &File.read!/1
      )

    strange = Enum.reject(Site.hosts(pages), &(&1 in known or &1 =~ ~r/^\w+\.hexdocs\.pm$/ or documents =~ &1))
    assert strange == []
  end
end
