defmodule Numplan.TelemetryStandIn do
  @moduledoc """
  A stand-in for the library telemetry, which cannot be had from Debian: a module `:telemetry` whose
  `execute/3` sends the events to a test.
  """

  @doc "Loads it until the test ends; the test gets `{:event, name, measurements, metadata}`."
  @spec load() :: :ok
  def load do
    false = :code.is_loaded(:telemetry)
    :persistent_term.put(__MODULE__, self())

    body =
      quote do
        def execute(event, measurements, metadata) do
          send(:persistent_term.get(unquote(__MODULE__)), {:event, event, measurements, metadata})
          :ok
        end
      end

    {:module, :telemetry, _, _} = Module.create(:telemetry, body, Macro.Env.location(__ENV__))

    ExUnit.Callbacks.on_exit(fn ->
      :code.purge(:telemetry)
      :code.delete(:telemetry)
      :code.purge(:telemetry)
    end)
  end
end
