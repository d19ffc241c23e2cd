defmodule Numplan.API.NumberList do
  @moduledoc """
  Validates the field `numbers` of a body (kazoo-semantics 2.6).
  """

  alias Numplan.API.Error

  @max 1_000

  @doc "The largest count of numbers in one request."
  @spec max() :: pos_integer()
  def max, do: @max

  @doc """
  The numbers in `data`: a non-empty list of non-empty texts, without duplicates after
  normalisation.

  With `repeated: true` duplicates are allowed. An error about one element has its `index` in the
  list, counted from 0.

      iex> Numplan.API.NumberList.read({[{"numbers", ["911", "911"]}]}, repeated: true)
      {:ok, ["911", "911"]}
  """
  @spec read(term(), repeated: boolean()) :: {:ok, [binary()]} | {:error, Error.t()}
  def read(data, options \\ [])

  def read({members}, options) do
    case List.keyfind(members, "numbers", 0) do
      nil -> refuse("required", "list of numbers missing")
      {_, :null} -> refuse("required", "list of numbers missing")
      {_, []} -> refuse("minimum", "minimum 1 number required")
      {_, numbers} when is_list(numbers) -> texts(numbers, Keyword.get(options, :repeated, false))
      {_, _other} -> refuse("type", "numbers must be a list")
    end
  end

  def read(_list, _options), do: refuse("required", "list of numbers missing")

  defp texts(numbers, repeated?) do
    cond do
      length(numbers) > @max ->
        refuse("maxItems", "at most #{@max} numbers", [{"target", @max}])

      index = Enum.find_index(numbers, &(not is_binary(&1))) ->
        refuse("type", "numbers must be strings", [{"index", index}])

      index = Enum.find_index(numbers, &(&1 == "")) ->
        refuse("minLength", "numbers must not be empty", [{"target", 1}, {"index", index}])

      not repeated? and twice?(numbers) ->
        refuse("uniqueItems", "some numbers appear twice")

      true ->
        {:ok, numbers}
    end
  end

  defp twice?(numbers) do
    normalized = Numplan.normalize(numbers)
    length(Enum.uniq(normalized)) != length(normalized)
  end

  defp refuse(code, text, details \\ []), do: {:error, Error.validation("numbers", code, text, details)}
end
