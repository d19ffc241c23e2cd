defmodule Numplan.CLI.NumbersExport do
  @moduledoc "`numplan numbers export`: exports the numbers of the store."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Options, Progress, StoreName, Terminal}
  alias Numplan.Transfer.{Export, Rows}

  @impl true
  def name, do: "numbers export"

  @impl true
  def summary, do: "Exports the numbers of the store"

  @impl true
  def help do
    """
    Exports all numbers of the store, in order, to a file or to standard output.

        numplan numbers export [FILE] [options]

    The columns and keys are those that `numplan numbers import` reads. A file is written to `FILE.part`, and renamed when it is complete.

    ## Options

      * `--store STORE` - `sqlite:DIRECTORY`, `mnesia:DIRECTORY` or `couchdb:URL`; default: the configured store, else
        `sqlite:data/sqlite`. The password of CouchDB is read from the environment variable `NUMPLAN_COUCHDB_PASSWORD`
      * `--format FORMAT` - csv or jsonl; default: by the name of the file, csv without one
      * `--force` - replaces an existing file
      * `--quiet` - no progress and no summary on standard error
      * `--help` - this text

    ## Examples

        $ echo '{"number":"4158550001","public":{"a":1}}' | numplan numbers import - --format jsonl --store mnesia:numbers --quiet
        $ numplan numbers export numbers.jsonl --store mnesia:numbers --quiet
        $ sed 's/"created.*"public"/"public"/' numbers.jsonl
        {"number":"+14158550001","state":"available","carrier_module":"knm_local","public":{"a":1}}

    ## Exit codes

    0: success. 1: the file exists or cannot be written, or the store does not start or answer. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [store: :string, format: :string, force: :boolean, quiet: :boolean]

  @impl true
  def run(_options, [_, word | _]), do: {:usage, "#{word} is not understood: one file is written"}

  def run(options, files) do
    with {:ok, format} <- format(options, files),
         :ok <- replaceable(files, options[:force]),
         {:ok, store} <- StoreName.given(options) do
      StoreName.with_store(store, [existing: true], fn -> export(files, format, options[:quiet]) end)
    end
  end

  defp format(options, files) do
    named = if options[:format] == nil and files != [], do: Rows.format(hd(files))

    if named in Export.formats() do
      {:ok, named}
    else
      with {:ok, format} <- Options.format(options, Enum.map(Export.formats(), &Atom.to_string/1)),
           do: {:ok, String.to_existing_atom(format)}
    end
  end

  defp replaceable([], _force), do: :ok

  defp replaceable([file], force) do
    case File.stat(file) do
      {:ok, %{type: :regular}} when force == true -> :ok
      {:ok, %{type: :regular}} -> {:error, "#{file} exists; remove it, or replace it with --force"}
      {:ok, _} -> {:error, "#{file} is not a regular file, and only these can be replaced"}
      {:error, _} -> :ok
    end
  end

  defp export(files, format, quiet) do
    progress = Progress.new("numbers")
    show = if quiet, do: fn _ -> :ok end, else: &Progress.show(progress, &1, 0, nil)
    exported = Export.run(List.first(files) || (&Terminal.print/1), format, show)
    unless quiet, do: Progress.finish(progress)

    with {:ok, count} <- exported do
      unless quiet, do: Terminal.tell("#{Progress.grouped(count)} number#{if count != 1, do: "s"} exported")
      0
    end
  end
end
