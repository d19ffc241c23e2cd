defmodule Mix.Numplan do
  @moduledoc "What the Mix tasks of Numplan share: each runs one command of `Numplan.CLI`."

  @doc """
  Runs a command with the configuration of the project at hand, whose application is not started for that. Where it does not end well,
  Mix ends with the command's exit code.
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
