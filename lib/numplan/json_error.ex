defmodule Numplan.JsonError do
  @moduledoc """
  The error of text that is not JSON, or of a term that JSON cannot express. `reason` is that of
  `:numplan_json`, with line, column and offset.
  """

  @enforce_keys [:reason]
  defexception [:reason]

  @type t :: %__MODULE__{reason: :numplan_json.decode_error() | :numplan_json.encode_error()}

  @impl true
  def message(%__MODULE__{reason: reason}), do: text(reason)

  defp text({:invalid_json, %{message: message, line: line, column: column}}),
    do: "#{message} at line #{line} column #{column}"

  defp text({:too_large, %{limit: limit, got: got}}), do: "#{got} bytes of JSON, at most #{limit}"
  defp text({:too_many_values, %{limit: limit}}), do: "more than #{limit} values of JSON"
  defp text({:duplicate_key, key}), do: "the key #{inspect(key)} occurs twice in one map, as an atom and as text"
  defp text(:integer_too_long), do: "an integer of more than 4,096 digits"
  defp text({:not_json, _term}), do: "a term that JSON cannot express"
  defp text(:invalid_utf8), do: "a binary that is not UTF-8"
  defp text(:too_deep), do: "nested deeper than 127 levels"

  # Leaves out the term, which may be of any size, and may hold data that must stay out of logs.
  defimpl Inspect do
    def inspect(error, _options), do: "#Numplan.JsonError<#{Exception.message(error)}>"
  end
end
