defmodule Numplan.Progress do
  @moduledoc "How far long work is, for people: a bar on a terminal, else a line every ten seconds; always on standard error."

  alias Numplan.CLI.Terminal

  @enforce_keys [:unit, :terminal?, :started_at]
  defstruct [:unit, :terminal?, :started_at, told_at: 0]

  @typedoc "What is known of the terminal and of what was told."
  @type t :: %__MODULE__{}

  @bar 24
  # Erases the rest of the line.
  @erase "\e[K"

  @doc "For work that is counted in `unit`, such as `rows`."
  @spec new(binary()) :: t()
  def new(unit) do
    %__MODULE__{unit: unit, terminal?: Terminal.terminal?(:stderr), started_at: now()}
  end

  @doc "Tells how far the work is, if it was not told a moment ago: `count` units, and `part` of `whole`."
  @spec tell(t(), non_neg_integer(), non_neg_integer(), non_neg_integer()) :: t()
  def tell(progress, count, part, whole) do
    if now() - progress.told_at >= if(progress.terminal?, do: 200, else: 10_000) do
      text = line(progress.unit, count, part, whole, now() - progress.started_at)
      IO.write(:stderr, if(progress.terminal?, do: ["\r", text, @erase], else: [text, "\n"]))
      %{progress | told_at: now()}
    else
      progress
    end
  end

  @doc "Removes the bar."
  @spec finish(t()) :: :ok
  def finish(%{terminal?: true}), do: IO.write(:stderr, ["\r", @erase])
  def finish(_progress), do: :ok

  @doc """
  How far work of `milliseconds` is, with its rate and the time that is left at that rate.

      iex> Numplan.Progress.line("rows", 3_000_000, 25, 100, 2_000)
      "[======                  ]  25 %  3,000,000 rows  1,500,000 rows/s  0:06 left"
  """
  @spec line(binary(), non_neg_integer(), non_neg_integer(), non_neg_integer(), non_neg_integer()) :: binary()
  def line(unit, count, part, whole, milliseconds) do
    share = if whole == 0, do: 1.0, else: min(part / whole, 1.0)
    filled = String.duplicate("=", trunc(share * @bar))
    per_cent = share |> Kernel.*(100) |> trunc() |> to_string() |> String.pad_leading(3)
    rate = div(count * 1_000, max(milliseconds, 1))

    "[#{String.pad_trailing(filled, @bar)}] #{per_cent} %  #{grouped(count)} #{unit}  #{grouped(rate)} #{unit}/s" <>
      left(share, milliseconds)
  end

  defp left(share, _milliseconds) when share <= 0.0 or share >= 1.0, do: ""

  defp left(share, milliseconds) do
    seconds = ceil(milliseconds * (1 - share) / share / 1_000)
    "  #{div(seconds, 60)}:#{seconds |> rem(60) |> to_string() |> String.pad_leading(2, "0")} left"
  end

  @doc """
  A count as people read it.

      iex> Enum.map([7, 1234, 12345678], &Numplan.Progress.grouped/1)
      ["7", "1,234", "12,345,678"]
  """
  @spec grouped(non_neg_integer()) :: binary()
  def grouped(count) do
    count
    |> Integer.digits()
    |> Enum.reverse()
    |> Enum.chunk_every(3)
    |> Enum.map_join(",", &Enum.join/1)
    |> String.reverse()
  end

  defp now, do: System.monotonic_time(:millisecond)
end
