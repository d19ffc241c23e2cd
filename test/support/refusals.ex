defmodule Numplan.Refusals do
  @moduledoc "What is said of a refused regex, alike on all releases of Erlang/OTP."

  @doc """
  A text or a term without the words of PCRE2, which OTP 28 and later add to a hint: `; re says: … at offset 2`. On earlier
  releases it is returned unchanged.
  """
  @spec without_original(term()) :: term()
  def without_original(text) when is_binary(text) do
    if :numplan_nif.dialect() == :pcre2, do: Regex.replace(~r/; re says: [^;]+? at offset \d+/, text, ""), else: text
  end

  def without_original(list) when is_list(list), do: Enum.map(list, &without_original/1)

  def without_original(tuple) when is_tuple(tuple),
    do: tuple |> Tuple.to_list() |> without_original() |> List.to_tuple()

  def without_original(term), do: term
end
