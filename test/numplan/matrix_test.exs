defmodule Numplan.MatrixTest do
  @moduledoc """
  `scripts/matrix`: wrong usage, a system that is not whole, two runs at once, and an interrupt. Stand-ins make and enter its systems.
  """
  use ExUnit.Case, async: true

  @moduletag :tmp_dir

  # `chroot` stands for the suite: it writes a line of results, or runs until it is interrupted.
  @stand_ins %{
    "id" => "echo 0",
    "mount" => "true",
    "unshare" => ~S(while [[ $1 = --* || $1 = private ]]; do shift; done; exec "$@"),
    "ip" => "true",
    "cargo" => "true",
    "debootstrap" => ~S"""
    echo "$4" >> "$FOLDER/made"
    mkdir -p "$3/bin" "$3/root" "$3/etc" && touch "$3/bin/bash"
    [ -e "$FOLDER/archive" ]
    """,
    "chroot" => ~S"""
    case "$*" in *apt-get*) exit ;; esac
    printf '23\tnone\terlang\tbuilds\tok\t1\t\n' > "$1/root/results.tsv"
    [ -n "${WAIT:-}" ] || exit 0
    trap 'echo ends; exit 0' INT
    echo "runs $(ps -o pgid= -p $$)"
    while :; do read -r _ < "$FOLDER/never"; done
    """
  }

  setup %{tmp_dir: folder} do
    for {name, text} <- @stand_ins do
      path = Path.join([folder, "programs", name])
      File.mkdir_p!(Path.dirname(path))
      File.write!(path, "#!/bin/bash\n" <> text)
      File.chmod!(path, 0o755)
    end

    for home <- ~w(cargo rustup), do: File.mkdir_p!(Path.join(folder, home))
    {_, 0} = System.cmd("mkfifo", [Path.join(folder, "never")])
    File.mkdir_p!(Path.join(folder, "source/scripts"))
    File.cp!("scripts/matrix", Path.join(folder, "source/scripts/matrix"))
    {_, 0} = System.cmd("sh", ["-c", "git init -q && git add ."], cd: Path.join(folder, "source"))
    :ok
  end

  defp environment(folder, more) do
    [{"PATH", "#{folder}/programs:#{System.get_env("PATH")}"}, {"MATRIX_DIR", "#{folder}/systems"}, {"FOLDER", folder}] ++
      [{"CARGO_HOME", "#{folder}/cargo"}, {"RUSTUP_HOME", "#{folder}/rustup"}, {"STEPS", nil}, {"PATTERNS", nil}] ++
      more
  end

  defp matrix(arguments, folder, more \\ []) do
    script = Path.join(folder, "source/scripts/matrix")
    System.cmd(script, arguments, env: environment(folder, more), stderr_to_stdout: true)
  end

  test "wrong usage is refused before anything is made", %{tmp_dir: folder} do
    for {arguments, more, words} <- [
          {["--nosuch"], [], "there is no option --nosuch"},
          {["bullseye", "sarge"], [], "there is no suite sarge"},
          {["--plan", "forky"], [], "--plan stands alone, without forky"},
          {["bullseye"], [{"STEPS", "vectors oracel"}], "there is no step oracel (STEPS)"},
          {["bullseye"], [{"PATTERNS", "many"}], "many is no number of regexes (PATTERNS)"}
        ] do
      assert {"matrix: #{words}; scripts/matrix --help\n", 2} == matrix(arguments, folder, more)
    end

    assert {"matrix: there are no results in " <> _, 1} = matrix(["--record"], folder)
    refute File.exists?(Path.join(folder, "systems"))
    assert {"Runs Numplan on other releases" <> _, 0} = matrix(["--help"], folder)
  end

  test "a system that was not made to its end is made again, and a whole one is not", %{tmp_dir: folder} do
    made = fn -> folder |> Path.join("made") |> File.read!() |> String.split("\n", trim: true) |> length() end
    assert {words, 1} = matrix(["bullseye"], folder)
    assert words =~ "debootstrap failed"
    File.touch!(Path.join(folder, "archive"))
    assert {words, 0} = matrix(["bullseye"], folder)
    assert words =~ "bullseye: all steps went well" and made.() == 2
    assert {_, 0} = matrix(["bullseye"], folder)
    assert made.() == 2
  end

  test "--ci runs three suites, and prints each of them whole", %{tmp_dir: folder} do
    File.touch!(Path.join(folder, "archive"))
    assert {words, 0} = matrix(["--ci"], folder)

    for suite <- ~w(forky bullseye trixie-erlang),
        do: assert(words =~ ~r/^matrix: #{suite}: all steps went well/m)

    assert folder |> Path.join("systems") |> File.ls!() |> Enum.filter(&(&1 =~ ~r/^[a-z]+$/)) |> Enum.sort() ==
             ~w(bullseye forky trixie)
  end

  test "an interrupt ends the run, and meanwhile a second run in the system is refused", %{tmp_dir: folder} do
    File.touch!(Path.join(folder, "archive"))

    env =
      for {name, value} <- environment(folder, [{"WAIT", "1"}]), do: {to_charlist(name), value && to_charlist(value)}

    env = for {name, value} <- env, do: {name, value || false}
    line = "exec setsid --wait #{folder}/source/scripts/matrix bullseye trixie-erlang 2>&1"
    options = [:binary, :exit_status, {:line, 1_000}, env: env, args: ["-c", line]]
    port = Port.open({:spawn_executable, "/bin/sh"}, options)
    assert_receive {^port, {:data, {:eol, "runs " <> group}}}, 60_000
    on_exit(fn -> System.cmd("kill", ["-KILL", "--", "-" <> String.trim(group)], stderr_to_stdout: true) end)

    assert {words, 1} = matrix(["bullseye"], folder)
    assert words =~ "another run is in #{folder}/systems/bullseye"

    {_, 0} = System.cmd("kill", ["-INT", "--", "-" <> String.trim(group)])
    assert_receive {^port, {:data, {:eol, "ends"}}}, 60_000
    assert_receive {^port, {:data, {:eol, "matrix: interrupted"}}}, 60_000
    assert_receive {^port, {:exit_status, 130}}, 60_000
    refute File.exists?(Path.join(folder, "systems/trixie"))
  end
end
