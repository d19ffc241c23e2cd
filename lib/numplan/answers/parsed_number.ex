defmodule Numplan.ParsedNumber do
  @moduledoc """
  A number that was read from a text: the result of `Numplan.parse/2`.

  `national_number` are the digits behind the calling code, `carrier_code` is that of a carrier that
  was dialled with it, and `source` says where the calling code comes from. `region` and `type` are
  as in `Numplan.Lookup`. `inspect/1` leaves the number out, so that it stays out of logs.
  """

  @fields [
    :e164,
    :calling_code,
    :national_number,
    :extension,
    :carrier_code,
    :source,
    :region,
    :type,
    :valid?
  ]

  @derive {Inspect, except: [:e164, :national_number, :extension]}
  @enforce_keys @fields
  defstruct @fields

  @typedoc """
  Where a calling code comes from: from behind a plus sign or an international prefix, from the
  beginning of the number, or from the region that it was read in.
  """
  @type source ::
          :from_number_with_plus_sign
          | :from_number_with_idd
          | :from_number_without_plus_sign
          | :from_default_country

  @type t :: %__MODULE__{
          e164: binary(),
          calling_code: pos_integer(),
          national_number: binary(),
          extension: binary() | nil,
          carrier_code: binary() | nil,
          source: source(),
          region: binary() | nil,
          type: binary(),
          valid?: boolean()
        }

  @doc """
  The struct of a map of `:numplan.parse/2`.

      iex> {:ok, parsed} = :numplan.parse("020 7946 0000 x7", "GB")
      iex> Numplan.ParsedNumber.new(parsed).extension
      "7"
  """
  @spec new(:numplan.parsed()) :: t()
  def new(parsed) do
    {valid?, parsed} = Map.pop!(parsed, :is_valid)
    parsed = Map.new(parsed, fn {key, value} -> {key, if(value == :undefined, do: nil, else: value)} end)
    struct!(__MODULE__, Map.put(parsed, :valid?, valid?))
  end

  @doc """
  The map that the struct was made of, for `:numplan.format/2`.

      iex> {:ok, parsed} = :numplan.parse("020 7946 0000 x7", "GB")
      iex> parsed |> Numplan.ParsedNumber.new() |> Numplan.ParsedNumber.to_erlang() == parsed
      true
  """
  @spec to_erlang(t()) :: :numplan.parsed()
  def to_erlang(%__MODULE__{} = number) do
    {valid?, parsed} = number |> Map.from_struct() |> Map.pop!(:valid?)
    parsed = Map.new(parsed, fn {key, value} -> {key, if(value == nil, do: :undefined, else: value)} end)
    Map.put(parsed, :is_valid, valid?)
  end
end
