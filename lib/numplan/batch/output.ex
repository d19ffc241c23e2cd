defmodule Numplan.Batch.Output do
  @moduledoc """
  A file that is written piece by piece as `OUT.part` and put in place when it is whole, with the rejects beside it.

  Where the name ends in `.gz` each piece is a gzip member of its own: so the file can be cut after any of them and gone on with.
  """

  @enforce_keys [:file, :rejects, :gzip]
  defstruct [:file, :rejects, :gzip]

  @typedoc "An open file."
  @type t :: %__MODULE__{}

  @doc "Opens `path` for writing, after what was written up to `point`."
  @spec open(Path.t(), Numplan.Batch.Checkpoint.point()) :: t()
  def open(path, point) do
    File.mkdir_p!(Path.dirname(path))

    %__MODULE__{
      file: open_at(part(path), point.output),
      rejects: open_at(rejects(path), point.rejects),
      gzip: Path.extname(path) == ".gz"
    }
  rescue
    error in File.Error -> throw({:batch, Exception.message(error)})
  end

  defp open_at(path, 0) do
    case :file.open(path, [:write, :raw, :binary]) do
      {:ok, file} -> file
      {:error, reason} -> failed(path, reason)
    end
  end

  defp open_at(path, offset) do
    with {:ok, file} <- :file.open(path, [:read, :write, :raw, :binary]),
         {:ok, ^offset} <- :file.position(file, offset),
         :ok <- :file.truncate(file) do
      file
    else
      {:error, reason} -> failed(path, reason)
    end
  end

  @doc "`text` as it is to be written."
  @spec compressed(t(), binary()) :: binary()
  def compressed(%{gzip: true}, text) when text != "", do: :zlib.gzip(text)
  def compressed(_output, text), do: text

  @doc "Writes `data`; gives how many bytes that is."
  @spec write(t(), binary()) :: non_neg_integer()
  def write(output, data), do: append(output.file, data, "the output")

  @doc "Writes rejects, after `rows` rows; gives how many bytes that is."
  @spec reject(t(), [{non_neg_integer(), binary(), atom()}], non_neg_integer()) :: non_neg_integer()
  def reject(_output, [], _rows), do: 0

  def reject(output, rejects, rows) do
    lines = for {before, row, reason} <- rejects, do: [to_string(rows + before + 1), ?\t, words(reason), ?\t, row, ?\n]
    append(output.rejects, IO.iodata_to_binary(lines), "the rejects")
  end

  defp words(:no_column), do: "too few columns"
  defp words(:not_json), do: "no JSON object"
  defp words(:no_key), do: "no such key, or no text under it"

  defp append(file, data, what) do
    case :file.write(file, data) do
      :ok -> byte_size(data)
      {:error, reason} -> failed("writing #{what}", reason)
    end
  end

  @doc "Brings what was written for `path` so far to the disk; any process may."
  @spec sync(Path.t()) :: :ok
  def sync(path) do
    for file <- [part(path), rejects(path)], do: sync_file(file)
    :ok
  end

  defp sync_file(path) do
    with {:ok, file} <- :file.open(path, [:read, :write, :raw, :binary]),
         :ok <- :file.datasync(file),
         :ok <- :file.close(file) do
      :ok
    else
      {:error, reason} -> failed(path, reason)
    end
  end

  @doc "Puts the whole file in place; rejects stay only if there are any."
  @spec finish(Path.t(), Numplan.Batch.Checkpoint.point()) :: :ok
  def finish(path, point) do
    sync(path)
    _ = if point.rejects == 0, do: File.rm(rejects(path))
    with {:error, reason} <- File.rename(part(path), path), do: failed(path, reason)
  end

  @doc "Closes it."
  @spec close(t()) :: :ok
  def close(output) do
    _ = :file.close(output.rejects)
    _ = :file.close(output.file)
    :ok
  end

  @doc "Where rejects go."
  @spec rejects(Path.t()) :: Path.t()
  def rejects(path), do: path <> ".rejects"

  defp part(path), do: path <> ".part"

  @spec failed(Path.t(), term()) :: no_return()
  defp failed(what, reason), do: throw({:batch, "#{what}: #{:file.format_error(reason)}"})
end
