defmodule Numplan.Encoding do
  @moduledoc """
  Detects the encoding of text from outside: UTF-8, with or without a byte-order mark. UTF-16 and
  UTF-32 are refused by name.

  Files of numbers, `--file` and standard input are checked here; JSON text and the locality
  importer use the same function of the engine.
  """

  @doc """
  The length of the byte-order mark at the beginning of the text `name`; 0 without one. `first` is
  its first part, of at least four bytes unless the text is shorter.

      iex> Numplan.Encoding.mark("911\\n", "calls.csv")
      {:ok, 0}
      iex> Numplan.Encoding.mark("\\uFEFF911\\n", "calls.csv")
      {:ok, 3}
      iex> Numplan.Encoding.mark(<<0xFF, 0xFE, ?9, 0>>, "calls.csv")
      {:error, "calls.csv is in UTF-16: save it as UTF-8"}
  """
  @spec mark(binary(), binary()) :: {:ok, non_neg_integer()} | {:error, binary()}
  def mark(first, name) do
    with {:error, encoding} <- :numplan_nif.encoding(first), do: {:error, refusal(name, encoding)}
  end

  @doc "The error message for a text in another encoding."
  @spec refusal(binary(), binary()) :: binary()
  def refusal(name, encoding), do: "#{name} is in #{encoding}: save it as UTF-8"
end
