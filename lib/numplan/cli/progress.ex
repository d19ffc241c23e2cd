defmodule Numplan.CLI.Progress do
  @moduledoc """
  Shows the progress of long work on standard error.

  On a terminal it is a bar, which is erased at the end. Elsewhere it is lines, the first after
  ten seconds, then at intervals of a tenth of the elapsed time, so that a day's work writes about
  a hundred.
  """

  alias Numplan.CLI.Terminal

  @enforce_keys [:unit, :terminal?, :width, :started_at, :from, :shown_at]
  defstruct [:unit, :terminal?, :width, :started_at, :from, :shown_at]

  @typedoc "The progress of one piece of work. Processes may share it."
  @type t :: %__MODULE__{}

  @typedoc "The units that are done, and the part of the whole that they are."
  @type done :: {count :: non_neg_integer(), part :: non_neg_integer()}

  @bar 24
  # The escape sequence that erases the rest of the line.
  @erase "\e[K"
  @bar_every 200
  @line_after 10_000
  @tick 1_000
  # The time at which a new progress was last shown: earlier than any time of the VM's monotonic
  # clock, which may be negative.
  @never -0x8000_0000_0000_0000

  @doc """
  The progress of work that is counted in `unit`, such as `rows`, beginning at what an earlier run
  has done.
  """
  @spec new(binary(), done()) :: t()
  def new(unit, from \\ {0, 0}) do
    shown_at = :atomics.new(1, signed: true)
    terminal? = bar?()
    :ok = :atomics.put(shown_at, 1, if(terminal?, do: @never, else: now()))

    %__MODULE__{
      unit: unit,
      terminal?: terminal?,
      width: width(),
      started_at: now(),
      from: from,
      shown_at: shown_at
    }
  end

  # True when progress is drawn as a bar. A dumb terminal cannot erase one.
  defp bar?, do: Terminal.terminal?(:stderr) and System.get_env("TERM") != "dumb"

  defp width do
    case :io.columns(:standard_error) do
      {:ok, columns} when columns > 1 -> columns - 1
      _ -> 1_000
    end
  end

  @doc """
  Shows `count` units, and `part` of `whole` (`nil` if unknown), unless progress was shown a
  moment ago.
  """
  @spec show(t(), non_neg_integer(), non_neg_integer(), non_neg_integer() | nil) :: :ok
  def show(progress, count, part, whole) do
    if_due(progress, &line(progress.unit, progress.from, {count, part}, whole, &1))
  end

  # Writes the text for the elapsed milliseconds, if the interval has passed.
  defp if_due(progress, text) do
    now = now()
    elapsed = now - progress.started_at

    if now - :atomics.get(progress.shown_at, 1) >= interval(progress.terminal?, elapsed) do
      :ok = :atomics.put(progress.shown_at, 1, now)
      write(progress, text.(elapsed))
    else
      :ok
    end
  end

  @doc """
  The least interval between two updates, in milliseconds, on a terminal or elsewhere, after
  `elapsed` milliseconds.

      iex> for elapsed <- [0, 60_000, 600_000], do: Numplan.CLI.Progress.interval(false, elapsed)
      [10_000, 10_000, 60_000]
      iex> Numplan.CLI.Progress.interval(true, 600_000)
      200
  """
  @spec interval(boolean(), non_neg_integer()) :: pos_integer()
  def interval(terminal?, elapsed)
  def interval(true, _elapsed), do: @bar_every
  def interval(false, elapsed), do: max(@line_after, div(elapsed, 10))

  defp write(%{terminal?: true} = progress, text),
    do: IO.write(:stderr, ["\r", String.slice(text, 0, progress.width), @erase])

  defp write(_progress, text), do: IO.write(:stderr, [text, "\n"])

  @doc "Erases the bar."
  @spec finish(t()) :: :ok
  def finish(%{terminal?: true}), do: IO.write(:stderr, ["\r", @erase])
  def finish(_progress), do: :ok

  @doc """
  The lines of a text of `whole` bytes (`nil` if unknown), as a stream that shows its progress.

      iex> Enum.to_list(Numplan.CLI.Progress.lines(["911", "988"], "numbers", 8))
      ["911", "988"]
  """
  @spec lines(Enumerable.t(), binary(), non_neg_integer() | nil) :: Enumerable.t()
  def lines(lines, unit, whole) do
    start = fn -> {new(unit), 0, 0} end

    show = fn line, {progress, count, read} ->
      {count, read} = {count + 1, read + byte_size(line) + 1}
      :ok = show(progress, count, read, whole)
      {[line], {progress, count, read}}
    end

    Stream.transform(lines, start, show, fn {progress, _, _} -> finish(progress) end)
  end

  @doc """
  The result of `fun`, which is given a function that shows the pages of a file that are done, and
  all there are; with the option `:quiet` that shows nothing.

      iex> Numplan.CLI.Progress.pages([quiet: true], fn show -> show.(1, 2) end)
      :ok
  """
  @spec pages(keyword(), ((non_neg_integer(), non_neg_integer() -> :ok) -> result)) :: result when result: term()
  def pages(options, fun) do
    if options[:quiet] do
      fun.(fn _done, _whole -> :ok end)
    else
      progress = new("pages")

      try do
        fun.(fn done, whole -> show(progress, done, done, whole) end)
      after
        finish(progress)
      end
    end
  end

  @doc """
  The result of `fun`. If it takes a second or longer, `what` and the elapsed time are shown.

      iex> Numplan.CLI.Progress.during("checking plan.json", fn -> 1 + 1 end)
      2
  """
  @spec during(binary(), (() -> result)) :: result when result: term()
  def during(what, fun) do
    progress = new(what)
    clock = spawn_link(fn -> tick(progress, progress.started_at + @tick) end)

    try do
      fun.()
    after
      monitor = Process.monitor(clock)
      send(clock, :finish)
      receive do: ({:DOWN, ^monitor, :process, ^clock, _} -> :ok)
      if now() - progress.started_at >= @tick, do: finish(progress)
    end
  end

  defp tick(progress, next) do
    receive do
      :finish -> :ok
    after
      max(next - now(), 0) ->
        :ok = if_due(progress, &"#{progress.unit}  #{clock(div(&1, 1_000))}")
        tick(progress, next + @tick)
    end
  end

  @doc """
  The line of progress after `milliseconds`, with the rate and the time left at that rate. Both
  are those of this run, without what an earlier one has done.

      iex> Numplan.CLI.Progress.line("rows", {0, 0}, {3_000_000, 25}, 100, 2_000)
      "[======                  ]  25 %  3,000,000 rows  1,500,000 rows/s  0:06 left"
      iex> Numplan.CLI.Progress.line("rows", {5_000_000, 50}, {5_001_000, 75}, 100, 2_000)
      "[==================      ]  75 %  5,001,000 rows  500 rows/s  0:02 left"
      iex> Numplan.CLI.Progress.line("rows", {0, 0}, {3_000_000, 25}, nil, 2_000)
      "3,000,000 rows  1,500,000 rows/s"
  """
  @spec line(binary(), done(), done(), non_neg_integer() | nil, non_neg_integer()) :: binary()
  def line(unit, {earlier, _}, {count, _}, nil, milliseconds),
    do: "#{grouped(count)} #{unit}  #{grouped(rate(count - earlier, milliseconds))} #{unit}/s"

  def line(unit, {_, earlier} = from, {_, part} = done, whole, milliseconds) do
    share = if whole == 0, do: 1.0, else: min(part / whole, 1.0)
    filled = String.duplicate("=", trunc(share * @bar))
    per_cent = share |> Kernel.*(100) |> trunc() |> to_string() |> String.pad_leading(3)

    "[#{String.pad_trailing(filled, @bar)}] #{per_cent} %  #{line(unit, from, done, nil, milliseconds)}" <>
      left(part - earlier, whole - part, milliseconds)
  end

  @doc """
  The rate of `count` units in `milliseconds`, in units a second.

      iex> Numplan.CLI.Progress.rate(3_000_000, 2_000)
      1_500_000
  """
  @spec rate(non_neg_integer(), non_neg_integer()) :: non_neg_integer()
  def rate(count, milliseconds), do: div(count * 1_000, max(milliseconds, 1))

  defp left(done, left, _milliseconds) when done <= 0 or left <= 0, do: ""
  defp left(done, left, milliseconds), do: "  #{clock(ceil(milliseconds * left / done / 1_000))} left"

  defp clock(seconds), do: "#{div(seconds, 60)}:#{seconds |> rem(60) |> to_string() |> String.pad_leading(2, "0")}"

  @doc """
  A count with its digits in groups of three.

      iex> Enum.map([7, 1234, 12345678], &Numplan.CLI.Progress.grouped/1)
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
