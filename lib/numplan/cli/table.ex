defmodule Numplan.CLI.Table do
  @moduledoc "Prints tables."

  alias Numplan.CLI.Terminal
  alias Numplan.Finding

  @doc """
  Prints titles and rows in columns as wide as their widest cell, with texts as by
  `Numplan.Finding.shown/1` and `nil` as `-`.
  """
  @spec print([binary()], [[binary() | boolean() | nil]]) :: :ok
  def print(titles, rows) do
    rows = Enum.map(rows, fn row -> Enum.map(row, &cell/1) end)
    widths = [titles | rows] |> Enum.zip_with(& &1) |> Enum.map(&width/1)
    header = Terminal.coloured(line(titles, widths), :bright, :stdio)
    Terminal.print([header, "\n", Enum.map(rows, &[line(&1, widths), "\n"])])
  end

  defp cell(nil), do: "-"
  defp cell(true), do: "yes"
  defp cell(false), do: "no"
  defp cell(text), do: Finding.shown(text)

  defp width(column), do: column |> Enum.map(&String.length/1) |> Enum.max()

  defp line(row, widths) do
    row |> Enum.zip_with(widths, &String.pad_trailing/2) |> Enum.join("  ") |> String.trim_trailing()
  end
end
