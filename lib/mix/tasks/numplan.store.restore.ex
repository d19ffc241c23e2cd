defmodule Mix.Tasks.Numplan.Store.Restore do
  @shortdoc Numplan.CLI.StoreRestore.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.StoreRestore, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.StoreRestore, arguments)
end
