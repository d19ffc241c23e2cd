defmodule Mix.Tasks.Numplan.Classify do
  @shortdoc Numplan.CLI.Classify.summary()
  @moduledoc Numplan.CLI.help(Numplan.CLI.Classify, :mix)

  use Mix.Task

  @impl true
  def run(arguments), do: Mix.Numplan.run(Numplan.CLI.Classify, arguments)
end
