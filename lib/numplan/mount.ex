defmodule Numplan.Mount do
  @moduledoc """
  The API and its page under a server of somebody else: what `Numplan.Plug` and `numplan_cowboy`
  have in common. `docs/mounts.md` shows how to mount them.

  The other server reads heads, with limits of its own, and writes responses. What `Numplan.HTTP`
  does besides is done here: the limit of a body, the deadline for it, the budget for all bodies
  (`Numplan.API.BodyBudget`), and the checks of `Host`.

  Nobody tells Numplan which address the other server listens on. So without tokens a mount answers
  401, on loopback too, unless `config :numplan, access: :open` is set; see `docs/access.md`.

  Options, of both:

    * `:page` - whether the path of the mount itself is the page for browsers, default true
    * `:body_timeout` - milliseconds for a whole body to arrive, 1 to 2,147,483,647, default 30,000

  Mounts need the processes of `Numplan.Services`, which keep the limits of memory and of work. The
  application starts them with a store or a server of its own, or with `config :numplan, services:
  true`. Without them every request is answered 503.
  """

  require Logger

  alias Numplan.API.{Access, Body, BodyBudget, Request, Response}
  alias Numplan.Arguments
  alias Numplan.HTTP.{Authority, Exchange, Options, Refusal}

  @piece 65_536

  @typedoc "Checked options: plain data, which `Plug.Builder` may keep at compile time."
  @type options :: %{page: boolean(), body_timeout: pos_integer(), at: [binary()]}

  @typedoc """
  Reads the next piece of a body: at most about this many bytes, in at most about this many
  milliseconds. `:more` where the body goes on.
  """
  @type reader(state) ::
          (state, pos_integer(), pos_integer() -> {:ok | :more, binary(), state} | {:error, Refusal.reason(), state})

  @doc """
  The options of a mount, checked, with defaults. `known` are those that it takes. Raises
  `ArgumentError` for others.

      iex> Numplan.Mount.options!([page: false], [:page, :body_timeout])
      %{page: false, body_timeout: 30_000, at: []}
      iex> Numplan.Mount.options!([pages: false], [:page])
      ** (ArgumentError) there is no option :pages; there are :page
  """
  @spec options!(keyword(), [atom()]) :: options()
  def options!(options, known) do
    :ok = Arguments.options!(options, Keyword.take(kinds(), known))

    %{
      page: Keyword.get(options, :page, true),
      body_timeout: Keyword.get(options, :body_timeout, 30_000),
      at: options |> Keyword.get(:at, "") |> String.split("/", trim: true)
    }
  end

  defp kinds do
    [
      page: Arguments.boolean(),
      body_timeout: Options.milliseconds(),
      at: {"a path such as \"/numplan\"", &(is_binary(&1) and String.starts_with?(&1, "/"))}
    ]
  end

  @doc """
  The headers with `Host`. HTTP/2 sends it outside of the headers, where servers take it from;
  without it a page of another site would pass for a client that is no browser.

      iex> Numplan.Mount.put_host(%{}, "localhost", 8080)
      %{"host" => "localhost:8080"}
      iex> Numplan.Mount.put_host(%{"host" => "a.example"}, "localhost", 8080)
      %{"host" => "a.example"}
  """
  @spec put_host(%{binary() => binary()}, binary() | nil, :inet.port_number()) :: %{binary() => binary()}
  def put_host(%{"host" => _} = headers, _host, _port), do: headers
  def put_host(headers, host, _port) when host in [nil, ""], do: headers
  def put_host(headers, "[" <> _ = host, port), do: Map.put(headers, "host", "#{host}:#{port}")

  def put_host(headers, host, port) do
    if String.contains?(host, ":"),
      do: put_host(headers, "[#{host}]", port),
      else: Map.put(headers, "host", "#{host}:#{port}")
  end

  @doc """
  The response to a request, with the last state of the other server's connection, which reading the
  body may have changed.

  `length` is the announced length of the body, if it is known. The response to HEAD has the body of
  that to GET: servers leave it out. Never raises, unless `read` does.
  """
  @spec respond(Request.t(), non_neg_integer() | nil, options(), module(), state, reader(state)) ::
          {Response.t(), state}
        when state: term()
  def respond(request, length, options, mount, state, read) do
    request = %{request | exposed?: true}

    cond do
      not BodyBudget.running?() -> {no_services(request), state}
      not host_valid?(request) -> {Refusal.response(:host, request), state}
      true -> exchange(request, length, options, mount, state, read)
    end
  end

  defp no_services(request) do
    say_once(
      :no_services,
      "every request to a mount is answered 503, since Numplan's services do not run: " <>
        "set config :numplan, services: true, or start Numplan.Services under a supervisor"
    )

    Refusal.response(:no_services, request)
  end

  defp host_valid?(%Request{headers: %{"host" => host}}), do: Authority.valid?(host)
  defp host_valid?(_no_host), do: true

  defp exchange(request, length, options, mount, state, read) do
    say_who_may(Access.state(request))
    reader = %{read: read, deadline: now() + options.body_timeout, announced: length || 0, granted: 0}
    server = %{name: mount, page?: options.page}
    {response, {state, granted?}} = Exchange.run(request, server, {state, false}, fn -> body(reader, state) end)
    if granted?, do: BodyBudget.release()
    {response, state}
  end

  # -- bodies --

  defp body(reader, state) do
    {body, state} =
      case grant(reader, reader.announced) do
        {:ok, reader} -> pieces(reader, state, [], 0)
        {:error, reason} -> {refused(reason), state}
      end

    {body, {state, true}}
  end

  # Reads a body piece by piece, each within the memory that is granted for it. A client that sends
  # slowly does not extend the deadline.
  defp pieces(reader, state, read, size) do
    case reader.read.(state, @piece, max(reader.deadline - now(), 1)) do
      {:ok, piece, state} -> last(reader, state, [read, piece], size + byte_size(piece))
      {:more, piece, state} -> next(reader, state, [read, piece], size + byte_size(piece))
      {:error, :body_gone, state} -> gone(state)
      {:error, reason, state} -> {{:refused, reason}, state}
    end
  end

  # Something else has read a body that was announced and does not come.
  defp last(%{announced: announced}, state, _read, 0) when announced > 0, do: gone(state)

  defp last(reader, state, read, size) do
    case grant(reader, size) do
      {:ok, _reader} -> {IO.iodata_to_binary(read), state}
      {:error, reason} -> {refused(reason), state}
    end
  end

  defp gone(state) do
    Logger.error("numplan: the body of a request was read before it came to the mount; see docs/mounts.md")
    {{:refused, :body_gone}, state}
  end

  defp next(reader, state, read, size) do
    with {:ok, reader} <- grant(reader, size), true <- now() < reader.deadline do
      pieces(reader, state, read, size)
    else
      {:error, reason} -> {refused(reason), state}
      false -> {{:refused, :timeout}, state}
    end
  end

  defp grant(%{granted: granted} = reader, size) when size <= granted, do: {:ok, reader}

  defp grant(reader, size) do
    with :ok <- reserve(size), do: {:ok, %{reader | granted: size}}
  end

  defp reserve(bytes), do: if(bytes > Body.max_bytes(), do: {:error, :too_large}, else: BodyBudget.reserve(bytes))

  defp refused(:too_large), do: :too_large
  defp refused(reason), do: {:refused, reason}

  defp now, do: System.monotonic_time(:millisecond)

  # -- the log --

  # A server of Numplan's own says at its start who may use it. The first request of a mount that
  # nobody may use logs the reason.
  defp say_who_may({:tokens, tokens}) when tokens == %{} do
    say_once(
      :no_tokens,
      "every request to a mount is answered 401, since no token is usable: configure one " <>
        "(config :numplan, tokens: …), or let everybody in who reaches the server (config :numplan, access: :open)"
    )
  end

  defp say_who_may(_state), do: :ok

  # Logs an error of the node once, and not with every request.
  defp say_once(what, text) do
    key = {__MODULE__, :said, what}

    if :persistent_term.get(key, nil) == nil do
      :persistent_term.put(key, true)
      Logger.error("numplan: " <> text)
    end
  end
end
