defmodule Numplan.JsonError do
  @moduledoc """
  Text that is no JSON, or a term that has none. `reason` is what `:numplan_json` gives, with line, column and offset.
  """

  @enforce_keys [:reason]
  defexception [:reason]

  @type t :: %__MODULE__{reason: :numplan_json.decode_error() | :numplan_json.encode_error()}

  @impl true
  def message(%__MODULE__{reason: reason}), do: text(reason)

  defp text({:invalid_json, %{message: message, line: line, column: column}}),
    do: "#{message} at line #{line} column #{column}"

  defp text({:too_large, %{limit: limit, got: got}}), do: "#{got} bytes of JSON, at most #{limit}"
  defp text({:not_json, _term}), do: "a term that stands for nothing in JSON"
  defp text(:invalid_utf8), do: "a binary that is not UTF-8"
  defp text(:too_deep), do: "nested deeper than 127 levels"
end
