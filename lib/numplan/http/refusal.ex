defmodule Numplan.HTTP.Refusal do
  @moduledoc """
  The responses to requests that do not reach the API: malformed HTTP, a client that is too slow, no
  connection free, no memory left for its body, or no process that keeps that memory's limit.
  """

  alias Numplan.API.{Context, Envelope, Error, Request, Response}
  alias Numplan.HTTP.{Head, Payload}

  @typedoc "Why a request is refused; `:too_large` is answered by the API."
  @type reason ::
          Head.reason()
          | Payload.reason()
          | :timeout
          | :body_gone
          | :unreadable
          | :no_connection
          | :no_memory
          | :no_services

  @reasons %{
    request_line: {:parse_error, "the request line is not METHOD TARGET HTTP/1.1 with single spaces between"},
    version: {:version_not_supported, "only HTTP/1.0 and HTTP/1.1 are supported"},
    empty_lines: {:parse_error, "empty lines in place of a request line"},
    target_byte: {:parse_error, "a byte of the request target must be percent-encoded"},
    target_form: {:parse_error, "the request target is neither a path nor an http URL"},
    target_too_long: {:uri_too_long, "the request line is longer than 65536 bytes"},
    head_too_large: {:headers_too_large, "the head has more than 65536 bytes or more than 100 fields"},
    bare_line_feed: {:parse_error, "a line ends with LF alone; lines end with CR LF"},
    bare_carriage_return: {:parse_error, "a CR without LF after it"},
    obsolete_fold: {:parse_error, "a field is folded into a second line, which HTTP no longer allows"},
    space_before_colon: {:parse_error, "white space between a field's name and its colon"},
    field_name: {:parse_error, "a line of the head is not a field: NAME: VALUE"},
    control_character: {:parse_error, "a field's value contains a control character"},
    no_host: {:parse_error, "the field Host is missing"},
    two_hosts: {:parse_error, "the field Host occurs twice"},
    host: {:parse_error, "Host is not a host with an optional port"},
    two_lengths: {:parse_error, "the field Content-Length occurs twice"},
    length: {:parse_error, "Content-Length is not a number of at most 18 digits"},
    length_and_encoding: {:parse_error, "Content-Length and Transfer-Encoding exclude each other"},
    encoding_of_old_version: {:parse_error, "HTTP/1.0 has no Transfer-Encoding"},
    unknown_encoding: {:not_implemented, "the only transfer coding that is implemented is chunked"},
    encoding: {:parse_error, "the transfer coding is not chunked, so the end of the body cannot be found"},
    expectation: {:expectation_failed, "the only expectation that can be met is 100-continue"},
    chunk_line: {:parse_error, "a chunk does not begin with its size in hexadecimal digits"},
    chunk_end: {:parse_error, "a chunk is longer than its size says"},
    chunk_extra: {:parse_error, "chunk extensions and trailers are too long"},
    trailer: {:parse_error, "a field that frames a message is in the trailers"},
    timeout: {:request_timeout, "the request did not arrive in time"},
    body_gone:
      {:unspecified_fault,
       "the body was read before it came to Numplan: mount it before what reads bodies (docs/mounts.md)"},
    unreadable: {:parse_error, "the body could not be read"},
    no_connection: {:service_unavailable, "too many connections are open; send this again in a second"},
    no_memory: {:service_unavailable, "too many request bodies are being read; send this again in a second"}
  }

  @doc """
  The response for a reason, with status and text, to a request if its head was read.

      iex> Enum.map([:two_hosts, :version, :no_memory], &Numplan.HTTP.Refusal.response(&1).status)
      [400, 505, 503]
  """
  @spec response(reason(), Request.t()) :: Response.t()
  def response(reason, request \\ %Request{method: "", target: ""})
  def response(:no_services, request), do: Envelope.failure(Context.new(request), Error.no_services())

  def response(reason, request) do
    {name, text} = Map.fetch!(@reasons, reason)
    headers = if name == :service_unavailable, do: [{"retry-after", "1"}], else: []
    error = Error.system(name, text: text, headers: headers)
    Envelope.failure(Context.new(request), error)
  end
end
