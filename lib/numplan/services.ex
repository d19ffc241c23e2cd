defmodule Numplan.Services do
  @moduledoc """
  What runs beside the engine where it is configured: the store, the plan and tokens that follow it, what is kept of a phonebook, the
  turns of checks, and the server.

  The application starts this when its environment has `:store` or `:server`:

      config :numplan,
        store: {Numplan.Store.Mnesia, dir: "/var/lib/numplan"},
        server: [port: 8000],
        accounts: [%{id: "…32 bytes…", name: "…", tree: []}],
        tokens: [%{token: "…", account_id: "…32 bytes…", superadmin: true}]

  `docs/access.md` has the settings that say who may do what: `:tokens`, `:access`, `:hosts`, `:state_dir`, `:conceal`.
  """

  use Supervisor

  alias Numplan.API.{Access, RateLimit, Turn}
  alias Numplan.Locality.{Breaker, Cache}
  alias Numplan.Store.DirectoryLock
  alias Numplan.{ClusterConfig, HTTP, Store}

  @doc "Starts the services that are configured."
  @spec start_link(keyword()) :: Supervisor.on_start()
  def start_link(_options), do: Supervisor.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(nil) do
    # With a store `Numplan.ClusterConfig` reads the tokens, once the store runs.
    if Store.configured() == nil, do: Access.reload()

    children =
      store(Store.configured()) ++ [Cache, Breaker, RateLimit, Turn] ++ server(Application.get_env(:numplan, :server))

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
