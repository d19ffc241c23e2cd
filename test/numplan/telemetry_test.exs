defmodule Numplan.TelemetryTest do
  @moduledoc """
  The events of requests, to a stand-in of telemetry (`Numplan.TelemetryStandIn`): the real one is in no
  package of Debian.
  """
  use ExUnit.Case

  import Numplan.MountContract, only: [allowed: 1, body: 1, configure: 1, numbers: 1]

  alias Numplan.{HTTP, HTTPClient, Services, TelemetryStandIn}

  @account String.duplicate("0", 32)
  @template "/v2/accounts/{account_id}/phone_numbers"
  @secrets ["4158551292", "mounted", @account]

  setup context do
    configure(tokens: [%{token: "mounted", account_id: @account, superadmin: true}])
    start_supervised!(Services)
    start_supervised!({HTTP, [port: 0, name: __MODULE__] ++ Map.get(context, :server, [])})
    TelemetryStandIn.load()
    %{port: HTTP.port(__MODULE__)}
  end

  defp one(port, method, path, options), do: HTTPClient.one(port, method, path, options)

  # The two events of a request: what they have in common, and the measurements and metadata of each.
  defp events(last) do
    assert_receive {:event, [:numplan, :request, :start], start, about}, 5_000
    assert_receive {:event, [:numplan, :request, ^last], stop, more}, 5_000
    refute_received {:event, _, _, _}
    assert %{system_time: _, monotonic_time: started} = start
    assert %{duration: duration, monotonic_time: stopped} = stop
    assert duration >= 0 and stopped == started + duration
    assert is_reference(about.telemetry_span_context) and Map.take(more, Map.keys(about)) == about
    for event <- [about, more], secret <- @secrets, do: refute(inspect(event, limit: :infinity) =~ secret)
    {Map.delete(about, :telemetry_span_context), Map.drop(more, Map.keys(about))}
  end

  test "a request has a start and a stop, with the route in place of its path", %{port: port} do
    one(port, "GET", numbers("/classifiers/4158551292"), allowed(headers: [{"x-request-id", "mine"}]))

    assert events(:stop) ==
             {%{server: __MODULE__, method: "GET", route: @template <> "/classifiers/{number}", request_id: "mine"},
              %{status: 200}}
  end

  test "the id is that of the response", %{port: port} do
    answer = one(port, "PUT", numbers("/4158551292"), [])
    assert {%{route: @template <> "/{number}", method: "PUT", request_id: id}, %{status: 401}} = events(:stop)
    assert answer.json["request_id"] == id and byte_size(id) == 32
    one(port, "GET", "/", [])
    assert {%{route: "/"}, %{status: 200}} = events(:stop)
  end

  test "a path that leads nowhere has no route, and a method that is none no name", %{port: port} do
    one(port, "GET", "/4158551292", [])
    assert {%{route: nil}, %{status: 404}} = events(:stop)
    one(port, "4158551292", "/%zz", [])
    assert {%{route: nil, method: "_OTHER"}, %{status: 400}} = events(:stop)
  end

  test "a body that is refused, or that does not come, stops too", %{port: port} do
    one(port, "POST", numbers("/classifiers"), allowed(body: {:announced, 8_000_001}))
    assert {%{route: @template <> "/classifiers"}, %{status: 413}} = events(:stop)

    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
    head = "POST #{numbers("/classifiers")} HTTP/1.1\r\nhost: localhost\r\nx-auth-token: mounted\r\n"
    :ok = :gen_tcp.send(socket, head <> "content-length: 5\r\n\r\n{")
    :ok = :gen_tcp.close(socket)
    assert {%{method: "POST"}, %{status: nil}} = events(:stop)
  end

  @tag server: [request_timeout: 50]
  test "a body that is too slow stops with 408, and keeps the request's id", %{port: port} do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])

    head =
      "POST #{numbers("/classifiers")} HTTP/1.1\r\nhost: localhost\r\nx-auth-token: mounted\r\nx-request-id: slow\r\n"

    :ok = :gen_tcp.send(socket, head <> "content-length: 5\r\n\r\n{")
    assert {:ok, "HTTP/1.1 408 " <> rest} = :gen_tcp.recv(socket, 0, 5_000)
    assert rest =~ "x-request-id: slow\r\n"
    assert {%{request_id: "slow"}, %{status: 408}} = events(:stop)
  end

  test "a request that fails has an exception in place of the stop, without values", %{port: port} do
    configure(locality: {Numplan.BrokenProvider, []})
    one(port, "POST", numbers("/locality"), allowed(body: body(["4158551292"])))
    assert {%{route: @template <> "/locality"}, more} = events(:exception)

    assert %{
             status: 500,
             kind: :error,
             reason: ArgumentError,
             stacktrace: [{Numplan.BrokenProvider, :lookup, 2, at} | _]
           } = more

    assert at[:line] > 0
  end

  test "a mount whose server fails while it reads has an exception, which is the server's", _context do
    request = %Numplan.API.Request{
      method: "POST",
      target: numbers("/classifiers"),
      headers: %{"x-auth-token" => "mounted"}
    }

    options = Numplan.Mount.options!([], [])
    read = fn _state, _bytes, _milliseconds -> exit(:gone) end
    assert catch_exit(Numplan.Mount.respond(request, 2, options, :numplan_cowboy, nil, read)) == :gone
    assert {%{server: :numplan_cowboy}, %{status: nil, kind: :exit, reason: :exit}} = events(:exception)
  end

  test "a request that cannot be parsed has no event", %{port: port} do
    assert [%{status: 400}] = HTTPClient.raw(port, "GET / HTTP/1.1\r\n\r\n")
    refute_received {:event, _, _, _}
  end
end
