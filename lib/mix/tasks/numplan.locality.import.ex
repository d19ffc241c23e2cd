defmodule Mix.Tasks.Numplan.Locality.Import do
  @shortdoc Numplan.CLI.LocalityImport.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.LocalityImport, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.LocalityImport, arguments)
end
