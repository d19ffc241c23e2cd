defmodule Numplan.PackageFiles do
  @moduledoc "The files of the package, as Hex reads `package: [files: …, exclude_patterns: …]` of `mix.exs`."

  @doc "The paths of all files, in order."
  @spec list() :: [Path.t()]
  def list do
    package = Mix.Project.config()[:package]

    for entry <- package[:files],
        path <- Path.wildcard(entry),
        file <- below(path),
        not Enum.any?(package[:exclude_patterns], &(file =~ &1)),
        uniq: true,
        do: file
  end

  defp below(path) do
    if File.dir?(path),
      do: path |> File.ls!() |> Enum.sort() |> Enum.flat_map(&below(Path.join(path, &1))),
      else: [path]
  end
end
