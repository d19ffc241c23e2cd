defmodule Numplan.Store.CouchDB.Server do
  @moduledoc """
  The process that holds the connection data of the server and notifies subscribers of changed
  documents.

  It polls the server's feed of changes twice a second. While the server does not answer, the
  interval doubles up to 30 seconds, and the feed is polled soon after any other request has been
  answered. An outage is logged once when it begins and once when it ends. If the server did not
  answer from the start, all documents are reported as changed once it does.
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

  @doc """
  Starts the process. The options are those of `Numplan.Store.CouchDB`; the password may be a
  function that returns it.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__)

  @doc "The connection data of the server, or `:error` when the store is not running."
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

  @doc """
  Returns the answer of a request unchanged; after any but a failure the feed of changes is polled
  again soon.
  """
  @spec noticed(Client.answer()) :: Client.answer()
  def noticed({:error, :unavailable} = failure), do: failure

  def noticed(answer) do
    for {:silent, asking} <- lookup(:silent), do: send(asking, :answers)
    answer
  end

  @doc """
  Subscribes the calling process: it is sent `{:numplan_document, id}` after each change of a
  document.
  """
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
    # Polling is done by another process, so that a server that hangs does not block subscribers.
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
      [{~c"authorization", to_charlist("Basic " <> credentials)}]
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

  # Pauses between two requests of a feed. Ends early when another request has been answered, but
  # not before the usual interval.
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

  # Sends the changes in an answer of the feed, and returns the sequence that it ends with.
  # Subscribers read the documents when they start: the first answer is not a change.
  defp changed({:ok, {members}}, to, since) do
    {_, results} = List.keyfind(members, "results", 0)
    changes = if since == nil, do: [], else: results
    for {result} <- changes, {"id", id} <- result, do: send(to, {:changed, id})
    {_, last} = List.keyfind(members, "last_seq", 0)
    last
  end

  # In a database that is created later, and on a server that did not answer at the start,
  # everything counts as changed.
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
