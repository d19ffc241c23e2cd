defmodule Numplan.NodePackages do
  @moduledoc """
  Packages of npm that tests use, each a folder beside this file with `package.json` and `package-lock.json`, installed once into
  `_build` as the lock file pins them.
  """

  @doc """
  The folder of an installed package, which holds `node_modules`; installs it where that is missing or of another lock file.

      Numplan.NodePackages.install("axe-core") |> Path.join("node_modules/axe-core/axe.min.js")
  """
  @spec install(binary()) :: Path.t()
  def install(name) do
    source = Path.expand(name, __DIR__)
    folder = Path.expand("../../_build/#{name}", __DIR__)

    :global.trans({{__MODULE__, name}, self()}, fn ->
      lock = File.read!(Path.join(source, "package-lock.json"))
      unless File.read(Path.join(folder, "installed")) == {:ok, lock}, do: install(source, folder, lock)
    end)

    folder
  end

  # A folder of another lock file is installed again.
  defp install(source, folder, lock) do
    File.mkdir_p!(folder)
    for file <- ~w(package.json package-lock.json), do: File.cp!(Path.join(source, file), Path.join(folder, file))
    arguments = ~w(ci --silent --no-audit --no-fund --ignore-scripts --prefix) ++ [folder]
    {_, 0} = System.cmd("npm", arguments, into: IO.stream(:stderr, :line))
    # npm that loses its connection may end with status 0, and nothing installed.
    true = File.dir?(Path.join(folder, "node_modules"))
    File.write!(Path.join(folder, "installed"), lock)
  end
end
