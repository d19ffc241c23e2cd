defmodule Numplan.Batch.Part do
  @moduledoc """
  A file that one run alone writes from front to end: locked, and known by its inode.

  The name alone does not identify the file. If somebody removes or replaces it, the run would go on writing a file that no longer has a name;
  if somebody truncates it, zeros would take the place of what was lost. So the operating system locks the part while it is written, and frees
  it however the run ends; the part is opened for appending; and before what was written counts as kept, the file under the name is compared
  with the one that was locked, by inode and size.
  """

  @enforce_keys [:path, :lock, :inode]
  defstruct [:path, :lock, :inode, :file]

  @typedoc "A locked file, open or not yet."
  @type t :: %__MODULE__{}

  # A process that was killed gives its lock back a moment after its end is known.
  @attempts 20
  @pause_ms 25

  @doc """
  Locks the file at `path`, which is made if there is none. A link is refused, and so is a file that another run writes, if it still does
  after half a second.
  """
  @spec lock(Path.t()) :: t()
  def lock(path), do: lock(path, @attempts)

  defp lock(path, attempts) do
    _ = refuse_links(path)

    case :numplan_nif.lock_file(path) do
      {:ok, lock, inode} ->
        held(%__MODULE__{path: path, lock: lock, inode: inode}, 0)

      {:error, :locked} when attempts > 0 ->
        Process.sleep(@pause_ms)
        lock(path, attempts - 1)

      {:error, :locked} ->
        failed(path, "another run writes it; wait for its end, or name another output")

      {:error, message} ->
        failed(path, message)
    end
  end

  defp refuse_links(path) do
    case File.lstat(path) do
      {:error, :enoent} -> :ok
      {:ok, %{type: :regular, links: 1}} -> :ok
      {:ok, %{type: type}} when type in [:regular, :symlink] -> failed(path, "is a link to another file; remove it")
      {:ok, _} -> failed(path, "is no regular file; remove it")
      {:error, reason} -> failed(path, reason)
    end
  end

  @doc "How many bytes it holds."
  @spec size(t()) :: non_neg_integer()
  def size(part) do
    case File.lstat(part.path) do
      {:ok, %{size: size}} -> size
      {:error, reason} -> failed(part.path, reason)
    end
  end

  @doc "Opens it behind its first `length` bytes; what follows them is cut off."
  @spec open(t(), non_neg_integer()) :: t()
  def open(part, length) do
    if size(part) < length, do: failed(part.path, "is shorter than when it was left; begin anew by --force")

    with {:ok, file} <- :file.open(part.path, [:read, :append, :raw, :binary]),
         {:ok, ^length} <- :file.position(file, length),
         :ok <- :file.truncate(file) do
      held(%{part | file: file}, length)
    else
      {:error, reason} -> failed(part.path, reason)
    end
  end

  @doc "Writes `data` at its end; gives how many bytes that is."
  @spec append(t(), binary()) :: non_neg_integer()
  def append(part, data) do
    case :file.write(part.file, data) do
      :ok -> byte_size(data)
      {:error, reason} -> failed("writing #{part.path}", reason)
    end
  end

  @doc "Brings what was written, of which `length` bytes are known, to the disk; any process may."
  @spec sync(t(), non_neg_integer()) :: :ok
  def sync(part, length) do
    _ = held(part, length)

    with {:ok, file} <- :file.open(part.path, [:read, :raw, :binary]),
         :ok <- :file.datasync(file),
         do: :file.close(file),
         else: ({:error, reason} -> failed(part.path, reason))
  end

  # The part, if what its name leads to is still what was locked, and holds what was written.
  defp held(%{inode: inode} = part, length) do
    case File.lstat(part.path) do
      {:ok, %{type: :regular, inode: ^inode, links: 1, size: size}} when size >= length -> part
      {:ok, %{inode: ^inode, links: 1}} -> failed(part.path, "was cut off while it was written; begin anew by --force")
      _ -> failed(part.path, "was removed or replaced while it was written; begin anew by --force")
    end
  end

  @doc "Puts the file, which is `length` bytes long, in the place of `path`, on the disk."
  @spec put(t(), Path.t(), non_neg_integer()) :: :ok
  def put(part, path, length) do
    if size(part) != length, do: failed(part.path, "was written to by another program; begin anew by --force")

    with :ok <- File.rename(part.path, path), :ok <- sync_directory(Path.dirname(path)) do
      :ok
    else
      {:error, reason} -> failed(path, reason)
    end
  end

  # Until then the new name may be lost with the power.
  defp sync_directory(path) do
    with {:ok, directory} <- :file.open(path, [:read, :raw, :directory]),
         :ok <- :file.datasync(directory),
         do: :file.close(directory)
  end

  @doc "Removes the file, if it is still the one that was locked."
  @spec remove(t()) :: :ok
  def remove(%{inode: inode} = part) do
    _ = if match?({:ok, %{inode: ^inode}}, File.lstat(part.path)), do: File.rm(part.path)
    :ok
  end

  @doc "Closes it and gives its lock back. An empty file goes."
  @spec close(t()) :: :ok
  def close(%{inode: inode} = part) do
    _ = if part.file, do: :file.close(part.file)
    _ = if match?({:ok, %{inode: ^inode, size: 0}}, File.lstat(part.path)), do: File.rm(part.path)
    _ = :numplan_nif.unlock(part.lock)
    :ok
  end

  @spec failed(binary(), binary() | atom()) :: no_return()
  defp failed(what, reason) when is_atom(reason), do: throw({:batch, "#{what}: #{:file.format_error(reason)}"})
  defp failed(what, "is " <> _ = words), do: throw({:batch, "#{what} #{words}"})
  defp failed(what, "was " <> _ = words), do: throw({:batch, "#{what} #{words}"})
  defp failed(what, words), do: throw({:batch, "#{what}: #{words}"})
end
