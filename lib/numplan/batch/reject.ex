defmodule Numplan.Batch.Reject do
  @moduledoc """
  The reasons for which a row of a file is rejected: it has no number, or one that a spreadsheet
  has damaged.
  """

  @typedoc "Why a row is rejected."
  @type reason :: :numplan_nif.reject()

  @doc """
  The reason to reject `text` as a number from a file; `nil` for a number.

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
  The words for a reason.

      iex> Numplan.Batch.Reject.words(:no_column)
      "too few columns"
  """
  @spec words(reason()) :: binary()
  def words(:no_column), do: "too few columns"
  def words(:not_json), do: "not a JSON object"
  def words(:no_key), do: "no such key, or no text under it"
  def words(:no_number), do: "no number"
  def words(:bad_quote), do: "text after the closing quote of a cell"
  def words(:mark), do: "a byte-order mark before the number: files were joined"
  def words(:scientific), do: "a spreadsheet wrote the number with an exponent, and its last digits are lost"
  def words(:fraction), do: "the number was written as a fraction"
  def words(:apostrophe), do: "a spreadsheet's apostrophe before the number"
  def words(:formula), do: "a spreadsheet's formula in place of the number"
  def words(:error_value), do: "a spreadsheet's error in place of the number"
end
