defmodule Numplan.Transfer.CSV do
  @moduledoc "Rows of comma-separated values (RFC 4180), read and written one at a time."

  @doc """
  The cells of the first row of `text`, and its length with the line break. `:more` where the text
  may end before the row does, unless it is the last text; then a quote that is still open is an
  error, and so is text behind a closing quote.

      iex> Numplan.Transfer.CSV.row(~s(a,"b ""c"", d",\\r\\nnext), ",", false)
      {["a", ~s(b "c", d), ""], 17}
      iex> Numplan.Transfer.CSV.row("a,b", ",", false)
      :more
      iex> Numplan.Transfer.CSV.row(~s("a), ",", true)
      {:error, "the quote that opens here is never closed"}
      iex> Numplan.Transfer.CSV.row(~s("a"b,c\\n), ",", true)
      {:error, "a quoted cell has text after its closing quote"}
  """
  @spec row(binary(), binary(), boolean()) :: {[binary()], pos_integer()} | :more | {:error, binary()}
  def row(text, separator, last?) do
    case :binary.match(text, ["\n", "\""]) do
      {at, 1} -> row(binary_part(text, at, 1), at, text, separator, last?)
      :nomatch when last? -> {:binary.split(text, separator, [:global]), byte_size(text)}
      :nomatch -> :more
    end
  end

  defp row("\n", at, text, separator, _last?), do: {text |> line(at) |> :binary.split(separator, [:global]), at + 1}
  defp row("\"", _at, text, separator, last?), do: cell(text, 0, separator, last?, [])

  # A line without its line break, which may have a carriage return.
  defp line(text, length) do
    if length > 0 and :binary.at(text, length - 1) == ?\r,
      do: binary_part(text, 0, length - 1),
      else: binary_part(text, 0, length)
  end

  # Reads cell by cell, from the offset `at`.
  defp cell(text, at, separator, last?, cells) do
    if byte(text, at) == ?",
      do: quoted(text, at + 1, separator, last?, cells, []),
      else: plain(text, at, separator, last?, cells)
  end

  defp byte(text, at), do: if(at < byte_size(text), do: :binary.at(text, at))

  defp plain(text, at, separator, last?, cells) do
    case :binary.match(text, ["\n", separator], scope: {at, byte_size(text) - at}) do
      {stop, 1} ->
        ended(text, stop, separator, last?, [text |> binary_part(at, stop - at) |> uncarried(text, stop) | cells])

      :nomatch when last? ->
        {Enum.reverse([binary_part(text, at, byte_size(text) - at) | cells]), byte_size(text)}

      :nomatch ->
        :more
    end
  end

  # The last cell of a row without the carriage return before its line break.
  defp uncarried(cell, text, stop) do
    if :binary.at(text, stop) == ?\n, do: line(cell, byte_size(cell)), else: cell
  end

  defp quoted(text, at, separator, last?, cells, parts) do
    case :binary.match(text, "\"", scope: {at, byte_size(text) - at}) do
      :nomatch when last? -> {:error, "the quote that opens here is never closed"}
      :nomatch -> :more
      {stop, 1} -> closed(text, stop, separator, last?, cells, [binary_part(text, at, stop - at) | parts])
    end
  end

  # Goes on behind a quote: it is doubled, or ends the cell.
  defp closed(text, stop, separator, last?, cells, parts) do
    behind = stop + 1

    case {byte(text, behind), byte(text, behind + 1)} do
      {?", _} -> quoted(text, behind + 1, separator, last?, cells, ["\"" | parts])
      {?\n, _} -> ended(text, behind, separator, last?, [joined(parts) | cells])
      {?\r, ?\n} -> ended(text, behind + 1, separator, last?, [joined(parts) | cells])
      {nil, nil} when last? -> {Enum.reverse([joined(parts) | cells]), behind}
      {byte, nil} when byte in [nil, ?\r] and not last? -> :more
      {byte, _} when <<byte>> == separator -> ended(text, behind, separator, last?, [joined(parts) | cells])
      _ -> {:error, "a quoted cell has text after its closing quote"}
    end
  end

  defp joined(parts), do: parts |> Enum.reverse() |> IO.iodata_to_binary()

  # Goes on behind a cell that ends at a separator or a line break.
  defp ended(text, stop, separator, last?, cells) do
    if :binary.at(text, stop) == ?\n,
      do: {Enum.reverse(cells), stop + 1},
      else: cell(text, stop + 1, separator, last?, cells)
  end

  @doc """
  A row with these cells, quoted where necessary.

      iex> IO.iodata_to_binary(Numplan.Transfer.CSV.line(["+1415", ~s({"a":1}), nil]))
      ~s(+1415,"{""a"":1}",\\n)
  """
  @spec line([binary() | nil]) :: iodata()
  def line(cells), do: [cells |> Enum.map(&quoted/1) |> Enum.intersperse(","), "\n"]

  defp quoted(nil), do: ""

  defp quoted(cell) do
    if String.contains?(cell, [",", "\"", "\n", "\r"]), do: ["\"", String.replace(cell, "\"", "\"\""), "\""], else: cell
  end
end
