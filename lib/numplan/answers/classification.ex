defmodule Numplan.Classification do
  @moduledoc """
  The class of a number with its classifier's keys: the answer of the API's "classify a number"
  (kazoo-semantics 2.3).

  `name` is the class, `nil` where no classifier matches. `regex`, `friendly_name` and
  `pretty_print` (the mask) are the classifier's. `object` has all keys of the answer in order,
  including those without a field here. `inspect/1` leaves the numbers out, so that they stay out
  of logs.
  """

  @derive {Inspect, only: [:name, :friendly_name, :regex, :pretty_print]}
  @enforce_keys [:number, :e164]
  defstruct [:name, :number, :e164, :regex, :friendly_name, :pretty_print, object: []]

  @type t :: %__MODULE__{
          name: binary() | nil,
          number: binary(),
          e164: binary(),
          regex: binary() | nil,
          friendly_name: binary() | nil,
          pretty_print: binary() | nil,
          object: [{binary(), term()}]
        }

  @doc """
  The struct of an answer of `:numplan.classification/2`, or of each answer of a list.

      iex> Numplan.Classification.new({[{"e164", "+1"}, {"number", "1"}]}).e164
      "+1"
  """
  @spec new(:numplan.object()) :: t()
  @spec new([:numplan.object()]) :: [t()]
  def new(objects) when is_list(objects), do: Enum.map(objects, &new/1)

  def new({object}) do
    value = fn key -> object |> List.keyfind(key, 0, {key, nil}) |> elem(1) end

    %__MODULE__{
      name: value.("name"),
      number: value.("number"),
      e164: value.("e164"),
      regex: value.("regex"),
      friendly_name: value.("friendly_name"),
      pretty_print: value.("pretty_print"),
      object: object
    }
  end
end
