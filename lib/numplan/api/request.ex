defmodule Numplan.API.Request do
  @moduledoc """
  A request to the API, without socket and framing.

  `target` is the undecoded request target, path and query; header names are in lower case; `body`
  is the whole body, or `:too_large`. `exposed?` is true where it came through a server whose
  address Numplan does not know (`Numplan.Mount`). `inspect/1` shows only the method: the other
  fields hold numbers and tokens.
  """

  @derive {Inspect, only: [:method]}
  @enforce_keys [:method, :target]
  defstruct [:method, :target, headers: %{}, body: "", exposed?: false]

  @type t :: %__MODULE__{
          method: binary(),
          target: binary(),
          headers: %{binary() => binary()},
          body: binary() | :too_large,
          exposed?: boolean()
        }

  @doc """
  The value of a header, by its name in lower case; `nil` if it was not sent.

      iex> Numplan.API.Request.header(%Numplan.API.Request{method: "GET", target: "/", headers: %{"accept" => "*/*"}}, "accept")
      "*/*"
  """
  @spec header(t(), binary()) :: binary() | nil
  def header(%__MODULE__{headers: headers}, name), do: Map.get(headers, name)
end
