defmodule Mix.Tasks.Numplan.Store.Backup do
  @shortdoc Numplan.CLI.StoreBackup.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.StoreBackup, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.StoreBackup, arguments)
end
