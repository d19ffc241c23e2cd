defmodule Numplan.API.Response do
  @moduledoc """
  A response of the API: status, headers in order, body. `fault` is the exception that a 500 comes
  from. `inspect/1` shows only the status.
  """

  @derive {Inspect, only: [:status]}
  @enforce_keys [:status]
  defstruct [:status, :fault, headers: [], body: ""]

  @type t :: %__MODULE__{
          status: 100..599,
          headers: [{binary(), binary()}],
          body: iodata(),
          fault: Numplan.Fault.t() | nil
        }

  @doc """
  The answer to HEAD where this is the answer to GET: its headers, the length of its body included,
  and no body. 304 has no body, and so no length (RFC 9110 section 8.6).

      iex> Numplan.API.Response.to_head(%Numplan.API.Response{status: 200, body: "abc"}).headers
      [{"content-length", "3"}]
  """
  @spec to_head(t()) :: t()
  def to_head(%__MODULE__{status: 304} = response), do: response

  def to_head(%__MODULE__{headers: headers, body: body} = response),
    do: %{response | headers: [{"content-length", Integer.to_string(IO.iodata_length(body))} | headers], body: ""}
end
