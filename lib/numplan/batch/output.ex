defmodule Numplan.Batch.Output do
  @moduledoc """
  The output of a run: written piece by piece to `OUT.part`, and renamed when it is complete, with
  the rejects beside it.

  If the name ends in `.gz`, each piece is a gzip member of its own, so that a run can be resumed
  after any of them.
  """

  alias Numplan.Batch.{Checkpoint, Part, Reject}
  alias Numplan.Input

  @enforce_keys [:path, :part, :rejects, :gzip]
  defstruct [:path, :part, :rejects, :gzip]

  @typedoc "The output files of a run."
  @type t :: %__MODULE__{}

  @doc """
  `:ok` when a run over `input` may write `path`: none of its files is the input, and `path` does
  not exist or may be replaced.

      iex> Numplan.Batch.Output.check("calls.csv", "calls.csv", true)
      {:error, "calls.csv is the input; name another file to write"}
  """
  @spec check(Path.t(), Path.t(), boolean()) :: :ok | {:error, binary()}
  def check(path, input, replace?) do
    case Enum.find([path, part(path), rejects(path) | Checkpoint.files(path)], &Input.same?(&1, input)) do
      nil ->
        replaceable(path, replace?)

      ^path ->
        {:error, "#{path} is the input; name another file to write"}

      file ->
        {:error, "#{file} is the input, and would be overwritten on the way to #{path}; name another file to write"}
    end
  end

  defp replaceable(path, replace?) do
    case File.stat(path) do
      {:ok, %{type: :regular}} when replace? -> :ok
      {:ok, %{type: :regular}} -> {:error, "#{path} exists; remove it, or replace it with --force"}
      {:ok, %{type: :directory}} -> {:error, "#{path} is a directory; name a file to write"}
      {:ok, _} -> {:error, "#{path} is not a regular file, and only these can be replaced"}
      {:error, _} -> :ok
    end
  end

  @doc "Locks the output files of `path` for this run."
  @spec lock(Path.t()) :: t()
  def lock(path) do
    File.mkdir_p!(Path.dirname(path))
    part = Part.lock(part(path))
    %__MODULE__{path: path, part: part, rejects: lock_rejects(part, path), gzip: Path.extname(path) == ".gz"}
  rescue
    error in File.Error -> throw({:batch, Exception.message(error)})
  end

  defp lock_rejects(part, path) do
    Part.lock(rejects(path))
  catch
    refused ->
      Part.close(part)
      throw(refused)
  end

  @doc "True when an earlier run has written something."
  @spec begun?(t()) :: boolean()
  def begun?(output), do: Part.size(output.part) > 0

  @doc "Opens the files for writing, cut off at the checkpoint `point`."
  @spec open(t(), Checkpoint.point()) :: t()
  def open(output, point),
    do: %{output | part: Part.open(output.part, point.output), rejects: Part.open(output.rejects, point.rejects)}

  @doc "`text`, compressed if the output is."
  @spec compressed(t(), binary()) :: binary()
  def compressed(%{gzip: true}, text) when text != "", do: :zlib.gzip(text)
  def compressed(_output, text), do: text

  @doc "Writes `data`, and returns the number of bytes."
  @spec write(t(), binary()) :: non_neg_integer()
  def write(output, data), do: Part.append(output.part, data)

  @doc "Writes rejects that follow `rows` rows, and returns the number of bytes. Line breaks in a row are written as `\\\\n` and `\\\\r`."
  @spec reject(t(), [{non_neg_integer(), binary(), Reject.reason()}], non_neg_integer()) :: non_neg_integer()
  def reject(_output, [], _rows), do: 0

  def reject(output, rejects, rows) do
    lines =
      for {before, row, reason} <- rejects,
          do: [to_string(rows + before + 1), ?\t, Reject.words(reason), ?\t, on_one_line(row), ?\n]

    Part.append(output.rejects, IO.iodata_to_binary(lines))
  end

  defp on_one_line(row), do: row |> String.replace("\n", "\\n") |> String.replace("\r", "\\r")

  @doc "Brings the output up to `point` to the disc; any process may call it."
  @spec sync(t(), Checkpoint.point()) :: :ok
  def sync(output, point) do
    Part.sync(output.part, point.output)
    Part.sync(output.rejects, point.rejects)
  end

  @doc """
  Renames the complete file to its final name; an empty file of rejects is removed by `close/1`.
  """
  @spec finish(t(), Checkpoint.point()) :: :ok
  def finish(output, point) do
    sync(output, point)
    Part.put(output.part, output.path, point.output)
  end

  @doc "Removes the files."
  @spec remove(t()) :: :ok
  def remove(output), do: Enum.each([output.part, output.rejects], &Part.remove/1)

  @doc "Closes the files and releases their locks."
  @spec close(t()) :: :ok
  def close(output), do: Enum.each([output.rejects, output.part], &Part.close/1)

  @doc "The file of the rejects."
  @spec rejects(Path.t()) :: Path.t()
  def rejects(path), do: path <> ".rejects"

  defp part(path), do: path <> ".part"
end
