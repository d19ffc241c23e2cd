defmodule Numplan.HTTP do
  @moduledoc """
  The HTTP server of the API: sockets to `Numplan.API` and back, nothing else.

  Not OTP's httpd: that answers `OPTIONS` with 501 before any module of ours is asked, and sends its own HTML for what it refuses;
  the API owes CORS and JSON there. Heads are parsed by the VM (`:erlang.decode_packet/3`).

  Options:

    * `:port` - default 8000; 0 takes a free one, see `port/1`
    * `:ip` - the address to bind to, default `{127, 0, 0, 1}`. Another one is refused without a token, unless
      `config :numplan, access: :open` is set; see `docs/access.md`
    * `:tls` - options of `:ssl.listen/2`, such as `[certfile: "…", keyfile: "…"]`; without them, plain HTTP
    * `:max_connections` - default 4,096; those beyond it are answered with 503
    * `:idle_timeout` - milliseconds between requests of a connection, default 60,000
    * `:request_timeout` - milliseconds for a request to arrive, default 15,000
    * `:name` - of the process, default `Numplan.HTTP`

  Bounds: 64 kB of head, 8,000,000 bytes of body.
  """

  use Supervisor

  alias Numplan.HTTP.Listener

  @doc "Starts a server; gives `{:error, reason}` with words when it cannot bind or must not."
  @spec start_link(keyword()) :: Supervisor.on_start()
  def start_link(options) do
    Supervisor.start_link(__MODULE__, options, name: Keyword.get(options, :name, __MODULE__))
  end

  @impl true
  def init(options) do
    connections = {Task.Supervisor, max_children: Keyword.get(options, :max_connections, 4_096)}
    connections = Supervisor.child_spec(connections, id: :connections)
    listener = {Listener, Keyword.put(options, :server, self())}
    Supervisor.init([connections, listener], strategy: :one_for_all)
  end

  @doc "The port that a server listens on."
  @spec port(Supervisor.supervisor()) :: :inet.port_number()
  def port(server \\ __MODULE__), do: server |> child(Listener) |> Listener.port()

  @doc false
  @spec child(Supervisor.supervisor(), term()) :: pid()
  def child(server, id) do
    {^id, pid, _, _} = server |> Supervisor.which_children() |> List.keyfind(id, 0)
    pid
  end
end
