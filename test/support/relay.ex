defmodule Numplan.Relay do
  @moduledoc """
  A port in front of another one: passes bytes both ways, and sends the test that started it `{:relay, :connected}` for each connection,
  and `{:relay, :asked, request_line}` for each request. With options of `ssl` it speaks TLS to its clients.
  Connections die on it where a test says so; see `lose/4`.
  """

  use Task

  alias ExUnit.Callbacks

  @tries 400

  @doc "Starts a relay before a port of this machine, at a given port or (0) a free one; returns its own port."
  @spec start(:inet.port_number(), [:ssl.tls_server_option()], :inet.port_number()) :: :inet.port_number()
  def start(target, tls \\ [], port \\ 0) do
    listening = listen(port, @tries)
    {:ok, port} = :inet.port(listening)

    {:ok, losses} =
      Callbacks.start_supervised(%{id: losses(port), start: {Agent, :start_link, [fn -> [] end, [name: losses(port)]]}})

    {:ok, pid} =
      Callbacks.start_supervised({__MODULE__, {listening, target, tls, {self(), losses}}}, id: {:relay, port})

    :ok = :gen_tcp.controlling_process(listening, pid)
    port
  end

  # An earlier listener's socket is closed only after its process has ended, which nobody reports.
  defp listen(port, tries) do
    case :gen_tcp.listen(port, [:binary, active: false, reuseaddr: true, ip: {127, 0, 0, 1}, backlog: 64]) do
      {:ok, listening} ->
        listening

      {:error, :eaddrinuse} when tries > 1 ->
        receive do
        after
          25 -> listen(port, tries - 1)
        end
    end
  end

  defp losses(port), do: {:global, {__MODULE__, port}}

  @doc """
  Closes the connection of the next request that begins so: `:request`, before the server has got it; `:answer`, when the server has
  answered, and nothing of that is passed on. Runs `meanwhile` before it closes, and then sends the test `{:relay, :lost}`. What is said
  twice happens to two requests.
  """
  @spec lose(:inet.port_number(), :request | :answer, binary(), (() -> term())) :: :ok
  def lose(port, what, beginning, meanwhile \\ fn -> :ok end) do
    Agent.update(losses(port), &(&1 ++ [{what, beginning, meanwhile}]))
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

  defp pass(socket, target, tls, {test, _losses} = told) do
    receive do: (:go -> :ok)
    send(test, {:relay, :connected})

    with {:ok, client} <- shaken(socket, tls) do
      {:ok, server} = :gen_tcp.connect({127, 0, 0, 1}, target, [:binary, active: true])
      :ok = activate(client)

      with {:lost, meanwhile} <- both_ways(client, server, told) do
        _ = meanwhile.()
        send(test, {:relay, :lost})
      end
    end
  end

  defp shaken(socket, []), do: {:ok, socket}
  defp shaken(socket, tls), do: :ssl.handshake(socket, tls, 5_000)

  defp both_ways(client, server, told) do
    receive do
      {:tcp, ^server, data} -> client |> answer(data) |> go_on(client, server, told)
      {_tcp_or_ssl, _client, data} -> told |> loss(data) |> ask(client, server, data, told)
      _closed -> :ok
    end
  end

  # The first entry of the list of requests to lose that this request begins with.
  defp loss({test, losses}, data) do
    with [line] <- Regex.run(~r"\A[A-Z]+ \S+ HTTP", data), do: send(test, {:relay, :asked, line})

    Agent.get_and_update(losses, fn waiting ->
      found = Enum.find(waiting, fn {_what, beginning, _meanwhile} -> String.starts_with?(data, beginning) end)
      {found, List.delete(waiting, found)}
    end)
  end

  defp ask({:request, _beginning, meanwhile}, _client, _server, _data, _told), do: {:lost, meanwhile}

  defp ask({:answer, _beginning, meanwhile}, _client, server, data, _told) do
    :ok = :gen_tcp.send(server, data)
    answered(server)
    {:lost, meanwhile}
  end

  defp ask(nil, client, server, data, told), do: server |> :gen_tcp.send(data) |> go_on(client, server, told)

  defp answered(server) do
    receive do
      {:tcp, ^server, _data} -> :ok
      {_tcp_or_ssl, _client, data} -> with(:ok <- :gen_tcp.send(server, data), do: answered(server))
    end
  end

  defp go_on(:ok, client, server, told), do: both_ways(client, server, told)
  defp go_on({:error, _}, _client, _server, _told), do: :ok

  defp activate(socket) when is_port(socket), do: :inet.setopts(socket, active: true)
  defp activate(socket), do: :ssl.setopts(socket, active: true)

  defp answer(socket, data) when is_port(socket), do: :gen_tcp.send(socket, data)
  defp answer(socket, data), do: :ssl.send(socket, data)
end
