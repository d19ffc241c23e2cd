defmodule Numplan.Transfer.Export do
  @moduledoc """
  Exports the numbers of the configured store, in order, as CSV or JSON lines that an import reads.

  A file is written to `OUT.part` and renamed when it is complete. Memory is bounded.
  """

  alias Numplan.Batch.Part
  alias Numplan.Store
  alias Numplan.Transfer.{CSV, Record}

  @page 5_000
  @formats [:csv, :jsonl]

  @typedoc "The formats that are written."
  @type format :: :csv | :jsonl

  @doc "All formats."
  @spec formats() :: [format(), ...]
  def formats, do: @formats

  @doc """
  Writes the numbers to the file at a path, or with the function `write`; `progress` is called with
  how many are written. Returns the count, or an error in words.
  """
  @spec run(Path.t() | (iodata() -> term()), format(), (non_neg_integer() -> term())) ::
          {:ok, non_neg_integer()} | {:error, binary()}
  def run(write, format, progress) when is_function(write, 1) do
    write.(header(format))
    pages(nil, format, write, progress, 0)
  end

  def run(path, format, progress) do
    part = Part.lock(path <> ".part")

    try do
      part = Part.open(part, 0)
      bytes = :counters.new(1, [])
      write = &:counters.add(bytes, 1, Part.append(part, IO.iodata_to_binary(&1)))

      with {:ok, count} <- run(write, format, progress) do
        :ok = Part.sync(part, :counters.get(bytes, 1))
        :ok = Part.put(part, path, :counters.get(bytes, 1))
        {:ok, count}
      else
        failure ->
          :ok = Part.remove(part)
          failure
      end
    after
      Part.close(part)
    end
  catch
    {:batch, message} -> {:error, message}
  end

  defp header(:csv), do: CSV.line(Record.columns())
  defp header(:jsonl), do: ""

  defp pages(from, format, write, progress, count) do
    case Store.list_numbers(from, @page) do
      {:ok, numbers, next} ->
        write.(Enum.map(numbers, &row(&1, format)))
        count = count + length(numbers)
        progress.(count)
        if next, do: pages(next, format, write, progress, count), else: {:ok, count}

      {:error, _reason} ->
        {:error, "the store does not answer"}
    end
  end

  defp row(number, :csv), do: number |> Record.to_cells() |> CSV.line()
  defp row(number, :jsonl), do: [Record.to_json(number), "\n"]
end
