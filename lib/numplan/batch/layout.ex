defmodule Numplan.Batch.Layout do
  @moduledoc "How the rows of a file are written, and where their number stands."

  @typedoc "The kinds of files."
  @type format :: :plain | :csv | :tsv | :jsonl

  @formats [:plain, :csv, :tsv, :jsonl]

  @doc "The formats."
  @spec formats() :: [format()]
  def formats, do: @formats

  @doc """
  The format that a file's name tells.

      iex> Enum.map(~w(a.csv a.TSV.gz a.ndjson numbers.txt), &Numplan.Batch.Layout.format/1)
      [:csv, :tsv, :jsonl, :plain]
  """
  @spec format(Path.t()) :: format()
  def format(path) do
    case path |> String.downcase() |> String.trim_trailing(".gz") |> Path.extname() do
      ".csv" -> :csv
      ".tsv" -> :tsv
      extension when extension in [".jsonl", ".ndjson"] -> :jsonl
      _ -> :plain
    end
  end

  @doc """
  The layout of the file at `path` that begins with `first`; and its first row with the names of what is added, if that is a header, with
  its length.

  Options: `:format`, else the name tells; `:column`, the number of the column (from 1, the default) or its name, which needs a header,
  for `:jsonl` the key (default `number`); `:header`, whether there is one (default: if the column is given by name).
  """
  @spec read(binary(), Path.t(), keyword()) ::
          {:ok, :numplan_nif.layout(), {binary(), non_neg_integer()}} | {:error, binary()}
  def read(first, path, options) do
    case options[:format] || format(path) do
      :plain -> {:ok, :plain, {"", 0}}
      :jsonl -> {:ok, {:json_lines, to_string(options[:column] || "number")}, {"", 0}}
      table -> table(table, first, path, options[:column] || 1, options[:header])
    end
  end

  defp table(format, first, _path, column, header) when is_integer(column) and column >= 1 do
    layout = {format, column - 1}
    {:ok, layout, if(header, do: header_row(layout, first), else: {"", 0})}
  end

  defp table(_format, _first, _path, column, _header) when is_integer(column) do
    {:error, "column #{column}: columns count from 1"}
  end

  defp table(_format, _first, _path, column, false) do
    {:error, "column #{column} is named, and so there must be a header; give the number of the column instead"}
  end

  defp table(format, first, path, column, _header) do
    with {names, _length} <- :numplan_nif.table_header({format, 0}, first),
         place when is_integer(place) <- Enum.find_index(names, &(without_mark(&1) == column)) do
      layout = {format, place}
      {:ok, layout, header_row(layout, first)}
    else
      :none -> {:error, "#{path} is empty: there is no column #{column}"}
      nil -> {:error, "#{path} has no column #{column}; its first row is: #{first_row(format, first)}"}
    end
  end

  # A byte-order mark is not part of the first name.
  defp without_mark(<<0xFEFF::utf8, name::binary>>), do: name
  defp without_mark(name), do: name

  defp header_row({format, _} = layout, first) do
    case :numplan_nif.table_header(layout, first) do
      :none -> {"", 0}
      {_names, length} -> {with_names(format, binary_part(first, 0, length)), length}
    end
  end

  defp with_names(format, row) do
    separator = if format == :csv, do: ",", else: "\t"
    String.trim_trailing(String.trim_trailing(row, "\n"), "\r") <> separator <> "e164" <> separator <> "class\n"
  end

  defp first_row(format, first) do
    {names, _} = :numplan_nif.table_header({format, 0}, first)
    names |> Enum.take(20) |> Enum.map_join(", ", &inspect/1)
  end
end
