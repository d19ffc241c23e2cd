defmodule Mix.Numplan do
  @moduledoc "Runs a command of `Numplan.CLI` as a Mix task."

  @doc """
  Runs a command with the configuration of the current project, without starting its application.
  If the exit code is not 0, Mix ends with it.
  """
  @spec run(module(), [binary()]) :: :ok
  def run(command, arguments) do
    Mix.Task.run("app.config")

    case Numplan.CLI.run(command, arguments, :mix) do
      0 -> :ok
      code -> exit({:shutdown, code})
    end
  end
end
