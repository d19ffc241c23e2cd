defmodule Mix.Tasks.Numplan.Store.Check do
  @shortdoc Numplan.CLI.StoreCheck.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.StoreCheck, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.StoreCheck, arguments)
end
