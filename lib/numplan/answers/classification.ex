defmodule Numplan.Classification do
  @moduledoc """
  What is known of a number's class: the answer of the API's "classify a number" (kazoo-facts 2.3).

  `name` is the class, `nil` where no rule matches; `regex`, `friendly_name` and `pretty_print` (the mask) are its classifier's;
  `object` holds all keys of the answer, in order, those of the classifier that have no field here included. Numbers are left
  out when it is inspected, so that they stay out of logs.
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
  The classification that an answer of `:numplan.classification/2` stands for, or a list of them.

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
