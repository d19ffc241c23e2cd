defmodule Numplan.API.Presentation do
  @moduledoc """
  The JSON of a number: alone (kazoo-semantics 2.4), and as an entry of a list (2.5).
  """

  alias Numplan.PhoneNumber

  @private ~w(id state used_by features is_deleted _read_only)

  @doc "The JSON of one number: its public fields, then its id, state and features."
  @spec number(PhoneNumber.t()) :: {[{binary(), term()}]}
  def number(%PhoneNumber{} = number) do
    {public(number) ++
       [
         {"id", number.id},
         {"state", number.state},
         {"used_by", number.used_by || ""},
         {"features", features(number)},
         {"is_deleted", number.state == "deleted"},
         {"_read_only",
          {[
             {"created", number.created},
             {"modified", number.modified},
             {"state", number.state},
             {"features", {[{"available", []}, {"settings", number.features}]}},
             {"carrier_module", number.carrier_module}
           ]}}
       ]}
  end

  @doc "The JSON of a number in a list, whose key is the id."
  @spec entry(PhoneNumber.t()) :: {[{binary(), term()}]}
  def entry(%PhoneNumber{} = number) do
    locality = if number.public["locality"], do: [{"locality", number.public["locality"]}], else: []

    {[
       {"state", number.state},
       {"features", features(number)},
       {"assigned_to", number.account_id},
       {"used_by", number.used_by || ""},
       {"created", number.created},
       {"updated", number.modified}
     ] ++ locality}
  end

  @doc """
  The public fields among those that a client sent, without those it cannot set.

      iex> Numplan.API.Presentation.public_fields([{"a", 1}, {"state", "x"}, {"_rev", 1}, {"pvt_x", 1}])
      %{"a" => 1}
  """
  @spec public_fields([{binary(), term()}]) :: %{binary() => term()}
  def public_fields(members) do
    for {key, value} <- members, key not in @private, not private?(key), into: %{}, do: {key, value}
  end

  defp private?("pvt_" <> _), do: true
  defp private?("_" <> _), do: true
  defp private?(_key), do: false

  defp public(number), do: Enum.sort(number.public)
  defp features(number), do: number.features |> Map.keys() |> Enum.sort()
end
