defmodule Numplan.Relay do
  @moduledoc """
  A port in front of another one: passes bytes both ways, and sends the test that started it `{:relay, :connected}` for each connection.
  With options of `ssl` it speaks TLS to its clients.
  """

  use Task

  @doc "Starts one before a port of this machine; gives its own."
  @spec start(:inet.port_number(), [:ssl.tls_server_option()]) :: :inet.port_number()
  def start(target, tls \\ []) do
    {:ok, listening} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}, backlog: 64])
    {:ok, port} = :inet.port(listening)
    {:ok, pid} = ExUnit.Callbacks.start_supervised({__MODULE__, {listening, target, tls, self()}}, id: {:relay, port})
    :ok = :gen_tcp.controlling_process(listening, pid)
    port
  end

  @doc false
  def start_link({listening, target, tls, test}), do: Task.start_link(fn -> accept(listening, target, tls, test) end)

  defp accept(listening, target, tls, test) do
    {:ok, socket} = :gen_tcp.accept(listening)
    pid = spawn_link(fn -> pass(socket, target, tls, test) end)
    :ok = :gen_tcp.controlling_process(socket, pid)
    send(pid, :go)
    accept(listening, target, tls, test)
  end

  defp pass(socket, target, tls, test) do
    receive do: (:go -> :ok)
    send(test, {:relay, :connected})

    with {:ok, client} <- shaken(socket, tls) do
      {:ok, server} = :gen_tcp.connect({127, 0, 0, 1}, target, [:binary, active: true])
      :ok = activate(client)
      both_ways(client, server)
    end
  end

  defp shaken(socket, []), do: {:ok, socket}
  defp shaken(socket, tls), do: :ssl.handshake(socket, tls, 5_000)

  defp both_ways(client, server) do
    receive do
      {:tcp, ^server, data} -> client |> answer(data) |> go_on(client, server)
      {_tcp_or_ssl, _client, data} -> server |> :gen_tcp.send(data) |> go_on(client, server)
      _closed -> :ok
    end
  end

  defp go_on(:ok, client, server), do: both_ways(client, server)
  defp go_on({:error, _}, _client, _server), do: :ok

  defp activate(socket) when is_port(socket), do: :inet.setopts(socket, active: true)
  defp activate(socket), do: :ssl.setopts(socket, active: true)

  defp answer(socket, data) when is_port(socket), do: :gen_tcp.send(socket, data)
  defp answer(socket, data), do: :ssl.send(socket, data)
end
