defmodule Numplan.Batch.Output do
  @moduledoc """
  A file that is written piece by piece as `OUT.part` and put in place when it is whole, with the rejects beside it.

  Where the name ends in `.gz` each piece is a gzip member of its own: so the file can be cut after any of them and gone on with.
  """

  alias Numplan.Batch.{Checkpoint, Part, Reject}
  alias Numplan.Input

  @enforce_keys [:path, :part, :rejects, :gzip]
  defstruct [:path, :part, :rejects, :gzip]

  @typedoc "What one run writes."
  @type t :: %__MODULE__{}

  @doc """
  Whether a run over `input` may write `path`: no file of it is the input, and nothing is there, or a file that may be replaced.

      iex> Numplan.Batch.Output.check("calls.csv", "calls.csv", true)
      {:error, "calls.csv is the input; name another file to write"}
  """
  @spec check(Path.t(), Path.t(), boolean()) :: :ok | {:error, binary()}
  def check(path, input, replace?) do
    case Enum.find([path, part(path), rejects(path) | Checkpoint.files(path)], &Input.same?(&1, input)) do
      nil -> replaceable(path, replace?)
      ^path -> {:error, "#{path} is the input; name another file to write"}
      file -> {:error, "#{file} is the input, and is written on the way to #{path}; name another file to write"}
    end
  end

  defp replaceable(path, replace?) do
    case File.stat(path) do
      {:ok, %{type: :regular}} when replace? -> :ok
      {:ok, %{type: :regular}} -> {:error, "#{path} is there already; remove it, or replace it by --force"}
      {:ok, %{type: :directory}} -> {:error, "#{path} is a directory; name a file to write"}
      {:ok, _} -> {:error, "#{path} is no regular file: what is written is put in place as a whole"}
      {:error, _} -> :ok
    end
  end

  @doc "Locks what is written for `path`, for one run alone."
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

  @doc "True where an earlier run has written something."
  @spec begun?(t()) :: boolean()
  def begun?(output), do: Part.size(output.part) > 0

  @doc "Opens it for writing, after what was written up to `point`."
  @spec open(t(), Checkpoint.point()) :: t()
  def open(output, point),
    do: %{output | part: Part.open(output.part, point.output), rejects: Part.open(output.rejects, point.rejects)}

  @doc "`text` as it is to be written."
  @spec compressed(t(), binary()) :: binary()
  def compressed(%{gzip: true}, text) when text != "", do: :zlib.gzip(text)
  def compressed(_output, text), do: text

  @doc "Writes `data`; gives how many bytes that is."
  @spec write(t(), binary()) :: non_neg_integer()
  def write(output, data), do: Part.append(output.part, data)

  @doc "Writes rejects, after `rows` rows; gives how many bytes that is. Line breaks in a row are written as `\\\\n` and `\\\\r`."
  @spec reject(t(), [{non_neg_integer(), binary(), Reject.reason()}], non_neg_integer()) :: non_neg_integer()
  def reject(_output, [], _rows), do: 0

  def reject(output, rejects, rows) do
    lines =
      for {before, row, reason} <- rejects,
          do: [to_string(rows + before + 1), ?\t, Reject.words(reason), ?\t, on_one_line(row), ?\n]

    Part.append(output.rejects, IO.iodata_to_binary(lines))
  end

  defp on_one_line(row), do: row |> String.replace("\n", "\\n") |> String.replace("\r", "\\r")

  @doc "Brings what was written up to `point` to the disk; any process may."
  @spec sync(t(), Checkpoint.point()) :: :ok
  def sync(output, point) do
    Part.sync(output.part, point.output)
    Part.sync(output.rejects, point.rejects)
  end

  @doc "Puts the whole file in place; rejects stay only if there are any."
  @spec finish(t(), Checkpoint.point()) :: :ok
  def finish(output, point) do
    sync(output, point)
    Part.put(output.part, output.path, point.output)
  end

  @doc "Removes what was written."
  @spec remove(t()) :: :ok
  def remove(output), do: Enum.each([output.part, output.rejects], &Part.remove/1)

  @doc "Closes it; another run may write it then."
  @spec close(t()) :: :ok
  def close(output), do: Enum.each([output.rejects, output.part], &Part.close/1)

  @doc "Where rejects go."
  @spec rejects(Path.t()) :: Path.t()
  def rejects(path), do: path <> ".rejects"

  defp part(path), do: path <> ".part"
end
