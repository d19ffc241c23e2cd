defmodule Numplan.Mount.CowboyTest do
  @moduledoc """
  `numplan_cowboy` under a real Cowboy, over real sockets.

  Debian 13 (trixie) and older have no Cowboy; `make matrix SUITES=forky` runs these tests where it is
  installed.
  """
  use Numplan.MountContract, cowboy: true

  import ExUnit.CaptureLog

  alias Numplan.API.BodyBudget
  alias Numplan.{Document, HTTP, HTTPClient}

  @compile {:no_warn_undefined, [:cowboy, :cowboy_router, :ranch]}

  setup context do
    {:ok, _} = Application.ensure_all_started(:cowboy)
    dispatch = :cowboy_router.compile([{:_, [{"/numplan/[...]", :numplan_cowboy, Map.get(context, :options, %{})}]}])
    %{port: listen(context.test, dispatch)}
  end

  defp listen(name, dispatch, options \\ %{}) do
    on_exit(fn -> :cowboy.stop_listener(name) end)
    transport = [ip: {127, 0, 0, 1}, port: 0]
    {:ok, _} = :cowboy.start_clear(name, transport, Map.put(options, :env, %{dispatch: dispatch}))
    :ranch.get_port(name)
  end

  defp ask(%{port: port}, method, path, options), do: HTTPClient.one(port, method, "/numplan" <> path, options)

  defp connect(port) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false, nodelay: true])
    socket
  end

  defp post(length, fields \\ "") do
    "POST /numplan#{numbers("/classifiers")} HTTP/1.1\r\nhost: localhost\r\nx-auth-token: mounted\r\n" <>
      "content-length: #{length}\r\n#{fields}\r\n"
  end

  test "the page is also at the route without a slash, and nothing above it", %{port: port} do
    assert HTTPClient.one(port, "GET", "/numplan").headers["content-type"] =~ "text/html"
    assert HTTPClient.one(port, "GET", "/v2").status == 404
  end

  @tag options: %{page: false}
  test "without the page its path leads nowhere", context do
    assert %{status: 404, json: %{"status" => "error"}} = ask(context, "GET", "/", allowed())
  end

  test "a slash and a percent sign in a segment stay what they are", context do
    answer = ask(context, "GET", numbers("/classifiers/91%2F1%25"), allowed())
    assert answer.json["data"]["number"] == "91/1%"
  end

  test "any other route leads the whole path to the API" do
    dispatch = :cowboy_router.compile([{:_, [{:_, :numplan_cowboy, []}]}])
    port = listen(:whole, dispatch)
    assert HTTPClient.one(port, "GET", numbers("/classifiers/911"), allowed()).json["data"]["name"] == "emergency"
    assert HTTPClient.one(port, "GET", "/").headers["content-type"] =~ "text/html"
  end

  test "a body is asked for only where it will be read", %{port: port} do
    socket = connect(port)
    :ok = :gen_tcp.send(socket, post(2, "expect: 100-continue\r\n"))
    assert {:ok, "HTTP/1.1 100 Continue" <> _} = :gen_tcp.recv(socket, 0, 5_000)
    :ok = :gen_tcp.send(socket, "{}")
    assert {:ok, "HTTP/1.1 400 Bad Request" <> _} = :gen_tcp.recv(socket, 0, 5_000)

    socket = connect(port)
    stranger = String.replace(post(7_000_000, "expect: 100-continue\r\n"), "mounted", "guess")
    :ok = :gen_tcp.send(socket, stranger)
    assert {:ok, "HTTP/1.1 401 Unauthorized" <> _} = :gen_tcp.recv(socket, 0, 5_000)
  end

  test "a connection is kept, and what stands behind a body is the next request", %{port: port} do
    socket = connect(port)
    text = body(["911"])
    last = "GET /numplan/v2/nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    :ok = :gen_tcp.send(socket, [post(byte_size(text)), text, post(byte_size(text)), text, last])
    received = received(socket, "")
    assert [_, _, _] = Regex.scan(~r"HTTP/1.1 (200 OK|404 Not Found)", received)
  end

  defp received(socket, read) do
    case :gen_tcp.recv(socket, 0, 10_000) do
      {:ok, bytes} -> received(socket, read <> bytes)
      {:error, :closed} -> read
    end
  end

  @tag options: %{body_timeout: 200}
  test "a body that does not arrive in time is answered with 408, also where bytes trickle in", %{port: port} do
    socket = connect(port)
    :ok = :gen_tcp.send(socket, post(1_000))
    answer = trickle(socket)
    assert answer =~ "HTTP/1.1 408 Request Timeout" and answer =~ ~s("message":"request_timeout")
  end

  # One byte each 20 ms, until there is an answer.
  defp trickle(socket) do
    _ = :gen_tcp.send(socket, "x")

    case :gen_tcp.recv(socket, 0, 20) do
      {:ok, bytes} -> bytes
      {:error, :timeout} -> trickle(socket)
    end
  end

  test "bodies beyond the budget are refused with 503, and a client that goes gives its part back", context do
    configure(body_budget: 8_000_000)
    :ok = stop_supervised(Numplan.Services)
    start_supervised!(Numplan.Services)
    greedy = connect(context.port)
    :ok = :gen_tcp.send(greedy, post(7_999_990))
    await(7_999_990)
    answer = ask(context, "POST", numbers("/classifiers"), allowed(body: body(["911"])))
    assert {answer.status, answer.headers["retry-after"]} == {503, "1"}
    :gen_tcp.close(greedy)
    await(0)
    assert ask(context, "POST", numbers("/classifiers"), allowed(body: body(["911"]))).status == 200
    await(0)
  end

  defp await(bytes) do
    unless BodyBudget.held() == bytes do
      receive do
      after
        5 -> await(bytes)
      end
    end
  end

  test "without tokens every request is refused, on loopback too, and the log says once what to do", context do
    configure(tokens: [])
    :persistent_term.erase({Numplan.Mount, :said, :no_tokens})

    log =
      capture_log(fn ->
        for path <- [numbers("/classifiers/911"), "/v2/system_configs/number_manager"], _ <- 1..2 do
          assert ask(context, "GET", path, []).status == 401
        end
      end)

    assert [_, _] = String.split(log, "every request to a mount is answered 401")
    # A server of Numplan's own, on loopback, is open.
    start_supervised!({HTTP, port: 0, name: __MODULE__})
    assert HTTPClient.one(HTTP.port(__MODULE__), "GET", numbers("/classifiers/911")).status == 200
  end

  test "over HTTP/2 an open node checks the authority, which is no header there", %{port: port} do
    configure(access: :open, tokens: [])
    url = "http://127.0.0.1:#{port}/numplan#{numbers("/classifiers/911")}"
    curl = ["--silent", "--http2-prior-knowledge", "--write-out", "\n%{http_version} %{http_code}", url]
    assert {own, 0} = System.cmd("curl", curl)
    assert own =~ "emergency" and String.ends_with?(own, "\n2 200")
    assert {foreign, 0} = System.cmd("curl", ["--header", "host: evil.example" | curl])
    assert foreign =~ "forbidden" and String.ends_with?(foreign, "\n2 403")
  end

  test "a wrong option fails the request, with the option's name in the log", _context do
    dispatch = :cowboy_router.compile([{:_, [{:_, :numplan_cowboy, %{pages: false}}]}])
    port = listen(:misspelt, dispatch)
    log = capture_log(fn -> assert HTTPClient.one(port, "GET", "/").status == 500 end)
    assert log =~ "there is no option :pages"
  end

  test "several listeners, and servers of Numplan's own beside them, answer alike", context do
    start_supervised!({HTTP, port: 0, name: __MODULE__})
    dispatch = :cowboy_router.compile([{:_, [{"/[...]", :numplan_cowboy, %{}}]}])
    root = listen(:root, dispatch)
    own = HTTP.port(__MODULE__)

    for {port, prefix} <- [{context.port, "/numplan"}, {root, ""}, {own, ""}] do
      answer = HTTPClient.one(port, "GET", prefix <> numbers("/classifiers/911"), allowed())
      assert answer.json["data"]["name"] == "emergency"
    end
  end

  test "the routes of docs/mounts.md lead to the API and its page" do
    [block] = for block <- Document.blocks(File.read!("docs/mounts.md"), "erlang"), block =~ "numplan_cowboy", do: block
    {:ok, tokens, _} = :erl_scan.string(to_charlist(String.replace(block, "{port, 8080}", "{port, 0}")))
    {:ok, expressions} = :erl_parse.parse_exprs(tokens)
    on_exit(fn -> :cowboy.stop_listener(:http) end)
    assert {:value, {:ok, _}, _} = :erl_eval.exprs(expressions, [])
    port = :ranch.get_port(:http)
    assert HTTPClient.one(port, "GET", "/numplan").headers["content-type"] =~ "text/html"
    assert HTTPClient.one(port, "GET", "/numplan" <> numbers("/classifiers/911"), allowed()).status == 200
  end
end
