defmodule Numplan.HTTP.ServerTest do
  @moduledoc "The server alone: framing, bounds, and clients that do not behave."
  use ExUnit.Case

  alias Numplan.HTTP
  alias Numplan.HTTPClient

  @account String.duplicate("0", 32)
  @classify "/v2/accounts/#{@account}/phone_numbers/classifiers/911"

  setup context do
    # The name that the requests below are for.
    Application.put_env(:numplan, :hosts, ["x"])
    on_exit(fn -> Application.delete_env(:numplan, :hosts) end)
    options = [port: 0, name: __MODULE__] ++ Keyword.delete(Map.get(context, :server, []), :tls)
    start_supervised!({HTTP, options})
    %{port: HTTP.port(__MODULE__)}
  end

  defp get(target, headers \\ []) do
    ["GET ", target, " HTTP/1.1\r\nhost: x\r\n", Enum.map(headers, &[&1, "\r\n"]), "\r\n"]
  end

  defp classified?(answer), do: answer.status == 200 and answer.json["data"]["name"] == "emergency"

  test "keeps a connection, and answers requests that come at once in order", %{port: port} do
    answers = HTTPClient.raw(port, List.duplicate(get(@classify), 50))
    assert length(answers) == 50
    assert Enum.all?(answers, &(classified?(&1) and &1.headers["connection"] == "keep-alive"))
  end

  test "takes requests byte by byte", %{port: port} do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false, nodelay: true])

    for <<byte <- IO.iodata_to_binary(get(@classify, ["connection: close"]))>>,
      do: :ok = :gen_tcp.send(socket, <<byte>>)

    assert {:ok, "HTTP/1.1 200 OK" <> _} = :gen_tcp.recv(socket, 0, 5_000)
  end

  test "closes where the client wants it, or is of HTTP/1.0", %{port: port} do
    assert [%{headers: %{"connection" => "close"}}] =
             HTTPClient.raw(port, [get(@classify, ["connection: close"]), get(@classify)])

    assert [answer] = HTTPClient.raw(port, ["GET #{@classify} HTTP/1.0\r\n\r\n", get(@classify)])
    assert classified?(answer) and answer.headers["connection"] == "close"
  end

  test "HEAD has the headers of GET and no body", %{port: port} do
    url = "http://127.0.0.1:#{port}#{@classify}"
    get = HTTPClient.request(:get, url)
    head = HTTPClient.request(:head, url)
    assert head.body == "" and head.status == 200
    assert head.headers["content-length"] == Integer.to_string(byte_size(get.body))
    assert [%{body: ""}, answer] = answers_to_head(port)
    assert classified?(answer)
  end

  # RFC 9110 section 8.6: where it is there, it is the length that the body of GET would have.
  test "the length in an answer to HEAD is that of GET, also of what was not modified and of a refused page", %{
    port: port
  } do
    classifiers = "/v2/accounts/#{@account}/phone_numbers/classifiers"
    [%{headers: %{"etag" => etag}}] = HTTPClient.raw(port, get(classifiers, ["connection: close"]))
    head = fn bytes -> port |> connect(["HEAD", binary_part(bytes, 3, byte_size(bytes) - 3)]) |> received_all() end
    not_modified = head.(IO.iodata_to_binary(get(classifiers, ["connection: close", "if-none-match: #{etag}"])))
    assert "HTTP/1.1 304 " <> _ = not_modified
    refute not_modified =~ "content-length"

    refused = "GET / HTTP/1.1\r\nhost: evil.example\r\nx-request-id: same\r\nconnection: close\r\n\r\n"
    [%{status: 403, headers: %{"content-length" => length}}] = HTTPClient.raw(port, refused)
    assert head.(refused) =~ ~r/\AHTTP\/1.1 403 .*\r\ncontent-length: #{length}\r\n.*\r\n\r\n\z/s
  end

  defp connect(port, bytes) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
    :ok = :gen_tcp.send(socket, bytes)
    socket
  end

  defp received_all(socket, read \\ "") do
    case :gen_tcp.recv(socket, 0, 5_000) do
      {:ok, bytes} -> received_all(socket, read <> bytes)
      {:error, :closed} -> read
    end
  end

  # A body after HEAD would be read as the next answer.
  defp answers_to_head(port) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
    :ok = :gen_tcp.send(socket, "HEAD #{@classify} HTTP/1.1\r\nhost: x\r\n\r\n")
    {:ok, head} = :gen_tcp.recv(socket, 0, 5_000)
    assert String.ends_with?(head, "\r\n\r\n")
    [answer] = HTTPClient.raw(port, get(@classify))
    [%{body: ""}, answer]
  end

  test "bodies come with a length or in chunks, with and without 100-continue", %{port: port} do
    body = ~s({"data":{"numbers":[]}})
    head = "POST /v2/accounts/#{@account}/phone_numbers/locality HTTP/1.1\r\nhost: x\r\n"
    chunks = ["5\r\n", binary_part(body, 0, 5), "\r\n", Integer.to_string(byte_size(body) - 5, 16), ";x=y\r\n"]

    chunked = [
      head,
      "Transfer-Encoding: chunked\r\n\r\n",
      chunks,
      binary_part(body, 5, byte_size(body) - 5),
      "\r\n0\r\nt: 1\r\n\r\n"
    ]

    whole = [head, "content-length: #{byte_size(body)}\r\nexpect: 100-continue\r\n\r\n", body]

    for request <- [chunked, whole] do
      assert [%{status: 400} = answer, next] = HTTPClient.raw(port, [request, get(@classify)])
      assert answer.json["data"]["numbers"]["minimum"]["message"] == "minimum 1 number required"
      assert classified?(next)
    end
  end

  describe "refusals are answered in JSON" do
    for {name, request, status} <- [
          {"no request line", "nonsense\r\n\r\n", 400},
          {"binary noise", <<22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 10, 13>>, 400},
          {"another version", "GET / HTTP/2.0\r\n\r\n", 505},
          {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
          {"two lengths", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400},
          {"a length and chunks",
           "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400},
          {"a negative length", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400},
          {"a length that is no number", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1x\r\n\r\n", 400},
          {"a malformed chunk",
           "POST /v2/system_configs/number_manager HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
           400},
          {"an unknown encoding", "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n", 400},
          {"a malformed header", "GET / HTTP/1.1\r\nhost x\r\n\r\n", 400},
          {"a long target", ["GET /", String.duplicate("a", 100_000), " HTTP/1.1\r\nhost: x\r\n\r\n"], 414},
          {"a target without end", ["GET /", String.duplicate("a", 1_200_000)], 414},
          {"long headers", ["GET / HTTP/1.1\r\nhost: x\r\na: ", String.duplicate("a", 200_000)], 431},
          {"many headers", ["GET / HTTP/1.1\r\nhost: x\r\n", List.duplicate("a: b\r\n", 200), "\r\n"], 431},
          {"a body over the bound",
           [
             "POST /v2/accounts/",
             String.duplicate("0", 32),
             "/phone_numbers/locality HTTP/1.1\r\nhost: x\r\ncontent-length: 8000001\r\n\r\n"
           ], 413},
          {"broken percent-encoding", "GET /v2/%zz HTTP/1.1\r\nhost: x\r\n\r\n", 400},
          {"invalid UTF-8 in the path", "GET /v2/%ff HTTP/1.1\r\nhost: x\r\n\r\n", 400}
        ] do
      test name, %{port: port} do
        assert [answer | _] = HTTPClient.raw(port, unquote(request))
        assert {answer.status, answer.json["error"]} == {unquote(status), Integer.to_string(unquote(status))}
        assert answer.json["status"] == "error" and byte_size(answer.json["request_id"]) == 32
        assert [next] = HTTPClient.raw(port, get(@classify))
        assert classified?(next)
      end
    end
  end

  @tag server: [request_timeout: 50, idle_timeout: 50]
  test "slow clients are answered 408, and idle ones closed", %{port: port} do
    for start <- [
          "GET / HT",
          "GET / HTTP/1.1\r\nhost: x\r\n",
          "POST /v2/system_configs/number_manager HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab"
        ] do
      {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
      :ok = :gen_tcp.send(socket, start)
      assert {:ok, "HTTP/1.1 408 Request Timeout" <> _} = :gen_tcp.recv(socket, 0, 5_000)
    end

    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
    assert {:error, :closed} = :gen_tcp.recv(socket, 0, 5_000)
  end

  test "an address that others reach is refused without tokens, and a port in use is named", %{port: port} do
    Process.flag(:trap_exit, true)
    assert {:error, reason} = HTTP.start_link(ip: {0, 0, 0, 0}, port: 0, name: :other)
    assert inspect(reason) =~ "no token is configured"
    assert {:error, reason} = HTTP.start_link(port: port, name: :other)
    assert inspect(reason) =~ "cannot listen on 127.0.0.1 port #{port}: address already in use"
  end

  describe "with TLS" do
    setup %{server: [tls: :generated]} do
      %{server_config: server, client_config: client} =
        :public_key.pkix_test_data(%{
          server_chain: %{root: signing(), intermediates: [], peer: [{:extensions, [localhost()]} | signing()]},
          client_chain: %{root: signing(), intermediates: [], peer: signing()}
        })

      start_supervised!({HTTP, port: 0, name: __MODULE__.TLS, tls: Keyword.take(server, [:cert, :key, :cacerts])},
        id: :tls
      )

      %{port: HTTP.port(__MODULE__.TLS), cacerts: client[:cacerts]}
    end

    defp signing, do: [digest: :sha256, key: {:namedCurve, :secp256r1}]

    # The extension subjectAltName.
    defp localhost, do: {:Extension, {2, 5, 29, 17}, false, [dNSName: ~c"localhost"]}

    @tag server: [tls: :generated]
    test "requests are answered, for clients that check who they speak to; others get nothing", %{
      port: port,
      cacerts: cacerts
    } do
      options = [verify: :verify_peer, cacerts: cacerts, server_name_indication: ~c"localhost", active: false]
      {:ok, socket} = :ssl.connect(~c"localhost", port, [:binary | options], 10_000)
      :ok = :ssl.send(socket, [get(@classify), get(@classify, ["connection: close"])])
      assert {:ok, "HTTP/1.1 200 OK" <> _} = :ssl.recv(socket, 0, 10_000)

      %{cert: other} = :public_key.pkix_test_root_cert(~c"other", signing())

      assert {:error, {:tls_alert, _}} =
               :ssl.connect(~c"localhost", port, [verify: :verify_peer, cacerts: [other]], 10_000)

      assert HTTPClient.raw(port, ["GET / HTTP/1.1\r\nhost: x\r\n\r\n"]) == []
    end
  end

  test "hundreds of connections at once are all answered", %{port: port} do
    answers =
      1..400
      |> Task.async_stream(fn _ -> HTTPClient.raw(port, List.duplicate(get(@classify), 5)) end,
        max_concurrency: 256,
        timeout: 60_000
      )
      |> Enum.flat_map(fn {:ok, answers} -> answers end)

    assert length(answers) == 2_000 and Enum.all?(answers, &classified?/1)
  end
end
