defmodule Numplan.API do
  @moduledoc """
  The Phone Numbers API: a request in, a response out. Knows no sockets.

  Every answer is JSON in the envelope of Kazoo's Crossbar 5 (`Numplan.API.Envelope`). Whatever goes wrong inside is a 500 with a
  request id and no detail; the detail is in the log, under that id.
  """

  require Logger

  alias Numplan.API.{
    Accept,
    Access,
    AccountNumbers,
    Body,
    Classifiers,
    Context,
    Envelope,
    Error,
    Localities,
    NumberResource,
    RateLimit,
    Request,
    Response,
    SystemConfig,
    Target
  }

  alias Numplan.Fault

  @max_target 8_192
  @with_body ~w(PUT POST PATCH DELETE)

  @typedoc "A request whose head was accepted, and whose body is awaited."
  @opaque admitted :: {resource :: tuple(), Context.t()}

  @doc """
  The response to a request. Never raises.

      iex> request = %Numplan.API.Request{method: "GET", target: "/v2/nowhere"}
      iex> Numplan.API.handle(request).status
      404
  """
  @spec handle(Request.t()) :: Response.t()
  def handle(%Request{} = request) do
    case admit(request) do
      {:respond, response} -> response
      {:read, admitted} -> run(admitted, request.body)
    end
  end

  @doc """
  Decides on a request by its head, before any of its body is read: either there is a response, or the
  body is to be read, for `run/2`. Bodies are read only from those who may ask at all, and for methods
  that have one. Never raises.

      iex> request = %Numplan.API.Request{method: "PUT", target: "/v2/nowhere"}
      iex> {:respond, response} = Numplan.API.admit(request)
      iex> response.status
      404
  """
  @spec admit(Request.t()) :: {:respond, Response.t()} | {:read, admitted()}
  def admit(%Request{} = request) do
    context = Context.new(request)

    case guarded(context, fn -> decide(context) end) do
      {:read, admitted} -> {:read, admitted}
      %Response{} = response -> {:respond, finished(response, context)}
    end
  end

  @doc "The response to an admitted request with its whole body, or `:too_large`. Never raises."
  @spec run(admitted(), binary() | :too_large) :: Response.t()
  def run({resource, context}, body) do
    context = %{context | request: %{context.request | body: body}}
    context |> guarded(fn -> read_and_run(resource, context) end) |> finished(context)
  end

  defp guarded(context, work) do
    work.()
  catch
    kind, reason ->
      fault = Fault.describe(kind, reason, __STACKTRACE__)
      Logger.error("numplan: request #{context.request_id} failed: #{fault}")
      Envelope.failure(context, Error.system(:unspecified_fault))
  end

  defp finished(response, context), do: response |> conditional(context) |> bodiless(context.request)

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
         {:ok, resource} <- resource(context.segments),
         {:ok, context} <- authenticated(context) do
      if context.request.method in @with_body,
        do: read_if_authorized(resource, context),
        else: allow_and_run(resource, bodiless_method(context.request.method), context)
    else
      {:error, %Error{} = error} -> Envelope.failure(context, error)
    end
  end

  # Before the body: one of 8 MB takes a hundred when it is decoded, which is for those alone who may act on what they name.
  defp read_if_authorized(resource, context) do
    case authorized(context) do
      {:ok, context} -> {:read, {resource, context}}
      {:error, error, context} -> Envelope.failure(context, error)
    end
  end

  # A body of GET is ignored.
  defp bodiless_method("HEAD"), do: "GET"
  defp bodiless_method(method), do: method

  # POST may ask for another verb, in the query or in the envelope.
  defp read_and_run(resource, %{request: %{method: method}} = context) do
    case Body.read(context.request, max_values(context.segments)) do
      {:ok, data, verb} ->
        allowed_and_run(resource, tunnelled(method, verb || context.query["verb"]), %{context | data: data})

      {:error, error} ->
        Envelope.failure(context, error)
    end
  end

  defp tunnelled("POST", verb) when is_binary(verb), do: String.upcase(verb)
  defp tunnelled(method, _verb), do: method

  defp allowed_and_run(resource, method, context) do
    case allowed(resource, method) do
      :ok -> run(resource, method, context)
      {:error, error} -> Envelope.failure(context, error)
    end
  end

  defp allow_and_run(resource, method, context) do
    with :ok <- allowed(resource, method), {:ok, context} <- authorized(context) do
      run(resource, method, context)
    else
      {:error, %Error{} = error} -> Envelope.failure(context, error)
      {:error, %Error{} = error, context} -> Envelope.failure(context, error)
    end
  end

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

  defp resource(["v2", "accounts", account_id, "phone_numbers" | rest]) do
    with {:ok, name} <- phone_numbers(rest), do: {:ok, {name, account_id, rest}}
  end

  defp resource(["v2", "system_configs", "number_manager"]), do: {:ok, {:system_config, nil, []}}
  defp resource(["v2", "system_configs", "number_manager", "check"]), do: {:ok, {:system_config_check, nil, []}}
  defp resource(["v2", "system_configs", "number_manager", "diff"]), do: {:ok, {:system_config_diff, nil, []}}
  defp resource(_segments), do: {:error, Error.system(:not_found)}

  defp phone_numbers([]), do: {:ok, :list}
  defp phone_numbers(["classifiers"]), do: {:ok, :classifiers}
  defp phone_numbers(["classifiers", _number]), do: {:ok, :classify}
  defp phone_numbers(["locality"]), do: {:ok, :locality}
  defp phone_numbers(["fix"]), do: {:ok, :fix}
  defp phone_numbers(["fix", _number]), do: {:ok, :fix_number}
  defp phone_numbers(["collection"]), do: {:ok, :collection}
  defp phone_numbers(["collection", "activate"]), do: {:ok, :collection_activate}
  defp phone_numbers([_number]), do: {:ok, :number}
  defp phone_numbers([_number, verb]) when verb in ~w(activate reserve), do: {:ok, :transition}
  defp phone_numbers([_number, "identify"]), do: {:ok, :identify}
  defp phone_numbers(_rest), do: {:error, Error.system(:not_found)}

  @methods %{
    list: ~w(GET),
    classifiers: ~w(GET POST),
    classify: ~w(GET),
    locality: ~w(POST),
    fix: ~w(GET POST),
    fix_number: ~w(GET POST),
    collection: ~w(PUT POST PATCH DELETE),
    collection_activate: ~w(PUT),
    number: ~w(GET PUT POST PATCH DELETE),
    transition: ~w(PUT),
    identify: ~w(GET),
    system_config: ~w(GET POST),
    system_config_check: ~w(GET POST),
    system_config_diff: ~w(POST)
  }

  defp allowed({name, _, _}, method) do
    methods = Map.fetch!(@methods, name)

    if method in methods,
      do: :ok,
      else: {:error, Error.system(:invalid_method, headers: [{"allow", allow(methods)}])}
  end

  defp allow(methods) do
    head = if "GET" in methods, do: ["HEAD"], else: []
    Enum.join(methods ++ head ++ ["OPTIONS"], ", ")
  end

  defp authenticated(context) do
    with {:ok, auth, token} <- Access.authenticate(context.request, context.query) do
      {:ok, %{context | auth: auth, token: token}}
    end
  end

  # A configuration of 100,000 rules has half a million values; a thousand numbers and their fields have far fewer.
  defp max_values(["v2", "accounts" | _]), do: 100_000
  defp max_values(_segments), do: :infinity

  defp authorized(%{segments: ["v2", "accounts", account_id | _]} = context) do
    with :ok <- Access.authorize(context.auth, account_id), {:ok, rate} <- RateLimit.count(context.auth.account_id) do
      {:ok, %{context | account_id: account_id, rate: rate}}
    else
      {:error, error} -> {:error, error, context}
    end
  end

  # The other resources are the cluster's.
  defp authorized(%{auth: %{superadmin: true}} = context), do: {:ok, context}
  defp authorized(context), do: {:error, Error.system(:forbidden), context}

  defp run({:list, _, _}, "GET", context), do: AccountNumbers.list(context)
  defp run({:classifiers, _, _}, "GET", context), do: Classifiers.list(context)
  defp run({:classifiers, _, _}, "POST", context), do: Classifiers.classify_all(context)
  defp run({:classify, _, [_, number]}, "GET", context), do: Classifiers.classify(context, number)
  defp run({:locality, _, _}, "POST", context), do: Localities.lookup(context)
  defp run({:fix, _, _}, _method, context), do: AccountNumbers.fix(context)
  defp run({:fix_number, _, [_, number]}, _method, context), do: AccountNumbers.fix_number(context, number)
  defp run({:collection, _, _}, "PUT", context), do: NumberResource.collection(context, "create")
  defp run({:collection, _, _}, "POST", context), do: NumberResource.collection(context, "replace")
  defp run({:collection, _, _}, "PATCH", context), do: NumberResource.collection(context, "merge")
  defp run({:collection, _, _}, "DELETE", context), do: NumberResource.collection(context, "delete")
  defp run({:collection_activate, _, _}, "PUT", context), do: NumberResource.collection(context, "activate")
  defp run({:number, _, [number]}, "GET", context), do: NumberResource.show(context, number)
  defp run({:number, _, [number]}, "PUT", context), do: NumberResource.create(context, number)
  defp run({:number, _, [number]}, "POST", context), do: NumberResource.replace(context, number)
  defp run({:number, _, [number]}, "PATCH", context), do: NumberResource.merge(context, number)
  defp run({:number, _, [number]}, "DELETE", context), do: NumberResource.delete(context, number)
  defp run({:transition, _, [number, verb]}, "PUT", context), do: NumberResource.transition(context, number, verb)
  defp run({:identify, _, [number, _]}, "GET", context), do: NumberResource.identify(context, number)
  defp run({:system_config, _, _}, "GET", context), do: SystemConfig.show(context)
  defp run({:system_config, _, _}, "POST", context), do: SystemConfig.replace(context)
  defp run({:system_config_check, _, _}, "GET", context), do: SystemConfig.check_active(context)
  defp run({:system_config_check, _, _}, "POST", context), do: SystemConfig.check(context)
  defp run({:system_config_diff, _, _}, "POST", context), do: SystemConfig.diff(context)

  # If-None-Match lists what a client has; `*` stands for anything.
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

  defp bodiless(response, %Request{method: "HEAD"}), do: Response.to_head(response)
  defp bodiless(response, _request), do: response
end
