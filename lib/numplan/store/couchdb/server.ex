defmodule Numplan.Store.CouchDB.Server do
  @moduledoc """
  What the store knows of its server, and who is told of changed documents.

  The server's feed of changes is asked twice a second. While it does not answer, nothing is known to have changed, and it is asked less and
  less, every 30 seconds at last; but soon after it has answered any other request. The log says once that it does not answer, and
  once that it does again. A server that did not answer from the start, and then does, has all its documents told as changed.
  """

  use GenServer

  require Logger

  alias Numplan.Store.CouchDB.Client

  @table __MODULE__
  @configuration "system_config"
  @timeout 5_000
  @view_timeout 60_000
  @interval 500
  @longest_interval 30_000

  @doc "Starts it. The options are those of `Numplan.Store.CouchDB`; the password may be a function that gives it."
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__)

  @doc "Where the server is, or `:error` where the store has ended."
  @spec fetch() :: {:ok, map()} | :error
  def fetch do
    case lookup(:server) do
      [{:server, server}] -> {:ok, server}
      [] -> :error
    end
  end

  defp lookup(key) do
    if :ets.whereis(@table) == :undefined, do: [], else: :ets.lookup(@table, key)
  rescue
    ArgumentError -> []
  end

  @doc "A request's answer, as it is. After one, a feed of changes that was silent is asked again soon."
  @spec noticed(Client.answer()) :: Client.answer()
  def noticed({:error, :unavailable} = failure), do: failure

  def noticed(answer) do
    for {:silent, asking} <- lookup(:silent), do: send(asking, :answers)
    answer
  end

  @doc "Tells the calling process of each change, until it ends."
  @spec subscribe() :: :ok | {:error, :unavailable}
  def subscribe do
    GenServer.call(__MODULE__, {:subscribe, self()})
  catch
    :exit, _ -> {:error, :unavailable}
  end

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)
    server = server(options)
    :ok = Client.start()
    _ = :ets.new(@table, [:named_table, :protected, read_concurrency: true])
    true = :ets.insert(@table, {:server, server})
    # The process that asks is another one, so that a server that hangs does not keep subscribers waiting.
    me = self()
    {:ok, %{subscribers: %{}, asking: spawn_link(fn -> follow(server, me, nil, @interval) end)}}
  end

  defp server(options) do
    url = options |> Keyword.fetch!(:url) |> String.trim_trailing("/")

    %{
      url: url,
      timeout: options[:timeout] || @timeout,
      view_timeout: options[:view_timeout] || @view_timeout,
      authorization: authorization(options),
      tls: tls(url, options[:tls])
    }
  end

  defp authorization(options) do
    if options[:username] do
      credentials = Base.encode64("#{options[:username]}:#{shown(options[:password])}")
      [{'authorization', to_charlist("Basic " <> credentials)}]
    else
      []
    end
  end

  defp shown(password) when is_function(password, 0), do: password.()
  defp shown(password), do: password

  defp tls("https:" <> _, options) do
    verified = [
      verify: :verify_peer,
      depth: 5,
      customize_hostname_check: [match_fun: :public_key.pkix_verify_hostname_match_fun(:https)]
    ]

    options = options || []
    own? = Keyword.has_key?(options, :cacertfile) or Keyword.has_key?(options, :cacerts)
    authorities = if own?, do: [], else: [cacerts: :public_key.cacerts_get()]
    [ssl: Keyword.merge(verified ++ authorities, options)]
  end

  defp tls(_url, _options), do: []

  defp follow(server, to, since, interval) do
    case Client.attempt(server, :get, [@configuration, "_changes"], since(since)) do
      {:error, {:unavailable, reason}} ->
        send(to, {:silent, reason})
        pause(interval)
        follow(server, to, since || 0, min(2 * interval, @longest_interval))

      answer ->
        send(to, :answers)
        since = changed(answer, to, since)
        pause(@interval)
        follow(server, to, since, @interval)
    end
  end

  # Answers that others have had meanwhile end it, but no sooner than where the feed answers.
  defp pause(interval) do
    receive do
      :answers -> rest()
    after
      interval -> :ok
    end
  end

  defp rest do
    receive do
    after
      @interval -> forget_answers()
    end
  end

  defp forget_answers do
    receive do
      :answers -> forget_answers()
    after
      0 -> :ok
    end
  end

  defp since(nil), do: [since: 0]
  defp since(since), do: [since: since]

  # Who starts reads the documents itself: what the first answer tells is no change.
  defp changed({:ok, {members}}, to, since) do
    {_, results} = List.keyfind(members, "results", 0)
    told = if since == nil, do: [], else: results
    for {result} <- told, {"id", id} <- result, do: send(to, {:changed, id})
    {_, last} = List.keyfind(members, "last_seq", 0)
    last
  end

  # A database that is made later is all new, and so is a server that was not there for whoever started.
  defp changed({:error, :not_found}, _to, _since), do: 0
  defp changed({:error, _}, _to, since), do: since || 0

  @impl true
  def handle_call({:subscribe, pid}, _from, state) do
    monitor = Process.monitor(pid)
    {:reply, :ok, put_in(state.subscribers[monitor], pid)}
  end

  @impl true
  def handle_info({:changed, id}, state) do
    for {_, pid} <- state.subscribers, do: send(pid, {:numplan_document, id})
    {:noreply, state}
  end

  def handle_info({:silent, reason}, state) do
    if :ets.insert_new(@table, {:silent, state.asking}) do
      Logger.error(
        "numplan: CouchDB does not answer: #{Client.said(reason)}; until it does, changes of its configuration are not seen"
      )
    end

    {:noreply, state}
  end

  def handle_info(:answers, state) do
    if :ets.take(@table, :silent) != [], do: Logger.warning("numplan: CouchDB answers again")
    {:noreply, state}
  end

  def handle_info({:DOWN, monitor, :process, _pid, _reason}, state) do
    {:noreply, %{state | subscribers: Map.delete(state.subscribers, monitor)}}
  end

  def handle_info({:EXIT, asking, reason}, %{asking: asking} = state), do: {:stop, reason, state}
  def handle_info(_other, state), do: {:noreply, state}

  @impl true
  def terminate(_reason, state) do
    Process.exit(state.asking, :kill)
    Client.stop()
  end
end
