defmodule Numplan.Services do
  @moduledoc """
  The supervisor of the optional services: the store, the process that follows its configuration,
  caches and queues of the API, and the HTTP server.

  The application starts it when its environment has `:store` or `:server`, or `services: true`, for
  mounts (`Numplan.Mount`) and for servers under a supervisor of yours without either:

      config :numplan,
        store: {Numplan.Store.SQLite, dir: "/var/lib/numplan/sqlite"},
        server: [port: 8000],
        accounts: [%{id: "…32 bytes…", name: "…", tree: []}],
        tokens: [%{token: "…", account_id: "…32 bytes…", superadmin: true}]

  `docs/access.md` describes the settings of access: `:tokens`, `:access`, `:hosts`, `:state_dir`,
  `:conceal`.
  """

  use Supervisor

  alias Numplan.API.{Access, BodyBudget, RateLimit, Turn}
  alias Numplan.Locality.{Breaker, Cache}
  alias Numplan.Store.DirectoryLock
  alias Numplan.{ClusterConfig, HTTP, Store}

  @doc "Starts the configured services."
  @spec start_link(keyword()) :: Supervisor.on_start()
  def start_link(_options), do: Supervisor.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(nil) do
    # With a store `Numplan.ClusterConfig` reads the tokens, once the store runs.
    _ = if Store.configured() == nil, do: Access.reload()

    children =
      store(Store.configured()) ++
        [Cache, Breaker, RateLimit, Turn, BodyBudget] ++ server(Application.get_env(:numplan, :server))

    Supervisor.init(children, strategy: :rest_for_one)
  end

  defp store(nil), do: []
  defp store({store, options}), do: [{store, options}, ClusterConfig]

  defp server(nil), do: []
  defp server(false), do: []

  defp server(_options) do
    [
      %{id: HTTP, start: {HTTP, :start_configured, []}, type: :supervisor},
      {Task, fn -> DirectoryLock.serves_at(HTTP.port()) end}
    ]
  end
end
