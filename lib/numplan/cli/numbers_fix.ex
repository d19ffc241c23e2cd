defmodule Numplan.CLI.NumbersFix do
  @moduledoc "`numplan numbers fix`: repairs an account's copies of its numbers."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Progress, StoreName, Terminal}
  alias Numplan.Store
  alias Numplan.Store.Repair

  @impl true
  def name, do: "numbers fix"

  @impl true
  def summary, do: "Repairs an account's copies of its numbers"

  @impl true
  def help do
    """
    Makes an account's copies of its numbers, which lists read, agree with the records, as the API's `fix` does.

        numplan numbers fix ACCOUNT [options]

    It may be interrupted and run again.

    ## Options

      * `--store STORE` - `sqlite:DIRECTORY`, `mnesia:DIRECTORY` or `couchdb:URL`; default: the configured store, else
        `sqlite:data/sqlite`. The password of CouchDB is read from the environment variable `NUMPLAN_COUCHDB_PASSWORD`
      * `--quiet` - no progress on standard error
      * `--help` - this text

    ## Examples

        $ printf 'number\\n4158550001\\n' > numbers.csv
        $ numplan numbers import numbers.csv --store mnesia:numbers --account 0123456789abcdef0123456789abcdef --make-accounts --quiet
        $ numplan numbers fix 0123456789abcdef0123456789abcdef --store mnesia:numbers --quiet
        1 number repaired

    ## Exit codes

    0: success. 1: there is no such account, or the store does not start or answer. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [store: :string, quiet: :boolean]

  @impl true
  def run(options, [account_id]) do
    with {:ok, store} <- StoreName.given(options) do
      StoreName.with_store(store, [existing: true], fn -> fix(account_id, options[:quiet]) end)
    end
  end

  def run(_options, []), do: {:usage, "name the account"}
  def run(_options, [_, word | _]), do: {:usage, "#{word} is not understood: one account is repaired at a time"}

  defp fix(account_id, quiet) do
    progress = Progress.new("numbers")
    done = :counters.new(1, [])

    show = fn count ->
      :ok = :counters.put(done, 1, count)
      unless quiet, do: Progress.show(progress, count, 0, nil)
    end

    fixed = with {:ok, _account} <- Store.get_account(account_id), do: Repair.fix(account_id, show)
    unless quiet, do: Progress.finish(progress)
    said(fixed, account_id, :counters.get(done, 1))
  end

  defp said(:ok, _account_id, count) do
    Terminal.print("#{Progress.grouped(count)} number#{if count != 1, do: "s"} repaired\n")
    0
  end

  defp said({:error, :not_found}, account_id, _count), do: {:error, "there is no account #{account_id}"}
  defp said({:error, _reason}, _account_id, _count), do: {:error, "the store does not answer; run it again"}
end
