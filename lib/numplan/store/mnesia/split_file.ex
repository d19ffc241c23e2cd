defmodule Numplan.Store.Mnesia.SplitFile do
  @moduledoc """
  The file `split` in the store's directory: the numbers of a node that takes another's tables after
  a split of the network, from before it takes them until they are written again.

  Without it they would be in memory alone meanwhile, though each was acknowledged.
  """

  alias Numplan.PhoneNumber

  @name "split"

  @doc "The file of the store in `dir`."
  @spec path(Path.t()) :: Path.t()
  def path(dir), do: Path.join(dir, @name)

  @doc "True when `dir` has such a file, or when that is not known."
  @spec exists?(Path.t()) :: boolean()
  def exists?(dir), do: dir |> path() |> File.stat() != {:error, :enoent}

  @doc """
  Writes numbers to the file, in place of what it holds. When this returns `:ok`, they are on the
  disc; a crash before leaves the former file.
  """
  @spec write(Path.t(), [PhoneNumber.t()]) :: :ok | {:error, binary()}
  def write(dir, numbers) do
    new = path(dir) <> ".new"
    content = :erlang.term_to_binary({:numplan_split, 1, Enum.map(numbers, &Map.from_struct/1)}, [:compressed])

    result =
      with :ok <- synced(new, [:raw, :write, :binary], &:file.write(&1, [digest(content), content])),
           :ok <- File.rename(new, path(dir)),
           do: synced(dir, [:raw, :read, :directory], fn _ -> :ok end)

    with {:error, reason} <- result, do: failure(dir, "cannot be written", :file.format_error(reason))
  end

  defp synced(path, modes, write) do
    with {:ok, device} <- :file.open(path, modes) do
      result = with :ok <- write.(device), do: :file.sync(device)
      with :ok <- :file.close(device), do: result
    end
  end

  @doc "The numbers in the file; none where there is no file. A damaged file is an error, and stays."
  @spec read(Path.t()) :: {:ok, [PhoneNumber.t()]} | {:error, binary()}
  def read(dir) do
    case dir |> path() |> File.read() do
      {:ok, <<digest::binary-size(16), content::binary>>} -> decoded(dir, content, digest(content) == digest)
      {:ok, _short} -> decoded(dir, "", false)
      {:error, :enoent} -> {:ok, []}
      {:error, reason} -> failure(dir, "cannot be read", :file.format_error(reason))
    end
  end

  defp decoded(dir, _content, false), do: failure(dir, "cannot be read", "it is damaged")

  defp decoded(dir, content, true) do
    case :erlang.binary_to_term(content) do
      {:numplan_split, 1, numbers} -> {:ok, Enum.map(numbers, &struct(PhoneNumber, &1))}
      _later -> failure(dir, "cannot be read", "a later release has written it")
    end
  end

  defp digest(content), do: :erlang.md5(content)

  @doc "Removes the file: its numbers are written."
  @spec remove(Path.t()) :: :ok | {:error, binary()}
  def remove(dir) do
    case dir |> path() |> File.rm() do
      {:error, reason} when reason != :enoent -> failure(dir, "cannot be removed", :file.format_error(reason))
      _removed -> :ok
    end
  end

  defp failure(dir, what, reason), do: {:error, "#{path(dir)} #{what}: #{reason}"}
end
