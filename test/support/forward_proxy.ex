defmodule Numplan.ForwardProxy do
  @moduledoc """
  A proxy that clients are configured with, as `HTTPS_PROXY` names one. It passes everything on to one port
  of this machine, whatever host was asked for, and sends the test that started it `{:proxied, head}`
  for each request: `CONNECT` or one with a whole URL.
  """

  use Task

  @doc """
  Starts it for one test before a port of this machine; returns its own port. With a status it refuses
  all requests with that.
  """
  @spec start(:inet.port_number(), pos_integer() | nil) :: :inet.port_number()
  def start(target, refuses \\ nil) do
    {:ok, listening} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}, backlog: 64])
    {:ok, port} = :inet.port(listening)
    argument = {listening, %{target: target, refuses: refuses, test: self()}}
    {:ok, pid} = ExUnit.Callbacks.start_supervised({__MODULE__, argument}, id: {:proxy, port})
    :ok = :gen_tcp.controlling_process(listening, pid)
    port
  end

  @doc false
  def start_link({listening, proxy}), do: Task.start_link(fn -> accept(listening, proxy) end)

  defp accept(listening, proxy) do
    {:ok, client} = :gen_tcp.accept(listening)
    pid = spawn(fn -> receive do: (:yours -> head(client, proxy, "")) end)
    :ok = :gen_tcp.controlling_process(client, pid)
    send(pid, :yours)
    accept(listening, proxy)
  end

  defp head(client, proxy, read) do
    with {:ok, bytes} <- :gen_tcp.recv(client, 0, 60_000) do
      if String.ends_with?(read <> bytes, "\r\n\r\n"),
        do: asked(client, proxy, read <> bytes),
        else: head(client, proxy, read <> bytes)
    end
  end

  defp asked(client, proxy, head) do
    send(proxy.test, {:proxied, head})

    case {proxy.refuses, head} do
      {nil, "CONNECT " <> _} ->
        pass_on(client, proxy, "", "HTTP/1.1 200 Connection established\r\n\r\n")

      {nil, _} ->
        pass_on(client, proxy, Regex.replace(~r"\A(\w+) http://[^/ ]+", head, "\\1 "), "")

      {status, _} ->
        :gen_tcp.send(client, "HTTP/1.1 #{status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    end
  end

  defp pass_on(client, proxy, request, answer) do
    {:ok, server} = :gen_tcp.connect({127, 0, 0, 1}, proxy.target, [:binary, active: false])
    :ok = :gen_tcp.send(server, request)
    :ok = :gen_tcp.send(client, answer)
    spawn_link(fn -> pass(client, server) end)
    pass(server, client)
  end

  defp pass(from, to) do
    with {:ok, bytes} <- :gen_tcp.recv(from, 0), :ok <- :gen_tcp.send(to, bytes) do
      pass(from, to)
    else
      _closed -> :gen_tcp.shutdown(to, :write)
    end
  end
end
