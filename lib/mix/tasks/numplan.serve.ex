defmodule Mix.Tasks.Numplan.Serve do
  @shortdoc Numplan.CLI.Serve.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.Serve, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.Serve, arguments)
end
