defmodule Numplan.Store.SQLite.Backup do
  @moduledoc """
  Checks, back-ups and restores of the files of `Numplan.Store.SQLite`, by their directory.

  A check and a back-up read one state of the store, also while a server has it: they take no lock
  that it needs. A restore locks the directory.
  """

  alias Numplan.Store.DirectoryLock
  alias Numplan.Store.SQLite.{Native, Writer}

  @typedoc "Called with the pages that are done, and all there are."
  @type progress :: (done :: non_neg_integer(), whole :: non_neg_integer() -> term())

  @doc """
  Reads the pages of the store in a directory; the error says what is damaged, and what to do.
  `check_tables/1` finds the rest.
  """
  @spec check_pages(Path.t(), progress()) :: :ok | {:error, binary()}
  def check_pages(dir, progress), do: call(&Native.verify_pages(dir, &1), progress)

  @doc "Reads all tables of the store in a directory, each index with its table, and the references."
  @spec check_tables(Path.t()) :: :ok | {:error, binary()}
  def check_tables(dir), do: call(fn _receiver -> Native.verify_tables(dir) end, fn _, _ -> :ok end)

  @doc """
  Copies the store in a directory into a file, which is whole, verified and on the disc when this
  returns. A file that exists is replaced only with `force: true`.
  """
  @spec back_up(Path.t(), Path.t(), [force: boolean()], progress()) :: :ok | {:error, binary()}
  def back_up(dir, file, options, progress),
    do: call(&Native.back_up(dir, Path.expand(file), Keyword.get(options, :force, false), &1), progress)

  @doc """
  Makes the store in a directory from a back-up, which is verified first. With `force: true` a store
  that is there is moved into a directory in it, whose path is returned.
  """
  @spec restore(Path.t(), Path.t(), [force: boolean()], progress()) ::
          {:ok, aside :: Path.t() | nil} | {:error, binary()}
  def restore(file, dir, options, progress) do
    with :ok <- unused(dir), :ok <- Writer.made(dir), :ok <- DirectoryLock.acquire(dir) do
      aside = if options[:force], do: Path.join(dir, "replaced-" <> now())
      restored = call(&Native.restore(Path.expand(file), dir, aside, &1), progress)
      :ok = DirectoryLock.release(dir)
      with :ok <- restored, do: {:ok, aside && if(File.dir?(aside), do: aside)}
    else
      {:error, words} -> {:error, String.replace_prefix(words, "numplan: ", "")}
    end
  end

  # A node locks a directory for all of its processes.
  defp unused(dir) do
    if DirectoryLock.held?(dir), do: {:error, "the directory #{dir} is in use by this node: stop its store"}, else: :ok
  end

  defp now, do: Calendar.strftime(DateTime.utc_now(), "%Y%m%dT%H%M%SZ")

  defp call(function, progress) do
    if words = Native.failure() do
      {:error, words}
    else
      {receiver, reply} = {self(), make_ref()}
      {_pid, monitor} = spawn_monitor(fn -> send(receiver, {reply, function.(receiver)}) end)
      await(reply, monitor, progress)
    end
  end

  defp await(reply, monitor, progress) do
    receive do
      {:progress, done, whole} ->
        progress.(done, whole)
        await(reply, monitor, progress)

      {:DOWN, ^monitor, :process, _pid, reason} ->
        exit(reason)

      {^reply, result} ->
        _ = Process.demonitor(monitor, [:flush])
        with {:error, {_kind, words}} <- result, do: {:error, words}
    end
  end
end
