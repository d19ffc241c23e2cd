defmodule Numplan.ShortNumber do
  @moduledoc """
  What a text is as a short number of a region: the result of `Numplan.short_number/2`.

  `cost` is `"TOLL_FREE"`, `"STANDARD_RATE"`, `"PREMIUM_RATE"` or `"UNKNOWN_COST"`. A number
  connects to an emergency service also with further digits behind that of the service, in most
  regions.
  """

  @fields [
    :possible?,
    :valid?,
    :cost,
    :carrier_specific?,
    :sms_service?,
    :emergency?,
    :connects_to_emergency?
  ]

  @enforce_keys @fields
  defstruct @fields

  @type t :: %__MODULE__{
          possible?: boolean(),
          valid?: boolean(),
          cost: binary(),
          carrier_specific?: boolean(),
          sms_service?: boolean(),
          emergency?: boolean(),
          connects_to_emergency?: boolean()
        }

  @doc """
  The struct of a map of `:numplan.short_number/2`.

      iex> Numplan.ShortNumber.new(:numplan.short_number("112", "DE")).emergency?
      true
  """
  @spec new(:numplan.short_number()) :: t()
  def new(found) do
    %__MODULE__{
      possible?: found.is_possible,
      valid?: found.is_valid,
      cost: found.cost,
      carrier_specific?: found.is_carrier_specific,
      sms_service?: found.is_sms_service,
      emergency?: found.is_emergency,
      connects_to_emergency?: found.connects_to_emergency
    }
  end
end
