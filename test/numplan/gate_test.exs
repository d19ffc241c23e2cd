defmodule Numplan.GateTest do
  @moduledoc "What the gate consists of: everything once, and every target of the Makefile."
  use ExUnit.Case, async: true

  @moduletag :tmp_dir

  @parts ["cargo fmt --all --check", "mix format --check-formatted", "scripts/deny"] ++
           ["scripts/dialyzer", "scripts/instructions"] ++
           ["cargo test --locked --quiet", "mix test", "scripts/smoke"]

  # The commands that make would run, without running them.
  defp commands(targets) do
    {printed, 0} = System.cmd("make", ["--dry-run" | targets], env: [{"MAKEFLAGS", nil}])
    String.split(printed, "\n", trim: true)
  end

  defp counts(commands), do: Map.new(@parts, fn part -> {part, Enum.count(commands, &(&1 == part))} end)

  test "make check is the whole gate, and runs each part once" do
    assert counts(commands(["check"])) == Map.new(@parts, &{&1, 1})
  end

  test ".ci/run runs the test command, and with the rest each part of the gate once" do
    makes = for [_, targets] <- Regex.scan(~r/\bmake ([a-z -]+)/, File.read!(".ci/run")), do: String.split(targets)
    assert ["test"] in makes
    assert makes |> Enum.flat_map(&commands/1) |> counts() == Map.new(@parts, &{&1, 1})
  end

  test "a target without a smoke run fails the gate", %{tmp_dir: folder} do
    File.mkdir_p!(Path.join(folder, "scripts"))
    File.cp!("scripts/smoke", Path.join(folder, "scripts/smoke"))
    File.write!(Path.join(folder, "Makefile"), "brand-new: ## Something\n\ttrue\n")
    assert {told, 1} = System.cmd(Path.expand("scripts/smoke", folder), [], cd: folder, stderr_to_stdout: true)
    assert told =~ "there is no smoke run of make brand-new"
  end

  test "a target that fails is named, with what it printed", %{tmp_dir: folder} do
    File.mkdir_p!(Path.join(folder, "scripts"))
    File.cp!("scripts/smoke", Path.join(folder, "scripts/smoke"))
    File.write!(Path.join(folder, "Makefile"), "setup: ## Something\n\t@echo what is wrong; false\n\ttrue\n")

    assert {told, 1} =
             System.cmd(Path.expand("scripts/smoke", folder), [],
               cd: folder,
               stderr_to_stdout: true,
               env: [{"MAKEFLAGS", nil}]
             )

    assert told =~ "what is wrong"
    assert told =~ "make setup failed"
  end

  test "the table of releases in README.md is that of docs/matrix.tsv", %{tmp_dir: folder} do
    for file <- ~w(scripts/matrix docs/matrix.tsv README.md) do
      File.mkdir_p!(Path.join(folder, Path.dirname(file)))
      File.cp!(file, Path.join(folder, file))
    end

    assert {"", 0} = System.cmd(Path.expand("scripts/matrix", folder), ["--table"], stderr_to_stdout: true)
    assert File.read!(Path.join(folder, "README.md")) == File.read!("README.md")
    assert File.read!("README.md") =~ ~r/^\| OTP 23, Erlang half \| yes \| yes \| [\d,]+ \| [\d,]+ \|/m
  end

  test "every target of the Makefile has a smoke run, and is listed by make help or is part of one that is" do
    {_, 0} = System.cmd(Path.expand("scripts/smoke"), ["help"], stderr_to_stdout: true)
    script = File.read!("scripts/smoke")

    for [_, target] <- Regex.scan(~r/^([a-z][a-z_-]*):/m, File.read!("Makefile")),
        do: assert(script =~ "smoke_#{String.replace(target, "-", "_")}() {")
  end

  test "whoever captures standard error, which belongs to the whole node, runs beside no other test" do
    captures = ~r/(capture_io|with_io)\(:(stderr|standard_error)|assert_exit\(/

    files = for file <- Path.wildcard("test/**/*_test.exs"), File.read!(file) =~ captures, do: file
    assert "test/numplan/clean_test.exs" in files and "test/numplan/batch_test.exs" in files
    assert for(file <- files, File.read!(file) =~ ~r/use .*async: true/, do: file) == []
  end
end
