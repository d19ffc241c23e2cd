defmodule Mix.Tasks.Compile.NumplanChunks do
  @moduledoc """
  Writes the documentation of the Erlang modules beside `ebin`, after the Erlang compiler has run:
  `scripts/docs/chunks` says how.

  Documentation is no reason to refuse a build: what goes wrong is printed.
  """
  use Mix.Task.Compiler

  @root Path.expand("../..", __DIR__)

  @impl true
  def run(_arguments) do
    digest = digest()
    if File.read(manifest()) == {:ok, digest}, do: :noop, else: write(digest)
  end

  defp write(digest) do
    case System.cmd(Path.join(@root, "scripts/docs/chunks"), [Mix.Project.app_path()]) do
      {_, 0} ->
        File.mkdir_p!(Mix.Project.manifest_path())
        File.write!(manifest(), digest)

      {_, status} ->
        Mix.shell().error("numplan: the documentation of the Erlang modules was not written (status #{status})")
    end

    {:ok, []}
  end

  @impl true
  def manifests, do: [manifest()]

  @impl true
  def clean do
    File.rm_rf!(Path.join(Mix.Project.app_path(), "doc"))
    File.rm(manifest())
    :ok
  end

  defp manifest, do: Path.join(Mix.Project.manifest_path(), "compile.numplan_chunks")

  defp digest do
    sources = for file <- Path.wildcard(Path.join(@root, "src/**/*.erl")), do: [file, File.read!(file)]
    Base.encode16(:erlang.md5(sources), case: :lower)
  end
end
