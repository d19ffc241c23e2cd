defmodule Mix.Tasks.Numplan.Numbers.Export do
  @shortdoc Numplan.CLI.NumbersExport.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.NumbersExport, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.NumbersExport, arguments)
end
