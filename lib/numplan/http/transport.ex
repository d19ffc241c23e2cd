defmodule Numplan.HTTP.Transport do
  @moduledoc """
  TCP and TLS behind one face.
  """

  @type socket :: {:gen_tcp, :gen_tcp.socket()} | {:ssl, :ssl.sslsocket()}

  @options [
    :binary,
    active: false,
    packet: :raw,
    reuseaddr: true,
    nodelay: true,
    send_timeout: 30_000,
    send_timeout_close: true
  ]
  @handshake_timeout 10_000

  @doc "A listening socket; with TLS where options for it are given."
  @spec listen(keyword() | nil, :inet.port_number(), keyword()) :: {:ok, socket()} | {:error, term()}
  def listen(nil, port, options), do: wrap(:gen_tcp, :gen_tcp.listen(port, @options ++ family(options)))

  def listen(tls, port, options) do
    with {:ok, _} <- Application.ensure_all_started(:ssl) do
      wrap(:ssl, :ssl.listen(port, @options ++ family(options) ++ [versions: [:"tlsv1.2", :"tlsv1.3"]] ++ tls))
    end
  end

  defp family(options), do: if(tuple_size(options[:ip]) == 8, do: [:inet6 | options], else: options)

  @doc "The next connection."
  @spec accept(socket()) :: {:ok, socket()} | {:error, term()}
  def accept({:gen_tcp, socket}), do: wrap(:gen_tcp, :gen_tcp.accept(socket))
  def accept({:ssl, socket}), do: wrap(:ssl, :ssl.transport_accept(socket))

  defp wrap(module, {:ok, socket}), do: {:ok, {module, socket}}
  defp wrap(_module, error), do: error

  @doc "Hands a connection to a process, which waits for it in `take/1`."
  @spec give(socket(), pid()) :: :ok
  def give({module, socket}, pid) do
    _ = module.controlling_process(socket, pid)
    send(pid, :yours)
    :ok
  end

  @doc "Waits until the connection is this process's, and speaks TLS where that is due."
  @spec take(socket()) :: {:ok, socket()} | {:error, term()}
  def take(socket) do
    receive do
      :yours -> shake_hands(socket)
    end
  end

  defp shake_hands({:gen_tcp, _} = socket), do: {:ok, socket}
  defp shake_hands({:ssl, socket}), do: wrap(:ssl, :ssl.handshake(socket, @handshake_timeout))

  @doc "What arrives, at least a byte; or `length` bytes."
  @spec recv(socket(), non_neg_integer(), timeout()) :: {:ok, binary()} | {:error, term()}
  def recv({module, socket}, length, timeout), do: module.recv(socket, length, timeout)

  @doc "Sends."
  @spec send_all(socket(), iodata()) :: :ok | {:error, term()}
  def send_all({module, socket}, data), do: module.send(socket, data)

  @doc "Closes."
  @spec close(socket()) :: :ok
  def close({module, socket}) do
    _ = module.close(socket)
    :ok
  end

  @doc "Says that nothing more is sent."
  @spec shutdown(socket()) :: :ok | {:error, term()}
  def shutdown({module, socket}), do: module.shutdown(socket, :write)

  @doc "The port of a listening socket."
  @spec port(socket()) :: {:ok, :inet.port_number()} | {:error, term()}
  def port({:gen_tcp, socket}), do: :inet.port(socket)
  def port({:ssl, socket}), do: with({:ok, {_ip, port}} <- :ssl.sockname(socket), do: {:ok, port})

  @doc "A reason in words."
  @spec format_error(term()) :: binary()
  def format_error(reason) do
    case :inet.format_error(reason) do
      'unknown POSIX error' -> inspect(reason)
      words -> to_string(words)
    end
  end
end
