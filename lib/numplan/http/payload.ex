defmodule Numplan.HTTP.Payload do
  @moduledoc """
  Parses the body of a request, by length or in chunks (RFC 9112 sections 6 and 7). Pure and
  incremental, like `Numplan.HTTP.Head`.

  Chunks are copied into one binary as they arrive: a body in chunks of one byte takes no more
  memory than another. Trailers are parsed strictly and dropped. Chunk extensions and trailers may
  have 16,384 bytes together, since the limit of the body does not count them.
  """

  alias Numplan.HTTP.{Field, Head}

  @max_extra 16_384
  @max_line 1_024
  @token "[-!#$%&'*+.^_`|~0-9A-Za-z]+"
  @quoted ~S'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
  @extension "[ \\t]*#{@token}(?:[ \\t]*=[ \\t]*(?:#{@token}|#{@quoted}))?"
  @chunk_line Regex.compile!("\\A([0-9A-Fa-f]{1,16})(?:;#{@extension}(?:[ \\t]*;#{@extension})*)?\\z")
  # The fields that are not allowed in trailers, because they frame or route a message (RFC 9110
  # section 6.5.1).
  @no_trailers ~w(content-length host transfer-encoding)

  @enforce_keys [:state, :limit, :content]
  defstruct [:state, :limit, :content, buffer: "", size: 0, extra: 0]

  @typedoc "The parser's state within a body; `content` is `nil` where the body is skipped."
  @type t :: %__MODULE__{
          state: {:length, pos_integer()} | :chunk_line | {:chunk, pos_integer()} | :chunk_end | :trailers,
          limit: non_neg_integer(),
          content: binary() | nil,
          buffer: binary(),
          size: non_neg_integer(),
          extra: non_neg_integer()
        }

  @type reason ::
          :too_large
          | :chunk_line
          | :chunk_end
          | :chunk_extra
          | :trailer
          | Field.reason()

  @doc """
  A parser for the body of a head, of at most `limit` bytes. With `keep: false` the body is
  skipped.
  """
  @spec new(Head.t(), non_neg_integer(), keyword()) :: t()
  def new(%Head{body: body}, limit, options \\ []) when body != :none do
    state = if body == :chunked, do: :chunk_line, else: body
    %__MODULE__{state: state, limit: limit, content: if(Keyword.get(options, :keep, true), do: "")}
  end

  @doc ~S"""
  Parses the next piece. Returns the body and the bytes after it, the parser for the next piece,
  or an error.

      iex> head = %Numplan.HTTP.Head{method: "PUT", target: "/", minor: 1, body: :chunked}
      iex> {:more, reader} = head |> Numplan.HTTP.Payload.new(10) |> Numplan.HTTP.Payload.parse("3\r\nab")
      iex> Numplan.HTTP.Payload.parse(reader, "c\r\n0\r\n\r\nnext")
      {:ok, "abc", "next"}
      iex> head |> Numplan.HTTP.Payload.new(10) |> Numplan.HTTP.Payload.parse("+3\r\nabc\r\n")
      {:error, :chunk_line}
  """
  @spec parse(t(), binary()) :: {:ok, binary(), binary()} | {:more, t()} | {:error, reason()}
  def parse(%__MODULE__{state: {:length, length}, limit: limit}, _bytes) when length > limit, do: {:error, :too_large}
  def parse(%__MODULE__{state: {:length, _}} = reader, bytes), do: data(reader, bytes)
  def parse(%__MODULE__{} = reader, bytes), do: chunks(%{reader | buffer: ""}, reader.buffer <> bytes)

  @doc "The bytes missing of the current body or chunk; 0 where that is not known."
  @spec missing(t()) :: non_neg_integer()
  def missing(%__MODULE__{state: {_length_or_chunk, left}}), do: left
  def missing(%__MODULE__{}), do: 0

  @doc "The sum of the chunk sizes read so far; 0 with `keep: false`, and for a body that is not chunked."
  @spec size(t()) :: non_neg_integer()
  def size(%__MODULE__{content: nil}), do: 0
  def size(%__MODULE__{size: size}), do: size

  defp data(%{state: {:length, left}} = reader, bytes) do
    if byte_size(bytes) >= left do
      {bytes, rest} = :erlang.split_binary(bytes, left)
      {:ok, keep(reader, bytes) || "", rest}
    else
      {:more, %{reader | state: {:length, left - byte_size(bytes)}, content: keep(reader, bytes)}}
    end
  end

  defp keep(%{content: nil}, _bytes), do: nil
  defp keep(%{content: content}, bytes), do: <<content::binary, bytes::binary>>

  defp chunks(%{state: {:chunk, left}} = reader, buffer) do
    if byte_size(buffer) >= left do
      {bytes, rest} = :erlang.split_binary(buffer, left)
      chunks(%{reader | state: :chunk_end, content: keep(reader, bytes)}, rest)
    else
      {:more, %{reader | state: {:chunk, left - byte_size(buffer)}, content: keep(reader, buffer)}}
    end
  end

  defp chunks(%{state: :chunk_end} = reader, buffer) do
    case buffer do
      "\r\n" <> rest -> chunks(%{reader | state: :chunk_line}, rest)
      part when part in ["", "\r"] -> {:more, %{reader | buffer: part}}
      _ -> {:error, :chunk_end}
    end
  end

  defp chunks(reader, buffer) do
    case Field.take_line(buffer) do
      {:ok, line, _rest} when byte_size(line) > @max_line -> {:error, :chunk_extra}
      {:ok, line, rest} -> line(reader, line, rest)
      :more when byte_size(buffer) > @max_line + 1 -> {:error, :chunk_extra}
      :more -> {:more, %{reader | buffer: buffer}}
      {:error, reason} -> {:error, reason}
    end
  end

  defp line(%{state: :chunk_line} = reader, line, rest) do
    with {:ok, digits, length} <- chunk_line(line),
         {:ok, reader} <- extra(reader, byte_size(line) - digits) do
      chunk(%{reader | size: reader.size + length}, length, rest)
    end
  end

  defp line(%{state: :trailers} = reader, "", rest), do: {:ok, reader.content || "", rest}

  defp line(%{state: :trailers} = reader, line, rest) do
    with {:ok, {name, _value}} <- Field.parse(line),
         false <- name in @no_trailers,
         {:ok, reader} <- extra(reader, byte_size(line)) do
      chunks(reader, rest)
    else
      true -> {:error, :trailer}
      error -> error
    end
  end

  defp chunk(reader, 0, rest), do: chunks(%{reader | state: :trailers}, rest)
  defp chunk(%{size: size, limit: limit}, _length, _rest) when size > limit, do: {:error, :too_large}
  defp chunk(reader, length, rest), do: chunks(%{reader | state: {:chunk, length}}, rest)

  defp chunk_line(line) do
    case Regex.run(@chunk_line, line, capture: :all_but_first) do
      [hex] -> {:ok, byte_size(hex), String.to_integer(hex, 16)}
      nil -> {:error, :chunk_line}
    end
  end

  defp extra(%{extra: extra} = reader, bytes) when extra + bytes <= @max_extra,
    do: {:ok, %{reader | extra: extra + bytes}}

  defp extra(_reader, _bytes), do: {:error, :chunk_extra}
end
