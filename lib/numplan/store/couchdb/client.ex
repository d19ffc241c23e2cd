defmodule Numplan.Store.CouchDB.Client do
  @moduledoc """
  A client of a CouchDB server on OTP's `httpc`, with persistent connections.

  Only the method and the kind of a failure are logged: paths hold numbers, headers hold the
  password.
  """

  require Logger

  alias Numplan.Store.CouchDB.LostWrite

  @profile :numplan_couchdb
  @connections 32
  # The milliseconds for which a connection may be idle: less than servers, and proxies before them,
  # allow.
  @idle 4_000
  # The options for a request on a connection of its own: `httpc` opens a new one for a request with
  # socket options.
  @own_connection [socket_opts: [nodelay: true]]
  # Closes that connection after the answer; `httpc` would keep it for others.
  @close {~c"connection", ~c"close"}

  @typedoc "Why a request failed: a status, or what happened to the connection."
  @type reason :: pos_integer() | atom()
  @type answer :: {:ok, term()} | {:error, :not_found | :conflict | :exists | :unavailable}

  @doc "Starts the client's profile of `httpc`."
  @spec start() :: :ok
  def start do
    {:ok, _} = Application.ensure_all_started(:inets)

    case :inets.start(:httpc, profile: @profile) do
      {:ok, _pid} -> :ok
      {:error, {:already_started, _pid}} -> :ok
    end

    :ok = :httpc.set_options([max_sessions: @connections, keep_alive_timeout: @idle, pipeline_timeout: 0], @profile)
  end

  @doc "Stops the client's profile of `httpc`."
  @spec stop() :: :ok
  def stop do
    _ = :inets.stop(:httpc, @profile)
    :ok
  end

  @doc """
  Sends a request and returns the decoded JSON of the answer, objects as `{[{key, value}]}`.

  A failure is returned by status: 404 `:not_found`, 409 `:conflict`, 412 `:exists`, and any
  other, or no answer in time, `:unavailable`. A 404 counts only with CouchDB's own body: one of a
  proxy or of a wrong URL would make a store that cannot be read look empty. `path` is a list of
  segments, which are percent-encoded; the values of `query` are encoded as JSON.

  A request whose connection closes before the answer is sent once more, on a new connection: the
  server may have closed an idle one just then. If a `:put` then conflicts, the document is read
  to find out whether the first one was done; where that cannot be decided, the result is
  `:unavailable`. A `:post` must be idempotent.

  A `:put` has a connection of its own, and so has that read. `httpc` of OTP 27 and later sends a
  request again itself when the server closes a connection that was used before, and does not say
  so: a conflict with its own first write would look like one with another writer.
  """
  @spec request(map(), :get | :put | :post, [binary()], keyword(), term()) :: answer()
  def request(server, method, path, query \\ [], body \\ nil) do
    with {:error, {:unavailable, reason}} <- attempt(server, method, path, query, body), do: unavailable(method, reason)
  end

  defp unavailable(method, reason) do
    Logger.error("numplan: CouchDB does not answer #{method}: #{said(reason)}")
    {:error, :unavailable}
  end

  @doc "As `request/5`, but returns the reason of a failure (see `said/1`), and logs nothing."
  @spec attempt(map(), :get | :put | :post, [binary()], keyword(), term()) ::
          answer() | {:error, {:unavailable, reason()}}
  def attempt(server, method, path, query \\ [], body \\ nil) do
    with {:error, :lost} <- send_request(server, method, path, query, body, connection(method, query)),
         do: again(server, method, path, query, body)
  end

  # The second attempt, after the first one's answer was lost.
  defp again(server, method, path, query, body) do
    case send_request(server, method, path, query, body, @own_connection) do
      {:error, :lost} -> {:error, {:unavailable, :answer_lost}}
      {:error, :conflict} when method == :put -> settled(body, attempt(server, :get, path, revs: true))
      answer -> answer
    end
  end

  @doc """
  Writes documents of one database, by id, in one request; each has the revision that it replaces.
  Returns the outcome of each by id, or the failure of all.

  A request whose connection closes before the answer is not repeated as it is: each document is
  sent on its own then, as the second attempt of a `:put`. After the first of these that is not
  answered the others are not sent, and are `:unavailable`.
  """
  @spec put_all(map(), binary(), %{binary() => map()}) ::
          {:ok, %{binary() => {:ok, rev :: binary()} | {:error, :conflict | :unavailable}}}
          | {:error, :not_found | :unavailable}
  def put_all(server, database, documents) do
    body = %{"docs" => Map.values(documents)}

    case send_request(server, :post, [database, "_bulk_docs"], [], body, @own_connection) do
      {:ok, answers} -> {:ok, Map.new(answers, fn {answer} -> outcome(Map.new(answer)) end)}
      {:error, :lost} -> {:ok, put_each(server, database, Enum.to_list(documents))}
      {:error, :not_found} -> {:error, :not_found}
      {:error, {:unavailable, reason}} -> unavailable(:post, reason)
      {:error, status} -> unavailable(:post, status)
    end
  end

  defp outcome(%{"id" => id, "error" => error} = answer) when error not in [:null, false] do
    if "conflict" in [error, answer["name"]], do: {id, {:error, :conflict}}, else: {id, unavailable(:post, :refused)}
  end

  defp outcome(%{"id" => id, "rev" => rev}), do: {id, {:ok, rev}}

  defp put_each(_server, _database, []), do: %{}

  defp put_each(server, database, [{id, document} | documents]) do
    case again(server, :put, [database, id], [], document) do
      {:ok, {answer}} ->
        {_, rev} = List.keyfind(answer, "rev", 0, {"rev", nil})
        server |> put_each(database, documents) |> Map.put(id, {:ok, rev})

      {:error, :conflict} ->
        server |> put_each(database, documents) |> Map.put(id, {:error, :conflict})

      _not_answered ->
        _ = unavailable(:put, :answer_lost)
        Map.new([{id, document} | documents], fn {id, _} -> {id, {:error, :unavailable}} end)
    end
  end

  defp connection(:put, _query), do: @own_connection
  defp connection(:get, revs: true), do: @own_connection
  defp connection(_method, _query), do: []

  defp settled(_written, {:error, {:unavailable, _reason}} = failure), do: failure

  defp settled(written, read) do
    with {:error, :unknown} <- LostWrite.outcome(written, read), do: {:error, {:unavailable, :answer_lost}}
  end

  defp timeout(server, path), do: if("_view" in path, do: server.view_timeout, else: server.timeout)

  defp encoded(segment), do: URI.encode(segment, &URI.char_unreserved?/1)

  defp query_text([]), do: ""
  defp query_text(query), do: "?" <> Enum.map_join(query, "&", fn {key, value} -> "#{key}=#{encoded(json(value))}" end)

  defp json(term) do
    {:ok, text} = :numplan_json.encode(term)
    text
  end

  defp send_request(server, method, path, query, body, options) do
    url = to_charlist(server.url <> "/" <> Enum.map_join(path, "/", &encoded/1) <> query_text(query))
    http = [timeout: timeout(server, path), connect_timeout: server.timeout, autoredirect: false] ++ server.tls
    headers = [{~c"accept", ~c"application/json"} | server.authorization] ++ if(options == [], do: [], else: [@close])
    request = if body == nil, do: {url, headers}, else: {url, headers, ~c"application/json", json(body)}
    answered(:httpc.request(method, request, http, [{:body_format, :binary} | options], @profile))
  end

  defp answered({:ok, {{_version, status, _phrase}, _headers, body}}) when status in 200..299 do
    case :numplan_json.decode(body, [:ordered]) do
      {:ok, json} -> {:ok, json}
      {:error, _} -> {:error, {:unavailable, :no_json}}
    end
  end

  defp answered({:ok, {{_version, 404, _phrase}, _headers, body}}) do
    with {:ok, {members}} <- :numplan_json.decode(body, [:ordered]), true <- {"error", "not_found"} in members do
      {:error, :not_found}
    else
      _ -> {:error, {:unavailable, 404}}
    end
  end

  defp answered({:ok, {{_version, 409, _phrase}, _headers, _body}}), do: {:error, :conflict}
  defp answered({:ok, {{_version, 412, _phrase}, _headers, _body}}), do: {:error, :exists}
  defp answered({:ok, {{_version, status, _phrase}, _headers, _body}}), do: {:error, {:unavailable, status}}
  defp answered({:error, :socket_closed_remotely}), do: {:error, :lost}
  defp answered({:error, {:failed_connect, _where}}), do: {:error, {:unavailable, :no_connection}}
  defp answered({:error, reason}) when is_atom(reason), do: {:error, {:unavailable, reason}}
  defp answered({:error, _reason}), do: {:error, {:unavailable, :broken_connection}}

  @doc """
  The reason of a failure in words, with what to do about it.

      iex> Numplan.Store.CouchDB.Client.said(401)
      "401; check username and password of the store"
      iex> Numplan.Store.CouchDB.Client.said(:timeout)
      ":timeout"
  """
  @spec said(reason()) :: binary()
  def said(reason), do: inspect(reason) <> advice(reason)

  defp advice(401), do: "; check username and password of the store"
  defp advice(403), do: "; check username and password of the store"
  defp advice(404), do: "; check the store's url: what answers there is no CouchDB"
  defp advice(:no_connection), do: "; check the store's url, and that the server runs"
  defp advice(_reason), do: ""
end
