defmodule Numplan.Plug do
  @moduledoc """
  The API and its page as a plug, in a server that runs already: Plug, Phoenix.

      plug Numplan.Plug, at: "/numplan"            # before Plug.Parsers, which reads bodies
      forward "/numplan", to: Numplan.Plug         # in a Plug.Router without parsers

  `docs/mounts.md` shows both. Options:

    * `:at` - the path of the mount. Other requests pass unchanged; those below it are answered and
      halted. Without it every request is for the API, as behind `forward`
    * `:page`, `:body_timeout` - see `Numplan.Mount`. The time is looked at after each 64 kB of a
      body: within them the server decides how long it waits for a slow client

  A plug that has set `x-request-id` in the response, such as `Plug.RequestId`, decides the
  request's id. Headers of the response that others have set stay, unless the API sets the same
  ones.

  The body must not have been read: `Plug.Parsers` keeps neither the order of the members of an
  object nor two of one name, and both decide in a configuration. A request whose body is gone is
  answered with 500, and the log says what to do.

  It is compiled without Plug, and calls `Plug.Conn` by its name. So it does not matter which of the
  two is compiled first, and Numplan does not depend on Plug.
  """

  alias Numplan.API.Request
  alias Numplan.Mount

  @doc """
  The options, checked; raises `ArgumentError` for wrong ones. The result is plain data, so that
  `Plug.Builder` may call this when it compiles.

      iex> Numplan.Plug.init(at: "/numplan").at
      ["numplan"]
      iex> Numplan.Plug.init(to: "/numplan")
      ** (ArgumentError) there is no option :to; there are :page, :body_timeout, :at
  """
  @spec init(keyword()) :: Mount.options()
  def init(options), do: Mount.options!(options, [:page, :body_timeout, :at])

  @doc """
  The connection (`Plug.Conn`) with the response of the API, sent and halted; or as it was, if its
  path is not below `:at`.
  """
  @spec call(conn, Mount.options()) :: conn when conn: struct()
  def call(conn, options) do
    case below(conn.path_info, options.at) do
      {:ok, segments} -> answer(conn, segments, options)
      :error -> conn
    end
  end

  defp below(segments, []), do: {:ok, segments}
  defp below([same | segments], [same | at]), do: below(segments, at)
  defp below(_segments, _at), do: :error

  defp answer(conn, segments, options) do
    headers = headers(conn)
    request = %Request{method: conn.method, target: target(segments, conn.query_string), headers: headers}
    {response, conn} = Mount.respond(request, announced(headers), options, __MODULE__, conn, &read/3)

    conn
    |> conn(:merge_resp_headers, [response.headers])
    |> conn(:send_resp, [response.status, response.body])
    |> conn(:halt, [])
  end

  # The segments are as they were sent, not decoded.
  defp target(segments, ""), do: "/" <> Enum.join(segments, "/")
  defp target(segments, query), do: target(segments, "") <> "?" <> query

  # Fields of one name are joined, as `Numplan.HTTP.Head` does. HTTP/2 has the host outside of the
  # fields.
  defp headers(conn) do
    conn.req_headers
    |> Enum.reduce(%{}, fn {name, value}, headers -> Map.update(headers, name, value, &(&1 <> ", " <> value)) end)
    |> Mount.put_host(conn.host, conn.port)
    |> put_request_id(List.keyfind(conn.resp_headers, "x-request-id", 0))
  end

  defp put_request_id(headers, nil), do: headers
  defp put_request_id(headers, {name, id}), do: Map.put(headers, name, id)

  defp announced(headers) do
    case Integer.parse(Map.get(headers, "content-length", "")) do
      {length, ""} when length >= 0 -> length
      _ -> nil
    end
  end

  defp read(conn, bytes, milliseconds) do
    case conn(conn, :read_body, [[length: bytes, read_length: bytes, read_timeout: milliseconds]]) do
      {:ok, "", conn} -> if parsed?(conn), do: {:error, :body_gone, conn}, else: {:ok, "", conn}
      {:error, :timeout} -> {:error, :timeout, conn}
      {:error, _reason} -> {:error, :unreadable, conn}
      piece -> piece
    end
  end

  # True when `Plug.Parsers` has read the body; before it `body_params` is a struct.
  defp parsed?(%{body_params: params}), do: not is_map_key(params, :__struct__) and params != %{}

  defp conn(conn, function, arguments), do: apply(Plug.Conn, function, [conn | arguments])
end
