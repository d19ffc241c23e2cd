defmodule Numplan.CLI.StoreBackup do
  @moduledoc "`numplan store backup`: copies a store of SQLite into a file, also while a server runs on it."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Progress, StoreName, Terminal}
  alias Numplan.Store.SQLite.Backup

  @impl true
  def name, do: "store backup"

  @impl true
  def summary, do: "Copies a store of SQLite into a file, also while it is served"

  @impl true
  def help do
    """
    Copies a store of SQLite into a file, from which `numplan store restore` makes the store again.

        numplan store backup FILE [options]

    A running server may have the store, and goes on; what it writes meanwhile is not in the copy, and its log grows by it. The file has its
    name once it is whole, verified and on the disc. It holds numbers and digests of tokens: only its owner may read it.

    ## Options

      * `--store STORE` - `sqlite:DIRECTORY`; default: the configured store, else `sqlite:data/sqlite`
      * `--force` - replaces the file, if it exists
      * `--quiet` - no progress
      * `--help` - this text

    ## Examples

        $ printf 'number\\n4158550001\\n' > numbers.csv
        $ numplan numbers import numbers.csv --store sqlite:numbers --quiet
        $ numplan store backup numbers.bak --store sqlite:numbers
        the store sqlite:numbers is in numbers.bak

    ## Exit codes

    0: the file is there. 1: it is not, or is as it was before: the store is damaged, the file exists, or the disc is full. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [store: :string, force: :boolean, quiet: :boolean]

  @impl true
  def run(options, [file]) do
    with {:ok, store} <- StoreName.given(options),
         {:ok, dir} <- StoreName.sqlite_directory(store),
         :ok <- Progress.pages(options, &Backup.back_up(dir, file, Keyword.take(options, [:force]), &1)) do
      Terminal.print("the store #{StoreName.shown(store)} is in #{file}\n")
      0
    end
  end

  def run(_options, _arguments), do: {:usage, "name the file of the back-up"}
end
