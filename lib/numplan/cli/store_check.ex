defmodule Numplan.CLI.StoreCheck do
  @moduledoc "`numplan store check`: verifies the file of a store of SQLite."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Progress, StoreName, Terminal}
  alias Numplan.Store.SQLite.Backup

  @impl true
  def name, do: "store check"

  @impl true
  def summary, do: "Verifies the file of a store of SQLite"

  @impl true
  def help do
    """
    Verifies a store of SQLite: the checksum of each page, each index with its table, and the references between tables.

        numplan store check [STORE] [options]

    A store is `sqlite:DIRECTORY`; default: the configured store, else `sqlite:data/sqlite`. A running server may have it, and goes on. Its
    log grows meanwhile, by what it writes.

    ## Options

      * `--quiet` - no progress
      * `--help` - this text

    ## Examples

        $ printf 'number\\n4158550001\\n' > numbers.csv
        $ numplan numbers import numbers.csv --store sqlite:numbers --quiet
        $ numplan store check sqlite:numbers
        the store sqlite:numbers is undamaged

    ## Exit codes

    0: it is undamaged. 1: it is damaged, or there is none. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [quiet: :boolean]

  @impl true
  def run(options, []), do: with({:ok, store} <- StoreName.given([]), do: check(store, options))
  def run(options, [name]), do: with({:ok, store} <- StoreName.read(name), do: check(store, options))
  def run(_options, [_, word | _]), do: {:usage, "#{word} is not understood"}

  defp check(store, options) do
    with {:ok, dir} <- StoreName.sqlite_directory(store),
         :ok <- Progress.pages(options, &Backup.check_pages(dir, &1)),
         :ok <- tables(dir, options) do
      Terminal.print("the store #{StoreName.shown(store)} is undamaged\n")
      0
    end
  end

  defp tables(dir, options) do
    if options[:quiet],
      do: Backup.check_tables(dir),
      else: Progress.during("tables and indices", fn -> Backup.check_tables(dir) end)
  end
end
