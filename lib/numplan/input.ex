defmodule Numplan.Input do
  @moduledoc """
  Reads a file piece by piece, decompressed if its name ends in `.gz`; or standard input, which
  cannot be read twice. Errors while reading are thrown as `{:batch, message}`.
  """

  alias Numplan.Encoding

  @first 1_048_576

  @enforce_keys [:path, :file, :size]
  defstruct [:path, :file, :size, :zlib, read: 0, text: "", more: false]

  @typedoc "An open file."
  @type t :: %__MODULE__{}

  @doc "Opens the file at `path`."
  @spec open(Path.t()) :: {:ok, t()} | {:error, binary()}
  def open(path) do
    with {:ok, %{type: :regular, size: size}} <- File.stat(path),
         {:ok, file} <- :file.open(path, [:read, :raw, :binary]) do
      {:ok, %__MODULE__{path: path, file: file, size: size, zlib: zlib(path)}}
    else
      {:ok, _} -> {:error, "#{path} is not a regular file"}
      {:error, reason} -> {:error, "#{path}: #{:file.format_error(reason)}"}
    end
  end

  @doc "Standard input, as bytes; see `Numplan.CLI.Terminal.as_bytes/1`."
  @spec standard() :: t()
  def standard, do: %__MODULE__{path: "standard input", file: :stdio, size: nil}

  defp zlib(path), do: if(Path.extname(path) == ".gz", do: inflating())

  # The state to inflate a file. A gzip file may have several members, which are one text.
  defp inflating do
    zlib = :zlib.open()
    :ok = :zlib.inflateInit(zlib, 31, :reset)
    zlib
  end

  @doc "Closes the file."
  @spec close(t()) :: :ok
  def close(%{file: :stdio}), do: :ok

  def close(input) do
    if input.zlib, do: :zlib.close(input.zlib)
    :file.close(input.file)
  end

  @doc "The path of the file."
  @spec path(t()) :: Path.t()
  def path(input), do: input.path

  @doc "The size of the file on disc, in bytes; `nil` for standard input."
  @spec size(t()) :: non_neg_integer() | nil
  def size(input), do: input.size

  @doc "The bytes of the file on disc that have been read."
  @spec position(t()) :: non_neg_integer()
  def position(input), do: input.read

  @doc """
  The beginning of the text, up to a mebibyte, and the length of the byte-order mark before it.
  Does not advance: the first `read/2` starts at the front. Text in another encoding than UTF-8 is
  refused.
  """
  @spec start(t()) :: {binary(), non_neg_integer(), t()}
  def start(input) do
    {first, input} = collect(input, "")

    case Encoding.mark(first, input.path) do
      {:ok, mark} -> {binary_part(first, mark, byte_size(first) - mark), mark, again(input, first)}
      {:error, message} -> throw({:batch, message})
    end
  end

  # The input at the front again, of which `first` has been read.
  defp again(%{file: :stdio} = input, first), do: %{input | read: 0, text: first}
  defp again(input, _first), do: seek(input, 0)

  @doc "Moves on to an offset in the text from its front."
  @spec skip_to(t(), non_neg_integer()) :: t()
  def skip_to(%{file: :stdio} = input, offset), do: skip(input, offset)
  def skip_to(input, offset), do: seek(input, offset)

  @doc "True when two paths lead to the same file."
  @spec same?(Path.t(), Path.t()) :: boolean()
  def same?(path, other),
    do: Path.expand(path) == Path.expand(other) or ((file = id(path)) != nil and file == id(other))

  defp id(path) do
    case File.stat(path) do
      {:ok, %{major_device: device, inode: inode}} -> {device, inode}
      {:error, _} -> nil
    end
  end

  @doc """
  The number of the line, from 1, that contains the byte at `offset`. Reads the text up to there.
  """
  @spec line(t(), non_neg_integer()) :: pos_integer()
  def line(input, offset), do: line(seek(input, 0), offset, 1)

  defp line(_input, 0, line), do: line

  defp line(input, offset, line) do
    case read(input, min(offset, @first)) do
      {:eof, _} -> line
      {text, input} -> line(input, offset - byte_size(text), line + length(:binary.matches(text, "\n")))
    end
  end

  defp collect(input, text) when byte_size(text) >= @first, do: {text, input}

  defp collect(input, text) do
    case read(input, @first) do
      {:eof, input} -> {text, input}
      {data, input} -> collect(input, text <> data)
    end
  end

  @doc "Moves to an offset in the text."
  @spec seek(t(), non_neg_integer()) :: t()
  def seek(%{zlib: nil} = input, offset) do
    {:ok, ^offset} = :file.position(input.file, offset)
    %{input | read: offset}
  end

  def seek(input, offset) do
    {:ok, 0} = :file.position(input.file, 0)
    :ok = :zlib.inflateReset(input.zlib)
    skip(%{input | read: 0, text: "", more: false}, offset)
  end

  defp skip(input, 0), do: input

  defp skip(input, offset) do
    case read(input, min(offset, @first)) do
      {:eof, _} -> throw({:batch, "#{input.path} is shorter than when the interrupted run read it"})
      {data, input} -> skip(input, offset - byte_size(data))
    end
  end

  @doc "The next piece of at most `size` bytes, or `:eof`."
  @spec read(t(), pos_integer()) :: {binary() | :eof, t()}
  def read(%{file: :stdio, text: ""} = input, size) do
    case IO.binread(:stdio, size) do
      :eof -> {:eof, input}
      {:error, reason} -> failed(input, inspect(reason))
      data -> {data, %{input | read: input.read + byte_size(data)}}
    end
  end

  def read(%{file: :stdio} = input, size) do
    {data, rest} = :erlang.split_binary(input.text, min(size, byte_size(input.text)))
    {data, %{input | text: rest, read: input.read + byte_size(data)}}
  end

  def read(%{zlib: nil} = input, size) do
    case :file.read(input.file, size) do
      {:ok, data} -> {data, %{input | read: input.read + byte_size(data)}}
      :eof -> {:eof, input}
      {:error, reason} -> failed(input, :file.format_error(reason))
    end
  end

  # Returns no more than `size` bytes, so that `seek/2` can find an offset again.
  def read(%{text: text} = input, size) when text != "" do
    {data, rest} = :erlang.split_binary(text, min(size, byte_size(text)))
    {data, %{input | text: rest}}
  end

  def read(%{more: true} = input, size), do: input |> inflate([]) |> read(size)

  def read(input, size) do
    case :file.read(input.file, size) do
      {:ok, data} -> %{input | read: input.read + byte_size(data)} |> inflate(data) |> read(size)
      :eof -> ended(input)
      {:error, reason} -> failed(input, :file.format_error(reason))
    end
  end

  # Inflates data. It does so in steps, because few compressed bytes may expand to many.
  defp inflate(input, data) do
    {state, text} = :zlib.safeInflate(input.zlib, data)
    %{input | text: IO.iodata_to_binary(text), more: state == :continue}
  rescue
    _ in ErlangError -> failed(input, "damaged, or not a gzip file")
  end

  defp ended(input) do
    :ok = :zlib.inflateEnd(input.zlib)
    :ok = :zlib.inflateInit(input.zlib, 31, :reset)
    {:eof, input}
  rescue
    _ in ErlangError -> failed(input, "ends in the middle of the compressed text")
  end

  @spec failed(t(), binary() | charlist()) :: no_return()
  defp failed(input, words), do: throw({:batch, "#{input.path}: #{words}"})
end
