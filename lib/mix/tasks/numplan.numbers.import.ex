defmodule Mix.Tasks.Numplan.Numbers.Import do
  @shortdoc Numplan.CLI.NumbersImport.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.NumbersImport, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.NumbersImport, arguments)
end
