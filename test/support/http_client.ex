defmodule Numplan.HTTPClient do
  @moduledoc "Requests to a running server over real sockets: with OTP's HTTP client, or byte for byte."

  @type answer :: %{status: pos_integer(), headers: %{binary() => binary()}, body: binary(), json: term()}

  @doc "Sends a request with OTP's client; `body` is text, or a term that is encoded as JSON."
  @spec request(atom(), binary(), keyword()) :: answer()
  def request(method, url, options \\ []) do
    headers = for {key, value} <- options[:headers] || [], do: {to_charlist(key), to_charlist(value)}
    http = [timeout: 30_000, autoredirect: false]

    {:ok, {{_, status, _}, headers, body}} =
      :httpc.request(method, content(method, url, headers, options), http, body_format: :binary)

    answer(status, Map.new(headers, fn {key, value} -> {to_string(key), to_string(value)} end), body)
  end

  defp content(method, url, headers, options) do
    case {method, options[:body]} do
      {method, nil} when method in [:get, :head, :options, :delete] -> {to_charlist(url), headers}
      {_, body} -> {to_charlist(url), headers, options[:type] || ~c"application/json", text(body)}
    end
  end

  defp text(nil), do: ""
  defp text(body) when is_binary(body), do: body
  defp text(body), do: Numplan.json_encode!(body)

  @doc "An answer of these parts."
  @spec answer(pos_integer(), %{binary() => binary()}, binary()) :: answer()
  def answer(status, headers, body) do
    json =
      case Numplan.json_decode(body) do
        {:ok, json} -> json
        {:error, _} -> nil
      end

    %{status: status, headers: headers, body: body, json: json}
  end

  @doc "Sends bytes over a new connection and reads until it is closed; returns all answers in order."
  @spec raw(:inet.port_number(), iodata()) :: [answer()]
  def raw(port, bytes) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
    _ = :gen_tcp.send(socket, bytes)
    _ = :gen_tcp.shutdown(socket, :write)
    socket |> read_all("") |> answers()
  end

  @doc """
  Sends one request over a new connection, which stays open until the server closes it, and returns the
  answer. Options: `:headers`, and `:body`, a binary, `{:chunks, [binary]}`, or `{:announced, length}`
  for one that is not sent.
  """
  @spec one(:inet.port_number(), binary(), binary(), keyword()) :: answer()
  def one(port, method, target, options \\ []) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false, nodelay: true])
    # A server that refuses a body may close before all of it is sent.
    Enum.find(written(method, target, options), &(:gen_tcp.send(socket, &1) != :ok))
    [head, body] = socket |> read_all("") |> :binary.split("\r\n\r\n")
    {status, headers} = head(head)
    answer(status, headers, body)
  end

  # The pieces of a request.
  defp written(method, target, options) do
    {framing, pieces} = framed(options[:body])
    headers = [{"host", "localhost"}, {"connection", "close"}] ++ framing
    given = Map.new(options[:headers] || [])
    fields = for {name, value} <- Map.merge(Map.new(headers), given), do: [name, ": ", value, "\r\n"]
    [[method, " ", target, " HTTP/1.1\r\n", fields, "\r\n"] | pieces]
  end

  defp framed(nil), do: {[], []}
  defp framed(body) when is_binary(body), do: {[{"content-length", Integer.to_string(byte_size(body))}], [body]}

  defp framed({:announced, length}), do: {[{"content-length", Integer.to_string(length)}], []}

  defp framed({:chunks, chunks}) do
    pieces = for chunk <- chunks, do: [Integer.to_string(byte_size(chunk), 16), "\r\n", chunk, "\r\n"]
    {[{"transfer-encoding", "chunked"}], pieces ++ ["0\r\n\r\n"]}
  end

  defp head(head) do
    ["HTTP/1.1 " <> <<status::binary-size(3), _::binary>> | lines] = String.split(head, "\r\n")
    {String.to_integer(status), Map.new(lines, fn line -> line |> String.split(": ", parts: 2) |> List.to_tuple() end)}
  end

  defp read_all(socket, read) do
    case :gen_tcp.recv(socket, 0, 30_000) do
      {:ok, data} -> read_all(socket, read <> data)
      {:error, _} -> read
    end
  end

  defp answers(""), do: []

  defp answers("HTTP/1.1 100 Continue\r\n\r\n" <> rest), do: answers(rest)

  # Bytes that are not HTTP, such as a TLS alert, are not an answer.
  defp answers(bytes) when binary_part(bytes, 0, 5) != "HTTP/", do: []

  defp answers(bytes) do
    [head, rest] = :binary.split(bytes, "\r\n\r\n")
    {status, headers} = head(head)
    length = String.to_integer(Map.get(headers, "content-length", "0"))
    {body, rest} = :erlang.split_binary(rest, length)
    [answer(status, headers, body) | answers(rest)]
  end
end
