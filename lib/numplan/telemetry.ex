defmodule Numplan.Telemetry do
  @moduledoc ~S"""
  Events about requests, for the library `telemetry` where it is loaded. Numplan does not depend on
  it: without it a request costs one look-up of a function, and nothing is emitted.

  The events follow the conventions of `telemetry:span/3`. Each request has one `start`, and then
  either a `stop` or an `exception`:

  | event | measurements | metadata |
  |---|---|---|
  | `[:numplan, :request, :start]` | `system_time`, `monotonic_time` | those of every event |
  | `[:numplan, :request, :stop]` | `duration`, `monotonic_time` | also `status` |
  | `[:numplan, :request, :exception]` | `duration`, `monotonic_time` | also `status`, `kind`, `reason`, `stacktrace` |

  Times are in native units (`System.convert_time_unit/3`). The metadata of every event:

    * `server` - what received the request: the name of a `Numplan.HTTP`, or the module of a mount,
      `Numplan.Plug` or `:numplan_cowboy`
    * `method` - `"GET"` and the like; `"_OTHER"` for a method that HTTP does not define
    * `route` - the path as `Numplan.API.Routes` has it, such as
      `"/v2/accounts/{account_id}/phone_numbers/{number}"`; `"/"` for the page, `nil` for a path that
      leads nowhere
    * `request_id` - the id that the response and the log have
    * `telemetry_span_context` - a reference that the events of one request share

  `status` is that of the response, and `nil` where the client was gone before it. `kind` is that of
  the exception, `reason` its module (for an exit or a throw the kind again), and `stacktrace` has
  numbers in place of arguments.

  No event holds a phone number, a token or a body. A request that cannot be parsed has no event,
  and neither has a call of a function, such as `Numplan.classify/1`.

      :telemetry.attach(
        "numplan-requests",
        [:numplan, :request, :stop],
        fn _event, %{duration: duration}, %{route: route, status: status}, _config ->
          IO.puts("#{route} #{status} #{System.convert_time_unit(duration, :native, :microsecond)} µs")
        end,
        nil
      )
  """

  alias Numplan.Fault

  @event [:numplan, :request]

  @typedoc "A request that has started: when, and the metadata of its events; `nil` without telemetry."
  @type span :: {integer(), map()} | nil

  @doc """
  Emits the start of a request. `metadata` is called only where telemetry is loaded.

      iex> Numplan.Telemetry.start(fn -> raise "telemetry is not loaded here" end)
      nil
  """
  @spec start((() -> map())) :: span()
  def start(metadata) do
    if function_exported?(:telemetry, :execute, 3) do
      now = System.monotonic_time()
      metadata = Map.put(metadata.(), :telemetry_span_context, make_ref())
      emit(:start, %{system_time: System.system_time(), monotonic_time: now}, metadata)
      {now, metadata}
    end
  end

  @doc """
  Emits the end of a request: with the status of its response, or `nil`, and the fault that it comes
  from, if any.

      iex> Numplan.Telemetry.stop(nil, 200, nil)
      :ok
  """
  @spec stop(span(), pos_integer() | nil, Fault.t() | nil) :: :ok
  def stop(nil, _status, _fault), do: :ok
  def stop({started, metadata}, status, nil), do: finish(:stop, started, Map.put(metadata, :status, status))

  def stop({started, metadata}, status, %Fault{} = fault),
    do: finish(:exception, started, metadata |> Map.put(:status, status) |> Map.merge(Map.from_struct(fault)))

  defp finish(event, started, metadata) do
    now = System.monotonic_time()
    emit(event, %{duration: now - started, monotonic_time: now}, metadata)
  end

  # By name, so that neither the compiler nor dialyzer asks for telemetry.
  defp emit(event, measurements, metadata), do: apply(:telemetry, :execute, arguments(event, measurements, metadata))
  defp arguments(event, measurements, metadata), do: [@event ++ [event], measurements, metadata]
end
