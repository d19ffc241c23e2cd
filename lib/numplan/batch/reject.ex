defmodule Numplan.Batch.Reject do
  @moduledoc "Why a row of a file has no number that can be answered."

  @typedoc "The reasons."
  @type reason :: :numplan_nif.reject()

  @doc """
  Why `text`, which stands in a file for a number, is none that can be answered; `nil` where it is one.

      iex> Enum.map(["4158867900", "4.15887E+09", ""], &Numplan.Batch.Reject.reason/1)
      [nil, :scientific, :no_number]
  """
  @spec reason(binary()) :: reason() | nil
  def reason(text) do
    case :numplan_nif.table_reject(text) do
      :none -> nil
      reason -> reason
    end
  end

  @doc """
  A reason in words.

      iex> Numplan.Batch.Reject.words(:no_column)
      "too few columns"
  """
  @spec words(reason()) :: binary()
  def words(:no_column), do: "too few columns"
  def words(:not_json), do: "no JSON object"
  def words(:no_key), do: "no such key, or no text under it"
  def words(:no_number), do: "no number"
  def words(:bad_quote), do: "a quoted cell goes on behind its closing quote"
  def words(:mark), do: "a byte-order mark before the number: files were joined"
  def words(:scientific), do: "a spreadsheet wrote the number with an exponent, and its last digits are lost"
  def words(:fraction), do: "the number was written as a fraction"
  def words(:apostrophe), do: "a spreadsheet's apostrophe stands before the number"
  def words(:formula), do: "a spreadsheet's formula stands for the number"
  def words(:error_value), do: "a spreadsheet's error stands for the number"
end
