defmodule Numplan.CLI.Source do
  @moduledoc "Resolves the configuration of a command: a preset or a file of JSON."

  alias Numplan.{ConfigError, Plan}

  @doc """
  The source with a name: a preset, else a file.

      iex> Numplan.CLI.Source.named("kazoo-4.3")
      {:ok, {:preset, "kazoo-4.3"}}
      iex> {:error, message} = Numplan.CLI.Source.named("kazoo-9")
      iex> message == "kazoo-9 is neither a file nor a preset: the presets are " <> Enum.join(:numplan_nif.presets(), ", ")
      true
  """
  @spec named(binary()) :: {:ok, Numplan.source()} | {:error, binary()}
  def named(name) do
    presets = :numplan_nif.presets()

    cond do
      name in presets -> {:ok, {:preset, name}}
      File.exists?(name) -> {:ok, {:file, name}}
      true -> {:error, "#{name} is neither a file nor a preset: the presets are #{Enum.join(presets, ", ")}"}
    end
  end

  @doc """
  The plan of `--config`, by default the active plan, which the application environment names. The
  error has a line for each problem of the configuration.

      iex> {:ok, plan} = Numplan.CLI.Source.plan(config: "kazoo-4.3")
      iex> Numplan.classify("988", plan)
      "emergency"
  """
  @spec plan(keyword()) :: {:ok, Plan.t()} | {:error, binary()}
  def plan(options) do
    case options[:config] do
      nil -> {:ok, Plan.active()}
      name -> with {:ok, source} <- named(name), do: compiled(name, source)
    end
  end

  defp compiled(name, source) do
    with {:error, error} <- Plan.new(source), do: {:error, "#{name} is refused:\n#{ConfigError.message(error)}"}
  end
end
