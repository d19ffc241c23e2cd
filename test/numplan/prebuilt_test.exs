defmodule Numplan.PrebuiltTest do
  @moduledoc """
  Builds without Rust, in projects of Mix and of rebar3: the native library comes from a directory or
  from a web server, and is refused where its checksum differs.
  """
  use ExUnit.Case

  alias Numplan.{Builds, CommandLine, Document}

  @moduletag :tmp_dir
  @moduletag timeout: 900_000

  @root Path.expand("../..", __DIR__)
  # scripts/setup puts it there where the system has none.
  @rebar3 Path.join(@root, "_build/rebar3/usr/bin/rebar3")
  @target :erlang.system_info(:system_architecture) |> :numplan_library.target() |> to_string()
  @suffix "-v#{Mix.Project.config()[:version]}-nif-2.15-#{@target}.so"
  @name "libnumplan_nif" <> @suffix

  setup_all do
    folder = Path.join(@root, "tmp/prebuilts")
    File.rm_rf!(folder)
    File.mkdir_p!(folder)
    archives = [archive(folder, []), archive(folder, ["--store"])]
    {sums, 0} = System.cmd("sha256sum", archives, cd: folder)
    %{archives: Enum.map(archives, &Path.join(folder, &1)), sums: sums, source: Builds.copy_of_source()}
  end

  # Builds a library as one for other machines, and packs it; gives the name of the archive.
  defp archive(folder, which) do
    environment = [{"CARGO_TARGET_DIR", Path.join(@root, "target/archive")}, {"NUMPLAN_BUILD_TAG", "archived"}]
    {built, 0} = System.cmd(Path.join(@root, "native/library"), which ++ ["dev", folder], env: environment)
    [crate, _hash] = String.split(String.trim(built), "-")
    name = "lib#{crate}#{@suffix}"
    File.rename!(Path.join(folder, String.trim(built) <> ".so"), Path.join(folder, name))
    {_, 0} = System.cmd("tar", ["czf", name <> ".tar.gz", name], cd: folder)
    name <> ".tar.gz"
  end

  setup %{tmp_dir: folder, archives: archives, sums: sums, source: source} do
    served = Path.join(folder, "served")
    File.mkdir_p!(served)
    for archive <- archives, do: File.ln!(archive, Path.join(served, Path.basename(archive)))
    File.write!(Path.join(source, "native/SHA256SUMS"), sums)
    # rebar3 puts libraries into `priv` of the sources, which Mix then finds there.
    on_exit(fn -> for made <- ~w(native/prebuilts priv), do: File.rm_rf!(Path.join(source, made)) end)
    %{served: served, path: Builds.path_without(~w(cargo rustc rustup), folder)}
  end

  test "a project of Mix takes the library from a web server, and classifies", %{tmp_dir: folder} = context do
    host = mix_project(folder, context.source)
    arguments = ["-c", ~s|mix run -e 'IO.puts("class " <> Numplan.classify("911"))'|]
    url = serve(context.served)
    options = [cd: host, env: mix_environment() ++ prebuilt(context, url), stderr_to_stdout: true]
    assert {printed, 0} = System.cmd("sh", arguments, options)
    assert printed =~ "class emergency"
    assert printed =~ "numplan: takes #{@name}.tar.gz from http://"

    # And compiles again without the server.
    :ok = :inets.stop(:httpd, {{127, 0, 0, 1}, URI.parse(url).port})
    assert {printed, 0} = System.cmd("sh", ["-c", "mix compile"], options)
    refute printed =~ "numplan: takes"
  end

  test "docs/install.md: in a project of Mix", %{tmp_dir: folder} = context do
    as_documented("In a project of Mix", mix_project(folder, context.source), mix_environment(), context)
  end

  @tag :rebar3
  test "docs/install.md: in a project of rebar3", %{tmp_dir: folder} = context do
    host = Path.join(folder, "host")
    File.mkdir_p!(Path.join(host, "_checkouts"))
    File.mkdir_p!(Path.join(host, "src"))
    File.ln_s!(context.source, Path.join(host, "_checkouts/numplan"))
    File.write!(Path.join(host, "rebar.config"), "{deps, [numplan]}.\n")

    File.write!(
      Path.join(host, "src/host.app.src"),
      "{application, host, [{vsn, \"1\"}, {applications, [numplan]}]}.\n"
    )

    unless File.exists?(Path.join(context.path, "rebar3")), do: File.ln_s!(@rebar3, Path.join(context.path, "rebar3"))
    as_documented("In a project of rebar3", host, [], context)
  end

  defp mix_project(folder, source) do
    host = Path.join(folder, "host")
    File.mkdir_p!(host)

    File.write!(Path.join(host, "mix.exs"), """
    defmodule Host.MixProject do
      use Mix.Project
      def project, do: [app: :host, version: "1.0.0", deps: [{:numplan, path: #{inspect(source)}}]]
    end
    """)

    host
  end

  defp mix_environment, do: [{"MIX_ENV", "dev"}, {"MIX_BUILD_PATH", nil}]

  # Runs the commands of a section of docs/install.md; `../dist` there is the folder of libraries.
  defp as_documented(title, host, environment, context) do
    File.ln_s!(context.served, Path.join(Path.dirname(host), "dist"))
    [_, section] = Regex.run(~r/^## #{title}\n(.*?)(?=^## )/ms, File.read!("docs/install.md"))
    examples = for {"console", block} <- Document.blocks(section), example <- CommandLine.examples(block), do: example
    assert [_ | _] = examples

    for {line, printed} <- examples do
      {out, _} = System.cmd("sh", ["-c", line], cd: host, env: [{"PATH", context.path} | environment])
      assert {line, String.trim_trailing(out)} == {line, String.trim_trailing(printed)}
    end
  end

  test "without cargo it is taken from the source tree itself", context do
    File.cp_r!(context.served, Path.join(context.source, "native/prebuilts"))
    assert {told, 0} = library(context, nil)
    assert told =~ ~r/^numplan_nif-[0-9a-f]{16}$/m
  end

  test "a library that was changed is refused, and nothing is left", %{tmp_dir: folder} = context do
    archive = Path.join(context.served, @name <> ".tar.gz")
    content = File.read!(archive)
    File.rm!(archive)
    middle = div(byte_size(content), 2)
    head = binary_part(content, 0, middle)
    <<byte, rest::binary>> = binary_part(content, middle, byte_size(content) - middle)
    File.write!(archive, <<head::binary, Bitwise.bxor(byte, 1), rest::binary>>)

    for source <- [context.served, serve(context.served)] do
      assert {told, 1} = library(context, source)
      assert told =~ "numplan: no native library was taken: #{@name}.tar.gz was changed: its SHA-256 is "
      assert File.ls!(Path.join(folder, "native")) == []
    end
  end

  test "what cannot be had is named", %{tmp_dir: folder} = context do
    File.mkdir_p!(Path.join(folder, "empty"))
    url = serve(Path.join(folder, "empty"))
    assert {told, 1} = library(context, url)
    assert told =~ "#{url}/#{@name}.tar.gz: 404"

    {:ok, socket} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(socket)
    :ok = :gen_tcp.close(socket)
    assert {told, 1} = library(context, "http://127.0.0.1:#{port}")
    assert told =~ "http://127.0.0.1:#{port}/#{@name}.tar.gz: " and told =~ "econnrefused"

    assert {told, 1} = library(context, Path.join(folder, "empty"))
    assert told =~ "#{folder}/empty/#{@name}.tar.gz: no such file or directory"

    assert {told, 1} = library(context, "served")
    assert told =~ "NUMPLAN_PREBUILT is neither an absolute path nor a URL: served"

    assert {told, 1} = library(context, context.served, [{"NUMPLAN_PREBUILT_TARGET", "riscv64gc-unknown-linux-gnu"}])
    assert told =~ "has no line for libnumplan_nif-v" and told =~ "riscv64gc-unknown-linux-gnu"

    sums = Path.join(context.source, "native/SHA256SUMS")
    File.rm!(sums)
    assert {told, 1} = library(context, url)
    assert told =~ "this source tree has no native/SHA256SUMS"
  end

  defp library(context, source, environment \\ []) do
    arguments = ["dev", Path.join(context.tmp_dir, "native")]
    environment = environment ++ prebuilt(context, source)

    System.cmd(Path.join(context.source, "native/library"), arguments, env: environment, stderr_to_stdout: true)
  end

  defp prebuilt(context, source) do
    proxies = for name <- ~w(http_proxy https_proxy HTTP_PROXY HTTPS_PROXY), do: {name, nil}
    [{"PATH", context.path}, {"NUMPLAN_PREBUILT", source} | proxies]
  end

  # OTP's own web server.
  defp serve(folder) do
    options = [port: 0, bind_address: {127, 0, 0, 1}, server_name: ~c"localhost"]
    folders = [server_root: to_charlist(folder), document_root: to_charlist(folder)]
    {:ok, server} = :inets.start(:httpd, options ++ folders)
    on_exit(fn -> :inets.stop(:httpd, server) end)
    "http://127.0.0.1:#{:httpd.info(server)[:port]}"
  end
end
