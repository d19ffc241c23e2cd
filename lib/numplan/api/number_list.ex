defmodule Numplan.API.NumberList do
  @moduledoc """
  The field `numbers` of a body: which lists are taken (kazoo-facts 2.6).
  """

  alias Numplan.API.Error

  @max 1_000

  @doc "At most so many numbers are taken in one request."
  @spec max() :: pos_integer()
  def max, do: @max

  @doc "The numbers in `data`: a list of texts, with at least one, none twice after normalisation."
  @spec read(term()) :: {:ok, [binary()]} | {:error, Error.t()}
  def read({members}) do
    case List.keyfind(members, "numbers", 0) do
      nil -> refuse("required", "list of numbers missing")
      {_, :null} -> refuse("required", "list of numbers missing")
      {_, []} -> refuse("minimum", "minimum 1 number required")
      {_, numbers} when is_list(numbers) -> texts(numbers)
      {_, _other} -> refuse("type", "numbers must be a list")
    end
  end

  def read(_list), do: refuse("required", "list of numbers missing")

  defp texts(numbers) do
    cond do
      length(numbers) > @max -> refuse("maxItems", "at most #{@max} numbers", [{"target", @max}])
      not Enum.all?(numbers, &is_binary/1) -> refuse("type", "numbers must be strings")
      "" in numbers -> refuse("minLength", "numbers must not be empty", [{"target", 1}])
      twice?(numbers) -> refuse("uniqueItems", "some numbers appear twice")
      true -> {:ok, numbers}
    end
  end

  defp twice?(numbers) do
    normalized = Numplan.normalize(numbers)
    length(Enum.uniq(normalized)) != length(normalized)
  end

  defp refuse(code, text, details \\ []), do: {:error, Error.validation("numbers", code, text, details)}
end
