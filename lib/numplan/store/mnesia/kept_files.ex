defmodule Numplan.Store.Mnesia.KeptFiles do
  @moduledoc """
  The files of the tables as they were before Mnesia writes to them, kept until they are known to be
  written.

  A dump of the log appends to or replaces the files of the tables, and deletes the log at its end,
  also when the disc was full meanwhile. So the files are kept before: as hard links, which take no
  room. A log is only ever appended to, so its former length is kept in the link's name.

  After a crash the links in `kept/` say that the last dump did not end well, and `put_back/1`
  makes the files what they were.
  """

  alias Numplan.Store.Mnesia.Schema

  @folder "kept"

  @doc """
  Keeps the files in `dir`: those of the tables, and the logs under the names from which a start of
  Mnesia reads them. With `running: true` the log belongs to a running Mnesia, which renames it in
  a dump.
  """
  @spec keep(Path.t(), keyword()) :: :ok | {:error, File.posix()}
  def keep(dir, options \\ []) do
    new = Path.join(dir, @folder <> ".new")

    with :ok <- removed(new),
         :ok <- File.mkdir(new),
         :ok <- each(tables(dir), &link_table(&1, new)),
         :ok <- each(logs(options[:running]), fn {name, as} -> link(Path.join(dir, name), Path.join(new, as)) end) do
      File.rename(new, Path.join(dir, @folder))
    end
  end

  @doc "True when files are kept in `dir`."
  @spec kept?(Path.t()) :: boolean()
  def kept?(dir), do: File.dir?(Path.join(dir, @folder))

  @doc "Forgets what is kept in `dir`: its files are written."
  @spec drop(Path.t()) :: :ok | {:error, File.posix()}
  def drop(dir) do
    old = Path.join(dir, @folder <> ".old")

    with :ok <- removed(old),
         :ok <- renamed(Path.join(dir, @folder), old),
         do: removed(old)
  end

  @doc """
  Makes the files in `dir` what they were when they were kept, if any are, and removes tables that
  were half written anew. Mnesia must not run.
  """
  @spec put_back(Path.t()) :: :ok | {:error, File.posix()}
  def put_back(dir) do
    folder = Path.join(dir, @folder)

    with {:ok, names} <- listed(folder),
         :ok <- each(names, &restore(Path.join(folder, &1), &1, dir)),
         :ok <- each(tables(dir), &remove_later(&1, names)),
         :ok <- each(Schema.tables(), &removed(Path.join(dir, "#{&1}.TMP"))),
         do: drop(dir)
  end

  # -- files --

  defp logs(true), do: [{"LATEST.LOG", "PREVIOUS.LOG"}]
  defp logs(_not_running), do: [{"PREVIOUS.LOG", "PREVIOUS.LOG"}, {"LATEST.LOG", "LATEST.LOG"}]

  defp tables(dir) do
    for table <- Schema.tables(), extension <- [".DCD", ".DCL"], do: Path.join(dir, "#{table}#{extension}")
  end

  defp link_table(file, folder) do
    case {Path.extname(file), File.stat(file)} do
      {_, {:error, :enoent}} -> :ok
      {_, {:error, _} = failure} -> failure
      {".DCD", {:ok, _}} -> link(file, Path.join(folder, Path.basename(file)))
      {".DCL", {:ok, %{size: size}}} -> link(file, Path.join(folder, "#{Path.basename(file)}.#{size}"))
    end
  end

  defp link(file, as) do
    with {:error, :enoent} <- File.ln(file, as), do: :ok
  end

  # A log that Mnesia had not renamed yet is still the one that it starts from.
  defp restore(kept, "PREVIOUS.LOG" = name, dir) do
    if same?(kept, Path.join(dir, "LATEST.LOG")), do: :ok, else: replace(Path.join(dir, name), kept)
  end

  defp restore(kept, name, dir) do
    case Regex.run(~r/^(.*\.DCL)\.(\d+)$/, name) do
      [_, file, size] -> with(:ok <- replace(Path.join(dir, file), kept), do: truncate(kept, String.to_integer(size)))
      nil -> replace(Path.join(dir, name), kept)
    end
  end

  # Takes the place of `file` in one step, so that a crash leaves the one or the other.
  defp replace(file, kept) do
    new = file <> ".new"

    with false <- same?(kept, file), :ok <- removed(new), :ok <- File.ln(kept, new) do
      File.rename(new, file)
    else
      true -> :ok
      failure -> failure
    end
  end

  defp truncate(file, size) do
    with {:ok, device} <- :file.open(file, [:raw, :read, :write]) do
      result = with {:ok, ^size} <- :file.position(device, size), :ok <- :file.truncate(device), do: :file.sync(device)

      _ = :file.close(device)
      result
    end
  end

  # A table's log that came after its files were kept. A table of which nothing was kept is new: it
  # has no other files.
  defp remove_later(file, names) do
    name = Path.basename(file)
    dcd = Path.rootname(name) <> ".DCD"

    if Path.extname(name) == ".DCL" and dcd in names and not Enum.any?(names, &String.starts_with?(&1, name <> ".")),
      do: removed(file),
      else: :ok
  end

  defp same?(one, other) do
    case {File.stat(one), File.stat(other)} do
      {{:ok, %{inode: inode}}, {:ok, %{inode: inode}}} -> true
      _ -> false
    end
  end

  defp listed(folder) do
    case File.ls(folder) do
      {:error, :enoent} -> {:ok, []}
      other -> other
    end
  end

  defp renamed(from, to) do
    with {:error, :enoent} <- File.rename(from, to), do: :ok
  end

  defp removed(path) do
    case File.rm_rf(path) do
      {:ok, _} -> :ok
      {:error, reason, _file} -> {:error, reason}
    end
  end

  defp each([], _function), do: :ok
  defp each([first | rest], function), do: with(:ok <- function.(first), do: each(rest, function))
end
