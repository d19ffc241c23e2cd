defmodule Numplan.PrefixProxy do
  @moduledoc """
  A port in front of a server that takes a prefix off each path, as a mount or a reverse proxy does, and answers 404 to other
  paths. Each connection carries one request.
  """

  use Task

  @doc "Starts it before a port of this machine, for one test; returns its own port."
  @spec start(:inet.port_number(), binary()) :: :inet.port_number()
  def start(target, prefix) do
    {:ok, listening} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}, backlog: 64])
    {:ok, port} = :inet.port(listening)
    {:ok, pid} = ExUnit.Callbacks.start_supervised({__MODULE__, {listening, target, prefix}})
    :ok = :gen_tcp.controlling_process(listening, pid)
    port
  end

  @doc false
  def start_link({listening, target, prefix}), do: Task.start_link(fn -> accept(listening, target, prefix) end)

  defp accept(listening, target, prefix) do
    {:ok, client} = :gen_tcp.accept(listening)
    pid = spawn(fn -> receive do: (:yours -> serve(client, target, prefix, "")) end)
    :ok = :gen_tcp.controlling_process(client, pid)
    send(pid, :yours)
    accept(listening, target, prefix)
  end

  defp serve(client, target, prefix, read) do
    with {:ok, bytes} <- :gen_tcp.recv(client, 0, 60_000), do: asked(client, target, prefix, read <> bytes)
  end

  defp asked(client, target, prefix, read) do
    case Regex.run(~r"\A(\w+) #{prefix}(/?\S*)( HTTP/1.1\r\n)(.*\r\n\r\n.*)\z"s, read) do
      [_, method, path, version, rest] ->
        path = if path == "", do: "/", else: path
        forward(client, target, [method, " ", path, version, "connection: close\r\n", drop_connection(rest)])

      nil ->
        if read =~ "\r\n\r\n",
          do: answer(client, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
          else: serve(client, target, prefix, read)
    end
  end

  defp drop_connection(rest), do: String.replace(rest, ~r/^connection: [^\r]*\r\n/im, "")

  defp forward(client, target, bytes) do
    {:ok, server} = :gen_tcp.connect({127, 0, 0, 1}, target, [:binary, active: false])
    :ok = :gen_tcp.send(server, bytes)
    body = spawn_link(fn -> pass(client, server) end)
    pass(server, client)
    Process.unlink(body)
    Process.exit(body, :kill)
    :gen_tcp.close(client)
  end

  defp answer(client, bytes) do
    _ = :gen_tcp.send(client, bytes)
    :gen_tcp.close(client)
  end

  defp pass(from, to) do
    with {:ok, bytes} <- :gen_tcp.recv(from, 0), :ok <- :gen_tcp.send(to, bytes), do: pass(from, to)
  end
end
