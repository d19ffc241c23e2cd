defmodule Numplan.ReadmeTest do
  @moduledoc "The README's examples hold, as they are printed there."
  use ExUnit.Case

  alias Numplan.Document

  @readme Path.expand("../../README.md", __DIR__)

  defp blocks(language), do: Document.blocks(File.read!(@readme), language)

  test "Elixir" do
    examples = Enum.flat_map(blocks("elixir"), &elixir_examples/1)
    assert length(examples) >= 6

    Enum.reduce(examples, [], fn {expression, expected}, bindings ->
      {value, bindings} = Code.eval_string(expression, bindings)
      if expected != "", do: assert({expression, value} == {expression, expected |> Code.eval_string() |> elem(0)})
      bindings
    end)
  end

  defp elixir_examples(block) do
    for [_, expression, expected] <- Regex.scan(~r/^iex> (.*)\n((?:(?!iex> ).+\n)*)/m, block),
        do: {expression, expected}
  end

  test "Erlang" do
    assert length(Regex.scan(~r/^\d+> /m, Enum.join(blocks("erlang")))) >= 6

    Enum.reduce(blocks("erlang"), [], fn block, bindings ->
      Document.erlang(block, bindings, &assert({&1, &2} == {&1, &3}))
    end)
  end

  test "the shell" do
    for block <- blocks("console"),
        [_, numbers, printed] <- Regex.scan(~r/^\$ make classify NUMBERS="(.*)"\n(.*)/ms, block) do
      run = fn -> Mix.Tasks.Numplan.Classify.run(String.split(numbers)) end
      assert ExUnit.CaptureIO.capture_io(run) == printed
    end
  end

  test "numbers as they are written" do
    [[_, arguments, printed]] =
      for block <- blocks("console"), scan = Regex.run(~r/^\$ mix numplan.classify ([^\n]*)\n(.*)/ms, block), do: scan

    run = fn -> Mix.Tasks.Numplan.Classify.run(OptionParser.split(arguments)) end
    assert ExUnit.CaptureIO.capture_io(run) == printed
  end

  test "an explanation" do
    [[_, arguments, printed]] =
      for block <- blocks("console"), scan = Regex.run(~r/^\$ mix numplan.explain ([^\n]*)\n(.*)/ms, block), do: scan

    run = fn -> Mix.Tasks.Numplan.Explain.run(String.split(arguments)) end
    assert ExUnit.CaptureIO.capture_io(run) == printed
  end

  @tag :tmp_dir
  test "a file", %{tmp_dir: dir} do
    [_, input, output, options] =
      blocks("sh") |> Enum.join() |> then(&Regex.run(~r/^mix numplan.classify (\S+) --out (\S+) (.*?) +#/m, &1))

    [input, output] = Enum.map([input, output], &Path.join(dir, &1))
    File.write!(input, "id,dialled\n1,4158867900\n")
    arguments = [input, "--out", output | String.split(options)]
    ExUnit.CaptureIO.capture_io(:stderr, fn -> Mix.Tasks.Numplan.Classify.run(arguments) end)
    assert File.read!(output) == "id,dialled,e164,class\n1,4158867900,+14158867900,did_us\n"
  end

  describe "the default preset" do
    @countries %{"Denmark" => "DK", "Norway" => "NO", "Singapore" => "SG"}

    test "has the findings that are listed, and no others" do
      {:ok, report} = Numplan.check({:preset, "kazoo-3.20"})
      listed = Regex.scan(~r/^- `(\w+)` at `([^`]+)`: /m, section(), capture: :all_but_first)
      assert Enum.sort(listed) == Enum.sort(for finding <- report.findings, do: ["#{finding.kind}", finding.path])
      assert ["never_matches", "classifiers.international.regex"] in listed
      assert ["national_with_plus", "classifiers.did_us.regex"] in listed
      assert {report.unread, report.cut, report.more_overlaps} == {[], [], 0}
    end

    test "answers every number in it as it says" do
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
      [_, text] = Regex.run(~r/^## The default preset\n(.*?)(?=^## )/ms, File.read!(@readme))
      text
    end

    defp region(number) do
      lookup = Numplan.lookup(number)
      assert lookup.valid?
      lookup.region
    end
  end

  test "all documents are linked" do
    for document <- Path.wildcard("docs/*.md"), do: assert(File.read!(@readme) =~ "](#{document})")
  end

  test "the version is the same in Mix and in Cargo, and in the changelog" do
    version = Mix.Project.config()[:version]
    assert File.read!("Cargo.toml") =~ ~s(version = "#{version}")
    assert File.read!("CHANGELOG.md") =~ "## #{version}"
  end
end
