defmodule Mix.Tasks.Compile.NumplanCargo do
  @moduledoc """
  Builds the native library and puts it into `priv`, under a name that holds the hash of its content.

  Runs before the Erlang compiler, which compiles that name into `numplan_nif`: so a change in Rust changes a module, which
  hot reloading and release tools see. A library that a running node may have mapped is never overwritten.

  A production build is optimised; the others are not. `NUMPLAN_BUILD_TAG` marks a build, to tell it from another one of the
  same source.
  """
  use Mix.Task.Compiler

  @crate "numplan_nif"
  @root Path.expand("..", __DIR__)

  @impl true
  def run(_arguments) do
    with {:ok, cargo} <- find_cargo(),
         :ok <- build(cargo) do
      install(File.read!(artifact()))
    else
      {:error, message} ->
        Mix.shell().error(message)
        {:error, [diagnostic(message)]}
    end
  end

  @impl true
  def manifests, do: [manifest()]

  @impl true
  def clean do
    File.rm_rf!(native_dir())
    File.rm(manifest())
    :ok
  end

  defp find_cargo do
    case System.find_executable("cargo") do
      nil ->
        {:error,
         "numplan: cargo was not found. Its native code needs Rust #{rust_version()} or later: see https://rustup.rs"}

      cargo ->
        {:ok, cargo}
    end
  end

  defp rust_version do
    [_, version] = Regex.run(~r/rust-version = "([^"]+)"/, File.read!(Path.join(@root, "Cargo.toml")))
    version
  end

  defp build(cargo) do
    if first_build?(),
      do: Mix.shell().info("numplan: building the native library (#{profile()}); the first time takes a minute")

    arguments =
      ~w(build --locked --quiet --package #{@crate} --lib --profile #{profile()} --target-dir #{target_dir()}) ++
        features()

    case System.cmd(cargo, arguments, cd: @root, stderr_to_stdout: true, into: IO.stream()) do
      {_, 0} -> :ok
      {_, status} -> {:error, "numplan: cargo build failed with status #{status}; its output is above"}
    end
  end

  defp install(library) do
    hash = :crypto.hash(:sha256, library) |> Base.encode16(case: :lower) |> binary_part(0, 16)
    name = "#{@crate}-#{hash}"
    file = Path.join(native_dir(), name <> ".so")

    if File.read(manifest()) == {:ok, name} and File.exists?(file) do
      :noop
    else
      File.mkdir_p!(native_dir())
      place(file, library)
      place(Path.join(native_dir(), "numplan_library.hrl"), ~s[-define(LIBRARY, "#{name}").\n])
      # The Erlang compiler does not follow this header.
      File.rm(Path.join(Mix.Project.compile_path(), "#{@crate}.beam"))
      File.mkdir_p!(Mix.Project.manifest_path())
      File.write!(manifest(), name)
      :ok
    end
  end

  defp place(file, content) do
    temporary = "#{file}.#{System.pid()}"
    File.write!(temporary, content)
    File.rename!(temporary, file)
  end

  defp artifact do
    folder = if profile() == "dev", do: "debug", else: profile()
    extension = if match?({:unix, :darwin}, :os.type()), do: "dylib", else: "so"
    Path.join([target_dir(), folder, "lib#{@crate}.#{extension}"])
  end

  defp target_dir, do: System.get_env("CARGO_TARGET_DIR") || Path.join(@root, "target")
  defp first_build?, do: not File.exists?(artifact())
  defp profile, do: if(Mix.env() == :prod, do: "release", else: "dev")
  defp features, do: if(Mix.env() == :test, do: ~w(--features fault_injection), else: [])
  defp native_dir, do: Path.join([Mix.Project.app_path(), "priv", "native"])
  defp manifest, do: Path.join(Mix.Project.manifest_path(), "compile.numplan_cargo")

  defp diagnostic(message) do
    %Mix.Task.Compiler.Diagnostic{
      compiler_name: "cargo",
      file: Path.join(@root, "Cargo.toml"),
      message: message,
      position: nil,
      severity: :error
    }
  end
end
