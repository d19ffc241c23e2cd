defmodule Numplan.API do
  @moduledoc """
  The Phone Numbers API as a function from request to response, without a socket.

  Every response is JSON in the envelope of Kazoo's Crossbar 5 (`Numplan.API.Envelope`). A failure
  inside is a 500 with a request id and without details; the log has the details under that id.
  `Numplan.API.Routes` lists the routes.
  """

  alias Numplan.API.{Accept, Access, Body, Context, Envelope, Error, Guard, RateLimit}
  alias Numplan.API.{Request, Response, Routes, Target}

  @max_target 8_192
  @with_body ~w(PUT POST PATCH DELETE)

  @typedoc "A request whose head was accepted and whose body is still to be read."
  @opaque admitted :: {Routes.t(), Context.t()}

  @doc """
  The response to a request. Never raises.

      iex> request = %Numplan.API.Request{method: "GET", target: "/v2/nowhere"}
      iex> Numplan.API.handle(request).status
      404
  """
  @spec handle(Request.t()) :: Response.t()
  def handle(%Request{} = request) do
    case admit(request) do
      {:respond, response} when request.method == "HEAD" -> Response.to_head(response)
      {:respond, response} -> response
      {:read, admitted} -> run(admitted, request.body)
    end
  end

  @doc """
  The decision about a request by its head, before its body is read: the response, or that the
  body is to be read and passed to `run/2`.

  A body is read only for a method that has one, from a client whose token is valid. The response to
  HEAD is that to GET, with its body, which the server leaves out. Never raises.

      iex> request = %Numplan.API.Request{method: "PUT", target: "/v2/nowhere"}
      iex> {:respond, response} = Numplan.API.admit(request)
      iex> response.status
      404
  """
  @spec admit(Request.t()) :: {:respond, Response.t()} | {:read, admitted()}
  def admit(%Request{} = request) do
    context = Context.new(request)

    case Guard.run(context, fn -> decide(context) end) do
      {:read, admitted} -> {:read, admitted}
      %Response{} = response -> {:respond, conditional(response, context)}
    end
  end

  @doc "The response to an admitted request with its whole body, or `:too_large`. Never raises."
  @spec run(admitted(), binary() | :too_large) :: Response.t()
  def run({route, context}, body) do
    context = %{context | request: %{context.request | body: body}}
    Guard.run(context, fn -> read_and_dispatch(route, context) end)
  end

  defp decide(context) do
    case Access.admit(context.request) do
      :ok -> admitted(context)
      {:error, error} -> Envelope.failure(context, error)
    end
  end

  defp admitted(%{request: %{method: "OPTIONS"}} = context) do
    %Response{
      status: 200,
      headers: [{"allow", "GET, PUT, POST, PATCH, DELETE, HEAD, OPTIONS"} | Context.headers(context)]
    }
  end

  defp admitted(%{request: %{target: target}} = context) when byte_size(target) > @max_target do
    Envelope.failure(context, Error.system(:uri_too_long, data: [{"target", @max_target}]))
  end

  defp admitted(context) do
    with {:ok, context} <- located(context),
         :ok <- acceptable(Request.header(context.request, "accept")),
         {:ok, route} <- found(context.segments),
         {:ok, context} <- authenticated(context) do
      if context.request.method in @with_body,
        do: read_if_authorized(route, context),
        else: authorize_and_dispatch(route, bodiless_method(context.request.method), context)
    else
      {:error, %Error{} = error} -> Envelope.failure(context, error)
    end
  end

  # Has the body read if the client may act on the resource. This comes first, because decoding 8 MB
  # takes a hundred MB of memory.
  defp read_if_authorized(route, context) do
    case authorized(route, context) do
      {:ok, context} -> {:read, {route, context}}
      {:error, error} -> Envelope.failure(context, error)
    end
  end

  # The method by which a request without a body is dispatched: HEAD as GET.
  defp bodiless_method("HEAD"), do: "GET"
  defp bodiless_method(method), do: method

  # Reads the body and dispatches the request. A POST may name another method as `verb`, in the
  # query or in the envelope.
  defp read_and_dispatch(route, %{request: %{method: method}} = context) do
    case Body.read(context.request, max_values(route)) do
      {:ok, data, verb} ->
        dispatch(route, tunnelled(method, verb || context.query["verb"]), %{context | data: data})

      {:error, error} ->
        Envelope.failure(context, error)
    end
  end

  defp tunnelled("POST", verb) when is_binary(verb), do: String.upcase(verb)
  defp tunnelled(method, _verb), do: method

  defp authorize_and_dispatch(route, method, context) do
    with {:ok, _handler} <- Routes.handler(route, method), {:ok, context} <- authorized(route, context) do
      dispatch(route, method, context)
    else
      {:error, %Error{} = error} -> Envelope.failure(context, error)
      {:error, methods} -> Envelope.failure(context, not_allowed(methods))
    end
  end

  defp dispatch(route, method, context) do
    with {:ok, {module, function}} <- Routes.handler(route, method) do
      apply(module, function, [context | route.values])
    else
      {:error, methods} -> Envelope.failure(context, not_allowed(methods))
    end
  end

  defp not_allowed(methods), do: Error.system(:invalid_method, headers: [{"allow", Enum.join(methods, ", ")}])

  defp located(context) do
    case Target.decode(context.request.target) do
      {:ok, segments, query} ->
        {:ok, %{context | segments: segments, query: query, pretty?: pretty?(context.request, query)}}

      :error ->
        {:error, Error.system(:parse_error, text: "the path or query is not percent-encoded UTF-8")}
    end
  end

  defp pretty?(request, query) do
    query["pretty_print"] == "true" or
      String.downcase(Request.header(request, "x-pretty-print") || "false") not in ["false", "0", "no", "off", ""]
  end

  defp acceptable(accept) do
    if Accept.json?(accept),
      do: :ok,
      else: {:error, Error.system(:not_acceptable, data: [{"available", ["application/json"]}])}
  end

  defp found(segments) do
    with :error <- Routes.find(segments), do: {:error, Error.system(:not_found)}
  end

  defp authenticated(context) do
    with {:ok, auth, token} <- Access.authenticate(context.request, context.query) do
      {:ok, %{context | auth: auth, token: token}}
    end
  end

  # The most JSON values of a body. A configuration of 100,000 rules has half a million values; a
  # thousand numbers and their fields have far fewer.
  defp max_values(%Routes{account_id: nil}), do: :infinity
  defp max_values(_of_an_account), do: 100_000

  # The context of a client that may act on the resource, or an error. A resource that belongs to no
  # account belongs to the cluster.
  defp authorized(%Routes{account_id: nil}, %{auth: %{superadmin: true}} = context), do: {:ok, context}
  defp authorized(%Routes{account_id: nil}, _context), do: {:error, Error.system(:forbidden)}

  defp authorized(%Routes{account_id: account_id}, context) do
    with :ok <- Access.authorize(context.auth, account_id), {:ok, rate} <- RateLimit.count(context.auth.account_id) do
      {:ok, %{context | account_id: account_id, rate: rate}}
    end
  end

  # The response, or 304 where If-None-Match, a list of the ETags that a client has, names its ETag;
  # `*` matches any.
  defp conditional(%Response{status: 200} = response, %{request: %{method: method}} = context)
       when method in ~w(GET HEAD) do
    with {_, etag} <- List.keyfind(response.headers, "etag", 0),
         known when is_binary(known) <- Request.header(context.request, "if-none-match"),
         true <- known == "*" or etag in Enum.map(String.split(known, ","), &(&1 |> String.trim() |> strong())) do
      Envelope.not_modified(context, String.trim(etag, "\""))
    else
      _ -> response
    end
  end

  defp conditional(response, _context), do: response

  defp strong("W/" <> etag), do: etag
  defp strong(etag), do: etag
end
