defmodule Numplan.Batch.Layout do
  @moduledoc "The layout of a file: its format, and which column or key holds the number."

  @appended ["e164", "class"]

  @typedoc "The formats of files."
  @type format :: :plain | :csv | :tsv | :jsonl

  @formats [:plain, :csv, :tsv, :jsonl]

  @doc "All formats."
  @spec formats() :: [format()]
  def formats, do: @formats

  @doc """
  The format by the ending of a file's name.

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
  The layout of the file at `path` whose text begins with `first`, and, if it has a header, the
  header of the output with the length of that of the input.

  Options:

    * `:format` - default: by the name of the file
    * `:column` - the number of the column, from 1, or its name in the header; for `:jsonl` the
      key. Default: 1, or `number`
    * `:separator` - of `:csv`, one ASCII character or `tab`; implies `:csv` where neither option
      nor name determine a format. Default: the one of `, ; |` and tab that the first rows have,
      if they agree
    * `:fields` - the names of what is appended. Default: `e164` and `class`
    * `:header` - whether the first row is a header. Default: true if the column is given by name

  An option that does not apply to the format is an error.

      iex> Numplan.Batch.Layout.read("id;dialled\\n1;911\\n", "calls.csv", column: "dialled")
      {:ok, {:csv, 1, ?;}, {"id;dialled;e164;class\\n", 11}}
  """
  @spec read(binary(), Path.t(), keyword()) ::
          {:ok, :numplan_nif.layout(), {binary(), non_neg_integer()}}
          | {:error, binary()}
          | {:bad_quote, atom(), at :: non_neg_integer()}
  def read(first, path, options) do
    format = options[:format] || named(path, options[:separator])

    with :ok <- fitting(format, path, options),
         {:ok, table} <- table(format, first, path, options),
         {:ok, layout, length} <- layout(table, first, path, options[:column], options[:header]) do
      row = binary_part(first, 0, length)
      {:ok, layout, {with_names(layout, row, Keyword.get(options, :fields, @appended)), length}}
    end
  end

  @doc """
  `:ok` for a separator that can be given, or none; what is wrong with any other.

      iex> Numplan.Batch.Layout.separator(";;")
      {:error, "the separator is one ASCII character, or tab, not ;;"}
  """
  @spec separator(binary() | nil) :: :ok | {:error, binary()}
  def separator(nil), do: :ok
  def separator(name), do: with({:ok, _byte} <- byte(name), do: :ok)

  @doc """
  `:ok` for a column that can be given, by number or name, or none; what is wrong with any other.

      iex> Numplan.Batch.Layout.place(0)
      {:error, "column 0: columns count from 1"}
  """
  @spec place(binary() | integer() | nil) :: :ok | {:error, binary()}
  def place(column) when is_integer(column) and column < 1, do: {:error, "column #{column}: columns count from 1"}
  def place(_column), do: :ok

  defp named(path, separator) do
    case format(path) do
      :plain when separator != nil -> :csv
      format -> format
    end
  end

  @useless [plain: [:column, :separator, :header], jsonl: [:separator, :header], tsv: [:separator], csv: []]

  defp fitting(format, path, options) do
    case Enum.find(@useless[format], &options[&1]) do
      nil ->
        :ok

      option ->
        {:error,
         "#{path} is read as #{format}, which has no --#{option}; name another format with --format: csv, tsv or jsonl"}
    end
  end

  # The layout of a format, which still lacks the column of the number.
  defp table(:csv, first, path, options) do
    with {:ok, separator} <- separator(options[:separator], first, path), do: {:ok, {:csv, separator}}
  end

  defp table(format, _first, _path, _options), do: {:ok, format}

  defp separator(nil, first, path) do
    case :numplan_nif.table_separator(first) do
      :none -> {:error, "#{path}: its first rows do not show what separates columns; name it with --separator"}
      separator -> {:ok, separator}
    end
  end

  defp separator(name, _first, _path), do: byte(name)

  defp byte(name) when name in ["tab", "\\t"], do: {:ok, ?\t}
  defp byte(<<byte>>) when byte < 0x80 and byte not in ~c("\r\n), do: {:ok, byte}
  defp byte(other), do: {:error, "the separator is one ASCII character, or tab, not #{other}"}

  # The layout, and the length of the header.
  defp layout(:plain, _first, _path, _column, _header), do: {:ok, :plain, 0}

  defp layout(:jsonl, _first, _path, key, _header), do: {:ok, {:json_lines, to_string(key || "number")}, 0}

  defp layout(table, first, path, nil, header), do: layout(table, first, path, 1, header)

  defp layout(table, first, _path, column, header) when is_integer(column) and column >= 1 do
    layout = at(table, column - 1)
    if header, do: with_header(layout, first), else: {:ok, layout, 0}
  end

  defp layout(_table, _first, _path, column, _header) when is_integer(column), do: place(column)

  defp layout(_table, _first, _path, column, false) do
    {:error, "column #{column} is given by name, which needs a header; give the number of the column instead"}
  end

  defp layout(table, first, path, column, _header) do
    case :numplan_nif.table_header(at(table, 0), first) do
      :none -> {:error, "#{path} is empty: there is no column #{column}"}
      {:error, reason, at} -> {:bad_quote, reason, at}
      {names, _length} -> named_column(table, first, path, column, names)
    end
  end

  defp named_column(table, first, path, column, names) do
    case Enum.find_index(names, &(&1 == column)) do
      nil -> {:error, "#{path} has no column #{column}; its first row is: #{row(names)}"}
      place -> with_header(at(table, place), first)
    end
  end

  defp row(names), do: names |> Enum.take(20) |> Enum.map_join(", ", &inspect/1)

  defp at({:csv, separator}, place), do: {:csv, place, separator}
  defp at(:tsv, place), do: {:tsv, place}

  defp with_header(layout, first) do
    case :numplan_nif.table_header(layout, first) do
      :none -> {:ok, layout, 0}
      {:error, reason, at} -> {:bad_quote, reason, at}
      {_names, length} -> {:ok, layout, length}
    end
  end

  defp with_names(_layout, "", _fields), do: ""

  defp with_names(layout, row, fields) do
    separator = if match?({:csv, _, _}, layout), do: <<elem(layout, 2)>>, else: "\t"
    row = row |> String.trim_trailing("\n") |> String.trim_trailing("\r")
    Enum.join([row | fields], separator) <> "\n"
  end

  @doc """
  The names of what is appended by default.

      iex> Numplan.Batch.Layout.appended()
      ["e164", "class"]
  """
  @spec appended() :: [binary()]
  def appended, do: @appended
end
