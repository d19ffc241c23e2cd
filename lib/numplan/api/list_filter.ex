defmodule Numplan.API.ListFilter do
  @moduledoc """
  Reads the filter of a list from the query of a request, as Crossbar has it (kazoo-semantics 2.5).
  """

  alias Numplan.Store.Filter

  # The names of fields in Kazoo's documents and in rows of its list. Fields of other software that
  # begin so are never there.
  @fields %{
    "_id" => :id,
    "id" => :id,
    "state" => :state,
    "pvt_state" => :state,
    "assigned_to" => :account_id,
    "pvt_assigned_to" => :account_id,
    "pvt_previously_assigned_to" => :previous_account_id,
    "used_by" => :used_by,
    "pvt_used_by" => :used_by,
    "created" => :created,
    "pvt_created" => :created,
    "updated" => :modified,
    "pvt_modified" => :modified,
    "features" => :feature_names,
    "pvt_features" => :features,
    "pvt_reserve_history" => :reserve_history,
    "pvt_module_name" => :carrier_module,
    "pvt_locality" => "locality"
  }

  @doc """
  The filter in a query, without conditions where it has none. Other keys are no filters, and
  ignored. A time that is not an integer lets no number through.

      iex> Numplan.API.ListFilter.read(%{"filter_state" => "in_service", "page_size" => "5", "filter_x" => "1"}).conditions
      [{:is, [:state], ["in_service"]}, {:is, ["x"], ["1"]}]
      iex> Numplan.API.ListFilter.read(%{"filter_not_used_by" => ~s(["callflow","trunkstore"])}).conditions
      [{:is_not, [:used_by], [~s(["callflow","trunkstore"]), "callflow", "trunkstore"]}]
      iex> Numplan.API.ListFilter.read(%{"created_from" => "yesterday"}).conditions
      [:never]
  """
  @spec read(%{binary() => binary()}) :: Filter.t()
  def read(query), do: %Filter{conditions: for(pair <- Enum.sort(query), condition = condition(pair), do: condition)}

  defp condition({"filter_not_" <> key, value}), do: {:is_not, path(key), texts(value)}
  defp condition({"filter_" <> key, value}), do: {:is, path(key), texts(value)}
  defp condition({"has_key", key}), do: {:has, path(key)}
  defp condition({"key_missing", key}), do: {:lacks, path(key)}
  defp condition({"has_value", key}), do: {:filled, path(key)}
  defp condition({"value_missing", key}), do: {:empty, path(key)}
  defp condition({"created_from", value}), do: time(:from, :created, value)
  defp condition({"created_to", value}), do: time(:to, :created, value)
  defp condition({"modified_from", value}), do: time(:from, :modified, value)
  defp condition({"modified_to", value}), do: time(:to, :modified, value)
  defp condition(_other), do: nil

  defp path(key) do
    [name | rest] = :binary.split(key, ".", [:global])
    [Map.get(@fields, name, name) | rest]
  end

  # The value itself, and what it is in JSON: a text, or a list of those that may be.
  defp texts(value) do
    case :numplan_json.decode(value) do
      {:ok, text} when is_binary(text) -> [value, text]
      {:ok, list} when is_list(list) -> [value | Enum.filter(list, &is_binary/1)]
      _ -> [value]
    end
  end

  defp time(bound, field, value) do
    case Integer.parse(value) do
      {time, ""} -> {bound, field, time}
      _ -> :never
    end
  end
end
