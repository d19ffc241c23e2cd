defmodule Numplan.HTTP.ContractTest do
  @moduledoc "The own server does what mounts do (`Numplan.MountContract`)."
  use Numplan.MountContract

  alias Numplan.{HTTP, HTTPClient}

  setup do
    start_supervised!({HTTP, port: 0, name: __MODULE__})
    %{port: HTTP.port(__MODULE__)}
  end

  defp ask(%{port: port}, method, path, options), do: HTTPClient.one(port, method, path, options)
end
