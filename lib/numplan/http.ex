defmodule Numplan.HTTP do
  @moduledoc """
  The HTTP/1.1 server in front of `Numplan.API`. `docs/http.md` describes what it accepts and its
  limits.

  It is not OTP's `httpd`, which answers `OPTIONS` with 501 before it calls a module, and refuses
  requests in HTML, where the API must answer with CORS headers and JSON.

  Options:

    * `:port` - default 8000; 0 takes a free one, see `port/1`
    * `:ip` - the address to bind to, default `{127, 0, 0, 1}`. An address that other machines
      reach is refused without a token, unless `config :numplan, access: :open` is set; see
      `docs/access.md`
    * `:tls` - options of `:ssl.listen/2`, such as `[certfile: "…", keyfile: "…"]`; without them,
      plain HTTP
    * `:max_connections` - default 4,096, or fewer where the process may open fewer files
      (`Numplan.HTTP.Capacity`); beyond it a new connection replaces the one that has waited
      longest, or is answered with 503
    * `:body_budget` - bytes of request bodies held at once by all connections, default
      128,000,000, at least 8,000,000; beyond it requests are answered with 503
    * `:idle_timeout` - milliseconds between requests of a connection, default 60,000
    * `:request_timeout` - milliseconds for a head to arrive, default 15,000; a body may take
      twice as long
    * `:name` - of the process, default `Numplan.HTTP`

  Bounds: 64 kB of head, 8,000,000 bytes of body.

  The application starts one server, with the options of its environment
  (`config :numplan, server: […]`). Others start under a supervisor of yours, as many as there are
  names, without that environment:

      children = [
        {Numplan.HTTP, name: MyApp.Internal, port: 8000},
        {Numplan.HTTP, name: MyApp.Public, port: 8443, ip: {0, 0, 0, 0}, tls: [certfile: "…", keyfile: "…"]}
      ]

  Tokens, accounts, the store and the plan are the node's, and so the same for all servers of it.
  """

  use Supervisor

  require Logger

  alias Numplan.HTTP.{Capacity, Connection, Connections, Listener, Options}

  @body_budget 128_000_000

  @doc """
  The child specification of a server, with its name as id. It holds the options in a function,
  because supervisors log the arguments of their children, and there may be a password among them.

      iex> Numplan.HTTP.child_spec(name: :internal, port: 0).id
      :internal
  """
  @spec child_spec(keyword()) :: Supervisor.child_spec()
  def child_spec(options) do
    %{
      id: if(Keyword.keyword?(options), do: Keyword.get(options, :name, __MODULE__), else: __MODULE__),
      start: {__MODULE__, :start_link, [fn -> options end]},
      type: :supervisor
    }
  end

  @doc """
  Starts a server with these options, or those that a function returns. The error says in words
  which option is wrong, its value and what it may be, or why it cannot or must not listen.

      iex> {:error, reason} = Numplan.HTTP.start_link(name: :example, port: 0, ssl: [])
      iex> binary_part(reason, 0, 51)
      "numplan: options of the server: there is no option "
  """
  @spec start_link(keyword() | (() -> keyword())) :: Supervisor.on_start()
  def start_link(options) when is_function(options, 0), do: start_link(options.())

  def start_link(options) do
    case Options.check(options) do
      :ok -> Supervisor.start_link(__MODULE__, options, name: Keyword.get(options, :name, __MODULE__))
      {:error, words} -> {:error, "numplan: options of the server: " <> words}
    end
  end

  @doc """
  Starts the server with the options in the application environment under `:server`. It takes no
  argument, because supervisors log the arguments of their children.
  """
  @spec start_configured() :: Supervisor.on_start()
  def start_configured, do: :numplan |> Application.fetch_env!(:server) |> start_link()

  @impl true
  def init(options) do
    budget = Keyword.get(options, :body_budget, @body_budget)
    server = self()

    connections = [
      max: cap(options[:max_connections]),
      body_budget: budget,
      serve: &Connection.run/2,
      settings: settings(options)
    ]

    listener = fn -> Keyword.put(options, :connections, fn -> child(server, Connections) end) end
    children = [{Connections, connections}, {Listener, listener}]
    Supervisor.init(children, strategy: :one_for_all)
  end

  defp cap(wanted) do
    {max, lowered} = Capacity.cap(wanted)
    if lowered, do: Logger.warning(lowered)
    max
  end

  defp settings(options) do
    %{
      idle_timeout: Keyword.get(options, :idle_timeout, 60_000),
      request_timeout: Keyword.get(options, :request_timeout, 15_000),
      name: Keyword.get(options, :name, __MODULE__)
    }
  end

  @doc "The port that a server listens on."
  @spec port(Supervisor.supervisor()) :: :inet.port_number()
  def port(server \\ __MODULE__), do: server |> child(Listener) |> Listener.port()

  @doc "The number of open connections, and of bytes of request bodies that they hold."
  @spec count(Supervisor.supervisor()) :: %{connections: non_neg_integer(), body_bytes: non_neg_integer()}
  def count(server \\ __MODULE__), do: server |> child(Connections) |> Connections.count()

  @doc false
  @spec child(Supervisor.supervisor(), term()) :: pid()
  def child(server, id) do
    {^id, pid, _, _} = server |> Supervisor.which_children() |> List.keyfind(id, 0)
    pid
  end
end
