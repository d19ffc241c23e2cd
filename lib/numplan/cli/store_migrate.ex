defmodule Numplan.CLI.StoreMigrate do
  @moduledoc "`numplan store migrate`: copies everything from one store to another."

  @behaviour Numplan.CLI.Command

  alias Numplan.API.ClosedMark
  alias Numplan.CLI.{Progress, StoreName, Terminal}
  alias Numplan.Store
  alias Numplan.Transfer.Migration

  @impl true
  def name, do: "store migrate"

  @impl true
  def summary, do: "Copies everything from one store to another"

  @impl true
  def help do
    """
    Copies accounts, numbers and configuration documents from one store to another, and compares both at the end.

        numplan store migrate FROM TO [options]

    A store is `sqlite:DIRECTORY`, `mnesia:DIRECTORY` or `couchdb:URL`; the password of CouchDB is read from the environment variable
    `NUMPLAN_COUCHDB_PASSWORD`. TO must be empty. Neither may be written to meanwhile; a directory that a running server holds is refused.
    No server starts on TO before the migration is finished.

    Revisions are those of the new store, so that clients' ETags change. Accounts' copies of numbers are made from the records, as `fix`
    makes them. Attachments of documents in CouchDB stay there. The mark `closed`, by which a server that has had a token stays closed, goes
    from one directory to the other; with CouchDB it is in the `state_dir` of each server.

    ## Options

      * `--resume` - goes on with an interrupted migration from the same FROM
      * `--quiet` - no progress on standard error
      * `--help` - this text

    ## Examples

    From Mnesia to SQLite, and to CouchDB:

        numplan store migrate mnesia:/var/lib/numplan/mnesia sqlite:/var/lib/numplan/sqlite
        numplan store migrate sqlite:/var/lib/numplan/sqlite couchdb:http://numplan@127.0.0.1:5984

    ## Exit codes

    0: TO has what FROM has. 1: a store does not start or answer, TO is not empty, or they differ. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [resume: :boolean, quiet: :boolean]

  @impl true
  def run(options, [from, to]) do
    with {:ok, source} <- StoreName.read(from), {:ok, target} <- StoreName.read(to), :ok <- different(source, target) do
      StoreName.with_store(source, [existing: true], fn ->
        StoreName.with_store(beside(target), fn -> migrate(source, target, options) end)
      end)
    end
  end

  def run(_options, words) when length(words) < 2, do: {:usage, "name two stores, FROM and TO"}
  def run(_options, [_, _, word | _]), do: {:usage, "#{word} is not understood"}

  # There is one store of a kind in a VM.
  defp different({Store.Mnesia, _}, {Store.Mnesia, _}),
    do: {:usage, "both are stores of Mnesia: copy the directory while no server holds it"}

  defp different({Store.SQLite, _}, {Store.SQLite, _}),
    do: {:usage, "both are stores of SQLite: copy the directory while no server holds it"}

  defp different({store, _}, {store, _}), do: {:usage, "both are stores of CouchDB: replicate the databases"}
  defp different(_source, _target), do: :ok

  # A new store on SQLite is refused beside one of Mnesia, which is the source here.
  defp beside({Store.SQLite, options}), do: {Store.SQLite, [beside_mnesia: true] ++ options}
  defp beside(target), do: target

  defp migrate({source, _} = from, {target, _} = to, options) do
    progress = for kind <- ~w(accounts numbers compared)a, into: %{}, do: {kind, Progress.new(unit(kind))}

    show =
      if options[:quiet],
        do: fn _kind, _count -> :ok end,
        else: fn kind, count -> Progress.show(progress[kind], count, 0, nil) end

    names = [from: StoreName.absolute(from), to: StoreName.absolute(to)]

    # The mark comes before the numbers: whatever becomes of these, a server on them is not open.
    options_of_run = [resume: options[:resume] == true, begun: fn -> mark_closed(from, to) end, progress: show]
    migrated = Migration.run(source, target, options_of_run ++ names)
    unless options[:quiet], do: Progress.finish(progress.numbers)

    with {:ok, counts} <- migrated do
      Terminal.print("#{said(counts)} are in both stores\n")
      0
    end
  end

  # A server on CouchDB has the mark in a directory of its own.
  defp mark_closed({Store.CouchDB, _}, _to), do: :ok
  defp mark_closed(_from, {Store.CouchDB, _}), do: :ok

  defp mark_closed({source, from}, {target, to}),
    do: ClosedMark.copy(source.directory(from), target.directory(to))

  defp unit(:compared), do: "numbers compared"
  defp unit(kind), do: Atom.to_string(kind)

  defp said(counts) do
    [accounts, numbers, documents] = Enum.map([counts.accounts, counts.numbers, counts.documents], &Progress.grouped/1)
    "#{accounts} accounts, #{numbers} numbers and #{documents} documents"
  end
end
