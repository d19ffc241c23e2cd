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

  @doc "The names of the Erlang modules of the application."
  @spec erlang_modules() :: [module()]
  def erlang_modules, do: for(beam <- erlang_beams(), do: beam |> Path.basename(".beam") |> String.to_atom())

  defp erlang_beams,
    do:
      :code.lib_dir(:numplan)
      |> to_string()
      |> Path.join("ebin/{numplan,knm_converter_numplan}*.beam")
      |> Path.wildcard()

  defp current_library, do: :numplan_nif.build_info() |> elem(0)

  defp second_library do
    target = Path.join(@root, "target/second")

    arguments =
      ~w(build --locked --quiet --package numplan_nif --lib --features fault_injection --target-dir) ++ [target]

    {_, 0} =
      System.cmd("cargo", arguments, cd: @root, env: [{"NUMPLAN_BUILD_TAG", "second"}], into: IO.stream(:stderr, :line))

    File.read!(Path.join(target, "debug/libnumplan_nif.so"))
  end

  defp compile_nif(folder, library) do
    header = Path.join(folder, "include/numplan/priv/native/numplan_library.hrl")
    File.mkdir_p!(Path.dirname(header))
    File.write!(header, ~s[-define(LIBRARY, "#{library}").\n])
    source = Path.join(@root, "src/numplan_nif.erl")
    options = [:binary, :return_errors, {:i, to_charlist(Path.join(folder, "include"))}, {:d, :FAULT_INJECTION}]
    {:ok, :numplan_nif, code} = :compile.file(to_charlist(source), options)
    code
  end

  @doc "Starts a node with the application in `app` and nothing else but OTP in its code path. Stops with the calling process."
  @spec start_node(Path.t(), [charlist()]) :: pid()
  def start_node(app, arguments \\ []) do
    {:ok, peer, _node} =
      :peer.start_link(%{
        connection: :standard_io,
        # Its log is for handlers that tests add.
        args: [
          ~c"-kernel",
          ~c"logger",
          ~c"[{handler,default,undefined}]",
          ~c"-pa",
          to_charlist(Path.join(app, "ebin")) | arguments
        ]
      })

    _ = call(peer, :logger, :remove_handler, [:simple])
    peer
  end

  @doc "Calls a function in such a node."
  @spec call(pid(), module(), atom(), [term()], timeout()) :: term()
  def call(peer, module, function, arguments, timeout \\ 60_000) do
    :peer.call(peer, module, function, arguments, timeout)
  end

  @doc "Compiles an Erlang module of `test/support` and loads it into such a node."
  @spec load_erlang(pid(), binary()) :: module()
  def load_erlang(peer, name) do
    {:ok, module, code} =
      :compile.file(to_charlist(Path.join([@root, "test/support", name])), [:binary, :return_errors])

    {:module, ^module} = call(peer, :code, :load_binary, [module, ~c"test", code])
    module
  end
end
