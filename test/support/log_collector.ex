defmodule Numplan.LogCollector do
  @moduledoc "A handler of Erlang's logger that sends a test whatever is logged, with every term in it."

  @doc "Sends the calling process `{:logged, text}` for each event, those that supervisors report included, until the test ends."
  @spec start() :: :ok
  def start do
    id = :"log_collector_#{System.unique_integer([:positive])}"
    :ok = :logger.add_handler(id, __MODULE__, %{config: %{test: self()}, level: :all})
    ExUnit.Callbacks.on_exit(fn -> :logger.remove_handler(id) end)
  end

  @doc false
  @spec log(:logger.log_event(), map()) :: term()
  def log(event, %{config: %{test: test}}) do
    send(test, {:logged, inspect(event, limit: :infinity, printable_limit: :infinity, structs: false)})
  end

  @doc "All texts that were logged so far."
  @spec texts() :: [binary()]
  def texts do
    receive do
      {:logged, text} -> [text | texts()]
    after
      0 -> []
    end
  end
end
