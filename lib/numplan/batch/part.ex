defmodule Numplan.Batch.Part do
  @moduledoc """
  A file that only one run appends to: locked, and identified by its inode.

  A path is not enough. If somebody removes, replaces or truncates the file, the run would write
  to a file that nobody can find, or leave a gap of zeros. So the file is locked by the operating
  system, which releases the lock however the run ends. Before each checkpoint and the final
  rename, the file under the path is compared with the one that was locked and written.
  """

  @enforce_keys [:path, :lock, :inode]
  defstruct [:path, :lock, :inode, :file]

  @typedoc "A locked file, not necessarily open."
  @type t :: %__MODULE__{}

  # How often to try for the lock, and the pause between: the lock of a killed process is released a
  # moment after its end is visible.
  @attempts 20
  @pause_ms 25

  @doc """
  Locks the file at `path`, and creates it if it does not exist. A link is refused, and so is a
  file that another run still has locked after half a second.
  """
  @spec lock(Path.t()) :: t()
  def lock(path), do: lock(path, @attempts)

  defp lock(path, attempts) do
    _ = refuse_links(path)

    case :numplan_nif.lock_file(path) do
      {:ok, lock, inode} ->
        current(%__MODULE__{path: path, lock: lock, inode: inode}, attempts)

      {:error, :locked} when attempts > 0 ->
        Process.sleep(@pause_ms)
        lock(path, attempts - 1)

      {:error, :locked} ->
        busy(path)

      {:error, message} ->
        failed(path, message)
    end
  end

  # Another run that ends renames or removes its file. That may happen between the moments when the
  # file is opened and locked here; then the path leads to a new file, or to none.
  defp current(%{inode: inode} = part, attempts) do
    if match?({:ok, %{inode: ^inode}}, File.lstat(part.path)) do
      held(part, 0)
    else
      _ = :numplan_nif.unlock(part.lock)
      if attempts > 0, do: lock(part.path, attempts - 1), else: busy(part.path)
    end
  end

  @spec busy(Path.t()) :: no_return()
  defp busy(path), do: failed(path, "another run is writing it; wait for its end, or name another output")

  defp refuse_links(path) do
    case File.lstat(path) do
      {:error, :enoent} -> :ok
      {:ok, %{type: :regular, links: 1}} -> :ok
      {:ok, %{type: type}} when type in [:regular, :symlink] -> failed(path, "is a link to another file; remove it")
      {:ok, _} -> failed(path, "is not a regular file; remove it")
      {:error, reason} -> failed(path, reason)
    end
  end

  @doc "The size of the file in bytes."
  @spec size(t()) :: non_neg_integer()
  def size(part) do
    case File.lstat(part.path) do
      {:ok, %{size: size}} -> size
      {:error, reason} -> lost(part, reason)
    end
  end

  @doc "Opens the file for appending, truncated to its first `length` bytes."
  @spec open(t(), non_neg_integer()) :: t()
  def open(part, length) do
    if size(part) < length, do: failed(part.path, "is shorter than its checkpoint; start over with --force")

    with {:ok, file} <- :file.open(part.path, [:read, :append, :raw, :binary]),
         {:ok, ^length} <- :file.position(file, length),
         :ok <- :file.truncate(file) do
      held(%{part | file: file}, length)
    else
      {:error, reason} -> failed(part.path, reason)
    end
  end

  @doc "Appends `data`, and returns the number of bytes."
  @spec append(t(), binary()) :: non_neg_integer()
  def append(part, data) do
    case :file.write(part.file, data) do
      :ok -> byte_size(data)
      {:error, reason} -> failed("writing #{part.path}", reason)
    end
  end

  @doc "Brings the file, of at least `length` bytes, to the disc; any process may call it."
  @spec sync(t(), non_neg_integer()) :: :ok
  def sync(part, length) do
    _ = held(part, length)

    with {:ok, file} <- :file.open(part.path, [:read, :raw, :binary]),
         :ok <- :file.datasync(file),
         do: :file.close(file),
         else: ({:error, reason} -> lost(part, reason))
  end

  # Ends the run where the file cannot be read or synced; it may go between two looks at it.
  @spec lost(t(), atom()) :: no_return()
  defp lost(part, :enoent), do: removed(part)
  defp lost(part, reason), do: failed(part.path, reason)

  @spec removed(t()) :: no_return()
  defp removed(part), do: failed(part.path, "was removed or replaced while it was written; start over with --force")

  # Returns the part if its path still leads to the file that was locked, with all that was written.
  defp held(%{inode: inode} = part, length) do
    case File.lstat(part.path) do
      {:ok, %{type: :regular, inode: ^inode, links: 1, size: size}} when size >= length ->
        part

      {:ok, %{inode: ^inode, links: 1}} ->
        failed(part.path, "was truncated while it was written; start over with --force")

      _ ->
        removed(part)
    end
  end

  @doc """
  Renames the file, of exactly `length` bytes, to `path`; the new name is on disc when this
  returns.
  """
  @spec put(t(), Path.t(), non_neg_integer()) :: :ok
  def put(part, path, length) do
    if size(part) != length, do: failed(part.path, "was written to by another program; start over with --force")

    with :ok <- File.rename(part.path, path), :ok <- sync_directory(Path.dirname(path)) do
      :ok
    else
      {:error, reason} -> failed(path, reason)
    end
  end

  # Brings a new name in a directory to the disc: before that, a power failure may lose it.
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

  @doc "Closes the file and releases its lock. An empty file is removed."
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
