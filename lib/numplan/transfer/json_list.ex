defmodule Numplan.Transfer.JSONList do
  @moduledoc """
  The elements of a long list in JSON, read one at a time in bounded memory: the rows of CouchDB's
  `_all_docs`, a dump with `docs`, or a list of documents.
  """

  # The list begins near the front of the text.
  @front 65_536

  @lists ~w(rows docs)
  # A key that each record has: an object with one is a line, and no list.
  @record ~w(number _id id)

  @doc """
  The length of the text before the first element of a list: of the whole text, or of the key `rows`
  or `docs` of the object that it begins with. `:lines` where that object is a record, as in a file
  of JSON lines. A list anywhere else is none, and the error says so.

      iex> Numplan.Transfer.JSONList.start(~s({"total_rows":1,"rows":[{"id":"a"}]}))
      {:ok, 24}
      iex> Numplan.Transfer.JSONList.start(~s( [{"id":"a"}]))
      {:ok, 2}
      iex> Numplan.Transfer.JSONList.start(~s({"number":"911"}))
      :lines
      iex> {:error, _words} = Numplan.Transfer.JSONList.start(~s({"data":{"docs":[{"number":"911"}]}}))
  """
  @spec start(binary()) :: {:ok, non_neg_integer()} | :lines | {:error, binary()}
  def start(text) do
    front = binary_part(text, 0, min(byte_size(text), @front))

    case skip(front, 0) do
      {?[, at} -> {:ok, at + 1}
      {?{, at} -> members(front, at + 1, :no_list)
      _ -> found(:no_list)
    end
  end

  # Goes through the members of the outermost object, from `at` on.
  defp members(text, at, so_far) do
    with {?", key} <- skip(text, at),
         {:ok, behind} <- behind_string(text, key + 1),
         {?:, colon} <- skip(text, behind),
         {first, value} <- skip(text, colon + 1) do
      member(binary_part(text, key + 1, behind - key - 2), first, text, value, so_far)
    else
      _end_or_no_json -> found(so_far)
    end
  end

  defp member(key, ?[, _text, value, _so_far) when key in @lists, do: {:ok, value + 1}
  defp member(key, first, text, value, _so_far) when key in @record, do: behind(first, text, value, :lines)
  defp member(_key, first, text, value, so_far), do: behind(first, text, value, so_far)

  defp behind(first, text, value, so_far) do
    case value_end(first, text, value) do
      {:ok, at} -> members(text, at, so_far)
      :more -> found(so_far)
    end
  end

  defp value_end(?", text, at), do: behind_string(text, at + 1)

  defp value_end(bracket, text, at) when bracket in ~c"{[",
    do: with({_value, behind} <- object(text, at, at + 1, 1), do: {:ok, behind})

  defp value_end(_scalar, text, at) do
    case :binary.match(text, [",", "}"], scope: {at, byte_size(text) - at}) do
      {stop, 1} -> {:ok, stop}
      :nomatch -> :more
    end
  end

  defp found(:lines), do: :lines

  defp found(:no_list) do
    {:error,
     "there is no list of numbers: expected [ … ], an object whose key rows or docs has one and begins near its front, " <>
       "or one record a line"}
  end

  @doc """
  The first element of the rest of a list, with the length of the text up to its end; `:end` at the
  end of the list; `:more` where the text may end before.

      iex> Numplan.Transfer.JSONList.element(~s({"a":["}",{}]},\\n{"b":1}]))
      {~s({"a":["}",{}]}), 14}
      iex> Numplan.Transfer.JSONList.element(~s(,\\n{"b":1}]}))
      {~s({"b":1}), 9}
      iex> Numplan.Transfer.JSONList.element("\\n]}")
      :end
      iex> Numplan.Transfer.JSONList.element(~s(,{"a":"))
      :more
  """
  @spec element(binary()) :: {binary(), pos_integer()} | :end | :more | {:error, binary()}
  def element(text) do
    case skip(text, 0) do
      {?{, at} -> object(text, at, at + 1, 1)
      {?], _at} -> :end
      {_other, _at} -> {:error, "an element of the list is no object"}
      :more -> :more
    end
  end

  # The first byte from `at` that is neither space nor comma, and its offset.
  defp skip(text, at) do
    cond do
      at >= byte_size(text) -> :more
      :binary.at(text, at) in ~c" \t\r\n," -> skip(text, at + 1)
      true -> {:binary.at(text, at), at}
    end
  end

  # Finds the end of the object that begins at `from`, `depth` braces and brackets deep at `at`.
  defp object(text, from, at, 0), do: {binary_part(text, from, at - from), at}

  defp object(text, from, at, depth) do
    case :binary.match(text, ["\"", "{", "}", "[", "]"], scope: {at, byte_size(text) - at}) do
      :nomatch -> :more
      {found, 1} -> object(:binary.at(text, found), text, from, found + 1, depth)
    end
  end

  defp object(?", text, from, at, depth) do
    with {:ok, behind} <- behind_string(text, at), do: object(text, from, behind, depth)
  end

  defp object(byte, text, from, at, depth) when byte in ~c"{[", do: object(text, from, at, depth + 1)
  defp object(_closing, text, from, at, depth), do: object(text, from, at, depth - 1)

  defp behind_string(text, at) do
    case :binary.match(text, ["\"", "\\"], scope: {at, max(byte_size(text) - at, 0)}) do
      :nomatch -> :more
      {found, 1} -> if :binary.at(text, found) == ?", do: {:ok, found + 1}, else: escaped(text, found + 2)
    end
  end

  defp escaped(text, at) when at > byte_size(text), do: :more
  defp escaped(text, at), do: behind_string(text, at)
end
