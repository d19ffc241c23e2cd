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

  @doc "What stands for the scale of this run in `values`: `:usual` also for what is left out."
  def of(values), do: Keyword.get_lazy(values, get(), fn -> Keyword.fetch!(values, :usual) end)

  @doc "So many numbers, calls or rows: a hundredth where the run is tiny."
  def count(usual), do: of(usual: usual, tiny: div(usual, 100))

  @doc "So many rounds, or two where the run is tiny."
  def rounds(usual), do: of(usual: usual, tiny: min(usual, 2))
end
