defmodule Numplan.Lookup do
  @moduledoc """
  The facts about a number from libphonenumber's data: the result of `Numplan.lookup/1`.

  `region` is an ISO 3166-1 code, `"001"` for a number of no country such as +800, `nil` where the
  number is not valid. `type` is libphonenumber's name for it. `carrier` is the first holder of
  the range, `geocode` the area in English; both are `nil` where not known. `inspect/1` leaves the
  numbers out, so that they stay out of logs.
  """

  @fields [
    :e164,
    :region,
    :calling_code,
    :type,
    :valid?,
    :possible?,
    :national,
    :international,
    :rfc3966,
    :carrier,
    :time_zones,
    :geocode
  ]

  @derive {Inspect, except: [:e164, :national, :international, :rfc3966]}
  @enforce_keys @fields
  defstruct @fields

  @type t :: %__MODULE__{
          e164: binary(),
          region: binary() | nil,
          calling_code: pos_integer(),
          type: binary(),
          valid?: boolean(),
          possible?: boolean(),
          national: binary(),
          international: binary(),
          rfc3966: binary(),
          carrier: binary() | nil,
          time_zones: [binary()],
          geocode: binary() | nil
        }

  @doc """
  The struct of a result of `:numplan.lookup/1`.

      iex> Numplan.Lookup.new(:numplan.lookup("+18005551212")).geocode
      nil
  """
  @spec new(map()) :: t()
  def new(found) do
    {valid?, found} = Map.pop!(found, :is_valid)
    {possible?, found} = Map.pop!(found, :is_possible)
    found = Map.new(found, fn {key, value} -> {key, if(value == :undefined, do: nil, else: value)} end)
    struct!(__MODULE__, Map.merge(found, %{valid?: valid?, possible?: possible?}))
  end
end
