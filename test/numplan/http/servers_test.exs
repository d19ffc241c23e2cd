defmodule Numplan.HTTP.ServersTest do
  @moduledoc "Several servers in one node, under a supervisor of somebody else, with options of their own."
  use ExUnit.Case

  import Numplan.MountContract, only: [allowed: 0, configure: 1, numbers: 1]

  alias Numplan.HTTP.Capacity
  alias Numplan.{Document, HTTP, HTTPClient, LogCollector, Services}

  @account String.duplicate("0", 32)

  setup do
    configure(tokens: [%{token: "mounted", account_id: @account, superadmin: true}])
  end

  defp supervised(children) do
    start_supervised!(%{
      id: :host,
      type: :supervisor,
      start: {Supervisor, :start_link, [children, [strategy: :one_for_one]]}
    })
  end

  defp classified(server) do
    HTTPClient.one(HTTP.port(server), "GET", numbers("/classifiers/911"), allowed()).json["data"]["name"]
  end

  test "start from their options alone, each on its port, with its limits" do
    supervised([{HTTP, port: 0, name: :one, max_connections: 1}, {HTTP, port: 0, name: :two, ip: {127, 0, 0, 2}}])
    assert HTTP.port(:one) != HTTP.port(:two)
    assert classified(:one) == "emergency"
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 2}, HTTP.port(:two), [:binary, active: false])
    :ok = :gen_tcp.send(socket, "GET /v2 HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert {:ok, "HTTP/1.1 404" <> _} = :gen_tcp.recv(socket, 0, 5_000)
    # The first server's client has closed its connection, which the server learns a moment later.
    await(:one, 0)
    assert HTTP.count(:two).connections == 1
    assert Application.get_env(:numplan, :server) == nil
  end

  test "one that fails is started again by its supervisor; the others go on" do
    host = supervised([{HTTP, port: 0, name: :one}, {HTTP, port: 0, name: :two}])
    [two, one] = for {_, pid, _, _} <- Supervisor.which_children(host), do: pid
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, HTTP.port(:two), [:binary, active: false])
    # Its processes end after it.
    ended = for pid <- [one, HTTP.child(:one, HTTP.Connections)], do: {pid, Process.monitor(pid)}
    Process.exit(one, :kill)
    for {pid, monitor} <- ended, do: assert_receive({:DOWN, ^monitor, :process, ^pid, :killed}, 5_000)
    :ok = :gen_tcp.send(socket, "GET /v2 HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert {:ok, "HTTP/1.1 404" <> _} = :gen_tcp.recv(socket, 0, 5_000)
    # The supervisor answers when it has started the other again.
    assert [^two, again] = for({_, pid, _, _} <- Supervisor.which_children(host), do: pid)
    assert again != one and classified(:one) == "emergency"
  end

  test "stand beside the application's own, and share its services" do
    configure(server: [port: 0], rate_limit: 1)
    start_supervised!(Services)
    supervised([{HTTP, port: 0, name: :other}])
    statuses = for server <- [HTTP, :other, HTTP, :other], do: classified(server)
    # The limit is the node's: one request in a second.
    assert "emergency" in statuses and nil in statuses
  end

  test "services alone start with `services: true`, for servers and mounts of somebody else" do
    configure(services: true)
    on_exit(fn -> Application.ensure_all_started(:numplan) end)
    restart()
    assert is_pid(Process.whereis(Services))
    Application.delete_env(:numplan, :services)
    restart()
    assert Process.whereis(Services) == nil
  end

  defp restart do
    _ = Application.stop(:numplan)
    {:ok, _} = Application.ensure_all_started(:numplan)
  end

  test "an option that there is not, or of a wrong kind, is named, and nothing starts" do
    Process.flag(:trap_exit, true)

    for {options, words} <- [
          {[ssl: []], "there is no option :ssl; there are :port, :ip, :tls"},
          {[port: "8000"], ~s(the option :port is an integer from 0 to 65535, where 0 takes a free one, not "8000")},
          {[tls: [versions: [:"tlsv1.9"], certfile: "none.pem"]],
           "the certfile of the option :tls is none.pem: no such"},
          {:none, "expected a list of options, got the atom none"}
        ] do
      assert {:error, "numplan: options of the server: " <> reason} = HTTP.start_link(options)
      assert {options, reason =~ words} == {options, true}
    end
  end

  test "a child without a list of options fails with the words, not with its specification" do
    assert %{id: HTTP} = HTTP.child_spec(%{port: 1})
    Process.flag(:trap_exit, true)
    assert {:error, reason} = Supervisor.start_link([{HTTP, %{port: 1}}], strategy: :one_for_one)
    assert inspect(reason) =~ "options of the server: expected a list of options, got a map"
  end

  test "a password among the options is in no report of a supervisor" do
    LogCollector.start()
    secret = "s3cret-of-options"
    {:ok, socket} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, taken} = :inet.port(socket)
    spec = HTTP.child_spec(port: taken, name: :one, tls: [certfile: "none.pem", password: secret])
    refute inspect(spec, structs: false) =~ secret
    Process.flag(:trap_exit, true)
    assert {:error, _} = Supervisor.start_link([spec], strategy: :one_for_one)
    for text <- LogCollector.texts(), do: refute(text =~ secret)
  end

  describe "the connections that a node can have" do
    test "are shared by its servers in proportion to what they want" do
      assert Capacity.part(100, 200, 200) == 100
      assert Capacity.part(300, 400, 200) == 150
      assert Capacity.part(1, 1_000_000, 200) == 1
    end

    test "that a new server needs are taken from those that wait" do
      supervised([{HTTP, port: 0, name: :one, max_connections: 4}])
      connections = HTTP.child(:one, HTTP.Connections)
      # As if the process could open files for four connections.
      :sys.replace_state(connections, &%{&1 | possible: 4})
      sockets = for _ <- 1..4, do: connect(:one)
      await(:one, 4)
      start_supervised!({HTTP, port: 0, name: :two, max_connections: 4})
      await(:one, 2)
      assert [2, 2] = sockets |> Enum.split_with(&closed?/1) |> Tuple.to_list() |> Enum.map(&length/1)
      # And no more than these two places are used.
      new = connect(:one)
      await(:one, 2)
      assert classified(:one) == "emergency"
      :gen_tcp.close(new)
    end

    test "are again all those of one server when the others have ended" do
      others = for _ <- 1..3, do: spawn_monitor(fn -> Capacity.join(100) end)
      for {pid, monitor} <- others, do: assert_receive({:DOWN, ^monitor, :process, ^pid, :normal}, 5_000)
      # In a process that has not joined, or that another has overwritten.
      assert Task.await(Task.async(fn -> Capacity.part(100, 100) end)) == 100
    end
  end

  defp connect(server) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, HTTP.port(server), [:binary, active: false])
    socket
  end

  defp closed?(socket), do: :gen_tcp.recv(socket, 0, 100) == {:error, :closed}

  defp await(server, connections) do
    unless HTTP.count(server).connections == connections do
      receive do
      after
        5 -> await(server, connections)
      end
    end
  end

  test "the children of docs/mounts.md start" do
    [block] = for block <- Document.blocks(File.read!("docs/mounts.md"), "elixir"), block =~ "{Numplan.HTTP", do: block
    here = block |> String.replace(~r/port: \d+/, "port: 0") |> String.replace(~r/, ip: .*tls: \[.*?\]/s, "")
    {children, _} = Code.eval_string(here)
    supervised(children)
    for %{id: name} <- Enum.map(children, &Supervisor.child_spec(&1, [])), do: assert(classified(name) == "emergency")
  end
end
