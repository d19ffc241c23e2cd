defmodule Numplan.MatrixTest do
  @moduledoc """
  `scripts/matrix`: wrong usage, a system that is not whole, two runs at once, and an interrupt. Stand-ins make and enter its systems.
  """
  use ExUnit.Case, async: true

  @moduletag :tmp_dir

  # `chroot` stands for the suite: it writes a line of results, or runs until it is killed.
  @stand_ins %{
    "id" => "echo 0",
    "mount" => "true",
    "unshare" => ~S(while [[ $1 = --* || $1 = private ]]; do shift; done; exec "$@"),
    "ip" => "true",
    "cargo" => "true",
    "debootstrap" => ~S"""
    echo "$4" >> "$FOLDER/made"
    if [ "${WAIT:-}" = debootstrap ]; then
      # Its own output is a log. The process group is led by the parent of what has started it.
      matrix=$(ps -o ppid= -p $PPID)
      echo "runs $$ $matrix" > /proc/${matrix// /}/fd/1
      while :; do read -r _ < "$FOLDER/never"; done
    fi
    mkdir -p "$3/bin" "$3/root" "$3/etc" && touch "$3/bin/bash"
    [ -e "$FOLDER/archive" ]
    """,
    "chroot" => ~S"""
    case "$*" in *apt-get*) exit ;; esac
    printf '23\tnone\terlang\tbuilds\tok\t1\t\n' > "$1/root/results.tsv"
    [ -n "${WAIT:-}" ] || exit 0
    trap '' INT TERM
    echo "runs $$ $(ps -o pgid= -p $$)"
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

  test "of the sources in a system, what git no longer knows is removed, with the folders left empty", %{
    tmp_dir: folder
  } do
    source = Path.join(folder, "source")
    copy = Path.join(folder, "systems/bullseye/numplan")
    File.write!(Path.join(folder, "archive"), "")
    for file <- ~w(lib/kept.ex lib/gone/deep/file.ex), do: write(Path.join(source, file))
    {_, 0} = System.cmd("git", ["add", "."], cd: source)
    assert {_, 0} = matrix(["bullseye"], folder)
    assert File.exists?(Path.join(copy, "lib/gone/deep/file.ex"))

    {_, 0} = System.cmd("git", ~w(rm -rfq lib/gone), cd: source)
    write(Path.join(copy, "lib/built/file.beam"))
    assert {_, 0} = matrix(["bullseye"], folder)
    assert copy |> Path.join("lib") |> File.ls!() |> Enum.sort() == ~w(built kept.ex)
  end

  defp write(path) do
    File.mkdir_p!(Path.dirname(path))
    File.write!(path, "text")
  end

  test "a system that was not made to its end is made again, and a whole one is not", %{tmp_dir: folder} do
    made = fn -> folder |> Path.join("made") |> File.read!() |> String.split("\n", trim: true) |> length() end
    # Not a step has failed: what cannot be tried is only said.
    assert {words, 3} = matrix(["bullseye"], folder)
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

  # `mix test` fails first, and then logs more than the end of a log that is printed.
  @suite %{
    "erl" => "echo -n 29",
    "elixir" => "echo -n 1.18.0",
    "cargo" => "true",
    "mix" => ~S"""
    [ "$1" = test ] || exit 0
    printf '...  1) test is refused (Numplan.FirstTest)\n     what is wrong\n'
    printf '  2) doctest Numplan.f/1 (3) (Numplan.SecondTest)\n     what else\n'
    printf -- '---- dfa::tests::minimal stdout ----\npanicked at 1\n'
    for n in {1..600}; do echo "a line of the log: $n"; done
    echo '..3 tests, 2 failures'
    exit 2
    """
  }

  test "a step that fails prints its failures before the end of its log", %{tmp_dir: folder} do
    for {name, text} <- @suite do
      path = Path.join([folder, "suite", name])
      File.mkdir_p!(Path.dirname(path))
      File.write!(path, "#!/bin/bash\n" <> text)
      File.chmod!(path, 0o755)
    end

    script = Path.join(folder, "source/scripts/matrix-suite")
    File.cp!("scripts/matrix-suite", script)
    results = Path.join(folder, "results.tsv")
    environment = [{"PATH", "#{folder}/suite:#{System.get_env("PATH")}"}, {"STEPS", "suite"}, {"EXCLUDE", nil}]
    assert {printed, 1} = System.cmd(script, ["here", "whole", results], env: environment, stderr_to_stdout: true)
    assert [_, failures, rest] = String.split(printed, ["    == failures\n", "    == the end of the log\n"])

    for words <- ["  1) test is refused", "what is wrong", "  2) doctest", "what else", "panicked at 1"],
        do: assert(failures =~ words)

    refute rest =~ "what is wrong"
    assert rest =~ "a line of the log: 600\n"
    assert File.read!(results) =~ ~r/^29\t1.18.0\twhole\tsuite\tfailed\t\d+\t3 tests, 2 failures$/m
  end

  # Starts a run that waits in its first suite; returns its port, its process group and the process that waits.
  defp waiting_run(folder, suites \\ "bullseye trixie-erlang", waits \\ "chroot") do
    File.touch!(Path.join(folder, "archive"))

    env =
      for {name, value} <- environment(folder, [{"WAIT", waits}]),
          do: {to_charlist(name), if(value, do: to_charlist(value), else: false)}

    line = "exec setsid --wait #{folder}/source/scripts/matrix #{suites} 2>&1"
    options = [:binary, :exit_status, {:line, 1_000}, env: env, args: ["-c", line]]
    port = Port.open({:spawn_executable, "/bin/sh"}, options)
    assert_receive {^port, {:data, {:eol, "runs " <> ids}}}, 60_000
    [process, group] = String.split(ids)
    on_exit(fn -> System.cmd("kill", ["-KILL", "--", "-" <> group, process], stderr_to_stdout: true) end)
    {port, group, process}
  end

  test "a second run in a system is refused while one is there", %{tmp_dir: folder} do
    _run = waiting_run(folder)
    assert {words, 1} = matrix(["bullseye"], folder)
    assert words =~ "another run is in #{folder}/systems/bullseye"
  end

  for {signal, target, status} <- [{"INT", :group, 130}, {"TERM", :process, 143}] do
    @ending {signal, target, status}

    test "SIG#{signal} to its #{target} ends a run, and in it what ignores the signal", %{tmp_dir: folder} do
      assert_ended(@ending, waiting_run(folder))
      refute File.exists?(Path.join(folder, "systems/trixie"))
    end

    test "SIG#{signal} to its #{target} ends a run that makes a system", %{tmp_dir: folder} do
      assert_ended(@ending, waiting_run(folder, "bullseye trixie-erlang", "debootstrap"))
      refute File.exists?(Path.join(folder, "systems/bullseye"))
      # And no other one is begun.
      assert folder |> Path.join("made") |> File.read!() |> String.split("\n", trim: true) |> length() == 1
    end

    test "SIG#{signal} to its #{target} ends a run on the system at hand, which begins no other step", context do
      suite = Path.join(context.tmp_dir, "source/scripts/matrix-suite")

      File.write!(suite, """
      #!/bin/bash
      trap 'exit 143' TERM
      runs=$(ps -o pgid= -p $PPID)
      bash -c "echo runs \\$\\$ $runs; while :; do read -r _ < '$FOLDER/never'; done"
      touch "$FOLDER/next"
      """)

      File.chmod!(suite, 0o755)
      assert_ended(@ending, waiting_run(context.tmp_dir, "main"))
      refute File.exists?(Path.join(context.tmp_dir, "next"))
    end
  end

  defp assert_ended({signal, target, status}, {port, group, process}) do
    # The leader of the group is scripts/matrix itself.
    target = if target == :group, do: "-" <> group, else: group
    {_, 0} = System.cmd("kill", ["-" <> signal, "--", target])
    assert_receive {^port, {:exit_status, ^status}}, 60_000
    # Of an ended process that nobody waited for, the command line is empty.
    assert File.read("/proc/#{process}/cmdline") in [{:ok, ""}, {:error, :enoent}]
  end
end
