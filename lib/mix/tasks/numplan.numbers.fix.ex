defmodule Mix.Tasks.Numplan.Numbers.Fix do
  @shortdoc Numplan.CLI.NumbersFix.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.NumbersFix, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.NumbersFix, arguments)
end
