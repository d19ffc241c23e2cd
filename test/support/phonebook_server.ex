defmodule Numplan.PhonebookServer do
  @moduledoc """
  A phonebook over real sockets: answers every request alike, and sends the test that started it what was asked, as
  `{:phonebook, request_line, body}`.
  """

  use Task

  @doc "Starts a phonebook that answers `{status, body}`, or not at all if `:silent`; returns its address."
  @spec start({pos_integer(), binary()} | :silent) :: binary()
  def start(answer) do
    # A later listener at the same port need not wait until the kernel forgets old connections.
    options = [:binary, active: false, ip: {127, 0, 0, 1}, backlog: 64, reuseaddr: true]
    {:ok, listening} = :gen_tcp.listen(0, options)
    {:ok, port} = :inet.port(listening)
    {:ok, pid} = ExUnit.Callbacks.start_supervised({__MODULE__, {listening, answer, self()}}, id: port)
    :ok = :gen_tcp.controlling_process(listening, pid)
    "http://127.0.0.1:#{port}"
  end

  @doc false
  def start_link({listening, answer, test}), do: Task.start_link(fn -> accept(listening, answer, test) end)

  defp accept(listening, answer, test) do
    {:ok, socket} = :gen_tcp.accept(listening)
    pid = spawn_link(fn -> serve(socket, answer, test) end)
    :ok = :gen_tcp.controlling_process(socket, pid)
    send(pid, :go)
    accept(listening, answer, test)
  end

  defp serve(socket, answer, test) do
    receive do: (:go -> :ok)
    answer_all(socket, answer, test)
  end

  # A client may keep its connection for further requests.
  defp answer_all(socket, answer, test) do
    with {line, asked} when is_binary(line) <- read(socket, "") do
      send(test, {:phonebook, line, asked})
      reply(socket, answer)
      answer_all(socket, answer, test)
    end
  end

  defp reply(_socket, :silent), do: :ok

  defp reply(socket, {status, body}) do
    :gen_tcp.send(socket, "HTTP/1.1 #{status} X\r\ncontent-length: #{byte_size(body)}\r\n\r\n#{body}")
  end

  defp read(socket, read) do
    with [head, body] <- String.split(read, "\r\n\r\n", parts: 2),
         true <- byte_size(body) == content_length(head) do
      {head |> String.split("\r\n") |> hd(), body}
    else
      _ -> with {:ok, data} <- :gen_tcp.recv(socket, 0), do: read(socket, read <> data)
    end
  end

  # A request without a body need not say how long that is.
  defp content_length(head) do
    case Regex.run(~r/^content-length: (\d+)/im, head) do
      [_, length] -> String.to_integer(length)
      nil -> 0
    end
  end
end
