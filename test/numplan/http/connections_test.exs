defmodule Numplan.HTTP.ConnectionsTest do
  @moduledoc "Clients that hold connections, trickle bytes or send much cannot shut out others."
  use ExUnit.Case

  alias Numplan.API.Access
  alias Numplan.{HTTP, HTTPClient}

  @account String.duplicate("0", 32)
  @classify "/v2/accounts/#{@account}/phone_numbers/classifiers/911"
  @locality "/v2/accounts/#{@account}/phone_numbers/locality"
  @request "GET #{@classify} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
  @body ~s({"data":{"numbers":["+14158867900"]}})

  setup context do
    # An open server takes requests to known names alone.
    Application.put_env(:numplan, :hosts, ["a", "b", "u", "x", "a.example", "api.example"])
    on_exit(fn -> Application.delete_env(:numplan, :hosts) end)
    start_supervised!({HTTP, [port: 0, name: __MODULE__] ++ Map.get(context, :server, [])})
    %{port: HTTP.port(__MODULE__)}
  end

  defp connect(port) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false, nodelay: true])
    socket
  end

  defp connect(port, bytes) do
    socket = connect(port)
    :ok = :gen_tcp.send(socket, bytes)
    socket
  end

  defp post(length, fields \\ ""),
    do: "POST #{@locality} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: #{length}\r\n#{fields}\r\n"

  defp received(socket) do
    {:ok, bytes} = :gen_tcp.recv(socket, 0, 5_000)
    bytes
  end

  # Asks until the server's counts are such; a test's time-out ends it otherwise.
  defp await(condition) do
    unless condition.(HTTP.count(__MODULE__)) do
      receive do
      after
        5 -> await(condition)
      end
    end
  end

  defp answered(socket) do
    :ok = :gen_tcp.send(socket, @request)
    assert "HTTP/1.1 200 OK" <> _ = received(socket)
  end

  describe "at the cap on connections" do
    @describetag server: [max_connections: 3]

    # Opens connections one after the other, each of which waits; gives which of them is closed for a new one.
    defp closed(opened, port) do
      sockets =
        for {open, count} <- Enum.with_index(opened, 1) do
          socket = open.(port)
          await(fn _ -> waiting() == count end)
          socket
        end

      :gen_tcp.close(idle(port))
      [index] = for {socket, index} <- Enum.with_index(sockets), closed?(socket), do: index
      for socket <- sockets, do: :gen_tcp.close(socket)
      index
    end

    defp closed?(socket), do: match?({:error, :closed}, :gen_tcp.recv(socket, 0, 100))

    defp waiting do
      %{waiting: waiting} = :sys.get_state(HTTP.child(__MODULE__, HTTP.Connections))
      now = System.monotonic_time(:millisecond)
      Enum.count(:ets.tab2list(waiting), fn {{since, _}, _pid} -> since <= now end)
    end

    defp idle(port) do
      socket = connect(port)
      answered(socket)
      socket
    end

    defp beginning(port), do: connect(port, "GET / HT")

    test "the one that has waited longest is closed for a new one, whether idle, new, or in its request", %{port: port} do
      for [first | _] = opened <- [
            [&idle/1, &connect/1, &beginning/1],
            [&connect/1, &beginning/1, &idle/1],
            [&beginning/1, &idle/1, &connect/1]
          ] do
        assert {first, closed(opened, port)} == {first, 0}
        await(&(&1.connections == 0))
      end
    end

    test "a client that takes its time to send a request is not closed before those that came earlier", %{port: port} do
      for _ <- 1..3, do: idle(port)
      await(fn _ -> waiting() == 3 end)
      client = connect(port)
      await(fn _ -> waiting() == 3 end)
      for _ <- 1..2, do: answered(connect(port))
      answered(client)
    end

    test "bytes that come one by one do not make a wait shorter", %{port: port} do
      trickling = beginning(port)
      await(fn _ -> waiting() == 1 end)
      others = for _ <- 1..2, do: idle(port)
      await(fn _ -> waiting() == 3 end)

      for byte <- ["T", "P", "/"] do
        :ok = :gen_tcp.send(trickling, byte)
        for socket <- others, do: answered(socket)
        await(fn _ -> waiting() == 3 end)
      end

      answered(connect(port))
      assert closed?(trickling) and not Enum.any?(others, &closed?/1)
    end

    test "one whose client has not read its responses for a second is closed for a new one", %{port: port} do
      for _ <- 1..3, do: connect(port, List.duplicate("GET / HTTP/1.1\r\nhost: a\r\n\r\n", 2_000))
      assert served_after_refusals(port) == 200
    end

    defp served_after_refusals(port) do
      case HTTPClient.raw(port, @request) do
        [%{status: 503}] -> again_after_refusals(port)
        # A reset, since the server closes the connection before it reads the request, may overtake the refusal.
        [] -> again_after_refusals(port)
        [%{status: status}] -> status
      end
    end

    defp again_after_refusals(port) do
      receive do
      after
        100 -> served_after_refusals(port)
      end
    end

    test "there is room again when one ends, however it ends", %{port: port} do
      for _ <- 1..30 do
        socket = connect(port, post(byte_size(@body)))
        await(&(&1.body_bytes > 0))
        if :rand.uniform(2) == 1, do: :inet.setopts(socket, linger: {true, 0})
        :gen_tcp.close(socket)
        await(&(&1 == %{connections: 0, body_bytes: 0}))
      end
    end
  end

  # The limit of this process allows for the clients and the server.
  @idle 4_200
  @tag server: [max_connections: 4_096]
  @tag timeout: 120_000
  test "a client is served while 4,200 sockets are held open by others, whatever they sent before", %{port: port} do
    for bytes <- ["", "GET / HTTP/1.1\r\nhost", @request] do
      held =
        for n <- 1..@idle do
          if rem(n, 600) == 0, do: assert([%{status: 200}] = HTTPClient.raw(port, @request))
          if bytes == "", do: connect(port), else: connect(port, bytes)
        end

      for _ <- 1..20 do
        assert %{status: 200} = request("http://127.0.0.1:#{port}#{@classify}")
      end

      assert HTTP.count(__MODULE__).connections <= 4_096
      Enum.each(held, &:gen_tcp.close/1)
      await(&(&1.connections < 100))
    end
  end

  defp request(url) do
    {:ok, {{_, status, _}, _, _}} =
      :httpc.request(:get, {to_charlist(url), [{~c"connection", ~c"close"}]}, [timeout: 5_000], [])

    %{status: status}
  end

  describe "deadlines are for the whole: bytes that come one by one do not extend that for" do
    @describetag server: [request_timeout: 300]

    # Sends a byte each 20 ms until the server has closed; gives what it answered, and how many bytes it took.
    defp trickle(socket, count \\ 0, answer \\ "") do
      case :gen_tcp.recv(socket, 0, 20) do
        {:ok, bytes} -> trickle(socket, count, answer <> bytes)
        {:error, :timeout} when count < 400 -> trickle(sent(socket), count + 1, answer)
        {:error, reason} -> {reason, count, answer}
      end
    end

    defp sent(socket) do
      _ = :gen_tcp.send(socket, "a")
      socket
    end

    test "a head", %{port: port} do
      assert {:closed, count, "HTTP/1.1 408 " <> _} = trickle(connect(port, "GET /"))
      assert count < 100
    end

    test "a body", %{port: port} do
      assert {:closed, count, "HTTP/1.1 408 " <> _} = trickle(connect(port, post(1_000_000)))
      assert count < 130
    end

    test "chunks", %{port: port} do
      head = "POST #{@locality} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nFFFFF\r\n"
      assert {:closed, count, "HTTP/1.1 408 " <> _} = trickle(connect(port, head))
      assert count < 130
    end

    test "what is sent after a refusal", %{port: port} do
      socket = connect(port, "nonsense\r\n")
      assert "HTTP/1.1 400 " <> _ = received(socket)
      assert push(socket, 0) < 150
    end

    # Sends a byte each 20 ms until that fails, because the server has closed; gives how many it took.
    defp push(socket, count) when count < 400 do
      receive do
      after
        20 -> if :gen_tcp.send(socket, "a") == :ok, do: push(socket, count + 1), else: count
      end
    end

    defp push(_socket, count), do: count
  end

  describe "with tokens, of a client that has none" do
    setup do
      Application.put_env(:numplan, :tokens, [%{token: "known", account_id: @account}])
      Access.reload()

      on_exit(fn ->
        Application.delete_env(:numplan, :tokens)
        Access.reload()
      end)
    end

    test "no body is awaited", %{port: port} do
      for fields <- ["", "expect: 100-continue\r\n"] do
        answer = received(connect(port, post(8_000_000, fields)))
        assert answer =~ "HTTP/1.1 401 " and answer =~ "connection: close"
      end

      assert HTTP.count(__MODULE__).body_bytes == 0

      assert "HTTP/1.1 100 Continue" <> _ =
               received(connect(port, post(5, "expect: 100-continue\r\nx-auth-token: known\r\n")))
    end

    test "no body is awaited of one that has a token, for what it does not reach", %{port: port} do
      Application.put_env(:numplan, :tokens, [%{token: "known", account_id: String.duplicate("1", 32)}])
      Access.reload()

      for path <- ["/v2/system_configs/number_manager", "/v2/system_configs/number_manager/check", @locality] do
        head = "POST #{path} HTTP/1.1\r\nhost: a\r\nx-auth-token: known\r\ncontent-length: 8000000\r\n\r\n"
        assert {path, port |> connect(head) |> received() |> binary_part(0, 13)} == {path, "HTTP/1.1 403 "}
      end
    end

    test "150 bodies of 8 MB take no memory", %{port: port} do
      :erlang.garbage_collect()
      before = :erlang.memory(:total)
      piece = String.duplicate("1", 100_000)

      sockets =
        for _ <- 1..150 do
          socket = connect(port, post(8_000_000))
          for _ <- 1..79, do: :gen_tcp.send(socket, piece)
          socket
        end

      assert :erlang.memory(:total) - before < 50_000_000
      for socket <- sockets, do: :gen_tcp.close(socket)
    end
  end

  describe "the budget of bodies" do
    @describetag server: [body_budget: 8_000_000]

    test "answers with 503 beyond it, before the body, and is given back when a connection ends", %{port: port} do
      for stop <- [&:gen_tcp.close/1, &kill/1] do
        greedy = connect(port, post(7_999_990) <> "{")
        await(&(&1.body_bytes == 7_999_990))
        answer = received(connect(port, post(11, "expect: 100-continue\r\n")))
        assert answer =~ "HTTP/1.1 503 " and answer =~ "retry-after: 1"
        frugal = connect(port, post(10, "expect: 100-continue\r\n"))
        assert "HTTP/1.1 100 " <> _ = received(frugal)
        stop.(greedy)
        await(&(&1.body_bytes == 10))
        :gen_tcp.close(frugal)
        assert [%{status: 200}] = HTTPClient.raw(port, post(byte_size(@body)) <> @body)
      end
    end

    defp kill(socket) do
      {:ok, client} = :inet.sockname(socket)

      for pid <- Process.list(),
          {:links, links} <- [Process.info(pid, :links)],
          port <- links,
          is_port(port),
          :inet.peername(port) == {:ok, client},
          do: Process.exit(pid, :kill)
    end

    test "counts chunks as they are announced", %{port: port} do
      head = "POST #{@locality} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
      one = connect(port, head <> "400000\r\nab")
      await(&(&1.body_bytes == 0x400000))
      other = connect(port, head <> "300000\r\nab")
      await(&(&1.body_bytes == 0x700000))
      assert received(connect(port, head <> "200000\r\nab")) =~ "HTTP/1.1 503 "
      :gen_tcp.close(other)
      await(&(&1.body_bytes == 0x400000))
      :gen_tcp.close(one)
      await(&(&1.body_bytes == 0))
    end

    test "is not less than one body" do
      assert {:error, reason} = HTTP.start_link(port: 0, name: :other, body_budget: 7_999_999)
      assert reason =~ "the option :body_budget is an integer of at least 8000000"
    end
  end

  test "a connection that waits holds nothing of the body that it had", %{port: port} do
    body = ~s({"data":{"numbers":[]},"x":") <> String.duplicate("x", 7_000_000) <> ~s("})
    before = :erlang.memory(:binary)

    sockets =
      for _ <- 1..10 do
        socket = connect(port, [post(byte_size(body)), body])
        assert "HTTP/1.1 400 " <> _ = received(socket)
        socket
      end

    :erlang.garbage_collect()
    await(&(&1.body_bytes == 0))
    assert :erlang.memory(:binary) - before < 20_000_000
    for socket <- sockets, do: answered(socket)
  end

  test "a body in chunks of a byte takes no more memory than another", %{port: port} do
    head = "POST #{@locality} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    chunks = String.duplicate("1\r\na\r\n", 10_000)
    :erlang.garbage_collect()
    before = :erlang.memory(:total)
    socket = connect(port, head)
    for _ <- 1..50, do: :ok = :gen_tcp.send(socket, chunks)
    await(&(&1.body_bytes > 490_000))
    assert :erlang.memory(:total) - before < 8_000_000
    :gen_tcp.close(socket)
  end
end
