defmodule Numplan.VersionsTest do
  @moduledoc "What docs/versions.md promises: what earlier versions have written is read, and the releases are those that are run."
  use ExUnit.Case

  alias Numplan.OldStore

  @document File.read!("docs/versions.md")

  @answers %{
    without_token: 401,
    numbers: ["+31101234567", "+31107654321"],
    name: "front desk",
    state: "reserved",
    classes: ["short", "dutch", nil]
  }

  describe "a store" do
    @describetag :tmp_dir
    @describetag timeout: 120_000

    for dir <- Path.wildcard("testdata/store/*") do
      test "of version #{Path.basename(dir)} is read: numbers, tokens, configuration, and that the server is closed", %{
        tmp_dir: folder
      } do
        File.cp_r!(unquote(dir), Path.join(folder, "mnesia"))
        assert OldStore.answers(Path.join(folder, "mnesia")) == @answers
      end
    end

    test "of this version is what the next one will have to read", %{tmp_dir: folder} do
      dir = Path.join(folder, "mnesia")
      :ok = OldStore.write(dir)
      assert OldStore.answers(dir) == @answers
    end
  end

  test "the releases that make matrix runs are those in its results" do
    rows = Regex.scan(~r/^\| (\d+) \| (\S+) \| (.*) \|$/m, @document, capture: :all_but_first)

    results =
      for line <- File.stream!("docs/matrix.tsv"),
          [otp, elixir, part | _] = String.split(line, "\t"),
          uniq: true,
          do: {otp, elixir, part}

    for [otp, elixir, who] <- rows, who =~ "make matrix" do
      part = if elixir == "–", do: "erlang", else: "whole"

      assert [_ | _] =
               for(
                 {^otp, version, ^part} <- results,
                 part == "erlang" or String.starts_with?(version, elixir <> "."),
                 do: version
               )
    end

    oldest = Regex.run(~r/\d+\.\d+/, Mix.Project.config()[:elixir]) |> hd()
    assert Enum.any?(rows, fn [_otp, elixir, who] -> elixir == oldest and who =~ "make check" end)
    assert length(rows) == 7
  end

  test "nothing is deprecated, as it says" do
    assert @document =~ "Nothing is deprecated in #{Mix.Project.config()[:version]}."
    files = Path.wildcard("{lib,src}/**/*.{ex,erl}")
    assert Enum.filter(files, &(File.read!(&1) =~ ~r/^\s*(@deprecated|-deprecated)\b/m)) == []
  end

  test "every module that is promised is there" do
    [_, promised] = Regex.run(~r/^## What 1\.0 promises\n(.*?)^No part of the promise/ms, @document)

    modules =
      for [name] <- Regex.scan(~r/`((?:Numplan|numplan|knm)[\w.]*)`/, promised, capture: :all_but_first),
          uniq: true,
          do: name

    assert length(modules) >= 9

    for name <- modules do
      module = if name =~ ~r/^[A-Z]/, do: Module.concat([name]), else: String.to_atom(name)
      assert {name, Code.ensure_loaded?(module)} == {name, true}
    end
  end
end
