defmodule Numplan.API.Request do
  @moduledoc """
  A request as the API sees it: no socket, no framing.

  `target` is the request target as it came, path and query undecoded; header names are lower-case; `body` is whole, or
  `:too_large`. Only the method is shown when it is inspected: the rest holds numbers and tokens.
  """

  @derive {Inspect, only: [:method]}
  @enforce_keys [:method, :target]
  defstruct [:method, :target, headers: %{}, body: ""]

  @type t :: %__MODULE__{
          method: binary(),
          target: binary(),
          headers: %{binary() => binary()},
          body: binary() | :too_large
        }

  @doc """
  A header, by its lower-case name; `nil` if it was not sent.

      iex> Numplan.API.Request.header(%Numplan.API.Request{method: "GET", target: "/", headers: %{"accept" => "*/*"}}, "accept")
      "*/*"
  """
  @spec header(t(), binary()) :: binary() | nil
  def header(%__MODULE__{headers: headers}, name), do: Map.get(headers, name)
end
