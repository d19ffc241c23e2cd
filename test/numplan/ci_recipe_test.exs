defmodule Numplan.CIRecipeTest do
  @moduledoc """
  The recipe for GitHub's runners, which cannot be run here: the commands that it runs are there, and versions are those that the
  project names elsewhere.
  """
  use ExUnit.Case, async: true

  @recipe File.read!(".github/workflows/ci.yml")

  defp commands, do: for([_, command] <- Regex.scan(~r/^ +- run: (.*)$/m, @recipe), do: command)

  test "every command is one of the project's, or of rustup" do
    assert length(commands()) >= 6
    assert Enum.reject(commands(), &known?(String.split(&1))) == []
  end

  defp known?(["make", target]), do: File.read!("Makefile") =~ ~r/^#{target}:/m
  defp known?(["mix", task | _]), do: Mix.Task.get(task) != nil
  defp known?(["rustup" | rest]), do: hd(rest) in ~w(component default toolchain)
  defp known?([script | _]), do: File.regular?(script)

  test "tests are excluded by tags that tests have" do
    tests = Path.wildcard("test/**/*_test.exs") |> Enum.map_join(&File.read!/1)

    for [_, tag] <- Regex.scan(~r/--exclude (\w+)/, @recipe), do: assert(tests =~ ~r/@(module|describe)?tag :#{tag}\b/)
  end

  test "uses no action but GitHub's own and that of the Erlang Ecosystem Foundation" do
    assert Regex.scan(~r/uses: (.*)$/m, @recipe, capture: :all_but_first) |> List.flatten() |> Enum.uniq() ==
             ["actions/checkout@v4", "erlef/setup-beam@v1"]
  end

  test "is indented by spaces, two at a time" do
    for line <- String.split(@recipe, "\n"), [spaces] <- [Regex.run(~r/^\s*/, line)] do
      assert {line, spaces =~ ~r/^(  )*$/} == {line, true}
    end
  end

  test "the pairs of releases are those of docs/versions.md, and so is what .tool-versions names" do
    pairs = Regex.scan(~r/otp: "(\d+)"\s+elixir: "([\d.]+)"/, @recipe, capture: :all_but_first)
    supported = Regex.scan(~r/^\| (\d+) \| ([\d.]+) \|/m, File.read!("docs/versions.md"), capture: :all_but_first)
    assert length(pairs) >= 4 and pairs -- supported == []

    tools =
      ".tool-versions" |> File.read!() |> String.split("\n", trim: true) |> Map.new(&List.to_tuple(String.split(&1)))

    assert Enum.sort(Map.keys(tools)) == ~w(elixir erlang rust)
    [_, elixir, otp] = Regex.run(~r/^(\d+\.\d+)\.\d+-otp-(\d+)$/, tools["elixir"])
    assert [otp, elixir] in supported and String.starts_with?(tools["erlang"], otp <> ".")

    [_, oldest] = Regex.run(~r/^rust-version = "(.*)"$/m, File.read!("Cargo.toml"))
    assert String.starts_with?(tools["rust"], oldest) and @recipe =~ "rustup default #{tools["rust"]}\n"
  end
end
