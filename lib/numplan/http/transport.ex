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
      # A line in the log for each handshake that fails would let strangers fill the disk.
      defaults = [versions: [:"tlsv1.2", :"tlsv1.3"], log_level: :warning]
      wrap(:ssl, :ssl.listen(port, @options ++ family(options) ++ Keyword.merge(defaults, tls)))
    end
  end

  defp family(options), do: if(tuple_size(options[:ip]) == 8, do: [:inet6 | options], else: options)

  @doc "The next connection."
  @spec accept(socket()) :: {:ok, socket()} | {:error, term()}
  def accept({:gen_tcp, socket}), do: wrap(:gen_tcp, :gen_tcp.accept(socket))
  def accept({:ssl, socket}), do: wrap(:ssl, :ssl.transport_accept(socket))

  defp wrap(module, {:ok, socket}), do: {:ok, {module, socket}}
  defp wrap(_module, error), do: error

  @doc "Hands a connection to a process, which waits for it in `take/0`. If that process is gone, closes it."
  @spec give(socket(), pid()) :: :ok
  def give({module, socket} = connection, pid) do
    case module.controlling_process(socket, pid) do
      :ok ->
        send(pid, {:yours, connection})
        :ok

      {:error, _} ->
        close(connection)
        send(pid, {:yours, nil})
        :ok
    end
  end

  @doc "Waits for the connection that `give/2` hands over; `{:error, :closed}` if the client is gone already."
  @spec take() :: {:ok, socket()} | {:error, :closed}
  def take do
    receive do
      {:yours, nil} -> {:error, :closed}
      {:yours, socket} -> {:ok, socket}
    end
  end

  @doc "Speaks TLS where that is due."
  @spec handshake(socket()) :: {:ok, socket()} | {:error, term()}
  def handshake({:gen_tcp, _} = socket), do: {:ok, socket}
  def handshake({:ssl, socket}), do: wrap(:ssl, :ssl.handshake(socket, @handshake_timeout))

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
