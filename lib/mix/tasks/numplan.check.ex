defmodule Mix.Tasks.Numplan.Check do
  @shortdoc Numplan.CLI.Check.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.Check, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.Check, arguments)
end
