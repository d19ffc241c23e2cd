defmodule Numplan.HTTP.Listener do
  @moduledoc """
  The process that listens on the server's port and accepts connections, each for a process of its
  own.
  """

  use GenServer

  require Logger

  alias Numplan.API.Access
  alias Numplan.HTTP.{Connection, Connections, Transport}

  @acceptors 8
  @backlog 1_024

  @doc """
  Starts a listener with the options that a function returns: supervisors log the arguments of
  what they start, and there may be a password among them. They are those of `Numplan.HTTP`, and
  `:connections`, a function that returns the server's `Numplan.HTTP.Connections`.
  """
  @spec start_link((() -> keyword())) :: GenServer.on_start()
  def start_link(options), do: GenServer.start_link(__MODULE__, options)

  @doc "The port that it listens on."
  @spec port(pid()) :: :inet.port_number()
  def port(listener), do: GenServer.call(listener, :port)

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)
    options = options.()
    ip = Keyword.get(options, :ip, {127, 0, 0, 1})
    port = Keyword.get(options, :port, 8000)

    with :ok <- Access.may_bind(ip),
         {:ok, socket} <- Transport.listen(options[:tls], port, ip: ip, backlog: @backlog) do
      {:ok, port} = Transport.port(socket)
      announce(ip, port, options[:tls])
      {:ok, %{socket: socket, port: port}, {:continue, {:accept, Keyword.fetch!(options, :connections)}}}
    else
      {:error, reason} -> {:stop, refusal(reason, ip, port)}
    end
  end

  defp announce(ip, port, tls) do
    scheme = if tls, do: "https", else: "http"
    Logger.info("numplan: serving #{scheme}://#{:inet.ntoa(ip)}:#{port}/")
    with {level, text} <- access(Access.state(), Access.reason()), do: Logger.log(level, "numplan: " <> text)
  end

  defp access(:open, :default),
    do: {:info, "no token is configured, so everybody on this machine may do everything; see docs/access.md"}

  defp access(:open, :setting),
    do: {:warning, "access: :open is set, so everybody who reaches the server may do everything"}

  defp access(:unknown, _reason), do: {:error, "every request is answered 503 until the store's tokens are read"}

  defp access({:tokens, tokens}, reason) when tokens == %{},
    do:
      {:error,
       closed(reason) <>
         ": every request is answered 401. Configure a token (config :numplan, tokens: …; numplan serve: NUMPLAN_TOKEN)" <>
         opening(reason)}

  defp access({:tokens, _tokens}, _reason), do: nil

  defp closed(:closed_before), do: "the server has had tokens and has none now"
  defp closed(:tokens), do: "of the server's tokens none is usable"
  defp closed(_reason), do: "no token is configured"

  defp opening(:closed_before), do: ", or open the server again (config :numplan, access: :open; numplan serve --open)"
  defp opening(_reason), do: ""

  defp refusal(:no_tokens, ip, _port) do
    "numplan: #{:inet.ntoa(ip)} is reached from other machines, and no token is configured: " <>
      "configure tokens (config :numplan, tokens: …; numplan serve: NUMPLAN_TOKEN), or bind to 127.0.0.1; access: :open (numplan serve --open) lets everybody in who reaches it"
  end

  defp refusal(reason, ip, port) do
    "numplan: cannot listen on #{:inet.ntoa(ip)} port #{port}: #{Transport.format_error(reason)}"
  end

  @impl true
  def handle_continue({:accept, connections}, state) do
    connections = connections.()
    for _ <- 1..@acceptors, do: spawn_link(fn -> accept(state.socket, connections) end)
    {:noreply, state}
  end

  @impl true
  def handle_call(:port, _from, state), do: {:reply, state.port, state}

  @impl true
  def handle_info({:EXIT, _acceptor, reason}, state), do: {:stop, reason, state}

  # The state as it is logged, without the socket: a listening TLS socket holds its options, and
  # with them a password.
  @impl true
  def format_status(_reason, [_dictionary, state]), do: %{state | socket: :hidden}

  defp accept(listening, connections) do
    case Transport.accept(listening) do
      {:ok, socket} -> serve(socket, connections)
      {:error, reason} when reason in [:closed, :einval] -> exit(:shutdown)
      {:error, reason} -> wait(reason, connections)
    end

    accept(listening, connections)
  end

  # Waits after a failure to accept. The cap on connections leaves descriptors for the rest of the
  # process. If they run out all the same, the connection that has waited longest is closed.
  defp wait(reason, connections) do
    if reason in [:emfile, :enfile, :system_limit], do: Connections.shed(connections)
    :timer.sleep(100)
  end

  defp serve(socket, connections) do
    case Connections.open(connections) do
      {:ok, connection} -> Transport.give(socket, connection)
      {:error, :full} -> Connection.refuse(socket)
    end
  end
end
