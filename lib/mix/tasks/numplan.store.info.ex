defmodule Mix.Tasks.Numplan.Store.Info do
  @shortdoc Numplan.CLI.StoreInfo.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.StoreInfo, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.StoreInfo, arguments)
end
