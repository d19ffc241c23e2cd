defmodule Numplan.Transfer.Rows do
  @moduledoc """
  The rows of a file of numbers, as a stream in bounded memory: CSV with a header, JSON lines, or a
  list in JSON.

  Faults of a whole file are thrown as `{:batch, message}`.
  """

  alias Numplan.Input
  alias Numplan.Transfer.{CSV, JSONList, Record}

  @piece 262_144
  @longest_row 16 * 1_048_576
  @formats [:csv, :jsonl, :json]

  @enforce_keys [:input, :format, :from, :line]
  defstruct [:input, :format, :from, :line, :names, :separator]

  @typedoc "An open file whose header has been read; `from` is the offset of its first row."
  @type t :: %__MODULE__{}
  @type format :: :csv | :jsonl | :json

  @typedoc """
  A row: the object in it or the reason why there is none, the line in which it begins, its text,
  the offset behind it, and the bytes of the file that have been read.
  """
  @type row :: %{
          object: {:ok, map()} | {:error, binary()},
          line: pos_integer(),
          text: binary(),
          offset: non_neg_integer(),
          read: non_neg_integer()
        }

  @doc "All formats."
  @spec formats() :: [format(), ...]
  def formats, do: @formats

  @doc """
  The format by the ending of a file's name, or `nil`.

      iex> Enum.map(~w(a.csv a.NDJSON.gz a.json numbers.txt), &Numplan.Transfer.Rows.format/1)
      [:csv, :jsonl, :json, nil]
  """
  @spec format(Path.t()) :: format() | nil
  def format(path) do
    case path |> String.downcase() |> String.trim_trailing(".gz") |> Path.extname() do
      ".csv" -> :csv
      extension when extension in [".jsonl", ".ndjson"] -> :jsonl
      ".json" -> :json
      _ -> nil
    end
  end

  @doc """
  Reads the header of an open file. `column` is the name of the column of the number, which CSV may
  have under another name than `number`; `separator` that of its cells, by default the one that the
  first rows show.
  """
  @spec open(Input.t(), format(), column: binary() | nil, separator: binary() | nil) :: t()
  def open(input, format, options) do
    {first, mark, input} = Input.start(input)
    opened(format, first, %__MODULE__{input: input, format: format, from: mark, line: 1}, options)
  end

  defp opened(:csv, first, rows, options) do
    if first == "", do: throw({:batch, "#{Input.path(rows.input)} is empty: it needs a header"})
    separator = options[:separator] || detected(first)

    case CSV.row(first, separator, true) do
      {:error, reason} -> refused(rows, 1, reason)
      {[""], _length} -> refused(rows, 1, "there is no header")
      {names, length} -> headed(renamed(names, options[:column] || "number"), length, %{rows | separator: separator})
    end
  end

  defp opened(:json, first, rows, _options) do
    case JSONList.start(first) do
      {:ok, length} -> %{rows | from: rows.from + length, line: 1 + breaks(binary_part(first, 0, length))}
      # Some programs write JSON lines under this name.
      :lines -> %{rows | format: :jsonl}
      {:error, reason} -> refused(rows, 1, reason)
    end
  end

  defp opened(:jsonl, _first, rows, _options), do: rows

  defp detected(first) do
    case :numplan_nif.table_separator(first) do
      # A table of one column has none.
      :none -> ","
      separator -> <<separator>>
    end
  end

  defp renamed(names, column), do: for(name <- names, do: if(name == column, do: "number", else: name))

  defp headed(names, length, rows) do
    known = Record.columns()

    cond do
      "number" not in names ->
        refused(rows, 1, "there is no column of the number; its name is number, or given with --column")

      unknown = Enum.find(names, &(&1 not in known)) ->
        refused(rows, 1, "there is no column #{inspect(unknown)}; there are #{Enum.join(known, ", ")}")

      names != Enum.uniq(names) ->
        refused(rows, 1, "a column is there twice")

      true ->
        %{rows | names: names, from: rows.from + length, line: 2}
    end
  end

  @spec refused(t(), pos_integer(), binary()) :: no_return()
  defp refused(rows, line, reason), do: throw({:batch, "#{Input.path(rows.input)}, line #{line}: #{reason}"})

  @doc """
  The rows from an offset on, by default the first. Empty rows are left out, and so are design
  documents of CouchDB.
  """
  @spec stream(t(), non_neg_integer()) :: Enumerable.t()
  def stream(rows, offset) do
    Stream.resource(fn -> at(rows, offset) end, &next/1, fn _ -> :ok end)
  end

  defp at(rows, offset) when offset <= rows.from,
    do: {%{rows | input: Input.skip_to(rows.input, rows.from)}, "", rows.from, rows.line, false}

  defp at(rows, offset) do
    line = Input.line(rows.input, offset)
    {%{rows | input: Input.seek(rows.input, offset)}, "", offset, line, false}
  end

  defp next({rows, text, offset, line, last?}) do
    case row(rows, text, last?) do
      :end -> {:halt, nil}
      :more when last? -> incomplete(rows, line)
      :more -> {[], filled(rows, text, offset, line)}
      {:error, reason} -> refused(rows, line, reason)
      {object, length} -> taken(object, length, rows, text, offset, line, last?)
    end
  end

  defp taken(object, length, rows, text, offset, line, last?) do
    {row, text} = :erlang.split_binary(text, length)
    offset = offset + length
    {line, row} = begun(rows.format, line, row)
    item = %{object: object, line: line, text: String.trim(row), offset: offset, read: Input.position(rows.input)}
    {if(object == :empty, do: [], else: [item]), {rows, text, offset, line + breaks(row), last?}}
  end

  # The line in which a row begins: an element of a list stands behind a comma and empty lines.
  defp begun(:json, line, row) do
    {at, 1} = :binary.match(row, "{")
    {before, row} = :erlang.split_binary(row, at)
    {line + breaks(before), row}
  end

  defp begun(_format, line, row), do: {line, row}

  defp breaks(text), do: length(:binary.matches(text, "\n"))

  defp filled(rows, text, offset, line) do
    if byte_size(text) > @longest_row,
      do: refused(rows, line, "a row is longer than #{@longest_row} bytes; is this the right format?")

    case Input.read(rows.input, @piece) do
      {:eof, input} -> {%{rows | input: input}, text, offset, line, true}
      {data, input} -> {%{rows | input: input}, text <> data, offset, line, false}
    end
  end

  @spec incomplete(t(), pos_integer()) :: no_return()
  defp incomplete(rows, line), do: refused(rows, line, "the list ends in the middle: the file is not complete")

  # The object in the first row of the text, with the length of the row.
  defp row(%{format: format}, "", true) when format != :json, do: :end

  defp row(%{format: :csv} = rows, text, last?) do
    case CSV.row(text, rows.separator, last?) do
      {[""], length} -> {:empty, length}
      {cells, length} when is_list(cells) -> {Record.cells(rows.names, cells), length}
      other -> other
    end
  end

  defp row(%{format: :jsonl}, text, last?) do
    case :binary.match(text, "\n") do
      {at, 1} -> {text |> binary_part(0, at) |> line(), at + 1}
      :nomatch when last? -> {line(text), byte_size(text)}
      :nomatch -> :more
    end
  end

  defp row(%{format: :json}, text, _last?) do
    with {element, length} when is_binary(element) <- JSONList.element(text), do: {listed(decoded(element)), length}
  end

  defp line(text), do: if(String.trim(text) == "", do: :empty, else: listed(decoded(text)))

  defp decoded(text) do
    case :numplan_json.decode(text, [{:null, nil}]) do
      {:ok, %{} = object} -> {:ok, object}
      _ -> {:error, "not a JSON object"}
    end
  end

  # A row of CouchDB's `_all_docs` has the document in it.
  defp listed({:ok, %{"id" => _, "key" => _, "value" => _, "doc" => %{} = document}}), do: listed({:ok, document})

  defp listed({:ok, %{"id" => _, "key" => _, "value" => _}}),
    do: {:error, "the row has no document in it: export with include_docs=true"}

  defp listed({:ok, %{"_id" => "_design/" <> _}}), do: :empty
  defp listed(object), do: object
end
