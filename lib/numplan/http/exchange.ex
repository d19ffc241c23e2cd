defmodule Numplan.HTTP.Exchange do
  @moduledoc """
  One request and its response, whichever server received it: `Numplan.HTTP`, or one of somebody
  else (`Numplan.Mount`). It chooses between the page, `/healthz` and the API, has the body read
  only where the API wants it, and emits the events of `Numplan.Telemetry`.
  """

  alias Numplan.API
  alias Numplan.API.{Context, Guard, Request, Response, Routes, Target}
  alias Numplan.{Fault, Telemetry}
  alias Numplan.HTTP.{Healthz, Page, Refusal}

  @methods ~w(GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT)

  @typedoc "What reading a body led to; `:gone` where the client has closed its connection."
  @type body :: binary() | :too_large | {:refused, Refusal.reason()} | :gone

  @typedoc "The name of the server, for events, and whether `/` is the page."
  @type server :: %{name: term(), page?: boolean()}

  @doc """
  The response to a request, and the state of its body.

  `read` is called, at most once, if the API wants the body; it returns what it read, and the state
  after it. Otherwise the state is `unread`, as it was given. The response is `nil` where the client
  is gone. The response to HEAD has the body of that to GET, which the server must leave out.

  Never raises, unless `read` does; then the request's events end all the same.

      iex> request = %Numplan.API.Request{method: "GET", target: "/v2/nowhere"}
      iex> read = fn -> {"", :read} end
      iex> {response, state} = Numplan.HTTP.Exchange.run(request, %{name: :example, page?: true}, :unread, read)
      iex> {response.status, state}
      {404, :unread}
  """
  @spec run(Request.t(), server(), state, (() -> {body(), state})) :: {Response.t() | nil, state} when state: term()
  def run(request, server, unread, read) do
    request = Context.identified(request)
    span = Telemetry.start(fn -> metadata(request, server) end)

    case admit(request, server) do
      {:respond, response} -> {stopped(response, span), unread}
      {:read, admitted} -> read(request, admitted, span, read)
    end
  end

  # As the API does, for the page too.
  defp admit(%Request{method: method, target: "/"} = request, %{page?: true}) when method in ~w(GET HEAD),
    do: {:respond, Guard.run(Context.new(request), fn -> Page.response(request) end)}

  defp admit(%Request{method: method, target: "/healthz"} = request, _server) when method in ~w(GET HEAD),
    do: {:respond, Guard.run(Context.new(request), fn -> Healthz.response() end)}

  defp admit(request, _server), do: API.admit(request)

  defp read(request, admitted, span, read) do
    {body, state} = read_or_stop(span, read)
    {body |> response(request, admitted) |> stopped(span), state}
  end

  # What the server raises while it reads is its own affair.
  defp read_or_stop(span, read) do
    read.()
  catch
    kind, reason ->
      Telemetry.stop(span, nil, Fault.new(kind, reason, __STACKTRACE__))
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  defp response(:gone, _request, _admitted), do: nil
  defp response({:refused, reason}, request, _admitted), do: Refusal.response(reason, request)
  defp response(body, _request, admitted), do: API.run(admitted, body)

  defp stopped(response, span) do
    :ok = Telemetry.stop(span, response && response.status, response && response.fault)
    response
  end

  defp metadata(request, server) do
    %{
      server: server.name,
      method: if(request.method in @methods, do: request.method, else: "_OTHER"),
      route: route(request.target, server.page?),
      request_id: Request.header(request, "x-request-id")
    }
  end

  # The path of the table, since the request's own holds numbers.
  defp route("/", true), do: "/"
  defp route("/healthz", _page?), do: "/healthz"

  defp route(target, _page?) do
    with {:ok, segments, _query} <- Target.decode(target), {:ok, route} <- Routes.find(segments) do
      route.path
    else
      :error -> nil
    end
  end
end
