defmodule Numplan.InstallTest do
  @moduledoc """
  `docs/install.md`: its commands do what stands there. The long ones run by `make install-check`, in
  the tree, as a user without rights, and in a Debian 12 that boots with systemd.
  """
  use ExUnit.Case

  alias Numplan.{CommandLine, DebianSystem, Document}

  @moduletag :tmp_dir
  @moduletag timeout: 900_000

  @document "docs/install.md"
  @unit "packaging/numplan.service"
  @package "dist/numplan_#{Mix.Project.config()[:version]}-1_*.deb"

  defp section(title) do
    [_, text] = Regex.run(~r/^##+ #{title}\n(.*?)(?=^##+ |\z)/ms, File.read!(@document))
    text
  end

  # The lines of a section in order: those of `console` with what they print, those of `sh` with nil.
  defp lines(title) do
    Enum.flat_map(Document.blocks(section(title)), fn
      {"console", block} -> CommandLine.examples(block)
      {"sh", block} -> for(line <- String.split(String.replace(block, "\\\n", ""), "\n", trim: true), do: {line, nil})
    end)
  end

  # Runs lines with `shell`, which gives what one prints and its exit code. A variable that a line sets has its value in those after it.
  defp run(lines, shell) do
    Enum.reduce(lines, "", fn {line, printed}, variables ->
      case Regex.run(~r/^([A-Z]+)=/, line) do
        [_, name] ->
          assert {value, 0} = shell.(variables <> line <> "; printf %s \"$#{name}\"")
          "#{variables}#{name}='#{value}'; "

        nil ->
          {out, code} = shell.(variables <> line)
          if printed, do: assert({line, out} == {line, printed}), else: assert({line, out, code} == {line, out, 0})
          variables
      end
    end)
  end

  defp sh(folder), do: fn line -> System.cmd("sh", ["-c", line], cd: folder, stderr_to_stdout: true) end

  describe "in the tree" do
    @describetag :long

    test "from source", %{tmp_dir: folder} do
      [{"make run " <> _ = line, "Serving http://127.0.0.1:8080/ (interrupt to stop)\n"}] = lines("From source")
      line = line |> String.replace("PORT=8080", "PORT=0") |> String.replace("DATA=data", "DATA=#{folder}")
      context = %{path: System.get_env("PATH"), tmp_dir: folder}

      {port, "http://127.0.0.1:" <> _} =
        CommandLine.serve("#{line} --directory #{File.cwd!()} --no-print-directory", context)

      # An interrupt from a terminal reaches all processes of make, one by its id make alone.
      {:os_pid, pid} = Port.info(port, :os_pid)
      {_, 0} = System.cmd("kill", ["-TERM", "#{pid}"])
      assert_receive {^port, {:exit_status, _}}, 30_000
    end

    test "as a release" do
      run(lines("As a release"), sh(File.cwd!()))
    end
  end

  @tag :long
  test "as an ordinary user" do
    [{pack, nil} | rest] = lines("As an ordinary user")
    home = Path.join(System.tmp_dir!(), "numplan-install-#{System.pid()}")
    File.mkdir_p!(home)
    on_exit(fn -> File.rm_rf!(home) end)
    assert {"", 0} = sh(File.cwd!()).(String.replace(pack, "numplan.tar.gz", "#{home}/numplan.tar.gz"))
    # Root gives up its rights; anybody else has none.
    user =
      if System.cmd("id", ["-u"]) == {"0\n", 0}, do: "setpriv --reuid 65534 --regid 65534 --clear-groups ", else: ""

    if user != "", do: {_, 0} = System.cmd("chown", ["65534:65534", home])

    {before, [{"numplan/bin/numplan serve" <> _ = serve, printed} | requests]} =
      Enum.split_while(rest, fn {line, _} -> not (line =~ " serve ") end)

    shell = fn line ->
      System.cmd("sh", ["-c", "HOME=#{home} exec #{user}sh -c \"$0\"", line], cd: home, stderr_to_stdout: true)
    end

    run(before, shell)
    assert printed == "Serving http://127.0.0.1:8080/ (interrupt to stop)\n"
    context = %{path: System.get_env("PATH"), tmp_dir: home}

    {port, address} =
      CommandLine.serve("env HOME=#{home} #{user}#{String.replace(serve, "--port 8080", "--port 0")}", context)

    run(for({line, printed} <- requests, do: {String.replace(line, "http://127.0.0.1:8080", address), printed}), shell)
    CommandLine.interrupt(port)
  end

  describe "the Debian package" do
    @describetag :root

    setup %{tmp_dir: folder} do
      [package] = Path.wildcard(@package)
      File.cp!(package, Path.join(folder, Path.basename(package)))
      system = DebianSystem.boot(folder)
      %{shell: &DebianSystem.shell(system, &1), package: "./" <> Path.basename(package)}
    end

    test "is installed, upgraded with its data, removed and purged", %{shell: shell} do
      run(lines("As a Debian package"), shell)
      # What a purge leaves is the user.
      assert {"numplan:" <> _, 0} = shell.("getent passwd numplan")
      assert {"", _} = shell.("find / -xdev -path /proc -prune -o -user numplan -print")
    end

    test "runs as a service that systemd restricts", %{shell: shell, package: package} do
      assert {_, 0} = shell.("apt-get install -y -qq #{package}")
      run(lines("As a systemd service"), shell)
      assert {"", 0} = shell.("systemd-analyze verify --man=no numplan.service")
      {score, 0} = shell.("systemd-analyze security numplan.service --no-pager")
      assert [_, level] = Regex.run(~r/Overall exposure level for numplan.service: ([\d.]+)/, score)
      assert section("What the service may do") =~ "at #{level} of 10"

      for path <- ~w(/etc/numplan/tokens.config /etc/numplan/sys.config /etc/default/numplan /var/lib/numplan),
          do: assert({_, 2} = shell.("setpriv --reuid 65534 --regid 65534 --clear-groups ls #{path}/. || exit 2"))
    end

    test "keeps settings, tokens and data over an upgrade, and restarts", %{shell: shell, package: package} do
      assert {_, 0} = shell.("apt-get install -y -qq #{package}")
      token = ~S{TOKEN=$(sed -n 's/.*token => <<"\(.*\)">>.*/\1/p' /etc/numplan/tokens.config);}
      number = "/v2/accounts/00000000000000000000000000000000/phone_numbers/+14158867900"
      curl = ~s(#{token} curl -s --retry 9 --retry-connrefused -o reply -w '%{http_code}' -H "X-Auth-Token: $TOKEN")
      assert {"201", 0} = shell.(~s(#{curl} -X PUT http://127.0.0.1:8000#{number} -d '{"data":{}}'))

      assert {_, 0} =
               shell.("sed -i 's/{port, 8000}/{port, 8081}/' /etc/numplan/sys.config; sha256sum /etc/numplan/* >before")

      assert {pid, 0} = shell.("systemctl show --property MainPID numplan")

      # The same content, as the next version with other default settings.
      assert {_, 0} =
               shell.("""
               dpkg-deb --raw-extract #{package} next && sed -i 's/^Version: .*/Version: 99-1/' next/DEBIAN/control &&
               echo '%% new' >>next/etc/numplan/sys.config && dpkg-deb --build next next.deb &&
               apt-get install -y -qq --option Dpkg::Options::=--force-confold ./next.deb
               """)

      assert {"99-1", 0} = shell.("dpkg-query --show --showformat '${Version}' numplan")
      assert {_, 0} = shell.("rm /etc/numplan/*.dpkg-*; sha256sum --check before")
      assert {"200", 0} = shell.("#{curl} http://127.0.0.1:8081#{number}")
      assert {next_pid, 0} = shell.("systemctl show --property MainPID numplan")
      assert next_pid != pid
    end
  end

  describe "the container" do
    @describetag :root

    setup do
      folder = Path.join(System.tmp_dir!(), "numplan-container-#{System.pid()}")
      for part <- ~w(programs context build/numplan/dist), do: File.mkdir_p!(Path.join(folder, part))
      File.cp!("test/support/podman", Path.join(folder, "programs/podman"))
      for file <- ~w(Containerfile .containerignore), do: File.cp!(file, Path.join([folder, "context", file]))
      [package] = Path.wildcard(@package)
      File.cp!(package, Path.join([folder, "build/numplan/dist", Path.basename(package)]))

      # A network of its own, for as long as its input is open.
      holder = ~c"ip link set lo up && echo ready && exec cat"
      options = [:binary, {:line, 100}, args: [~c"--net", ~c"sh", ~c"-c", holder]]
      port = Port.open({:spawn_executable, System.find_executable("unshare")}, options)
      {:os_pid, pid} = Port.info(port, :os_pid)
      assert_receive {^port, {:data, {:eol, "ready"}}}, 10_000

      path = "#{folder}/programs:#{System.get_env("PATH")}"

      options = [
        cd: Path.join(folder, "context"),
        env: [{"FOLDER", folder}, {"NETWORK", System.pid()}, {"PATH", path}],
        stderr_to_stdout: true
      ]

      shell = &System.cmd("nsenter", ["--target", "#{pid}", "--net", "sh", "-c", &1], options)

      on_exit(fn ->
        System.cmd("sh", ["-c", "podman rm --force --all; podman rmi --force --all"], options)
        File.rm_rf!(folder)
      end)

      debian = System.fetch_env!("NUMPLAN_DEBIAN")

      {_, 0} =
        shell.("tar --create --directory #{debian} . | podman import --quiet - docker.io/library/debian:bookworm-slim")

      %{shell: shell}
    end

    test "is built, serves those with a token, and keeps its data", %{shell: shell} do
      run(lines("As a container"), shell)
      # Without a token it would obey everybody.
      assert {told, 1} = shell.("podman run --rm numplan")
      assert told =~ "token"
    end
  end

  describe "the unit" do
    test "is what the page says about it" do
      unit = File.read!(@unit)
      [_, table] = String.split(File.read!(@document), "### What the service may do\n")
      rows = for [row] <- Regex.scan(~r/^\| (`.*?) \|/m, table, capture: :all_but_first), do: row

      named =
        for row <- rows,
            [directive] <- Regex.scan(~r/`([A-Za-z_…]+=[\w]*)`/u, row, capture: :all_but_first),
            do: directive

      assert length(named) > 20

      for directive <- named do
        pattern = directive |> Regex.escape() |> String.replace("…", "\\w+")
        assert unit =~ ~r/^(Environment=)?#{pattern}/m, "#{@unit} has no #{directive}"
      end

      # Each line under "Hardening" is explained.
      [_, hardening] = String.split(unit, "# Hardening.")

      for [name] <- Regex.scan(~r/^([A-Za-z]+)=/m, hardening, capture: :all_but_first),
          name not in ~w(SystemCallErrorNumber WantedBy) do
        assert Enum.any?(
                 named,
                 &(name =~ Regex.compile!("^" <> String.replace(hd(String.split(&1, "=")), "…", "\\w+") <> "$"))
               ),
               "#{@document} does not explain #{name}="
      end
    end
  end

  describe "the manual page" do
    setup do
      %{page: "packaging/deb/numplan.1" |> File.read!() |> String.replace("\\-", "-")}
    end

    for command <- Numplan.CLI.commands() do
      test "has the options of #{command.name()} that it takes and that --help lists, and no others", %{page: page} do
        command = unquote(command)
        taken = Enum.flat_map(command.options(), &switches/1)
        [_, listed] = Regex.run(~r/^ *## Options\n(.*?)^ *## /ms, command.help())
        assert listed |> named() |> Enum.sort() |> Enum.uniq() == Enum.sort(["--help" | taken])

        assert [_, section] = Regex.run(~r/^\.B #{command.name()}\n(.*?)^\.RE$/ms, page)
        assert section |> named() |> Enum.sort() |> Enum.uniq() == Enum.sort(taken)
      end
    end

    test "has every command that numplan --help lists", %{page: page} do
      overview = ExUnit.CaptureIO.capture_io(fn -> Numplan.CLI.run(["--help"]) end)
      [_, release] = Regex.run(~r/^Commands of the release: (.*)\.$/m, overview)
      commands = for [_, name] <- Regex.scan(~r/^  numplan (\w+(?: \w+)?)  /m, overview), do: name
      assert "classify" in commands and "version" in String.split(release, ", ")

      for name <- commands ++ String.split(release, ", "),
          do: assert(page =~ ~r/^\.TP\n\.(B|BI|BR) (\w+ ", " )?#{name}(?!\w)/m, "the page has no #{name}")
    end

    # A switch that is on or off has two forms where --help lists both.
    defp switches({:header, :boolean}), do: ["--header", "--no-header"]
    defp switches({name, _type}), do: ["--" <> String.replace(Atom.to_string(name), "_", "-")]

    defp named(text), do: for([name] <- Regex.scan(~r/--[a-z]+(?:-[a-z]+)*/, text), do: name)
  end

  describe "the script of the package that runs after it is unpacked" do
    test "makes a token that only root and the service read", %{tmp_dir: folder} do
      assert {"", 0} = configure(folder)
      assert [token] = tokens(folder)
      assert token =~ ~r/^[\w-]{32}$/
      assert Bitwise.band(File.stat!(Path.join(folder, "etc/tokens.config")).mode, 0o777) == 0o640
      assert {"", 0} = configure(folder)
      assert tokens(folder) == [token]
    end

    test "leaves nothing where the disc is full or it is interrupted, and makes the token at the next attempt", %{
      tmp_dir: folder
    } do
      for {program, body} <- [
            {"cat", "/bin/cat | /usr/bin/head -c 100; exit 1"},
            {"cat", "/bin/cat | /usr/bin/head -c 100; kill -TERM $SCRIPT"},
            {"sync", "exit 1"},
            {"head", "exit 1"}
          ] do
        assert {program, {_, status}} = {program, configure(folder, %{program => body})}
        assert {program, File.ls!(Path.join(folder, "etc"))} == {program, []}
        assert status != 0
      end

      assert {"", 0} = configure(folder)
      assert [_] = tokens(folder)
    end

    test "replaces an empty file of tokens, with which the service would not start", %{tmp_dir: folder} do
      File.mkdir_p!(Path.join(folder, "etc"))
      File.write!(Path.join(folder, "etc/tokens.config"), "")
      assert {"", 0} = configure(folder)
      assert [_] = tokens(folder)
      assert File.ls!(Path.join(folder, "etc")) == ["tokens.config"]
    end

    # Runs it on folders of its own, without the programs that change the system, and with these in place of the system's.
    defp configure(folder, programs \\ %{}) do
      bin = Path.join(folder, "bin")
      File.rm_rf!(bin)
      for name <- [bin, Path.join(folder, "etc")], do: File.mkdir_p!(name)
      none = Map.new(~w(adduser chown chgrp deb-systemd-helper systemctl), &{&1, "exit 0"})

      for {name, body} <- Map.merge(none, programs), file = Path.join(bin, name) do
        File.write!(file, "#!/bin/sh\n#{body}\n")
        File.chmod!(file, 0o755)
      end

      script =
        "packaging/deb/postinst"
        |> File.read!()
        |> String.replace("/etc/numplan", "#{folder}/etc")
        |> String.replace("/run/systemd/system", "#{folder}/none")
        |> String.replace("install -d -m 0700 -o numplan -g numplan /var/lib/numplan", "true")

      File.write!(Path.join(folder, "postinst"), script)
      environment = [{"PATH", "#{bin}:#{System.get_env("PATH")}"}]
      # The programs can interrupt it by its id.
      command = ~S(export SCRIPT=$$; exec sh "$0/postinst" configure)
      System.cmd("sh", ["-c", command, folder], env: environment, stderr_to_stdout: true)
    end

    defp tokens(folder) do
      {:ok, [[numplan: [tokens: tokens]]]} = :file.consult(to_charlist(Path.join(folder, "etc/tokens.config")))
      for %{token: token, superadmin: true} <- tokens, do: token
    end
  end

  test "the settings of the package are Erlang terms with the store in the service's folder" do
    {:ok, [[{:numplan, settings}, ~c"/etc/numplan/tokens.config"]]} = :file.consult(~c"packaging/deb/sys.config")
    assert settings[:store] == {Numplan.Store.SQLite, dir: "/var/lib/numplan/sqlite"}
    assert settings[:server] == [port: 8000, ip: {127, 0, 0, 1}]
  end

  test "documents and modules that show a store in the service's folder show that of the package" do
    texts = for file <- Path.wildcard("{docs,lib}/**/*.{md,cheatmd,livemd,ex}"), do: File.read!(file)
    shown = for text <- texts, [_, dir] <- Regex.scan(~r/Store\.SQLite, dir: "(\/var[^"]*)"/, text), do: dir
    assert length(shown) > 3
    assert Enum.uniq(shown) == ["/var/lib/numplan/sqlite"]
  end

  # All users of a machine can read the arguments of a program.
  test "no example hands a token to a program as an argument, and what holds one is ignored" do
    lines =
      for file <- ["README.md" | Path.wildcard("docs/*.md")],
          line <- String.split(File.read!(file), "\n"),
          line =~ ~r/\$TOKEN|\$\(cat token\)/,
          do: {file, line}

    assert length(lines) > 3
    # printf is a part of the shell.
    assert Enum.reject(lines, fn {_, line} -> line =~ ~r/^(\$ )?(\(umask 077; printf |NUMPLAN_TOKEN=)/ end) == []

    for secret <- ~w(token header) do
      assert "/#{secret}" in String.split(File.read!(".gitignore"), "\n")
      assert secret in String.split(File.read!(".containerignore"), "\n")
    end
  end

  test "the page names the version of the package" do
    for [version] <- Regex.scan(~r/numplan_([\d.]+)-1_/, File.read!(@document), capture: :all_but_first),
        do: assert(version == Mix.Project.config()[:version])
  end
end
