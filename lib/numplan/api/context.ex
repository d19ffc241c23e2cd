defmodule Numplan.API.Context do
  @moduledoc """
  The state of a request while it is processed: its id, path and query, its rights, and the
  account it is for.
  """

  alias Numplan.API.{Access, Request}

  # The other fields hold numbers, tokens and bodies, which stay out of logs.
  @derive {Inspect, only: [:request_id, :account_id]}
  @enforce_keys [:request, :request_id]
  defstruct [
    :request,
    :request_id,
    :auth,
    :token,
    :account_id,
    :rate,
    segments: [],
    query: %{},
    data: {[]},
    pretty?: false
  ]

  @type t :: %__MODULE__{
          request: Request.t(),
          request_id: binary(),
          auth: Access.auth() | nil,
          token: binary() | nil,
          account_id: binary() | nil,
          rate: {non_neg_integer(), non_neg_integer()} | nil,
          segments: [binary()],
          query: %{binary() => binary()},
          data: term(),
          pretty?: boolean()
        }

  @expires {"expires", "Mon, 01 Jan 1990 00:00:00 GMT"}
  @id_bytes 16
  @max_id 128

  @doc """
  The context of a new request. Its id is that of `X-Request-ID`, if it has 1 to 128 printable
  bytes, else a random one.
  """
  @spec new(Request.t()) :: t()
  def new(request), do: %__MODULE__{request: request, request_id: request_id(Request.header(request, "x-request-id"))}

  @doc """
  The request with an id in its header `X-Request-ID`: its own, or else a new one. All contexts of
  it then have the same id.
  """
  @spec identified(Request.t()) :: Request.t()
  def identified(%Request{headers: headers} = request) do
    %{request | headers: Map.put(headers, "x-request-id", request_id(headers["x-request-id"]))}
  end

  defp request_id(id) when is_binary(id) and byte_size(id) in 1..@max_id do
    if Enum.all?(:binary.bin_to_list(id), &(&1 in ?!..?~)), do: id, else: new_id()
  end

  defp request_id(_none), do: new_id()

  defp new_id, do: @id_bytes |> :crypto.strong_rand_bytes() |> Base.encode16(case: :lower)

  @doc """
  The headers of every response: request id, expiry, and for a cross-origin request those of CORS,
  as Kazoo sends them (`api_util`, 3.18 and later).

  An open server sends no CORS headers, so that no page of another origin can read its responses.
  """
  @spec headers(t()) :: [{binary(), binary()}]
  def headers(context), do: [{"x-request-id", context.request_id}, @expires] ++ cors(context.request)

  @cors [
    {"access-control-allow-origin", "*"},
    {"access-control-allow-methods", "GET, PUT, POST, PATCH, DELETE, HEAD, OPTIONS"},
    {"access-control-allow-headers",
     "Content-Type, Depth, User-Agent, X-Http-Method-Override, X-File-Size, X-Requested-With, If-Modified-Since, " <>
       "X-File-Name, Cache-control, X-Auth-Token, If-Match, If-None-Match, Authorization, X-Request-ID"},
    {"access-control-expose-headers", "Content-Type, X-Auth-Token, X-Request-ID, Location, Etag"},
    {"access-control-max-age", "86400"}
  ]

  defp cors(%Request{headers: headers} = request) do
    asked? =
      Map.has_key?(headers, "origin") or Map.has_key?(headers, "access-control-request-method") or
        Map.has_key?(headers, "access-control-request-headers")

    if asked? and match?({:tokens, _}, Access.state(request)), do: @cors, else: []
  end
end
