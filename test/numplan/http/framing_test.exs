defmodule Numplan.HTTP.FramingTest do
  @moduledoc "What the server accepts as a request over a socket, and what it refuses: RFC 9112, in the strict reading."
  use ExUnit.Case

  alias Numplan.{API, HTTP, HTTPClient, HTTPFraming, HTTPMutations}

  @account String.duplicate("0", 32)
  @classify "/v2/accounts/#{@account}/phone_numbers/classifiers/911"
  @locality "/v2/accounts/#{@account}/phone_numbers/locality"
  @body ~s({"data":{"numbers":["+14158867900"]}})
  @posted "POST #{@locality} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
  @chunked @posted <> "Transfer-Encoding: chunked\r\n\r\n"
  @hex Integer.to_string(byte_size(@body), 16)

  setup do
    # An open server takes requests to known names alone.
    Application.put_env(:numplan, :hosts, ["a", "b", "u", "x", "a.example", "api.example"])
    on_exit(fn -> Application.delete_env(:numplan, :hosts) end)
    start_supervised!({HTTP, port: 0, name: __MODULE__})
    %{port: HTTP.port(__MODULE__)}
  end

  defp get(fields), do: "GET #{@classify} HTTP/1.1\r\nHost: 127.0.0.1\r\n#{fields}\r\n"
  defp statuses(answers), do: for(answer <- answers, do: answer.status)

  @refused [
    {"a chunk size with a sign", @chunked <> "+#{@hex}\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a last chunk of size -0", @chunked <> "#{@hex}\r\n#{@body}\r\n-0\r\n\r\n", 400},
    {"a chunk size behind a Unicode space", @chunked <> "\u2003#{@hex}\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a chunk size behind a space", @chunked <> " #{@hex}\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a chunk size with a space behind it", @chunked <> "#{@hex} \r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a chunk size with 0x", @chunked <> "0x#{@hex}\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a chunk size with an underscore", @chunked <> "0_#{@hex}\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a chunk line that ends with LF", @chunked <> "#{@hex}\n#{@body}\r\n0\r\n\r\n", 400},
    {"a LF in a chunk extension", @chunked <> "#{@hex};a\nb\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a CR in a chunk extension", @chunked <> "#{@hex};a\rb\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a NUL in a chunk extension", @chunked <> "#{@hex};a\0b\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a chunk extension without a name", @chunked <> "#{@hex};=b\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"a chunk longer than its size", @chunked <> "1\r\n#{@body}\r\n0\r\n\r\n", 400},
    {"chunk extensions without end", [@chunked, List.duplicate("1;#{String.duplicate("a", 900)}\r\n1\r\n", 100)], 400},
    {"a trailer that is no field", @chunked <> "0\r\nno field\r\n\r\n", 400},
    {"a trailer that frames", @chunked <> "0\r\nContent-Length: 5\r\n\r\n", 400},
    {"a trailer that ends with LF", @chunked <> "0\r\na: b\n\r\n", 400},
    {"a request line that ends with LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
    {"a field that ends with LF", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    {"a head that ends with LF", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    {"a CR in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
    {"a NUL in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400},
    {"a NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"a DEL in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x7fb\r\n\r\n", 400},
    {"a byte over 127 in the target", "GET /\xC3\xA9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"a fragment in the target", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"a space behind the request line", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"a method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"a request line without version", "GET /\r\nHost: a\r\n\r\n", 400},
    {"a version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
    {"a space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"a space before a colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"a field without name", "GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", 400},
    {"a field whose name is no token", "GET / HTTP/1.1\r\nHost: a\r\na(b): c\r\n\r\n", 400},
    {"two lines Host", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"two lines Host of HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400},
    {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"a Host whose port is no number", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
    {"a Host with a port over 65535", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400},
    {"a Host in open brackets", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
    {"an absolute target with a user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"an absolute target without host", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"an absolute target of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"an absolute target without Host", "GET http://a/ HTTP/1.1\r\n\r\n", 400},
    {"an asterisk of GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"two lengths that are equal", @posted <> "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400},
    {"a list of lengths", @posted <> "Content-Length: 2, 2\r\n\r\n{}", 400},
    {"a length with a sign", @posted <> "Content-Length: +2\r\n\r\n{}", 400},
    {"an empty length", @posted <> "Content-Length:\r\n\r\n", 400},
    {"a length with a vertical tab", @posted <> "Content-Length: \v2\r\n\r\n{}", 400},
    {"Transfer-Encoding of HTTP/1.0", "POST #{@locality} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"a length beside chunks", @posted <> "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"chunks twice", @posted <> "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
    {"chunks that are not last", @posted <> "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400},
    {"another coding under chunks", @posted <> "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
    {"a coding with a vertical tab", @posted <> "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 400},
    {"an expectation that cannot be met", @posted <> "Content-Length: 2\r\nExpect: later\r\n\r\n{}", 417},
    {"two expectations, of which one cannot be met", @posted <> "Content-Length: 2\r\nExpect: 100-continue, x\r\n\r\n",
     417},
    {"two empty lines before a request", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"an empty line that ends with LF", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"101 fields", ["GET / HTTP/1.1\r\nHost: a\r\n", List.duplicate("a: b\r\n", 100), "\r\n"], 431}
  ]

  for {name, bytes, status} <- @refused do
    test "refuses #{name}, and closes", %{port: port} do
      next = get("")
      assert [answer] = HTTPClient.raw(port, [unquote(bytes), next])
      assert {answer.status, answer.headers["connection"]} == {unquote(status), "close"}
      assert answer.json["error"] == "#{unquote(status)}" and byte_size(answer.json["data"]["message"]) > 20
    end
  end

  test "refuses a head of 5.9 MB, and one of one byte too many", %{port: port} do
    assert [431] = statuses(HTTPClient.raw(port, many_fields(9_000)))
    # The server reads a megabyte more at most, so a client that sends all of this may lose the
    # answer to a reset; it gets no other.
    assert statuses(HTTPClient.raw(port, many_fields(59_000))) in [[431], []]
    assert [200] = statuses(HTTPClient.raw(port, long_head(65_536)))
    assert [431] = statuses(HTTPClient.raw(port, long_head(65_537)))
  end

  defp many_fields(size) do
    many = for n <- 1..99, do: "x-#{n}: #{String.duplicate("a", size)}\r\n"
    ["GET / HTTP/1.1\r\nHost: a\r\n", many, "\r\n"]
  end

  defp long_head(size) do
    start = "GET #{@classify} HTTP/1.1\r\nHost: a\r\nx: "
    start <> String.duplicate("a", size - byte_size(start) - 4) <> "\r\n\r\n"
  end

  @accepted [
    {"a chunk size in either case, with zeros before it",
     @chunked <> "000#{String.downcase(@hex)}\r\n#{@body}\r\n0000\r\n\r\n"},
    {"chunk extensions", @chunked <> ~s(#{@hex};a;b=c; d = "e\\"; f"\r\n#{@body}\r\n0;x=y\r\n\r\n)},
    {"trailers", @chunked <> "#{@hex}\r\n#{@body}\r\n0\r\nDigest: a\r\nx: \r\n\r\n"},
    {"Chunked in capital letters", @posted <> "transfer-encoding: CHUNKED\r\n\r\n#{@hex}\r\n#{@body}\r\n0\r\n\r\n"},
    {"a length with zeros before it", @posted <> "Content-Length: 0#{byte_size(@body)} \r\n\r\n" <> @body},
    {"an absolute target",
     "POST HTTP://b:80#{@locality} HTTP/1.1\r\nHost: a\r\nContent-Length: #{byte_size(@body)}\r\n\r\n" <> @body},
    {"one empty line before a request", "\r\n#{@posted}Content-Length: #{byte_size(@body)}\r\n\r\n" <> @body},
    {"a Host with an IPv6 address",
     "POST #{@locality} HTTP/1.1\r\nHost: [::1]:8000\r\nContent-Length: #{byte_size(@body)}\r\n\r\n" <> @body},
    {"HTTP/1.2, read as HTTP/1.1",
     "POST #{@locality} HTTP/1.2\r\nHost: a\r\nContent-Length: #{byte_size(@body)}\r\n\r\n" <> @body},
    {"bytes over 127 in a field", @posted <> "X: caf\xE9\r\nContent-Length: #{byte_size(@body)}\r\n\r\n" <> @body}
  ]

  for {name, bytes} <- @accepted do
    test "accepts #{name}, and what comes behind", %{port: port} do
      assert [answer, next] = HTTPClient.raw(port, [unquote(bytes), get("")])
      assert answer.json["data"]["+14158867900"]["status"] == "success"
      assert {answer.status, next.status} == {200, 200}
    end
  end

  test "OPTIONS * is about the server", %{port: port} do
    assert [%{status: 200}] = HTTPClient.raw(port, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [%{status: 200}] = HTTPClient.raw(port, "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n")
  end

  test "Connection is a list of options, and close wins", %{port: port} do
    for {options, count} <- [
          {"keep-alive, close", 1},
          {"Close", 1},
          {",close ,x", 1},
          {"x-closed", 2},
          {"keep-alive", 2},
          {"disclose, keep-alive", 2}
        ] do
      answers = HTTPClient.raw(port, [get("Connection: #{options}\r\n"), get("")])
      assert {options, length(answers)} == {options, count}
      expected = if count == 1, do: "close", else: "keep-alive"
      assert {options, hd(answers).headers["connection"]} == {options, expected}
    end

    for {options, count} <- [{"keep-alive", 2}, {"keep-alive, close", 1}, {"x-keep-alive", 1}] do
      old = "GET #{@classify} HTTP/1.0\r\nConnection: #{options}\r\n\r\n"
      assert {options, length(HTTPClient.raw(port, [old, get("")]))} == {options, count}
    end
  end

  test "two lines Connection are one list", %{port: port} do
    assert [_] = HTTPClient.raw(port, [get("Connection: keep-alive\r\nConnection: close\r\n"), get("")])
  end

  test "responses have a Date, refusals too", %{port: port} do
    for bytes <- [get(""), "nonsense\r\n\r\n"] do
      [answer] = HTTPClient.raw(port, bytes)
      assert {{_, _, _}, {_, _, _}} = date = :httpd_util.convert_request_date(to_charlist(answer.headers["date"]))

      age =
        :calendar.datetime_to_gregorian_seconds(:calendar.universal_time()) -
          :calendar.datetime_to_gregorian_seconds(date)

      assert age in 0..5
    end
  end

  describe "Expect: 100-continue" do
    defp converse(port, head) do
      {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
      :ok = :gen_tcp.send(socket, head)
      socket
    end

    defp received(socket) do
      {:ok, bytes} = :gen_tcp.recv(socket, 0, 5_000)
      bytes
    end

    defp expecting(line, length \\ byte_size(@body)) do
      "#{line}\r\nHost: 127.0.0.1\r\nExpect: 100-Continue\r\nContent-Length: #{length}\r\n\r\n"
    end

    test "is answered with 100 where the body is wanted", %{port: port} do
      socket = converse(port, expecting("POST #{@locality} HTTP/1.1"))
      assert received(socket) == "HTTP/1.1 100 Continue\r\n\r\n"
      :ok = :gen_tcp.send(socket, @body)
      assert "HTTP/1.1 200 OK\r\n" <> _ = received(socket)
    end

    test "is answered at once, and not with 100, where it is not", %{port: port} do
      for {line, length, status} <- [
            {"POST /v2/nowhere HTTP/1.1", 5, "404"},
            {"POST #{@locality} HTTP/1.1", 8_000_001, "413"},
            {"GET #{@classify} HTTP/1.1", 5, "200"}
          ] do
        socket = converse(port, expecting(line, length))
        assert <<"HTTP/1.1 ", ^status::binary-size(3), _::binary>> = answer = received(socket)
        assert answer =~ "connection: close"
      end
    end

    test "of HTTP/1.0 is ignored", %{port: port} do
      socket = converse(port, expecting("POST #{@locality} HTTP/1.0") <> @body)
      assert "HTTP/1.1 200 OK\r\n" <> _ = received(socket)

      socket = converse(port, expecting("POST #{@locality} HTTP/1.0"))
      assert {:error, :timeout} = :gen_tcp.recv(socket, 0, 200)
      :ok = :gen_tcp.send(socket, @body)
      assert "HTTP/1.1 200 OK\r\n" <> _ = received(socket)
    end

    test "without a body needs no 100", %{port: port} do
      assert "HTTP/1.1 200 OK\r\n" <> _ = received(converse(port, get("Expect: 100-continue\r\n")))
    end
  end

  test "an unwanted short body is skipped, a long one ends the connection", %{port: port} do
    ignored = "GET #{@classify} HTTP/1.1\r\nHost: a\r\n"
    long = String.duplicate("x", 70_000)
    assert [200, 200] = statuses(HTTPClient.raw(port, [ignored, "Content-Length: 5\r\n\r\nGET /", get("")]))

    assert [200, 200] =
             statuses(HTTPClient.raw(port, [ignored, "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", get("")]))

    assert [200] = statuses(HTTPClient.raw(port, [ignored, "Content-Length: 70000\r\n\r\n", long, get("")]))
  end

  # What the parser says, which h11_test.exs compares with h11, is what the server does.
  test "answers as many mutated requests as the parser finds, and refuses what it refuses", %{port: port} do
    :rand.seed(:exsss, {1, 2, 3})

    # The length that an answer to HEAD has is that of a body which does not come.
    outcomes =
      for _ <- 1..500, bytes = HTTPMutations.mutation(), not (bytes =~ "HEAD") do
        {requests, ended} = HTTPFraming.read([bytes])
        expected = expected(requests, ended)
        answers = HTTPClient.raw(port, bytes)
        refused = match?([_ | _], answers) and List.last(answers).status in [400, 414, 417, 431, 501, 505]
        assert {bytes, length(answers)} == {bytes, expected}

        if match?({:refused, _}, ended) and answers != [],
          do: assert({bytes, refused or skipped?(requests)} == {bytes, true})

        ended
      end

    assert Enum.count(outcomes, &(&1 == :more)) > 50 and Enum.count(outcomes, &match?({:refused, _}, &1)) > 100
  end

  # A request whose body is not awaited is answered at once; what expects 100 Continue and does not get it ends the connection.
  defp expected([], {:refused, _}), do: 1
  defp expected([], _ended), do: 0
  defp expected([{_head, nil}], {:refused, _}), do: 1
  defp expected([{head, nil}], _ended), do: if(awaited?(head), do: 0, else: 1)

  defp expected([{head, _body} | requests], ended),
    do: if(head.expects_continue? and not awaited?(head), do: 1, else: 1 + expected(requests, ended))

  defp skipped?(requests), do: not Enum.all?(requests, fn {head, _} -> awaited?(head) end)

  defp awaited?(%{body: :none}), do: true
  defp awaited?(%{method: method, target: "/"}) when method in ~w(GET HEAD), do: false

  defp awaited?(head),
    do: match?({:read, _}, API.admit(%API.Request{method: head.method, target: head.target, headers: head.headers}))

  describe "Accept" do
    for {accept, status} <- [
          {"APPLICATION/JSON", 200},
          {"*/json", 200},
          {"Application/*", 200},
          {"text/json", 200},
          {"*/*", 200},
          {"", 200},
          {"application/json; charset=utf-8", 200},
          {"text/html, application/xhtml+xml, */*;q=0.8", 200},
          {"text/html;x=\"a,application/json\"", 406},
          {"application/json;q=0", 406},
          {"application/json;Q=0.000", 406},
          {"application/json;q=0, */*", 406},
          {"*/*;q=0, application/json;q=0.001", 200},
          {"application/*;q=0, */*", 406},
          {"application/jsonx", 406},
          {"xapplication/json", 406},
          {"text/html", 406},
          {"application/json;q=2", 406},
          {"application/json;q=x, text/html", 406}
        ] do
      test "#{inspect(accept)} is answered with #{status}", %{port: port} do
        [answer] = HTTPClient.raw(port, get("Accept: #{unquote(accept)}\r\n"))
        assert answer.status == unquote(status)
      end
    end
  end

  test "X-Pretty-Print: false is not pretty", %{port: port} do
    for {value, pretty?} <- [
          {"true", true},
          {"1", true},
          {"false", false},
          {"FALSE", false},
          {"0", false},
          {"no", false}
        ] do
      [answer] = HTTPClient.raw(port, get("X-Pretty-Print: #{value}\r\n"))
      assert {value, answer.body =~ "\n"} == {value, pretty?}
    end
  end
end
