defmodule Numplan.CLI.StoreRestore do
  @moduledoc "`numplan store restore`: makes a store of SQLite from a back-up."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Progress, StoreName, Terminal}
  alias Numplan.Store.SQLite.Backup

  @impl true
  def name, do: "store restore"

  @impl true
  def summary, do: "Makes a store of SQLite from a back-up"

  @impl true
  def help do
    """
    Makes a store of SQLite from a back-up, a file of `numplan store backup`, which is verified first.

        numplan store restore FILE [options]

    A directory that a running server holds is refused, and so is one that has a store, without `--force`. The files belong to the owner of
    the directory.

    ## Options

      * `--store STORE` - `sqlite:DIRECTORY`; default: the configured store, else `sqlite:data/sqlite`
      * `--force` - moves a store that is there into a directory in it, `replaced-` and the time, which is a store's directory itself
      * `--quiet` - no progress
      * `--help` - this text

    ## Examples

        $ printf 'number\\n4158550001\\n' > numbers.csv
        $ numplan numbers import numbers.csv --store sqlite:numbers --quiet
        $ numplan store backup numbers.bak --store sqlite:numbers --quiet
        the store sqlite:numbers is in numbers.bak
        $ numplan store restore numbers.bak --store sqlite:elsewhere
        the store sqlite:elsewhere is the one in numbers.bak

    ## Exit codes

    0: the store is that of the back-up. 1: it is not, and nothing has changed: the file is damaged or no back-up, or the directory is in
    use or has a store; or a file could not be renamed, which the next restore completes. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [store: :string, force: :boolean, quiet: :boolean]

  @impl true
  def run(options, [file]) do
    with {:ok, store} <- StoreName.given(options),
         {:ok, dir} <- StoreName.sqlite_directory(store),
         {:ok, aside} <- Progress.pages(options, &Backup.restore(file, dir, Keyword.take(options, [:force]), &1)) do
      Terminal.print("the store #{StoreName.shown(store)} is the one in #{file}\n")
      if aside, do: Terminal.print("the one before is sqlite:#{aside}\n")
      0
    end
  end

  def run(_options, _arguments), do: {:usage, "name the file of the back-up"}
end
