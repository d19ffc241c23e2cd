defmodule Numplan.Store.CouchDB.Client do
  @moduledoc """
  Requests to a CouchDB server, by OTP's HTTP client, over connections that are kept.

  Nothing of a request but its method and the kind of failure is logged: paths hold numbers, headers hold the password.
  """

  require Logger

  @profile :numplan_couchdb
  @connections 32
  # Shorter than servers and what stands before them keep an idle connection, in milliseconds.
  @idle 4_000

  @type answer :: {:ok, term()} | {:error, :not_found | :conflict | :exists | :unavailable}

  @doc "Starts the connections' keeper, which stops with the calling process."
  @spec start() :: :ok
  def start do
    {:ok, _} = Application.ensure_all_started(:inets)

    case :inets.start(:httpc, profile: @profile) do
      {:ok, _pid} -> :ok
      {:error, {:already_started, _pid}} -> :ok
    end

    :ok = :httpc.set_options([max_sessions: @connections, keep_alive_timeout: @idle, pipeline_timeout: 0], @profile)
  end

  @doc "Stops it."
  @spec stop() :: :ok
  def stop do
    _ = :inets.stop(:httpc, @profile)
    :ok
  end

  @doc """
  A request: the answer's JSON, objects as `{[{key, value}]}` in order, or what CouchDB's status stands for: 404 `:not_found`, 409
  `:conflict`, 412 `:exists`, everything else, and no answer in time, `:unavailable`.

  `path` is a list of segments, which are percent-encoded; `query` pairs whose values are encoded as JSON.
  """
  @spec request(map(), :get | :put | :post | :delete, [binary()], keyword(), term()) :: answer()
  def request(server, method, path, query \\ [], body \\ nil) do
    url = to_charlist(server.url <> "/" <> Enum.map_join(path, "/", &encoded/1) <> query_text(query))
    send_request = fn -> send_request(server, method, url, body, timeout(server, path)) end

    # A kept connection may be closed by the server just then. What a PUT has written already is a conflict at the second.
    case send_request.() do
      {:error, :socket_closed_remotely} when method in [:get, :put] -> answered(send_request.(), method)
      reply -> answered(reply, method)
    end
  end

  defp timeout(server, path), do: if("_view" in path, do: server.view_timeout, else: server.timeout)

  defp encoded(segment), do: URI.encode(segment, &URI.char_unreserved?/1)

  defp query_text([]), do: ""
  defp query_text(query), do: "?" <> Enum.map_join(query, "&", fn {key, value} -> "#{key}=#{encoded(json(value))}" end)

  defp json(term) do
    {:ok, text} = :numplan_json.encode(term)
    text
  end

  defp send_request(server, method, url, body, timeout) do
    http = [timeout: timeout, connect_timeout: server.timeout, autoredirect: false] ++ server.tls
    headers = [{'accept', 'application/json'} | server.authorization]
    request = if body == nil, do: {url, headers}, else: {url, headers, 'application/json', json(body)}
    :httpc.request(method, request, http, [body_format: :binary], @profile)
  end

  defp answered({:ok, {{_version, status, _phrase}, _headers, body}}, method) when status in 200..299 do
    case :numplan_json.decode(body, [:ordered]) do
      {:ok, json} -> {:ok, json}
      {:error, _} -> unavailable(method, :no_json)
    end
  end

  defp answered({:ok, {{_version, 404, _phrase}, _headers, _body}}, _method), do: {:error, :not_found}
  defp answered({:ok, {{_version, 409, _phrase}, _headers, _body}}, _method), do: {:error, :conflict}
  defp answered({:ok, {{_version, 412, _phrase}, _headers, _body}}, _method), do: {:error, :exists}
  defp answered({:ok, {{_version, status, _phrase}, _headers, _body}}, method), do: unavailable(method, status)
  defp answered({:error, {:failed_connect, _where}}, method), do: unavailable(method, :no_connection)
  defp answered({:error, reason}, method) when is_atom(reason), do: unavailable(method, reason)
  defp answered({:error, _reason}, method), do: unavailable(method, :broken_connection)

  defp unavailable(method, reason) do
    Logger.error("numplan: CouchDB does not answer #{method}: #{inspect(reason)}#{advice(reason)}")
    {:error, :unavailable}
  end

  defp advice(401), do: "; check username and password of the store"
  defp advice(403), do: "; check username and password of the store"
  defp advice(:no_connection), do: "; check the store's url, and that the server runs"
  defp advice(_reason), do: ""
end
