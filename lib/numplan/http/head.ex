defmodule Numplan.HTTP.Head do
  @moduledoc """
  Parses the head of a request: request line, header fields, and how the body is framed (RFC 9112
  sections 2, 3, 5, 6 and 9). Pure: bytes to a head or an error, without a socket.

  The parser is incremental: each piece of bytes goes to `parse/2` with the parser that the piece
  before returned. A head has at most 65,536 bytes, including the request line, and 100 fields.
  Where the standard leaves a choice, the stricter reading is taken; `t:reason/0` lists the
  errors.
  """

  import Numplan.HTTP.Field, only: [is_tchar: 1]

  alias Numplan.HTTP.{Authority, Field}

  @max_bytes 65_536
  @max_fields 100
  @max_length_digits 18

  @enforce_keys [:method, :target, :minor]
  defstruct [:method, :target, :minor, headers: %{}, body: :none, keep_alive?: false, expects_continue?: false]

  @typedoc """
  A head. `target` is a path with its query, or `*`; `minor` is 0 for HTTP/1.0 and 1 for HTTP/1.1;
  names in `headers` are in lower case, and fields of one name are joined with commas. `body` is
  how the body is framed; `expects_continue?` is true where the client waits for `100 Continue`
  before the body.
  """
  @type t :: %__MODULE__{
          method: binary(),
          target: binary(),
          minor: 0 | 1,
          headers: %{binary() => binary()},
          body: :none | {:length, pos_integer()} | :chunked,
          keep_alive?: boolean(),
          expects_continue?: boolean()
        }

  @type reason ::
          Field.reason()
          | :empty_lines
          | :request_line
          | :version
          | :target_byte
          | :target_form
          | :target_too_long
          | :head_too_large
          | :no_host
          | :two_hosts
          | :host
          | :two_lengths
          | :length
          | :length_and_encoding
          | :encoding_of_old_version
          | :unknown_encoding
          | :encoding
          | :expectation

  @typedoc "The parser's state within a head."
  @opaque parser :: %{
            buffer: binary(),
            size: non_neg_integer(),
            blank?: boolean(),
            line: nil | {binary(), binary(), 0 | 1, binary() | nil},
            headers: %{binary() => binary()},
            count: non_neg_integer()
          }

  @doc "A parser at the beginning of a head."
  @spec new() :: parser()
  def new, do: %{buffer: "", size: 0, blank?: false, line: nil, headers: %{}, count: 0}

  @doc ~S"""
  Parses the next piece. Returns the head and the bytes after it, the parser for the next piece,
  or an error.

      iex> {:more, parser} = Numplan.HTTP.Head.parse(Numplan.HTTP.Head.new(), "GET / HTTP/1.1\r\nHo")
      iex> {:ok, head, "next"} = Numplan.HTTP.Head.parse(parser, "st: a\r\n\r\nnext")
      iex> {head.method, head.target, head.headers, head.body, head.keep_alive?}
      {"GET", "/", %{"host" => "a"}, :none, true}
      iex> Numplan.HTTP.Head.parse(Numplan.HTTP.Head.new(), "GET / HTTP/1.1\r\n\r\n")
      {:error, :no_host}
  """
  @spec parse(parser(), binary()) :: {:ok, t(), binary()} | {:more, parser()} | {:error, reason()}
  def parse(parser, bytes), do: lines(%{parser | buffer: ""}, parser.buffer <> bytes)

  defp lines(parser, buffer) do
    case Field.take_line(buffer) do
      {:ok, line, rest} -> complete(%{parser | size: parser.size + byte_size(line) + 2}, line, rest)
      :more when parser.size + byte_size(buffer) > @max_bytes -> {:error, too_large(parser)}
      :more -> partial(parser, buffer)
      {:error, reason} -> {:error, reason}
    end
  end

  defp complete(%{size: size} = parser, _line, _rest) when size > @max_bytes, do: {:error, too_large(parser)}
  defp complete(parser, line, rest), do: line(parser, line, rest)

  # A line that is not complete. A client of another protocol, such as TLS, is refused before it is.
  defp partial(%{line: nil, blank?: false} = parser, "\r"), do: {:more, %{parser | buffer: "\r"}}
  defp partial(%{line: nil}, <<byte, _::binary>>) when not is_tchar(byte), do: {:error, :request_line}
  defp partial(parser, part), do: {:more, %{parser | buffer: part}}

  defp too_large(%{line: nil}), do: :target_too_long
  defp too_large(_parser), do: :head_too_large

  # A complete line. Some clients send an extra line break after a body: one is skipped (RFC 9112
  # section 2.2).
  defp line(%{line: nil, blank?: false} = parser, "", rest), do: lines(%{parser | blank?: true}, rest)
  defp line(%{line: nil}, "", _rest), do: {:error, :empty_lines}

  defp line(%{line: nil} = parser, line, rest) do
    with {:ok, line} <- request_line(line), do: lines(%{parser | line: line}, rest)
  end

  defp line(parser, "", rest) do
    with {:ok, head} <- head(parser), do: {:ok, head, rest}
  end

  defp line(%{count: @max_fields}, _line, _rest), do: {:error, :head_too_large}

  defp line(parser, line, rest) do
    with {:ok, {name, value}} <- Field.parse(line), {:ok, headers} <- put(parser.headers, name, value) do
      lines(%{parser | headers: headers, count: parser.count + 1}, rest)
    end
  end

  # Adds a field. A second `Host` or `Content-Length` is refused: two of these are how requests are
  # smuggled.
  defp put(%{"host" => _}, "host", _value), do: {:error, :two_hosts}
  defp put(%{"content-length" => _}, "content-length", _value), do: {:error, :two_lengths}
  defp put(headers, name, value), do: {:ok, Map.update(headers, name, value, &(&1 <> ", " <> value))}

  # -- request line --

  defp request_line(line) do
    with [method, target, version] <- :binary.split(line, " ", [:global]),
         true <- Field.token?(method),
         {:ok, minor} <- version(version),
         {:ok, target, host} <- target(method, target) do
      {:ok, {method, target, minor, host}}
    else
      {:error, reason} -> {:error, reason}
      _ -> {:error, :request_line}
    end
  end

  # The minor version of HTTP/1. A later one is read as the latest that is known (RFC 9110 section
  # 2.5).
  defp version("HTTP/1.0"), do: {:ok, 0}
  defp version(<<"HTTP/1.", minor>>) when minor in ?1..?9, do: {:ok, 1}
  defp version(<<"HTTP/", major, ?., minor>>) when major in ?0..?9 and minor in ?0..?9, do: {:error, :version}
  defp version(_text), do: {:error, :request_line}

  # Checks the target. Browsers send some characters that RFC 3986 wants encoded, such as `|`. They
  # do not affect framing, so they pass. A fragment is never sent.
  defp target(method, target) do
    cond do
      target == "" -> {:error, :request_line}
      not target_bytes?(target) -> {:error, :target_byte}
      true -> target_form(method, target)
    end
  end

  defp target_bytes?(<<byte, rest::binary>>) when byte in 0x21..0x7E and byte != ?#, do: target_bytes?(rest)
  defp target_bytes?(rest), do: rest == ""

  defp target_form("CONNECT", _authority), do: {:error, :target_form}
  defp target_form(_method, "/" <> _ = path), do: {:ok, path, nil}
  defp target_form("OPTIONS", "*"), do: {:ok, "*", nil}

  defp target_form(method, target) do
    with [scheme, rest] <- :binary.split(target, "://"),
         true <- String.downcase(scheme, :ascii) in ["http", "https"] do
      {host, path} = authority(rest)
      if Authority.valid?(host), do: {:ok, absolute(method, path), host}, else: {:error, :host}
    else
      _ -> {:error, :target_form}
    end
  end

  defp authority(text) do
    case :binary.match(text, ["/", "?"]) do
      {at, 1} -> {binary_part(text, 0, at), binary_part(text, at, byte_size(text) - at)}
      :nomatch -> {text, ""}
    end
  end

  defp absolute("OPTIONS", ""), do: "*"
  defp absolute(_method, "/" <> _ = path), do: path
  defp absolute(_method, query), do: "/" <> query

  # -- what follows from the fields --

  defp head(%{line: {method, target, minor, authority}, headers: headers}) do
    with {:ok, headers} <- host(minor, authority, headers),
         {:ok, body} <- body(minor, headers),
         {:ok, expects?} <- expectation(minor, headers) do
      {:ok,
       %__MODULE__{
         method: method,
         target: target,
         minor: minor,
         headers: headers,
         body: body,
         keep_alive?: keep_alive?(minor, Field.members(Map.get(headers, "connection", ""))),
         expects_continue?: expects? and body != :none
       }}
    end
  end

  defp host(1, _authority, headers) when not is_map_key(headers, "host"), do: {:error, :no_host}

  defp host(_minor, authority, headers) do
    case headers do
      %{"host" => host} -> if Authority.valid?(host), do: {:ok, named(headers, authority)}, else: {:error, :host}
      _ -> {:ok, named(headers, authority)}
    end
  end

  # The fields, with the authority of an absolute target in place of the field `Host` (RFC 9112
  # section 3.2.2).
  defp named(headers, nil), do: headers
  defp named(headers, authority), do: Map.put(headers, "host", authority)

  defp body(_minor, %{"transfer-encoding" => _, "content-length" => _}), do: {:error, :length_and_encoding}
  defp body(0, %{"transfer-encoding" => _}), do: {:error, :encoding_of_old_version}
  defp body(1, %{"transfer-encoding" => encoding}), do: encoding(encoding)
  defp body(_minor, %{"content-length" => length}), do: content_length(length)
  defp body(_minor, _headers), do: {:ok, :none}

  # The framing by a transfer coding. With an unknown one the end of the body is still found, if
  # chunked is the last coding.
  defp encoding(value) do
    case value |> Field.members() |> Enum.reverse() do
      ["chunked"] -> if String.downcase(value, :ascii) == "chunked", do: {:ok, :chunked}, else: {:error, :encoding}
      ["chunked" | others] -> if "chunked" in others, do: {:error, :encoding}, else: {:error, :unknown_encoding}
      _ -> {:error, :encoding}
    end
  end

  defp content_length(text) do
    digits? = byte_size(text) in 1..@max_length_digits and Enum.all?(:binary.bin_to_list(text), &(&1 in ?0..?9))

    case digits? and String.to_integer(text) do
      false -> {:error, :length}
      0 -> {:ok, :none}
      length -> {:ok, {:length, length}}
    end
  end

  # True when the client waits for 100 Continue. HTTP/1.0 has no expectations (RFC 9110 section
  # 10.1.1).
  defp expectation(1, %{"expect" => value}) do
    case Enum.uniq(Field.members(value)) do
      [] -> {:ok, false}
      ["100-continue"] -> {:ok, true}
      _ -> {:error, :expectation}
    end
  end

  defp expectation(_minor, _headers), do: {:ok, false}

  defp keep_alive?(minor, options), do: "close" not in options and (minor == 1 or "keep-alive" in options)
end
