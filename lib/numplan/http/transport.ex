defmodule Numplan.HTTP.Transport do
  @moduledoc """
  Sockets of TCP and TLS with one interface.
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

  @doc """
  Opens a listening socket; with TLS where its options are given. The error is a reason for
  `format_error/1`, and holds no values of options of TLS.
  """
  @spec listen(keyword() | nil, :inet.port_number(), keyword()) :: {:ok, socket()} | {:error, term()}
  def listen(nil, port, options), do: wrap(:gen_tcp, :gen_tcp.listen(port, @options ++ family(options)))

  def listen(tls, port, options) do
    with {:ok, _} <- Application.ensure_all_started(:ssl) do
      # Without this, clients could fill the log with failed handshakes.
      defaults = [versions: [:"tlsv1.2", :"tlsv1.3"], log_level: :warning]
      wrap(:ssl, ssl_listen(port, @options ++ family(options), Keyword.merge(defaults, tls)))
    end
  end

  defp ssl_listen(port, options, tls) do
    with {:error, reason} <- try_ssl(port, options ++ tls) do
      if posix?(reason), do: {:error, reason}, else: {:error, {:tls_options, culprits(options, tls)}}
    end
  end

  # What ssl does not know it takes for an option of sockets, and these end the process for one that
  # they do not know.
  defp try_ssl(port, options) do
    :ssl.listen(port, options)
  catch
    _kind, _reason -> {:error, :refused}
  end

  # What stands after "unknown POSIX error" differs between releases.
  defp posix?(reason),
    do: is_atom(reason) and not List.starts_with?(:inet.format_error(reason), ~c"unknown POSIX error")

  # The options without which ssl would listen. Its own reasons hold their values, which may be
  # passwords, and are of another form in each release.
  defp culprits(options, tls) do
    for {name, _value} <- tls, listens?(options ++ Keyword.delete(tls, name)), uniq: true, do: name
  end

  defp listens?(options) do
    with {:ok, socket} <- try_ssl(0, options), do: :ssl.close(socket) == :ok, else: (_refused -> false)
  end

  defp family(options), do: if(tuple_size(options[:ip]) == 8, do: [:inet6 | options], else: options)

  @doc "Accepts the next connection."
  @spec accept(socket()) :: {:ok, socket()} | {:error, term()}
  def accept({:gen_tcp, socket}), do: wrap(:gen_tcp, :gen_tcp.accept(socket))
  def accept({:ssl, socket}), do: wrap(:ssl, :ssl.transport_accept(socket))

  defp wrap(module, {:ok, socket}), do: {:ok, {module, socket}}
  defp wrap(_module, error), do: error

  @doc """
  Hands a connection to a process that waits in `take/0`. Closes it if that process has ended.
  """
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

  @doc """
  Waits for the connection of `give/2`; `{:error, :closed}` if the client has closed it already.
  """
  @spec take() :: {:ok, socket()} | {:error, :closed}
  def take do
    receive do
      {:yours, nil} -> {:error, :closed}
      {:yours, socket} -> {:ok, socket}
    end
  end

  @doc "Performs the TLS handshake; nothing for TCP."
  @spec handshake(socket()) :: {:ok, socket()} | {:error, term()}
  def handshake({:gen_tcp, _} = socket), do: {:ok, socket}
  def handshake({:ssl, socket}), do: wrap(:ssl, :ssl.handshake(socket, @handshake_timeout))

  @doc "Receives `length` bytes, or what arrives, at least one byte, for 0."
  @spec recv(socket(), non_neg_integer(), timeout()) :: {:ok, binary()} | {:error, term()}
  def recv({module, socket}, length, timeout), do: module.recv(socket, length, timeout)

  @doc "Sends all of the data."
  @spec send_all(socket(), iodata()) :: :ok | {:error, term()}
  def send_all({module, socket}, data), do: module.send(socket, data)

  @doc "Closes the socket."
  @spec close(socket()) :: :ok
  def close({module, socket}) do
    _ = module.close(socket)
    :ok
  end

  @doc "Closes the sending side."
  @spec shutdown(socket()) :: :ok | {:error, term()}
  def shutdown({module, socket}), do: module.shutdown(socket, :write)

  @doc "The port of a listening socket."
  @spec port(socket()) :: {:ok, :inet.port_number()} | {:error, term()}
  def port({:gen_tcp, socket}), do: :inet.port(socket)
  def port({:ssl, socket}), do: with({:ok, {_ip, port}} <- :ssl.sockname(socket), do: {:ok, port})

  @doc """
  The words for a socket error, or for options of TLS that are refused.

      iex> Numplan.HTTP.Transport.format_error(:eaddrinuse)
      "address already in use"
      iex> Numplan.HTTP.Transport.format_error({:tls_options, [:versions]})
      "the option :tls is refused by :ssl.listen/2, for its :versions"
  """
  @spec format_error(term()) :: binary()
  def format_error({:tls_options, []}),
    do: "the option :tls is refused by :ssl.listen/2, for several of its options"

  def format_error({:tls_options, names}),
    do: "the option :tls is refused by :ssl.listen/2, for its #{Enum.map_join(names, ", ", &inspect/1)}"

  def format_error(reason) do
    if posix?(reason), do: reason |> :inet.format_error() |> to_string(), else: inspect(reason)
  end
end
