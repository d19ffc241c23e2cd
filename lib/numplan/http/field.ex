defmodule Numplan.HTTP.Field do
  @moduledoc """
  Parses lines of a head or of trailers into fields (RFC 9110 section 5, RFC 9112 section 5).

  Nothing is repaired: white space before the colon, folded lines and control characters are
  refused, because parsers that repair them differently are how requests are smuggled.
  """

  @type line_reason :: :bare_line_feed | :bare_carriage_return
  @type reason :: line_reason() | :obsolete_fold | :space_before_colon | :field_name | :control_character

  @doc "True for the bytes of a token (RFC 9110 section 5.6.2)."
  defguard is_tchar(byte)
           when byte in ?a..?z or byte in ?A..?Z or byte in ?0..?9 or byte in ~c"!#$%&'*+-.^_`|~"

  @doc ~S"""
  The first line, without its line break, and the bytes after it; `:more` where no line is
  complete. A line ends with CR LF, and contains neither of them elsewhere (RFC 9112 section 2.2).

      iex> Enum.map(["a\r\nb", "a", "a\nb"], &Numplan.HTTP.Field.take_line/1)
      [{:ok, "a", "b"}, :more, {:error, :bare_line_feed}]
  """
  @spec take_line(binary()) :: {:ok, binary(), binary()} | :more | {:error, line_reason()}
  def take_line(bytes) do
    with [line, rest] <- :binary.split(bytes, "\n") do
      length = byte_size(line) - 1

      case :binary.match(line, "\r") do
        {^length, 1} -> {:ok, binary_part(line, 0, length), rest}
        {_, 1} -> {:error, :bare_carriage_return}
        :nomatch -> {:error, :bare_line_feed}
      end
    else
      [_part] -> :more
    end
  end

  @doc """
  The name of a field in lower case, and its value without surrounding white space.

      iex> Numplan.HTTP.Field.parse("Accept:  */* ")
      {:ok, {"accept", "*/*"}}
      iex> Numplan.HTTP.Field.parse("Accept : */*")
      {:error, :space_before_colon}
      iex> Numplan.HTTP.Field.parse(" folded")
      {:error, :obsolete_fold}
  """
  @spec parse(binary()) :: {:ok, {binary(), binary()}} | {:error, reason()}
  def parse(<<byte, _rest::binary>>) when byte in ~c" \t", do: {:error, :obsolete_fold}

  def parse(line) do
    case :erlang.split_binary(line, token_length(line, 0)) do
      {name, <<?:, value::binary>>} when name != "" -> field(name, value)
      {_name, <<byte, _::binary>>} when byte in ~c" \t" -> {:error, :space_before_colon}
      _ -> {:error, :field_name}
    end
  end

  defp field(name, value) do
    if printable?(value),
      do: {:ok, {String.downcase(name, :ascii), trim(value)}},
      else: {:error, :control_character}
  end

  defp token_length(<<byte, rest::binary>>, length) when is_tchar(byte), do: token_length(rest, length + 1)
  defp token_length(_rest, length), do: length

  @doc """
  True for a token: one or more token bytes (`is_tchar/1`).

      iex> Enum.map(["GET", "", "G T"], &Numplan.HTTP.Field.token?/1)
      [true, false, false]
  """
  @spec token?(binary()) :: boolean()
  def token?(text), do: text != "" and token_length(text, 0) == byte_size(text)

  defp printable?(<<byte, rest::binary>>) when byte in 0x20..0x7E or byte >= 0x80 or byte == ?\t, do: printable?(rest)
  defp printable?(rest), do: rest == ""

  @doc ~S"""
  The text without surrounding spaces and tabs (RFC 9110 section 5.6.3); other white space stays.

      iex> Numplan.HTTP.Field.trim("\t a b ")
      "a b"
  """
  @spec trim(binary()) :: binary()
  def trim(<<byte, rest::binary>>) when byte in ~c" \t", do: trim(rest)
  def trim(text), do: trim_end(text, byte_size(text))

  defp trim_end(_text, 0), do: ""

  defp trim_end(text, size) do
    if :binary.at(text, size - 1) in ~c" \t", do: trim_end(text, size - 1), else: binary_part(text, 0, size)
  end

  @doc """
  The members of a comma-separated list, in lower case, without empty ones (RFC 9110 section
  5.6.1).

      iex> Numplan.HTTP.Field.members("keep-alive,, Close ")
      ["keep-alive", "close"]
  """
  @spec members(binary()) :: [binary()]
  def members(value) do
    for member <- :binary.split(value, ",", [:global]),
        member = trim(member),
        member != "",
        do: String.downcase(member, :ascii)
  end
end
