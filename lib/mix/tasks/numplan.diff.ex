defmodule Mix.Tasks.Numplan.Diff do
  @shortdoc Numplan.CLI.Diff.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.Diff, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.Diff, arguments)
end
