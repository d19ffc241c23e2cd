defmodule Numplan.Bench.Scale do
  @moduledoc """
  How much a run measures. A tiny one takes seconds: it shows that every part of the suite works, and its figures say nothing.
  """

  @doc "Sets the scale of this run: `:tiny`, `:usual` or `:full`."
  def set(scale) when scale in [:tiny, :usual, :full], do: :persistent_term.put(__MODULE__, scale)

  @doc "The scale of this run."
  def get, do: :persistent_term.get(__MODULE__)

  @doc "Whether this run is tiny."
  def tiny?, do: get() == :tiny

  @doc "The value for the scale of this run; the one for `:usual` where it is missing."
  def of(values), do: Keyword.get_lazy(values, get(), fn -> Keyword.fetch!(values, :usual) end)

  @doc "A number of calls or rows: a hundredth of it in a tiny run."
  def count(usual), do: of(usual: usual, tiny: div(usual, 100))

  @doc "A number of rounds: two in a tiny run."
  def rounds(usual), do: of(usual: usual, tiny: min(usual, 2))
end
