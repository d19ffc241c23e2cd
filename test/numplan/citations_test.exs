defmodule Numplan.CitationsTest do
  @moduledoc "What comments, tests and documents cite is in the repository."
  use ExUnit.Case, async: true

  @semantics "docs/kazoo-semantics.md"
  @sources "{lib,src,test,bench,scripts,native,docs}/**/*.{ex,exs,erl,hrl,rs,md,py}"
  @top ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"]

  defp texts do
    for file <- Path.wildcard(@sources) ++ @top,
        File.regular?(file) and not (file =~ "/node_modules/") and file != "test/numplan/citations_test.exs",
        do: {file, File.read!(file)}
  end

  test "every section of kazoo-semantics that is cited is there" do
    headings = for [_, number] <- Regex.scan(~r/^#+ (\d+(?:\.\d+)?)\b/m, File.read!(@semantics)), do: number
    assert length(headings) > 20

    cited =
      for {file, text} <- texts(),
          [list] <-
            Regex.scan(~r/kazoo-semantics ((?:\d+(?:\.\d+)?(?:, (?:and )?|,? and | to )?)+)/, text,
              capture: :all_but_first
            ),
          [number] <- Regex.scan(~r/\d+(?:\.\d+)?/, list),
          do: {file, number}

    assert length(cited) > 20
    assert Enum.reject(cited, fn {_file, number} -> number in headings end) == []
  end

  test "no file cites notes that are not in the repository" do
    notes = ~r{kazoo-facts|style-anchors|\bapi\.md\b|\bhouse\.md\b}
    assert for({file, text} <- texts(), text =~ notes, do: file) == []
  end
end
