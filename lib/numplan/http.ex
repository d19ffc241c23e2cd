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
  """

  use Supervisor

  require Logger

  alias Numplan.API.Body
  alias Numplan.HTTP.{Capacity, Connection, Connections, Listener}

  @body_budget 128_000_000

  @doc "Starts a server. The error says in words why it cannot or must not listen."
  @spec start_link(keyword()) :: Supervisor.on_start()
  def start_link(options) do
    with :ok <- enough(Keyword.get(options, :body_budget, @body_budget)),
         do: Supervisor.start_link(__MODULE__, options, name: Keyword.get(options, :name, __MODULE__))
  end

  defp enough(budget) do
    if is_integer(budget) and budget >= Body.max_bytes(),
      do: :ok,
      else:
        {:error, "numplan: body_budget must be at least #{Body.max_bytes()}, the longest body, not #{inspect(budget)}"}
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
      request_timeout: Keyword.get(options, :request_timeout, 15_000)
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
