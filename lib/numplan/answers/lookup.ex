defmodule Numplan.Lookup do
  @moduledoc """
  What libphonenumber knows of a number: the answer of `Numplan.lookup/1`.

  `region` is an ISO 3166-1 code, `"001"` for a number that belongs to none such as +800, `nil` where the number is not valid. `type` is
  libphonenumber's word. `carrier` is who the range was first given to, `geocode` the area in English; both `nil` where they are not
  known. Numbers are left out when it is inspected, so that they stay out of logs.
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
  Of the map that `:numplan.lookup/1` gives.

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
