defmodule Numplan.HTTP.Connection do
  @moduledoc """
  One connection: requests are read, answered and read again, until the client or a bound ends it (RFC 9112).

  Times and sizes are bounded: a head must have arrived within the request's time, a body within its own; what is refused is
  answered with JSON before the connection is closed.
  """

  alias Numplan.API
  alias Numplan.API.{Body, Context, Envelope, Error, Request, Response}
  alias Numplan.HTTP.{Page, Transport}

  @max_head 65_536
  @max_headers 100
  @chunk_line 1_024
  @drain_bytes 1_000_000
  @drain_timeout 1_000

  @reasons %{
    200 => "OK",
    201 => "Created",
    304 => "Not Modified",
    400 => "Bad Request",
    401 => "Unauthorized",
    403 => "Forbidden",
    404 => "Not Found",
    405 => "Method Not Allowed",
    406 => "Not Acceptable",
    408 => "Request Timeout",
    409 => "Conflict",
    413 => "Content Too Large",
    414 => "URI Too Long",
    415 => "Unsupported Media Type",
    429 => "Too Many Requests",
    431 => "Request Header Fields Too Large",
    500 => "Internal Server Error",
    501 => "Not Implemented",
    503 => "Service Unavailable"
  }

  @doc "Serves a connection until it ends. Runs in a process that `Numplan.HTTP.Transport.give/2` is called for."
  @spec run(Transport.socket(), keyword()) :: :ok
  def run(socket, options) do
    with {:ok, socket} <- Transport.take(socket) do
      serve(socket, "", options)
      Transport.close(socket)
    else
      {:error, _} -> Transport.close(socket)
    end
  end

  @doc "Answers a connection that there is no room for, and closes it."
  @spec refuse(Transport.socket()) :: :ok
  def refuse({:gen_tcp, _} = socket) do
    _ = send_response(socket, failure(:service_unavailable, [{"retry-after", "1"}]), false)
    Transport.close(socket)
  end

  def refuse(socket), do: Transport.close(socket)

  defp serve(socket, buffer, options) do
    case read_request(socket, buffer, options) do
      {:ok, request, rest, keep?} ->
        sent = send_response(socket, respond(request), keep?)
        if keep? and sent == :ok, do: serve(socket, rest, options), else: :ok

      {:refuse, response} ->
        _ = send_response(socket, response, false)
        drain(socket)

      :closed ->
        :ok
    end
  end

  defp respond(%Request{method: method, target: "/"} = request) when method in ~w(GET HEAD), do: Page.response(request)
  defp respond(request), do: API.handle(request)

  # A client that is still sending would lose the answer to a reset: it is let send a little more.
  defp drain(socket) do
    _ = Transport.shutdown(socket)
    drain(socket, @drain_bytes)
  end

  defp drain(socket, left) when left > 0 do
    case Transport.recv(socket, 0, @drain_timeout) do
      {:ok, data} -> drain(socket, left - byte_size(data))
      {:error, _} -> :ok
    end
  end

  defp drain(_socket, _left), do: :ok

  # -- reading --

  defp read_request(socket, buffer, options) do
    idle = Keyword.get(options, :idle_timeout, 60_000)
    limit = Keyword.get(options, :request_timeout, 15_000)

    with {:ok, buffer} <- first_bytes(socket, buffer, idle),
         deadline = now() + limit,
         {:ok, method, target, version, rest} <- request_line(socket, buffer, deadline),
         {:ok, headers, rest} <- headers(socket, rest, deadline, %{}, 0),
         :ok <- host(version, headers),
         :ok <- expect(socket, headers),
         {:ok, body, rest} <- body(socket, rest, headers, now() + 2 * limit) do
      request = %Request{method: method, target: target, headers: headers, body: body}
      {:ok, request, rest, keep?(version, headers) and body != :too_large}
    end
  end

  defp first_bytes(socket, "", idle) do
    case Transport.recv(socket, 0, idle) do
      {:ok, data} -> {:ok, data}
      {:error, _} -> :closed
    end
  end

  defp first_bytes(_socket, buffer, _idle), do: {:ok, buffer}

  defp request_line(socket, buffer, deadline) do
    case :erlang.decode_packet(:http_bin, buffer, []) do
      {:ok, {:http_request, method, target, {1, minor}}, rest} ->
        request_target(text(method), target, minor, rest)

      {:ok, {:http_request, _, _, _version}, _rest} ->
        refuse_with(:parse_error, text: "only HTTP/1.0 and HTTP/1.1 are spoken here")

      # Empty lines before a request line are to be ignored.
      {:ok, {:http_error, line}, rest} when line in ["\r\n", "\n"] ->
        request_line(socket, rest, deadline)

      {:ok, _other, _rest} ->
        refuse_with(:parse_error, text: "no HTTP request line")

      {:more, _} when byte_size(buffer) > 16 * @max_head ->
        refuse_with(:uri_too_long)

      {:more, _} ->
        more(socket, buffer, deadline, &request_line(socket, &1, deadline))

      {:error, _} ->
        refuse_with(:parse_error, text: "no HTTP request line")
    end
  end

  defp request_target(method, {:abs_path, target}, minor, rest), do: {:ok, method, target, minor, rest}
  defp request_target(method, {:absoluteURI, _, _, _, target}, minor, rest), do: {:ok, method, target, minor, rest}
  defp request_target("OPTIONS", :*, minor, rest), do: {:ok, "OPTIONS", "*", minor, rest}

  defp request_target(_method, _target, _minor, _rest),
    do: refuse_with(:parse_error, text: "the request target is no path")

  defp text(atom) when is_atom(atom), do: Atom.to_string(atom)
  defp text(binary), do: binary

  defp headers(_socket, _buffer, _deadline, _headers, count) when count > @max_headers,
    do: refuse_with(:headers_too_large)

  defp headers(socket, buffer, deadline, headers, count) do
    case :erlang.decode_packet(:httph_bin, buffer, []) do
      {:ok, :http_eoh, rest} ->
        {:ok, headers, rest}

      {:ok, {:http_header, _, name, _, value}, rest} ->
        with {:ok, headers} <- put_header(headers, String.downcase(text(name)), value) do
          headers(socket, rest, deadline, headers, count + 1)
        end

      {:more, _} when byte_size(buffer) > @max_head ->
        refuse_with(:headers_too_large)

      {:more, _} ->
        more(socket, buffer, deadline, &headers(socket, &1, deadline, headers, count))

      _ ->
        refuse_with(:parse_error, text: "a malformed header")
    end
  end

  # Two lengths are how requests are smuggled.
  defp put_header(%{"content-length" => _}, "content-length", _value),
    do: refuse_with(:parse_error, text: "two lengths")

  defp put_header(headers, name, value) do
    {:ok, Map.update(headers, name, value, &(&1 <> ", " <> value))}
  end

  defp more(socket, buffer, deadline, continue) do
    case Transport.recv(socket, 0, left(deadline)) do
      {:ok, data} -> continue.(buffer <> data)
      {:error, :timeout} -> {:refuse, timeout()}
      {:error, _} -> :closed
    end
  end

  defp host(1, headers) when not is_map_key(headers, "host"),
    do: refuse_with(:parse_error, text: "the header Host is missing")

  defp host(_minor, _headers), do: :ok

  defp expect(socket, %{"expect" => expectation}) do
    if String.downcase(expectation) == "100-continue",
      do: Transport.send_all(socket, "HTTP/1.1 100 Continue\r\n\r\n"),
      else: :ok
  end

  defp expect(_socket, _headers), do: :ok

  defp body(_socket, _rest, %{"transfer-encoding" => _, "content-length" => _}, _deadline),
    do: refuse_with(:parse_error, text: "both a length and a transfer encoding")

  defp body(socket, rest, %{"transfer-encoding" => encoding}, deadline) do
    if String.downcase(encoding) == "chunked",
      do: chunks(socket, rest, deadline, [], 0),
      else: refuse_with(:parse_error, text: "an unknown transfer encoding")
  end

  defp body(socket, rest, %{"content-length" => length}, deadline) do
    case digits(length) do
      {:ok, length} ->
        if length > Body.max_bytes(), do: {:ok, :too_large, ""}, else: exactly(socket, rest, length, deadline)

      :error ->
        refuse_with(:parse_error, text: "a length that is no number")
    end
  end

  defp body(_socket, rest, _headers, _deadline), do: {:ok, "", rest}

  defp digits(text) do
    if text =~ ~r/\A[0-9]{1,18}\z/, do: {:ok, String.to_integer(text)}, else: :error
  end

  defp exactly(_socket, buffer, length, _deadline) when byte_size(buffer) >= length do
    <<body::binary-size(length), rest::binary>> = buffer
    {:ok, body, rest}
  end

  defp exactly(socket, buffer, length, deadline) do
    case Transport.recv(socket, length - byte_size(buffer), left(deadline)) do
      {:ok, data} -> {:ok, buffer <> data, ""}
      {:error, :timeout} -> {:refuse, timeout()}
      {:error, _} -> :closed
    end
  end

  defp chunks(socket, buffer, deadline, read, size) do
    with {:ok, line, rest} <- line(socket, buffer, deadline), {:ok, length} <- chunk_length(line) do
      chunk(socket, rest, deadline, read, size, length)
    end
  end

  defp chunk(socket, rest, deadline, read, _size, 0) do
    with {:ok, rest} <- trailers(socket, rest, deadline, 0), do: {:ok, IO.iodata_to_binary(Enum.reverse(read)), rest}
  end

  defp chunk(socket, rest, deadline, read, size, length) do
    if size + length > Body.max_bytes() do
      {:ok, :too_large, ""}
    else
      with {:ok, data, rest} <- exactly(socket, rest, length + 2, deadline), {:ok, data} <- chunk_data(data) do
        chunks(socket, rest, deadline, [data | read], size + length)
      end
    end
  end

  defp chunk_data(data) do
    length = byte_size(data) - 2

    case data do
      <<chunk::binary-size(length), "\r\n">> -> {:ok, chunk}
      _ -> refuse_with(:parse_error, text: "a malformed chunk")
    end
  end

  defp chunk_length(line) do
    [hex | _extensions] = String.split(line, ";", parts: 2)

    case Integer.parse(String.trim(hex), 16) do
      {length, ""} when length >= 0 -> {:ok, length}
      _ -> refuse_with(:parse_error, text: "a malformed chunk length")
    end
  end

  defp trailers(_socket, _rest, _deadline, count) when count > @max_headers, do: refuse_with(:headers_too_large)

  defp trailers(socket, rest, deadline, count) do
    case line(socket, rest, deadline) do
      {:ok, "", rest} -> {:ok, rest}
      {:ok, _trailer, rest} -> trailers(socket, rest, deadline, count + 1)
      other -> other
    end
  end

  defp line(socket, buffer, deadline) do
    case :binary.split(buffer, "\r\n") do
      [line, rest] -> {:ok, line, rest}
      [_] when byte_size(buffer) > @chunk_line -> refuse_with(:parse_error, text: "a chunk line without end")
      [_] -> more(socket, buffer, deadline, &line(socket, &1, deadline))
    end
  end

  defp keep?(1, headers),
    do: not (headers |> Map.get("connection", "") |> String.downcase() |> String.contains?("close"))

  defp keep?(_minor, headers),
    do: headers |> Map.get("connection", "") |> String.downcase() |> String.contains?("keep-alive")

  defp left(deadline), do: max(deadline - now(), 0)
  defp now, do: System.monotonic_time(:millisecond)

  # -- answering --

  defp refuse_with(name, options \\ []), do: {:refuse, failure(name, [], options)}

  defp failure(name, headers, options \\ []) do
    error = Error.system(name, Keyword.put(options, :headers, headers))
    Envelope.failure(Context.new(%Request{method: "", target: ""}), error)
  end

  defp timeout, do: %{failure(:parse_error, [], text: "the request did not arrive in time") | status: 408}

  defp send_response(socket, %Response{} = response, keep?) do
    Transport.send_all(socket, [
      "HTTP/1.1 ",
      Integer.to_string(response.status),
      " ",
      Map.get(@reasons, response.status, ""),
      "\r\n",
      Enum.map(response.headers, fn {name, value} -> [name, ": ", value, "\r\n"] end),
      content_length(response),
      if(keep?, do: "connection: keep-alive\r\n\r\n", else: "connection: close\r\n\r\n"),
      response.body
    ])
  end

  defp content_length(%{status: 304}), do: []

  defp content_length(response) do
    if List.keymember?(response.headers, "content-length", 0),
      do: [],
      else: ["content-length: ", Integer.to_string(IO.iodata_length(response.body)), "\r\n"]
  end
end
