defmodule Numplan.ToolchainTest do
  @moduledoc "The build's own words: which Rust it needs, and how far it is. Cargo is a stand-in that says what it was called with."
  use ExUnit.Case, async: true

  @moduletag :tmp_dir

  @library "native/library"
  @setup "scripts/setup"
  @needed ~r/^rust-version = "(.*)"/m |> Regex.run(File.read!("Cargo.toml")) |> List.last()

  # Debian 12 has 1.63; what is printed is that of the real one.
  defp cargo(folder, version) do
    programs = Path.join(folder, "programs")
    File.mkdir_p!(programs)

    File.write!(Path.join(programs, "cargo"), """
    #!/bin/sh
    if [ "$1" = --version ] || [ "$1" = -V ]; then echo '#{version}'; exit; fi
    echo "cargo $*" >&2
    mkdir -p "$CARGO_TARGET_DIR/debug"
    echo library > "$CARGO_TARGET_DIR/debug/libnumplan_nif.so"
    """)

    File.chmod!(Path.join(programs, "cargo"), 0o755)
    [{"PATH", "#{programs}:#{System.get_env("PATH")}"}, {"CARGO_TARGET_DIR", Path.join(folder, "target")}, {"CI", nil}]
  end

  defp sh(line, environment), do: System.cmd("sh", ["-c", line], env: environment, stderr_to_stdout: true)

  test "an older cargo is refused with the version that is needed, before anything is built", %{tmp_dir: folder} do
    for version <- [
          "cargo 1.63.0",
          "cargo 1.63.0 (fd9c4297c 2022-07-01)",
          "cargo 1.94.1 (abc 2026-03-01)",
          "cargo 0.99.0"
        ],
        {line, code} <- [{"#{@library} dev #{folder}/out", 1}, {"#{@setup} </dev/null", 1}] do
      assert {told, ^code} = sh(line, cargo(folder, version))
      [number] = Regex.run(~r/\d+\.\d+\.\d+/, version)
      assert [words] = String.split(told, "\n", trim: true)
      assert words =~ "numplan: needs Rust #{@needed} or later, and "
      assert words =~ "#{folder}/programs/cargo is #{number}: see https://rustup.rs"
    end
  end

  test "mix compile says the same, and not more than where to look", %{tmp_dir: folder} do
    environment = [{"MIX_ENV", "test"}, {"MIX_BUILD_PATH", Path.join(folder, "build")} | cargo(folder, "cargo 1.63.0")]
    assert {told, 1} = sh("mix compile", environment)
    assert told =~ "numplan: needs Rust #{@needed} or later"
    refute told =~ "panicked" or told =~ "lock file version" or told =~ "** ("
  end

  test "a cargo that is new enough builds, and one of an unknown version is tried", %{tmp_dir: folder} do
    for version <- [
          "cargo #{@needed}.0",
          "cargo #{@needed}.0-nightly (x 2026-01-01)",
          "cargo 1.100.2",
          "cargo 2.0.0",
          "cargo unknown"
        ] do
      environment = cargo(folder, version)
      assert {told, 0} = sh("#{@library} dev #{folder}/out", environment)
      assert told =~ "cargo build --locked"
      File.rm_rf!(Path.join(folder, "target"))
    end
  end

  test "without cargo the version is named too", %{tmp_dir: folder} do
    {sh, 0} =
      System.cmd("sh", ["-c", "for name in dirname sed uname mkdir; do ln -s $(command -v $name) #{folder}; done"])

    assert sh == ""

    for line <- ["#{@library} dev #{folder}/out", "/bin/bash #{@setup} </dev/null"] do
      assert {told, 1} = System.cmd("/bin/sh", ["-c", line], env: [{"PATH", folder}], stderr_to_stdout: true)
      assert told =~ "needs Rust #{@needed} or later, and cargo was not found: see https://rustup.rs"
    end
  end

  test "a first build shows its progress on a terminal, and nothing elsewhere", %{tmp_dir: folder} do
    environment = cargo(folder, "cargo #{@needed}.0")
    build = "#{@library} dev #{folder}/out"
    again = fn -> File.rm_rf!(Path.join(folder, "target")) end
    terminal = fn line -> sh(~s(script -qec '#{line}' /dev/null), environment) |> elem(0) end

    refute terminal.(build) =~ "--quiet"
    assert terminal.(build) =~ "--quiet"
    again.()
    assert terminal.("CI=true #{build}") =~ "--quiet"
    again.()
    assert terminal.("#{build} 2>&1 | cat") =~ "--quiet"
    again.()
    # Mix hands its own terminal on.
    File.write!(
      Path.join(folder, "build.exs"),
      "System.cmd(#{inspect(@library)}, #{inspect(["dev", folder <> "/out"])})"
    )

    refute terminal.("elixir #{folder}/build.exs") =~ "--quiet"
  end
end
