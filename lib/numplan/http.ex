defmodule Numplan.HTTP do
  @moduledoc """
  The HTTP server of the API: sockets to `Numplan.API` and back, nothing else. `docs/http.md` describes
  what it accepts, and how it defends itself.

  Not OTP's httpd: that answers `OPTIONS` with 501 before any module of ours is asked, and sends its own HTML for what it refuses;
  the API owes CORS and JSON there.

  Options:

    * `:port` - default 8000; 0 takes a free one, see `port/1`
    * `:ip` - the address to bind to, default `{127, 0, 0, 1}`. Another one is refused without a token, unless
      `config :numplan, access: :open` is set; see `docs/access.md`
    * `:tls` - options of `:ssl.listen/2`, such as `[certfile: "…", keyfile: "…"]`; without them, plain HTTP
    * `:max_connections` - default 4,096, or fewer where the process may not open so many files
      (`Numplan.HTTP.Capacity`); beyond it a new connection takes the place of the one that has waited longest, or is answered with 503
    * `:body_budget` - bytes of request bodies that are held at once over all connections, default 128,000,000, at least
      8,000,000; beyond it requests are answered with 503
    * `:idle_timeout` - milliseconds between requests of a connection, default 60,000
    * `:request_timeout` - milliseconds for a head to arrive, default 15,000; a body may take twice as long
    * `:name` - of the process, default `Numplan.HTTP`

  Bounds: 64 kB of head, 8,000,000 bytes of body.
  """

  use Supervisor

  require Logger

  alias Numplan.API.Body
  alias Numplan.HTTP.{Capacity, Connection, Connections, Listener}

  @body_budget 128_000_000

  @doc "Starts a server; gives `{:error, reason}` with words when it cannot bind or must not."
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
  Starts the server that the application environment describes under `:server`. Supervisors log the arguments of what they
  start, so this has none.
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

  @doc "How many connections a server has open, and how many bytes of request bodies they hold."
  @spec count(Supervisor.supervisor()) :: %{connections: non_neg_integer(), body_bytes: non_neg_integer()}
  def count(server \\ __MODULE__), do: server |> child(Connections) |> Connections.count()

  @doc false
  @spec child(Supervisor.supervisor(), term()) :: pid()
  def child(server, id) do
    {^id, pid, _, _} = server |> Supervisor.which_children() |> List.keyfind(id, 0)
    pid
  end
end
