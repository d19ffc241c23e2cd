defmodule Numplan.CLI.StoreInfo do
  @moduledoc "`numplan store info`: counts what a store holds."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Progress, StoreName, Terminal}
  alias Numplan.Store
  alias Numplan.Transfer.{Migration, MigrationMark}

  @impl true
  def name, do: "store info"

  @impl true
  def summary, do: "Counts what a store holds"

  @impl true
  def help do
    """
    Prints which store it is, and how many accounts, numbers and configuration documents it holds.

        numplan store info [STORE]

    A store is `sqlite:DIRECTORY`, `mnesia:DIRECTORY` or `couchdb:URL`; default: the configured store, else `sqlite:data/sqlite`. The
    password of CouchDB is read from the environment variable `NUMPLAN_COUCHDB_PASSWORD`. A directory that a running server holds is
    refused.

    ## Options

      * `--help` - this text

    ## Examples

        $ printf 'number\\n4158550001\\n' > numbers.csv
        $ numplan numbers import numbers.csv --store mnesia:numbers --quiet
        $ numplan store info mnesia:numbers
        store      mnesia:numbers
        accounts   0
        numbers    1
        documents  0

    ## Exit codes

    0: success. 1: there is no such store, or it does not start or answer. 2: wrong usage.
    """
  end

  @impl true
  def options, do: []

  @impl true
  def run(_options, []), do: with({:ok, store} <- StoreName.given([]), do: info(store))
  def run(_options, [name]), do: with({:ok, store} <- StoreName.read(name), do: info(store))
  def run(_options, [_, word | _]), do: {:usage, "#{word} is not understood"}

  defp info(store) do
    StoreName.with_store(store, [existing: true], fn ->
      with {:ok, counts} <- Migration.counts(elem(store, 0)),
           {:ok, documents} <- MigrationMark.other_documents(Store) do
        Terminal.print([line("store", StoreName.shown(store)), counted(counts, documents)])
        0
      else
        {:error, message} when is_binary(message) -> {:error, message}
        {:error, _reason} -> {:error, "the store does not answer"}
      end
    end)
  end

  defp counted(counts, documents) do
    names = Enum.map_join(documents, ", ", fn {id, _document, _rev} -> id end)

    [
      line("accounts", Progress.grouped(counts.accounts)),
      line("numbers", Progress.grouped(counts.numbers)),
      line("documents", Progress.grouped(counts.documents) <> if(names == "", do: "", else: " (#{names})"))
    ]
  end

  defp line(title, text), do: [String.pad_trailing(title, 11), text, "\n"]
end
