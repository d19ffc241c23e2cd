defmodule Numplan.HTTP.Connection do
  @moduledoc """
  The loop of one connection: it reads and answers requests until the client closes or a limit
  ends it. `Numplan.HTTP.Head` and `Numplan.HTTP.Payload` parse the bytes.

  Reading a head, reading a body and draining unread bytes each have a total timeout, which a
  client that sends byte by byte does not extend. The API decides on the head first; only if it
  wants the body, and there is memory for it, is `100 Continue` sent and the body read.
  """

  require Logger

  alias Numplan.API.{Body, Request, Response}
  alias Numplan.Fault
  alias Numplan.HTTP.{Connections, Exchange, Head, Payload, Refusal, Transport}

  @discard_bytes 65_536
  @drain_bytes 1_000_000
  @drain_timeout 1_000
  @piece 65_536
  # The milliseconds for which a client may leave its response unread; then its connection may be
  # closed if no other is free.
  @sending_patience 1_000
  # The size in bytes of a body above which the heap is collected before the connection waits again.
  @collect_bytes 65_536

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
    417 => "Expectation Failed",
    429 => "Too Many Requests",
    431 => "Request Header Fields Too Large",
    500 => "Internal Server Error",
    501 => "Not Implemented",
    503 => "Service Unavailable",
    505 => "HTTP Version Not Supported"
  }

  @typedoc "The timeouts of a connection, in milliseconds, and the name of its server."
  @type settings :: %{idle_timeout: timeout(), request_timeout: pos_integer(), name: term()}

  @doc """
  Serves a connection until it ends, in a process of its own that `Numplan.HTTP.Connections`
  starts and `Numplan.HTTP.Transport.give/2` hands the socket to. A failure is logged without any
  value, and ends this connection alone.
  """
  @spec run(Connections.handle(), settings()) :: :ok
  def run(handle, settings) do
    with {:ok, socket} <- Transport.take(), {:ok, socket} <- shake_hands(handle, socket) do
      serve(%{socket: socket, handle: handle, settings: settings}, "")
      Transport.close(socket)
    else
      {:error, _} -> :ok
    end
  catch
    kind, reason ->
      Logger.error("numplan: a connection failed: #{Fault.describe(kind, reason, __STACKTRACE__)}")
      exit({:shutdown, :failed})
  end

  defp shake_hands(handle, socket) do
    with {:error, _} = failure <- Connections.waiting(handle, now(), fn -> Transport.handshake(socket) end) do
      Transport.close(socket)
      failure
    end
  end

  @doc "Answers a connection beyond the limit with 503, and closes it."
  @spec refuse(Transport.socket()) :: :ok
  def refuse({:gen_tcp, _} = socket) do
    _ = Transport.send_all(socket, encoded(Refusal.response(:no_connection), false))
    _ = Transport.shutdown(socket)
    # Closing with unread bytes would reset the connection, and the client would lose the answer.
    _ = Transport.recv(socket, 0, 0)
    Transport.close(socket)
  end

  def refuse(socket), do: Transport.close(socket)

  defp serve(connection, buffer) do
    case read_head(connection, buffer) do
      {:ok, head, rest} -> answer(connection, head, rest)
      {:error, :closed} -> :ok
      {:error, reason} -> refuse(connection, reason)
    end
  end

  defp refuse(connection, reason), do: finish(connection, Refusal.response(reason))

  # Sends the last response of a connection. A client that is still sending would lose it to a
  # reset, so some more bytes are read.
  defp finish(connection, response) do
    with :ok <- send_response(connection, response, false), do: drain(connection)
  end

  # -- heads --

  defp read_head(connection, "") do
    case recv(connection, now(), 0, deadline(connection.settings.idle_timeout)) do
      {:ok, bytes} -> read_head(connection, bytes)
      {:error, _} -> {:error, :closed}
    end
  end

  defp read_head(connection, bytes) do
    read(connection, now(), Head, Head.new(), bytes, deadline(connection.settings.request_timeout))
  end

  # Feeds a parser until it is complete. `since` is as for recv/4.
  defp read(connection, since, module, parser, bytes, deadline) do
    with {:more, parser} <- module.parse(parser, bytes),
         :ok <- room(connection, parser),
         {:ok, bytes} <- recv(connection, since, wanted(parser), deadline) do
      read(connection, since, module, parser, bytes, deadline)
    end
  end

  defp wanted(%Payload{} = payload), do: payload |> Payload.missing() |> min(@piece)
  defp wanted(_parser), do: 0

  # Reserves memory for a body. The size of a chunked one grows with each chunk.
  defp room(connection, %Payload{} = payload) do
    case Payload.size(payload) do
      0 -> :ok
      bytes -> Connections.reserve(connection.handle, bytes)
    end
  end

  defp room(_connection, _parser), do: :ok

  # -- answers --

  # Answers a request. The state of its body: still in the socket; read, with the bytes of memory
  # that were reserved for it; unreadable; or its client is gone.
  defp answer(connection, head, rest) do
    request = %Request{method: head.method, target: head.target, headers: head.headers}
    server = %{name: connection.settings.name, page?: true}

    case Exchange.run(request, server, :unread, fn -> read_body(connection, head, rest) end) do
      {response, :unread} ->
        respond_unread(connection, head, rest, sent(response, head))

      {response, {:read, rest, reserved}} ->
        let_go(connection, reserved)
        respond(connection, head, rest, response)

      {response, :unreadable} ->
        let_go(connection, Body.max_bytes())
        finish(connection, response)

      {nil, :gone} ->
        :ok
    end
  end

  defp sent(response, %{method: "HEAD"}), do: Response.to_head(response)
  defp sent(response, _head), do: response

  # Responds without the body of the request: a short one is skipped; after a long one the
  # connection is closed.
  defp respond_unread(connection, %{body: :none} = head, rest, response), do: respond(connection, head, rest, response)

  defp respond_unread(connection, head, rest, response) do
    if head.keep_alive? and short?(head) do
      with :ok <- send_response(connection, response, true),
           {:ok, _, rest} <- skip(connection, head, rest) do
        serve(connection, rest)
      else
        _ -> drain(connection)
      end
    else
      finish(connection, response)
    end
  end

  # True when the body may be skipped. A client that waits for 100 Continue may send the body or
  # not: the next bytes are ambiguous.
  defp short?(%{expects_continue?: true}), do: false
  defp short?(%{body: {:length, length}}), do: length <= @discard_bytes
  defp short?(%{body: :chunked}), do: true

  defp skip(connection, head, rest) do
    payload = Payload.new(head, @discard_bytes, keep: false)
    read(connection, now(), Payload, payload, rest, deadline(connection.settings.request_timeout))
  end

  defp respond(connection, head, rest, response) do
    sent = send_response(connection, response, head.keep_alive?)
    if IO.iodata_length(response.body) > @collect_bytes, do: :erlang.garbage_collect()
    if head.keep_alive? and sent == :ok, do: serve(connection, rest), else: :ok
  end

  # -- bodies --

  # Reads the body. One that arrived with its head is small, and is not charged to the budget.
  defp read_body(_connection, %{body: :none}, rest), do: {"", {:read, rest, 0}}

  defp read_body(connection, head, rest) do
    case Payload.parse(Payload.new(head, Body.max_bytes()), rest) do
      {:ok, body, rest} -> {body, {:read, rest, 0}}
      {:more, payload} -> await_body(connection, head, payload, rest)
      {:error, reason} -> not_read(reason)
    end
  end

  defp await_body(connection, head, payload, rest) do
    deadline = deadline(2 * connection.settings.request_timeout)

    with :ok <- announced(connection, head.body, payload),
         :ok <- continue(connection, head, rest),
         {:ok, bytes} <- recv(connection, :busy, wanted(payload), deadline),
         {:ok, body, rest} <- read(connection, :busy, Payload, payload, bytes, deadline) do
      {body, {:read, rest, byte_size(body)}}
    else
      {:error, :closed} -> {:gone, :gone}
      {:error, reason} -> not_read(reason)
    end
  end

  defp not_read(:too_large), do: {:too_large, :unreadable}
  defp not_read(reason), do: {{:refused, reason}, :unreadable}

  defp announced(connection, :chunked, payload), do: room(connection, payload)
  defp announced(connection, {:length, length}, _payload), do: Connections.reserve(connection.handle, length)

  defp continue(connection, %{expects_continue?: true}, "") do
    with {:error, _} <- Transport.send_all(connection.socket, "HTTP/1.1 100 Continue\r\n\r\n"), do: {:error, :closed}
  end

  defp continue(_connection, _head, _rest), do: :ok

  # Releases the memory of a body. A waiting process does not collect garbage: an idle connection
  # would keep its last body.
  defp let_go(_connection, 0), do: :ok

  defp let_go(connection, bytes) do
    if bytes > @collect_bytes, do: :erlang.garbage_collect()
    Connections.release(connection.handle)
  end

  # -- the socket --

  # Receives bytes. With a time in `since` the server may close the connection while it waits; with
  # :busy it may not.
  defp recv(connection, :busy, length, deadline), do: arrived(connection, length, deadline)

  defp recv(connection, since, length, deadline) do
    Connections.waiting(connection.handle, since, fn -> arrived(connection, length, deadline) end)
  end

  defp arrived(connection, length, deadline) do
    case Transport.recv(connection.socket, length, left(deadline)) do
      {:ok, bytes} -> {:ok, bytes}
      {:error, :timeout} -> {:error, :timeout}
      {:error, _} -> {:error, :closed}
    end
  end

  defp deadline(milliseconds), do: now() + milliseconds
  defp left(deadline), do: max(deadline - now(), 0)
  defp now, do: System.monotonic_time(:millisecond)

  defp drain(connection) do
    _ = Transport.shutdown(connection.socket)
    drain(connection, @drain_bytes, now())
  end

  defp drain(connection, bytes, since) when bytes > 0 do
    case recv(connection, since, 0, since + @drain_timeout) do
      {:ok, data} -> drain(connection, bytes - byte_size(data), since)
      {:error, _} -> :ok
    end
  end

  defp drain(_connection, _bytes, _since), do: :ok

  defp send_response(connection, response, keep?) do
    bytes = encoded(response, keep?)
    send = fn -> Transport.send_all(connection.socket, bytes) end
    Connections.waiting(connection.handle, now() + @sending_patience, send)
  end

  defp encoded(%Response{} = response, keep?) do
    [
      "HTTP/1.1 ",
      Integer.to_string(response.status),
      " ",
      Map.get(@reasons, response.status, ""),
      "\r\ndate: ",
      date(),
      "\r\n",
      Enum.map(response.headers, fn {name, value} -> [name, ": ", value, "\r\n"] end),
      content_length(response),
      if(keep?, do: "connection: keep-alive\r\n\r\n", else: "connection: close\r\n\r\n"),
      response.body
    ]
  end

  # The date of a response (RFC 9110 section 6.6.1).
  defp date, do: Calendar.strftime(DateTime.utc_now(), "%a, %d %b %Y %H:%M:%S GMT")

  defp content_length(%{status: 304}), do: []

  defp content_length(response) do
    if List.keymember?(response.headers, "content-length", 0),
      do: [],
      else: ["content-length: ", Integer.to_string(IO.iodata_length(response.body)), "\r\n"]
  end
end
