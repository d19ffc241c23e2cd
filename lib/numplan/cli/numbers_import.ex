defmodule Numplan.CLI.NumbersImport do
  @moduledoc "`numplan numbers import`: imports numbers from a file into the store."

  @behaviour Numplan.CLI.Command

  alias Numplan.{PhoneNumber, Store}
  alias Numplan.CLI.{Options, Progress, StoreName, Terminal}
  alias Numplan.Transfer.{Import, Rows}

  @impl true
  def name, do: "numbers import"

  @impl true
  def summary, do: "Imports numbers into the store"

  @impl true
  def help do
    """
    Imports numbers from a file, or from standard input, into the store.

        numplan numbers import FILE [options]
        numplan numbers import - --format csv|jsonl|json [options]

    CSV has a header with the names of its columns: `number`, and any of `state`, `account_id`, `previous_account_id`, `used_by`,
    `carrier_module`, `created`, `modified`, `reserve_history`, `features`, `public` and `private`; the last three hold JSON. JSON lines
    have objects with these keys. JSON is a list of such objects or of Kazoo's documents of numbers, such as CouchDB's answer to
    `_all_docs?include_docs=true`. Names that end in `.gz` are decompressed.

    Each number is normalised, and must be reconcilable. A row that gives no valid record is left out, written to the file of rejects with
    its line and the reason, and counted. A number that the store has with the same content is left as it is, so that an import may be
    repeated; one with other content is a reject, unless `--replace` is given. After an interrupt `--resume` goes on.

    ## Options

      * `--store STORE` - `sqlite:DIRECTORY`, `mnesia:DIRECTORY` or `couchdb:URL`; default: the configured store, else
        `sqlite:data/sqlite`. The password of CouchDB is read from the environment variable `NUMPLAN_COUCHDB_PASSWORD`
      * `--format FORMAT` - csv, jsonl or json; default: by the name of the file
      * `--separator CHARACTER` - of CSV, or `tab`; default: the one that the first rows show
      * `--column NAME` - the column of the number in CSV, default `number`
      * `--account ID` - the account of rows that have none
      * `--state STATE` - of rows that have none; default: `in_service` with an account, `available` without
      * `--make-accounts` - makes accounts that the store lacks; without it their numbers are rejects
      * `--replace` - replaces records that differ
      * `--config SOURCE` - a preset or a file of JSON; default: the store's document, or what the application environment names
      * `--rejects FILE` - the file of rejects, with the checkpoint beside it; default `FILE.rejects`, for standard input `import.rejects`
      * `--resume` - resumes an interrupted import
      * `--force` - starts over after an interrupted import
      * `--quiet` - no progress and no summary on standard error; how many rows were rejected is said also then
      * `--help` - this text

    A directory that a running server holds is refused; its numbers are changed by its API.

    ## Examples

        $ printf 'number,state\\n4158550001,available\\n+14158550002,available\\n' > numbers.csv
        $ numplan numbers import numbers.csv --store mnesia:numbers --quiet
        $ numplan numbers export --store mnesia:numbers --format csv --quiet | cut -d , -f 1,2
        number,state
        +14158550001,available
        +14158550002,available

    ## Exit codes

    0: success, also with rejected rows, which standard error counts. 1: a file cannot be read or written, or the store does not start or
    answer. 2: wrong usage.
    """
  end

  @impl true
  def options do
    [
      store: :string,
      format: :string,
      separator: :string,
      column: :string,
      account: :string,
      state: :string,
      make_accounts: :boolean,
      replace: :boolean,
      config: :string,
      rejects: :string,
      resume: :boolean,
      force: :boolean,
      quiet: :boolean
    ]
  end

  @impl true
  def run(options, [file]) do
    source = if file == "-", do: :stdin, else: file

    with {:ok, format} <- format(options),
         :ok <- given(options),
         {:ok, separator} <- separator(options[:separator]),
         :ok <- resumable(source, options[:resume]),
         {:ok, store} <- StoreName.given(options),
         :ok <- Import.ready(source, format[:format]) do
      import_options = format ++ separator ++ batch(store) ++ import_options(options)
      StoreName.with_store(store, fn -> import(source, import_options, options) end)
    end
  end

  def run(_options, []), do: {:usage, "name the file to import, or - for standard input"}
  def run(_options, [_, word | _]), do: {:usage, "#{word} is not understood: one file is imported at a time"}

  # SQLite writes each page once a commit: with more numbers to a page, a fourth of the bytes.
  defp batch({Store.SQLite, _options}), do: [batch: 5_000]
  defp batch(_store), do: []

  defp format(options) do
    if options[:format] do
      with {:ok, format} <- Options.format(options, Enum.map(Rows.formats(), &Atom.to_string/1)),
           do: {:ok, [format: String.to_existing_atom(format)]}
    else
      {:ok, []}
    end
  end

  defp given(options) do
    cond do
      options[:state] not in [nil | PhoneNumber.states()] ->
        {:usage, "there is no state #{options[:state]}: the states are #{Enum.join(PhoneNumber.states(), ", ")}"}

      options[:account] != nil and byte_size(options[:account]) != 32 ->
        {:usage, "--account takes the id of an account, of 32 characters"}

      true ->
        :ok
    end
  end

  defp separator(nil), do: {:ok, []}
  defp separator(tab) when tab in ["tab", "\\t"], do: {:ok, [separator: "\t"]}
  defp separator(<<byte>> = separator) when byte < 0x80 and byte not in ~c("\r\n), do: {:ok, [separator: separator]}
  defp separator(other), do: {:usage, "--separator takes one ASCII character, or tab, not #{other}"}

  defp resumable(:stdin, true), do: {:usage, "standard input cannot be resumed: import it again, what is there stays"}
  defp resumable(_source, _resume), do: :ok

  defp import_options(options) do
    account = if options[:account], do: [account_id: options[:account]], else: []
    account ++ Keyword.take(options, [:column, :state, :make_accounts, :replace, :rejects, :resume, :force])
  end

  defp import(source, import_options, options) do
    with {:ok, plan} <- StoreName.plan(options),
         {:ok, done} <- run_import(source, [plan: plan] ++ import_options, options[:quiet]) do
      unless options[:quiet], do: Terminal.tell("#{rows(done.rows)} read")

      if done.rejected > 0,
        do: Terminal.tell("#{rows(done.rejected)} rejected: see #{options[:rejects] || Import.rejects(source)}")

      0
    end
  end

  defp rows(1), do: "1 row"
  defp rows(count), do: "#{Progress.grouped(count)} rows"

  defp run_import(source, options, true), do: Import.run(source, options)

  # The first call of `show` in a resumed import has the rows of the earlier one.
  defp run_import(source, options, _quiet) do
    show = fn %{rows: rows, read: read, size: size} ->
      progress = Process.get(__MODULE__) || Progress.new("rows", {rows, read})
      Process.put(__MODULE__, progress)
      Progress.show(progress, rows, read, size)
    end

    try do
      Import.run(source, [progress: show] ++ options)
    after
      if progress = Process.delete(__MODULE__), do: Progress.finish(progress)
    end
  end
end
