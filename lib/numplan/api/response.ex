defmodule Numplan.API.Response do
  @moduledoc """
  A response of the API: status, headers in order, body. `inspect/1` shows only the status.
  """

  @derive {Inspect, only: [:status]}
  @enforce_keys [:status]
  defstruct [:status, headers: [], body: ""]

  @type t :: %__MODULE__{status: 100..599, headers: [{binary(), binary()}], body: iodata()}
end
