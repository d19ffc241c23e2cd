defmodule Mix.Tasks.Numplan.Store.Rename do
  @shortdoc Numplan.CLI.StoreRename.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.StoreRename, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.StoreRename, arguments)
end
