defmodule Mix.Tasks.Numplan.Explain do
  @shortdoc Numplan.CLI.Explain.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.Explain, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.Explain, arguments)
end
