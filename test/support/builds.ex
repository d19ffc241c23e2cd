defmodule Numplan.Builds do
  @moduledoc """
  Two builds of the application in one directory, and real nodes that run it with no Elixir in their code path.
  """

  @root Path.expand("../..", __DIR__)

  @doc """
  An application directory that holds this build's modules and native library, and beside them those of a second build, whose
  native library was built with another tag. Gives the directory and, for each build, the tag and its `numplan_nif` module's code.
  """
  @spec two_builds(Path.t()) :: {Path.t(), [{binary(), binary()}]}
  def two_builds(folder) do
    app = one_build(folder)
    library = second_library()
    name = "numplan_nif-#{Base.encode16(:erlang.md5(library), case: :lower)}"
    File.write!(Path.join(app, "priv/native/#{name}.so"), library)

    first = File.read!(Path.join(app, "ebin/numplan_nif.beam"))
    {app, [{"none", first}, {"second", compile_nif(folder, name)}]}
  end

  @doc "An application directory with this build's Erlang modules and native library alone."
  @spec one_build(Path.t()) :: Path.t()
  def one_build(folder) do
    app = Path.join(folder, "lib/numplan")
    File.mkdir_p!(Path.join(app, "ebin"))
    File.mkdir_p!(Path.join(app, "priv/native"))

    for beam <- erlang_beams(), do: File.cp!(beam, Path.join([app, "ebin", Path.basename(beam)]))
    source = to_string(:code.lib_dir(:numplan))
    File.cp!(Path.join(source, "ebin/numplan.app"), Path.join(app, "ebin/numplan.app"))

    for library <- Path.wildcard(Path.join(source, "priv/native/#{current_library()}.so")) do
      File.cp!(library, Path.join([app, "priv/native", Path.basename(library)]))
    end

    app
  end

  @doc "The same, with a list of modules that has no others, as numplan_upgrade needs it; Mix's has those of Elixir too."
  @spec erlang_half(Path.t()) :: Path.t()
  def erlang_half(folder) do
    app = one_build(folder)
    file = Path.join(app, "ebin/numplan.app")
    {:ok, [{:application, :numplan, keys}]} = :file.consult(file)
    keys = Keyword.put(keys, :modules, erlang_modules())
    File.write!(file, :io_lib.format(~c"~p.~n", [{:application, :numplan, keys}]))
    app
  end

  @doc """
  The application's directory in `folder`, from an archive that cargo and OTP alone have made in a copy of the source tree: Elixir's
  programs are not in their path. The build gets a version and a tag; its library is not optimised.
  """
  @spec archived(Path.t(), binary(), binary()) :: Path.t()
  def archived(folder, version, tag) do
    source = copy_of_source()
    :ok = set_version(source, version)

    environment = [
      {"PATH", path_without(~w(elixir elixirc iex mix), folder)},
      {"PROFILE", "dev"},
      {"CARGO_TARGET_DIR", Path.join(@root, "target/archive")},
      {"NUMPLAN_BUILD_TAG", tag},
      # The sources may be no repository, which would have the time of a commit.
      {"SOURCE_DATE_EPOCH", "1767225600"}
    ]

    {printed, 0} = System.cmd(Path.join(source, "scripts/dist"), ["--native", folder], env: environment)
    archive = String.trim(printed)
    {_, 0} = System.cmd("tar", ["xzf", archive, "-C", folder])
    [_, name] = Regex.run(~r/^(numplan-\d+\.\d+\.\d+)-\w+-.*\.tar\.gz$/, Path.basename(archive))
    Path.join(folder, name)
  end

  @doc "Changes the version of a copy of the source tree."
  @spec set_version(Path.t(), binary()) :: :ok
  def set_version(source, version) do
    app_src = Path.join(source, "src/numplan.app.src")
    File.write!(app_src, Regex.replace(~r/{vsn, ".*"}/, File.read!(app_src), ~s({vsn, "#{version}"})))
  end

  @doc """
  A copy of the source tree, or of these files of it. Always in the same place, and with the files' own times: cargo compiles what
  has changed.
  """
  @spec copy_of_source([Path.t()]) :: Path.t()
  def copy_of_source(files \\ File.ls!(@root) -- ~w(.git _build target tmp data dist doc priv)) do
    copy = Path.join(@root, "tmp/source")
    File.rm_rf!(copy)
    File.mkdir_p!(copy)
    {_, 0} = System.cmd("cp", ["-a", "--parents" | files] ++ [copy], cd: @root)
    copy
  end

  @doc "A `PATH` with all programs but those named: a folder of links, which is made in `folder`."
  @spec path_without([binary()], Path.t()) :: Path.t()
  def path_without(names, folder) do
    programs = Path.join(folder, "programs")
    File.mkdir_p!(programs)

    for directory <- String.split(System.get_env("PATH"), ":"),
        {:ok, found} <- [File.ls(directory)],
        name <- found -- names,
        do: File.ln_s(Path.join(directory, name), Path.join(programs, name))

    programs
  end

  @doc "The names of the Erlang modules of the application."
  @spec erlang_modules() :: [module()]
  def erlang_modules, do: for(beam <- erlang_beams(), do: beam |> Path.basename(".beam") |> String.to_atom())

  defp erlang_beams do
    for source <- Path.wildcard(Path.join(@root, "src/**/*.erl")),
        do: Path.join([:code.lib_dir(:numplan), "ebin", Path.basename(source, ".erl") <> ".beam"])
  end

  defp current_library, do: :numplan_nif.build_info() |> elem(0)

  defp second_library do
    target = Path.join(@root, "target/second")

    arguments =
      ~w(build --locked --quiet --package numplan_nif --lib --features fault_injection --target-dir) ++ [target]

    {_, 0} =
      System.cmd("cargo", arguments, cd: @root, env: [{"NUMPLAN_BUILD_TAG", "second"}], into: IO.stream(:stderr, :line))

    File.read!(Path.join(target, "debug/libnumplan_nif.so"))
  end

  @doc "Makes the application in `app` find that `re` is of no known dialect: its probes are asked for half of the subjects."
  @spec of_unknown_dialect(Path.t()) :: :ok
  def of_unknown_dialect(app) do
    source = File.read!(Path.join(@root, "src/numplan_dialect.erl"))
    code = compile(app, :numplan_dialect, String.replace(source, "lists:seq(0, 255)", "lists:seq(0, 127)"), [])
    File.write!(Path.join(app, "ebin/numplan_dialect.beam"), code)
  end

  defp compile_nif(folder, library) do
    header = Path.join(folder, "include/numplan/priv/native/numplan_library.hrl")
    File.mkdir_p!(Path.dirname(header))
    File.write!(header, ~s(-define(LIBRARIES, [{any, "#{library}"}]\).\n))
    options = [{:i, to_charlist(Path.join(folder, "include"))}, {:d, :FAULT_INJECTION}]
    compile(folder, :numplan_nif, File.read!(Path.join(@root, "src/numplan_nif.erl")), options)
  end

  defp compile(folder, module, source, options) do
    file = Path.join(folder, "#{module}.erl")
    File.write!(file, source)
    {:ok, ^module, code} = :compile.file(to_charlist(file), [:binary, :return_errors | options])
    code
  end

  @doc "Starts a node with the application in `app` and nothing else but OTP in its code path. Stops with the calling process."
  @spec start_node(Path.t(), [charlist()]) :: pid()
  def start_node(app, arguments \\ []), do: start_bare_node([~c"-pa", to_charlist(Path.join(app, "ebin")) | arguments])

  @doc "Starts such a node without the application."
  @spec start_bare_node([charlist()]) :: pid()
  def start_bare_node(arguments) do
    # The default handler is off: tests add handlers of their own.
    arguments = [~c"-kernel", ~c"logger", ~c"[{handler,default,undefined}]" | arguments]
    {:ok, peer, _node} = :peer.start_link(%{connection: :standard_io, args: arguments})

    _ = call(peer, :logger, :remove_handler, [:simple])
    peer
  end

  @doc "Calls a function in such a node."
  @spec call(pid(), module(), atom(), [term()], timeout()) :: term()
  def call(peer, module, function, arguments, timeout \\ 60_000) do
    :peer.call(peer, module, function, arguments, timeout)
  end

  @doc "Compiles an Erlang module of `test/support` and loads it into such a node, or into this one."
  @spec load_erlang(pid() | :here, binary()) :: module()
  def load_erlang(node, name) do
    file = to_charlist(Path.join([@root, "test/support", name]))
    {:ok, module, code} = :compile.file(file, [:binary, :report, :warnings_as_errors])
    load = [module, ~c"test", code]

    {:module, ^module} =
      if node == :here, do: apply(:code, :load_binary, load), else: call(node, :code, :load_binary, load)

    module
  end

  @doc """
  Asks until the answer is `wanted`, for a few seconds; gives the last one. For what goes on in a node and tells nobody, such as purging
  and unmapping.
  """
  @spec await((() -> term()), term(), non_neg_integer()) :: term()
  def await(ask, wanted, tries \\ 200) do
    case ask.() do
      ^wanted ->
        wanted

      other when tries == 0 ->
        other

      _ ->
        receive do
        after
          20 -> await(ask, wanted, tries - 1)
        end
    end
  end
end
