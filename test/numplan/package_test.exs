defmodule Numplan.PackageTest do
  @moduledoc """
  The package for Hex: what it says, what is in it, and that a project compiles with that alone.

  Hex itself is in Debian from 13 on: the tests with the tag `:hex` are left out by default, and are a
  step of the matrix.
  """
  use ExUnit.Case

  alias Numplan.{Builds, PackageFiles}

  @moduletag timeout: 900_000

  # Hex takes 8 MiB packed and 64 MiB unpacked; a package that gets near has something in it that
  # does not belong there.
  @most_packed 4 * 1024 * 1024
  @most_unpacked 16 * 1024 * 1024
  @largest_file 2 * 1024 * 1024

  @kinds ~w(.bin .cheatmd .css .erl .ex .exs .fst .hrl .html .js .json .livemd .lock .md .others .places .png .rs .src .svg .texts) ++
           ~w(.toml .tsv .txt .config)
  @without_kind ~w(native/prebuilt native/SHA256SUMS LICENSE NOTICE native/check-rust native/library scripts/build-erlang scripts/docs/chunks)

  defp config, do: Mix.Project.config()

  defp app_src do
    {:ok, [{:application, :numplan, keys}]} = :file.consult(~c"src/numplan.app.src")
    keys
  end

  describe "the metadata" do
    test "has what Hex asks for, in Mix and for rebar3" do
      assert config()[:version] =~ ~r/^\d+\.\d+\.\d+(-[\w.]+)?$/
      assert String.length(config()[:description]) in 1..300
      assert config()[:package][:licenses] == ["Apache-2.0"] and File.read!("LICENSE") =~ "Apache License"
      assert is_map(config()[:package][:links])

      keys = app_src()
      assert to_string(keys[:vsn]) == config()[:version] and to_string(keys[:description]) == config()[:description]
      assert Enum.map(keys[:licenses], &to_string/1) == config()[:package][:licenses]
      assert keys[:links] == []
    end

    test "names the repository that the publisher names, and none by itself" do
      assert {config()[:source_url], config()[:homepage_url], config()[:package][:links]} == {nil, nil, %{}}

      System.put_env("NUMPLAN_SOURCE_URL", "https://code.example.com/numplan")
      on_exit(fn -> System.delete_env("NUMPLAN_SOURCE_URL") end)
      project = Mix.Project.get!().project()
      assert project[:source_url] == "https://code.example.com/numplan"
      assert project[:package][:links] == %{"Source" => "https://code.example.com/numplan"}
    end

    test "names libraries that are optional, and a build needs none" do
      assert config()[:deps] == []

      for arguments <- [["hex.build"], ["hex.publish", "package", "--yes"]],
          do: assert(named(arguments) == ~w(cowboy plug telemetry)a)

      for arguments <- [[], ["test"], ["hex.publish", "docs"]], do: assert(named(arguments) == [])
    end

    defp named(arguments) do
      ours = System.argv()
      System.argv(arguments)

      try do
        deps = Mix.Project.get!().project()[:deps]
        for {name, versions, [optional: true]} <- deps, {:ok, _} <- [Version.parse_requirement(versions)], do: name
      after
        System.argv(ours)
      end
    end
  end

  describe "the files" do
    test "are all there, and cargo's and the compilers' among them" do
      assert Enum.reject(config()[:package][:files], &(Path.wildcard(&1) != [])) == []
      files = PackageFiles.list()

      needed =
        ~w(mix.exs rebar.config Cargo.toml Cargo.lock src/numplan.app.src src/numplan.erl lib/numplan.ex native/library) ++
          ~w(native/check-rust native/compile.cargo.exs scripts/docs/compile.chunks.exs scripts/docs/chunks LICENSE NOTICE README.md) ++
          Enum.flat_map(
            ~w(native/*/Cargo.toml native/*/src/**/*.rs native/*/{data,presets}/* bench/floor/Cargo.toml),
            &Path.wildcard/1
          )

      assert Enum.filter(needed, &File.regular?/1) -- files == []
      assert Enum.filter(files, &(&1 =~ ~r/(^|\/)(test|tests|testdata|target|_build|\.git)\//)) == []
    end

    test "are of known kinds, so that no file of somebody's own slips in, and hold no key" do
      unknown = for file <- PackageFiles.list(), Path.extname(file) not in @kinds, file not in @without_kind, do: file
      assert unknown == []

      for file <- PackageFiles.list(), do: refute(File.read!(file) =~ ~r/-----BEGIN [A-Z ]*PRIVATE KEY-----/)
    end

    test "are small: no file above 2 MiB, 16 MiB together, and 4 MiB packed" do
      sizes = for file <- PackageFiles.list(), do: File.stat!(file).size
      assert Enum.max(sizes) < @largest_file and Enum.sum(sizes) < @most_unpacked

      contents = for file <- PackageFiles.list(), do: File.read!(file)
      assert contents |> :erlang.iolist_to_binary() |> :zlib.gzip() |> byte_size() < @most_packed
    end
  end

  describe "with these files alone" do
    setup do: %{source: Builds.copy_of_source(PackageFiles.list())}

    test "a project that depends on them compiles and classifies", %{source: source} do
      host = host(":numplan, path: #{inspect(source)}, env: :dev")
      assert {printed, 0} = mix(host, ["run", "-e", ~s|IO.puts("class " <> Numplan.classify("911"))|])
      assert printed =~ "class emergency\n"
    end
  end

  defp host(dependency) do
    folder = Path.expand("tmp/package-host")
    File.rm_rf!(folder)
    File.mkdir_p!(folder)

    File.write!(Path.join(folder, "mix.exs"), """
    defmodule PackageHost.MixProject do
      use Mix.Project
      def project, do: [app: :package_host, version: "1.0.0", deps: [{#{dependency}}]]
    end
    """)

    folder
  end

  defp mix(folder, arguments, more \\ []) do
    environment = [
      {"MIX_ENV", "dev"},
      {"MIX_BUILD_ROOT", nil},
      {"MIX_BUILD_PATH", nil},
      # The library of the archives' tests, so that it is built once.
      {"CARGO_TARGET_DIR", Path.expand("target/archive")},
      {"NUMPLAN_BUILD_TAG", "archived"}
      | more
    ]

    System.cmd("mix", arguments, cd: folder, env: environment, stderr_to_stdout: true)
  end

  describe "mix hex.build" do
    @describetag :hex
    @describetag :tmp_dir

    setup %{tmp_dir: folder} do
      # Debian's Hex is beside Elixir, and on no path. What it keeps of a user is in a folder of the test.
      hex = [{"ERL_LIBS", Path.dirname(:code.lib_dir(:elixir))}, {"HEX_HOME", Path.join(folder, "hex")}]
      tar = Path.join(folder, "public/tarballs/numplan-#{config()[:version]}.tar")
      File.mkdir_p!(Path.dirname(tar))
      {printed, status} = mix(File.cwd!(), ["hex.build", "--output", tar], [{"HEX_OFFLINE", "1"} | hex])
      assert {printed, status} == {printed, 0}
      {:ok, members} = :erl_tar.extract(to_charlist(tar), [:memory])

      %{
        printed: printed,
        tar: tar,
        hex: hex,
        members: Map.new(members, fn {name, bytes} -> {to_string(name), bytes} end)
      }
    end

    test "makes a package of the files, with its metadata, and without a complaint", context do
      assert Enum.sort(Map.keys(context.members)) == ~w(CHECKSUM VERSION contents.tar.gz metadata.config)
      assert context.members["VERSION"] == "3"
      refute context.printed =~ ~r/missing|warning|not recognized|Stopping/i

      metadata = metadata(context)

      assert {metadata["app"], metadata["version"], metadata["licenses"]} ==
               {"numplan", config()[:version], ["Apache-2.0"]}

      assert Enum.sort(metadata["build_tools"]) == ["mix", "rebar3"] and metadata["elixir"] == config()[:elixir]
      requirements = for requirement <- metadata["requirements"], do: Map.new(requirement)
      assert requirements |> Enum.map(& &1["name"]) |> Enum.sort() == ~w(cowboy plug telemetry)
      assert Enum.all?(requirements, & &1["optional"])

      {:ok, files} = :erl_tar.table({:binary, context.members["contents.tar.gz"]}, [:compressed])

      assert Enum.sort(for(file <- files, file = to_string(file), not File.dir?(file), do: file)) ==
               Enum.sort(PackageFiles.list())

      assert File.stat!(context.tar).size < @most_packed
    end

    test "makes a package that unpacks to the files that the project above compiles with", %{members: members} do
      source = Builds.copy_of_source(PackageFiles.list())
      unpacked = Path.expand("tmp/unpacked")
      File.rm_rf!(unpacked)
      :ok = :erl_tar.extract({:binary, members["contents.tar.gz"]}, [:compressed, cwd: to_charlist(unpacked)])
      assert {"", 0} = System.cmd("diff", ["-r", source, unpacked], stderr_to_stdout: true)
      for file <- PackageFiles.list(), do: assert({file, mode(Path.join(unpacked, file))} == {file, mode(file)})
    end

    test "makes a package that a project gets from a registry, without what is optional", %{tmp_dir: folder, hex: hex} do
      key = :public_key.generate_key({:rsa, 2048, 65_537})
      pem = :public_key.pem_encode([:public_key.pem_entry_encode(:RSAPrivateKey, key)])
      File.write!(Path.join(folder, "key.pem"), pem)
      build = ~w(hex.registry build public --name local --private-key key.pem)
      assert {_, 0} = mix(folder, build, hex)

      public = to_charlist(Path.join(folder, "public"))

      options = [
        port: 0,
        bind_address: {127, 0, 0, 1},
        server_name: ~c"local",
        server_root: public,
        document_root: public
      ]

      {:ok, server} = :inets.start(:httpd, options)
      on_exit(fn -> :inets.stop(:httpd, server) end)
      url = "http://127.0.0.1:#{:httpd.info(server)[:port]}"

      # Hex asks its own registry about libraries that are optional: here, where it is not.
      hex = [{"HEX_MIRROR", url} | hex]
      host = host(~s(:numplan, "~> #{config()[:version]}", repo: "local"))

      assert {_, 0} =
               mix(host, ["hex.repo", "add", "local", url, "--public-key", Path.join(folder, "public/public_key")], hex)

      assert {printed, 0} = mix(host, ["deps.get"], hex)
      assert printed =~ "Getting numplan (Hex package)"
      assert File.ls!(Path.join(host, "deps")) == ["numplan"]

      for file <- PackageFiles.list(),
          do: assert(File.read!(Path.join([host, "deps/numplan", file])) == File.read!(file))
    end

    defp mode(file), do: Bitwise.band(File.stat!(file).mode, 0o111)

    defp metadata(%{members: members, tar: tar}) do
      file = tar <> ".metadata"
      File.write!(file, members["metadata.config"])
      {:ok, terms} = :file.consult(to_charlist(file))
      Map.new(terms)
    end
  end
end
