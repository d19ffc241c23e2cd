defmodule Numplan.ReadmeTest do
  @moduledoc "The examples of README and of the guides for users print what is printed there."
  use ExUnit.Case

  alias Numplan.{Document, Refusals}

  # Documents with examples in Elixir and Erlang, and how many of each there are at least.
  @guides [{"README.md", 4, 4}, {"docs/getting-started.md", 8, 7}, {"docs/cheatsheet.cheatmd", 15, 12}]

  defp blocks(document, language), do: Document.blocks(File.read!(document), language)

  for {document, elixir, erlang} <- @guides do
    test "#{document}: Elixir" do
      examples = Enum.flat_map(blocks(unquote(document), "elixir"), &elixir_examples/1)
      assert length(examples) >= unquote(elixir)

      Enum.reduce(examples, [], fn {expression, expected}, bindings ->
        {value, bindings} = Code.eval_string(expression, bindings)
        if expected != "", do: assert({expression, value} == {expression, expected |> Code.eval_string() |> elem(0)})
        bindings
      end)
    end

    test "#{document}: Erlang" do
      blocks = blocks(unquote(document), "erlang")
      assert length(Regex.scan(~r/^\d+> /m, Enum.join(blocks))) >= unquote(erlang)
      check = fn line, value, printed -> assert {line, Refusals.without_original(value)} == {line, printed} end
      Enum.reduce(blocks, [], &Document.erlang(&1, &2, check))
    end
  end

  defp elixir_examples(block) do
    for [_, expression, expected] <- Regex.scan(~r/^iex> (.*)\n((?:(?!iex> ).+\n)*)/m, block),
        do: {expression, expected}
  end

  test "make classify" do
    [[_, numbers, printed]] =
      for block <- blocks("docs/command-line.md", "console"),
          scan = Regex.run(~r/^\$ make classify NUMBERS="(.*)"\n(.*)/ms, block),
          do: scan

    run = fn -> Mix.Tasks.Numplan.Classify.run(String.split(numbers)) end
    assert ExUnit.CaptureIO.capture_io(run) == printed
  end

  test "numbers as they are written, and what fields say of numbers" do
    examples =
      for block <- blocks("docs/command-line.md", "console"),
          scan = Regex.run(~r/^\$ mix numplan.classify ([^\n]*)\n(.*)/ms, block),
          do: scan

    assert length(examples) == 2

    for [_, arguments, printed] <- examples do
      run = fn -> Mix.Tasks.Numplan.Classify.run(OptionParser.split(arguments)) end
      assert ExUnit.CaptureIO.capture_io(run) == printed
    end
  end

  test "an explanation" do
    [[_, arguments, printed]] =
      for block <- blocks("docs/command-line.md", "console"),
          scan = Regex.run(~r/^\$ mix numplan.explain ([^\n]*)\n(.*)/ms, block),
          do: scan

    run = fn -> Mix.Tasks.Numplan.Explain.run(String.split(arguments)) end
    assert ExUnit.CaptureIO.capture_io(run) == printed
  end

  @tag :tmp_dir
  test "a file", %{tmp_dir: dir} do
    [_, input, output, options] =
      blocks("docs/command-line.md", "sh")
      |> Enum.join()
      |> then(&Regex.run(~r/^mix numplan.classify (\S+) --out (\S+) (.*?) +#/m, &1))

    [input, output] = Enum.map([input, output], &Path.join(dir, &1))
    File.write!(input, "id,dialled\n1,4158867900\n")
    arguments = [input, "--out", output | String.split(options)]
    ExUnit.CaptureIO.capture_io(:stderr, fn -> Mix.Tasks.Numplan.Classify.run(arguments) end)
    assert File.read!(output) == "id,dialled,e164,class\n1,4158867900,+14158867900,did_us\n"
  end

  describe "docs/presets.md" do
    @countries %{"Denmark" => "DK", "Norway" => "NO", "Singapore" => "SG"}

    test "lists the findings of the default preset, and no others" do
      {:ok, report} = Numplan.check({:preset, "kazoo-3.20"})
      listed = Regex.scan(~r/^- `(\w+)` at `([^`]+)`: /m, section(), capture: :all_but_first)
      assert Enum.sort(listed) == Enum.sort(for finding <- report.findings, do: ["#{finding.kind}", finding.path])
      assert ["never_matches", "classifiers.international.regex"] in listed
      assert ["national_with_plus", "classifiers.did_us.regex"] in listed
      assert {report.unread, report.cut, report.more_overlaps} == {[], [], 0}
    end

    test "gives the answer of every number that it names" do
      plan = Numplan.plan!({:preset, "kazoo-3.20"})
      claims = Regex.scan(~r/`(\+?\d+)`\s+(is|becomes)\s+(?:`([^`]+)`|of (\w+))/, section(), capture: :all_but_first)

      for claim <- claims do
        case claim do
          [number, "is", class] -> assert {number, Numplan.classify(number, plan)} == {number, class}
          [number, "becomes", e164] -> assert {number, Numplan.normalize(number, plan)} == {number, e164}
          [number, "is", "", country] -> assert {number, region(number)} == {number, Map.fetch!(@countries, country)}
        end
      end

      named = for [number] <- Regex.scan(~r/(?<=`)\+?\d+(?=`)/, section()), uniq: true, do: number
      assert length(named) >= 9 and named -- List.flatten(claims) == []
      abroad = for [number, "is", "", _] <- claims, do: number
      assert length(abroad) == 3 and Enum.all?(abroad, &(Numplan.classify(&1, plan) == "did_us"))
    end

    defp section do
      [_, text] = Regex.run(~r/^## The default preset\n(.*?)(?=^## |\z)/ms, File.read!("docs/presets.md"))
      text
    end

    defp region(number) do
      lookup = Numplan.lookup(number)
      assert lookup.valid?
      lookup.region
    end
  end

  test "a text that names the oldest preset lists all of them" do
    [oldest | _] = presets = :numplan_nif.presets()
    texts = for file <- Path.wildcard("{docs,lib,src}/**/*.{md,ex,erl}"), do: {file, File.read!(file)}
    lists = for {file, text} <- texts, text =~ oldest, do: {file, text}
    assert length(lists) >= 7
    for {file, text} <- lists, preset <- presets, do: assert(text =~ preset, "#{file} does not name #{preset}")
  end

  test "docs/presets.md lists all presets" do
    listed = Regex.scan(~r/^\| `(kazoo-[\d.]+)` \|/m, File.read!("docs/presets.md"), capture: :all_but_first)
    files = for file <- Path.wildcard("native/numplan/presets/*.json"), do: [Path.basename(file, ".json")]
    assert listed == files and files != []
  end

  test "the figures in README are those of the bench's report" do
    [readme, report] = Enum.map(["README.md", "docs/performance/report.md"], &File.read!/1)

    for {in_readme, in_report} <- [
          {"with OTP's `re`, compiled once | 3,664 ns | 69 times", "| (b) patterns compiled once, in order | 3,664 |"},
          {"as Kazoo does | 11,483 ns | 216 times", "| (a) Kazoo's way | 11,483 |"},
          {"69 times", "| (b) compiled once, in order / classify/1 | >= 60 | 68.98 |"},
          {"216 times", "| (a) Kazoo's way / classify/1 | >= 600 | 216 |"},
          {"4,007 rules in place of 7 | 64 ns | 1.2 times", "| 4,007 rules / 7 | <= 1.3 | 1.20 |"}
        ] do
      assert readme =~ in_readme
      assert report =~ in_report
    end
  end

  test "README fits on a few screens, and its picture is small" do
    assert length(String.split(File.read!("README.md"), "\n")) <= 130
    assert File.stat!("docs/images/page.png").size < 150_000
  end

  test "the version is the same in Mix and in Cargo, and in the changelog" do
    version = Mix.Project.config()[:version]
    assert File.read!("Cargo.toml") =~ ~s(version = "#{version}")
    assert File.read!("CHANGELOG.md") =~ "## #{version}"
  end
end
