defmodule Mix.Tasks.Numplan.Store.Migrate do
  @shortdoc Numplan.CLI.StoreMigrate.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.StoreMigrate, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.StoreMigrate, arguments)
end
