defmodule Numplan.Log do
  @moduledoc """
  The log of this VM, where releases of Elixir differ: before 1.15 Elixir's Logger writes it, since
  then OTP's default handler.
  """

  @doc "Sends the log to standard error, since standard output is for answers."
  @spec to_standard_error() :: :ok
  if Version.match?(System.version(), ">= 1.15.0") do
    # Where a handler writes is fixed when it is added.
    def to_standard_error do
      with {:ok, %{module: module} = config} <- :logger.get_handler_config(:default),
           :ok <- :logger.remove_handler(:default) do
        settings = Map.put(Map.get(config, :config, %{}), :type, :standard_error)
        :logger.add_handler(:default, module, %{config | config: settings})
      else
        {:error, _no_handler} -> :ok
      end
    end
  else
    def to_standard_error, do: Logger.configure_backend(:console, device: :standard_error)
  end

  @doc """
  Calls `fun`, and drops what this process logs meanwhile.

      iex> require Logger
      iex> ExUnit.CaptureLog.capture_log(fn -> Numplan.Log.quietly(fn -> Logger.error("unheard") end) end)
      ""
  """
  @spec quietly((() -> result)) :: result when result: term()
  def quietly(fun) do
    mute()
    fun.()
  after
    unmute()
  end

  if Version.match?(System.version(), ">= 1.15.0") do
    defp mute, do: Logger.put_process_level(self(), :none)
    defp unmute, do: Logger.delete_process_level(self())
  else
    defp mute, do: Logger.disable(self())
    defp unmute, do: Logger.enable(self())
  end
end
