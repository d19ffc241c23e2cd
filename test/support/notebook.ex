defmodule Numplan.Notebook do
  @moduledoc """
  Runs the Elixir cells of a Livebook notebook, one after the other, as Livebook does: bindings, aliases and modules of a cell are there
  for those after it.

  Uses nothing of Numplan, since the notebook's first cell is what brings it.
  """

  @type cell :: %{code: binary(), outputs: [binary()]}

  @output ~s(<!-- livebook:{"output":true} -->)

  @doc "The cells of a notebook's text, each with the outputs that are saved below it."
  @spec cells(binary()) :: [cell()]
  def cells(text) do
    for [_, marker, language, block] <- Regex.scan(~r/^(\Q#{@output}\E\n\n)?```(\w*)\n(.*?)^```$/ms, text),
        reduce: [] do
      cells -> cell(cells, {marker, language}, block)
    end
    |> Enum.reverse()
  end

  defp cell([cell | cells], {marker, ""}, block) when marker != "",
    do: [%{cell | outputs: cell.outputs ++ [String.trim_trailing(block, "\n")]} | cells]

  defp cell(cells, {"", "elixir"}, block), do: [%{code: block, outputs: []} | cells]

  @doc """
  The outputs of each cell: what it prints, if it prints something, and its value. `file` is the notebook's path, for `__DIR__`.
  """
  @spec run([cell()], Path.t()) :: [[binary()]]
  def run(cells, file) do
    env = Code.env_for_eval(file: Path.expand(file))
    {outputs, _} = Enum.map_reduce(cells, {[], env}, &evaluate/2)
    outputs
  end

  defp evaluate(cell, {bindings, env}) do
    {:ok, device} = StringIO.open("")
    leader = Process.group_leader()
    Process.group_leader(self(), device)

    try do
      quoted = Code.string_to_quoted!(cell.code, file: env.file)
      {value, bindings, env} = Code.eval_quoted_with_env(quoted, bindings, env)
      {_, printed} = StringIO.contents(device)
      {printed(printed) ++ [inspect(value, pretty: true, width: 100)], {bindings, env}}
    after
      Process.group_leader(self(), leader)
    end
  end

  defp printed(""), do: []
  defp printed(text), do: [String.trim_trailing(text, "\n")]
end
