defmodule Mix.Tasks.Compile.NumplanCargo do
  @moduledoc """
  Builds the native libraries into `priv`, before the compilers run: `native/library` has the rest.

  A production build is optimised; the others are not.
  """
  use Mix.Task.Compiler

  @root Path.expand("..", __DIR__)

  @impl true
  def run(_arguments) do
    with {:ok, engine} <- library([]), {:ok, store} <- library(["--store"]), do: built("#{engine} #{store}")
  end

  defp library(which) do
    case System.cmd(Path.join(@root, "native/library"), which ++ [profile(), native_dir() | features()]) do
      {printed, 0} -> {:ok, String.trim(printed)}
      {_, status} -> failed("numplan: a native library was not built (status #{status}); what is wrong is said above")
    end
  end

  # The Erlang compiler does not follow the header, which holds the name.
  defp built(names) do
    if File.read(manifest()) == {:ok, names} do
      :noop
    else
      File.rm(Path.join(Mix.Project.compile_path(), "numplan_nif.beam"))
      File.mkdir_p!(Mix.Project.manifest_path())
      File.write!(manifest(), names)
      :ok
    end
  end

  defp failed(message) do
    Mix.shell().error(message)
    {:error, [diagnostic(message)]}
  end

  @impl true
  def manifests, do: [manifest()]

  @impl true
  def clean do
    File.rm_rf!(native_dir())
    File.rm(manifest())
    :ok
  end

  defp profile, do: if(Mix.env() == :prod, do: "release", else: "dev")
  defp features, do: if(Mix.env() == :test, do: ["fault_injection"], else: [])
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
