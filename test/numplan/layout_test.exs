defmodule Numplan.LayoutTest do
  @moduledoc """
  The layout of the sources: arrows between rooms point down, files form no circles, no file is too
  long, and no comment too wide.

  Imports are read from the sources (`Numplan.SourceGraph`), so that a new arrow back up fails
  here, and not at the next attempt to take a part out. `CONTRIBUTING.md` says where things are.
  """
  use ExUnit.Case, async: true

  alias Numplan.SourceGraph

  doctest SourceGraph

  # From the top to the bottom; rooms of one line do not know each other.
  @elixir [
    [["lib/mix"]],
    [["lib/numplan/cli"], ["lib/numplan/services", "lib/numplan/cluster_config"]],
    [["lib/numplan/mount"]],
    [["lib/numplan/http"]],
    [["lib/numplan/api"], ["lib/numplan/transfer"]],
    [["lib/numplan/store"], ["lib/numplan.ex"]],
    [["lib/numplan/registry"], ["lib/numplan/locality"], ["lib/numplan/batch"]],
    [["lib/numplan/plan", "lib/numplan/config_error"]],
    [["lib/numplan/answers"], ["lib/numplan/telemetry"]],
    [["lib/numplan/input"], ["lib/numplan/fault"], ["lib/numplan/json_error"]],
    [["lib/numplan/encoding"], ["lib/numplan/arguments"], ["lib/numplan/log"]]
  ]

  @engine for layer <- [
                [["lib.rs"]],
                [["diff"]],
                [["check"]],
                [["upgrade"]],
                [["proof"]],
                [["bulk"], ["explain"]],
                [["plan"]],
                [["dfa"]],
                [["regex"]],
                [["config"]],
                [["prefix"]]
              ],
              do: for(room <- layer, do: for(prefix <- room, do: "native/numplan/src/" <> prefix))

  @crates ~w(numplan numplan_nif numplan_locality numplan_store numplan_store_nif numplan_world xtask sbom)

  # Kazoo's face stands on the engine's, and nothing of the engine knows it.
  @erlang [[["src/kazoo/"]], [["src/"]]]

  @widest 100
  @comment %{".rs" => "//", ".erl" => "%", ".hrl" => "%", ".ex" => "# "}

  @longest 500
  @longer %{
    "lib/numplan.ex" =>
      "the face: some sixty functions of a line or two, and their documentation, whose examples are tests",
    "src/numplan.erl" => "the face in Erlang: as lib/numplan.ex"
  }

  defp elixir, do: SourceGraph.elixir(Path.wildcard("lib/**/*.ex"))
  defp erlang, do: SourceGraph.erlang(Path.wildcard("src/**/*.erl"))

  # Unit tests stand outside of the layers.
  defp rust(crate) do
    for {file, used} <- SourceGraph.rust("native/#{crate}/src"),
        not unit_test?(file),
        into: %{},
        do: {file, Enum.reject(used, &unit_test?/1)}
  end

  defp unit_test?(file), do: Path.basename(file) in ~w(tests.rs test_support.rs)

  describe "arrows point down" do
    test "between the rooms of the Elixir half" do
      assert SourceGraph.not_down(elixir(), @elixir) == []
    end

    test "between the folders of the engine" do
      assert SourceGraph.not_down(rust("numplan"), @engine) == []
    end

    test "from Kazoo's face to the engine's in Erlang" do
      assert SourceGraph.not_down(erlang(), @erlang) == []
    end
  end

  describe "no circle" do
    test "of files of the Elixir half" do
      assert SourceGraph.circles(elixir()) == []
    end

    for crate <- @crates do
      test "of files of the crate #{crate}" do
        assert SourceGraph.circles(rust(unquote(crate))) == []
      end
    end

    test "of modules in Erlang" do
      assert SourceGraph.circles(erlang()) == []
    end
  end

  test "the graphs hold the arrows that are known to be there" do
    assert "lib/numplan/plan.ex" in elixir()["lib/numplan.ex"]
    assert "src/numplan_nif.erl" in erlang()["src/numplan.erl"]
    engine = rust("numplan")
    assert "native/numplan/src/config/json.rs" in engine["native/numplan/src/config/document.rs"]

    assert Enum.all?(
             for {file, [_ | _] = used} <- engine, other <- used, do: file != other and is_map_key(engine, other)
           )

    arrows = for crate <- @crates, do: crate |> rust() |> Map.values() |> Enum.concat() |> length()
    assert Enum.sum(arrows) > 150
  end

  test "no file is longer than #{@longest} lines, but those whose reason is written here" do
    folders = "{lib,src,test,bench,scripts,rel}/**/*.{ex,exs,erl,js,css,html,py}"
    files = Path.wildcard(folders) ++ Path.wildcard("native/*/{src,tests,benches}/**/*.rs")
    long = for file <- files, not vendored?(file), lines(file) > @longest, into: %{}, do: {file, lines(file)}

    assert Map.drop(long, Map.keys(@longer)) == %{}
    # An exception that is none any more would hide the next one.
    assert Enum.sort(Map.keys(@longer)) -- Map.keys(long) == []
  end

  test "no line of a comment is wider than #{@widest} columns" do
    files = Path.wildcard("native/*/src/**/*.rs") ++ Path.wildcard("{src,lib}/**/*.{erl,hrl,ex}")
    assert Enum.flat_map(files, &wide_comments/1) == []
  end

  test "a wide line is found in each kind of comment; an example, a table and an address may be wide" do
    wide = String.duplicate("word ", 20)
    assert [_] = wide("  /// " <> wide, ".rs")
    assert [_] = wide("%% @doc " <> wide, ".erl")
    assert [_, _] = wide(~s(  @doc """\n  #{wide}\n  """\n  # #{wide}\n), ".ex")
    assert wide("/// ```\n/// #{wide}\n/// ```\nlet text = #{wide};", ".rs") == []
    assert wide("%% ```\n%% #{wide}\n%% '''", ".erl") == []
    assert wide(~s(  @doc ~S"""\n      iex> #{wide}\n  | #{wide} |\n  https://#{wide}\n  """), ".ex") == []
  end

  defp wide_comments(file), do: for(line <- wide(File.read!(file), Path.extname(file)), do: {file, line})

  defp wide(text, extension) do
    text = Regex.replace(~r/```.*?(```|''')/s, text, "")
    docs = for [doc] <- Regex.scan(~r/@\w*doc (?:~S)?""".*?"""/s, text), line <- String.split(doc, "\n"), do: line
    docs = Enum.reject(docs, &String.starts_with?(&1, "      "))
    comments = Enum.filter(String.split(text, "\n"), &String.starts_with?(String.trim_leading(&1), @comment[extension]))

    for line <- docs ++ comments,
        String.length(String.trim_trailing(line)) > @widest and not (line =~ ~r{^ *\||://}),
        do: line
  end

  defp vendored?(file), do: file =~ "/node_modules/"
  defp lines(file), do: file |> File.stream!() |> Enum.count()
end
