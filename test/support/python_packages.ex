defmodule Numplan.PythonPackages do
  @moduledoc """
  Packages of PyPI that tests use: each a folder beside this file with `requirements.txt`, which pins
  versions and hashes, installed once into `_build`.
  """

  @doc """
  The folder of installed packages, for `PYTHONPATH`; installs them where it is missing or of other
  requirements.

      Numplan.PythonPackages.install("h11") |> Path.join("h11/__init__.py")
  """
  @spec install(binary()) :: Path.t()
  def install(name) do
    source = Path.expand(Path.join(name, "requirements.txt"), __DIR__)
    folder = Path.expand("../../_build/#{name}", __DIR__)

    :global.trans({{__MODULE__, name}, self()}, fn ->
      requirements = File.read!(source)
      unless File.read(Path.join(folder, "installed")) == {:ok, requirements}, do: install(source, folder, requirements)
    end)

    folder
  end

  # A folder of other requirements is installed again.
  defp install(source, folder, requirements) do
    File.rm_rf!(folder)

    arguments =
      ~w(-m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes --only-binary :all:) ++
        ["--target", folder, "--requirement", source]

    {_, 0} = System.cmd(python(), arguments, into: IO.stream(:stderr, :line))
    File.write!(Path.join(folder, "installed"), requirements)
  end

  @doc "The path of Python."
  @spec python() :: Path.t()
  def python, do: System.find_executable("python3") || raise("python3 was not found: scripts/setup tests installs it")
end
