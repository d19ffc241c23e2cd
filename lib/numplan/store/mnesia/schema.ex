defmodule Numplan.Store.Mnesia.Schema do
  @moduledoc """
  The tables of the store, and the version of their layout.

  Records hold the fields of structs as maps, so that a later release reads what an earlier one
  wrote: new fields take their defaults. A change beyond that needs a new version, and a migration
  in `ensure/0`.
  """

  @version 1

  @numbers :numplan_numbers
  @copies :numplan_copies
  @accounts :numplan_accounts
  @documents :numplan_documents
  @meta :numplan_meta

  @tables [
    {@numbers, [attributes: [:id, :account_id, :fields], index: [:account_id]]},
    {@copies, [attributes: [:key, :fields], type: :ordered_set]},
    {@accounts, [attributes: [:id, :fields]]},
    {@documents, [attributes: [:id, :document]]},
    {@meta, [attributes: [:key, :value]]}
  ]

  @doc "The table of number records."
  @spec numbers() :: atom()
  def numbers, do: @numbers

  @doc "The table of accounts' copies of numbers."
  @spec copies() :: atom()
  def copies, do: @copies

  @doc "The table of accounts."
  @spec accounts() :: atom()
  def accounts, do: @accounts

  @doc "The table of configuration documents."
  @spec documents() :: atom()
  def documents, do: @documents

  @doc "All tables."
  @spec tables() :: [atom()]
  def tables, do: Keyword.keys(@tables)

  @doc "Creates missing tables on this node, and migrates their layout to this version."
  @spec ensure() :: :ok | {:error, binary()}
  def ensure do
    with :ok <- each(@tables, &create/1), :ok <- loaded(), do: versioned(version())
  end

  defp each([], _function), do: :ok
  defp each([first | rest], function), do: with(:ok <- function.(first), do: each(rest, function))

  defp create({table, options}) do
    case :mnesia.create_table(table, [{:disc_copies, [node()]} | options]) do
      {:atomic, :ok} -> :ok
      {:aborted, {:already_exists, ^table}} -> :ok
      {:aborted, reason} -> {:error, "numplan: table #{table} cannot be created: #{inspect(reason)}"}
    end
  end

  @load_timeout 60_000

  @doc "Waits until the tables are loaded."
  @spec loaded() :: :ok | {:error, binary()}
  def loaded do
    case :mnesia.wait_for_tables(tables(), @load_timeout) do
      :ok ->
        :ok

      {:timeout, missing} ->
        {:error,
         "numplan: tables #{inspect(missing)} are not loaded after #{div(@load_timeout, 1000)} seconds: " <>
           "the node that has their latest version may be down; start it, or see docs/store.md"}

      {:error, reason} ->
        {:error, "numplan: the tables cannot be loaded: #{inspect(reason)}"}
    end
  end

  defp version do
    case :mnesia.dirty_read(@meta, :version) do
      [{_table, :version, version}] -> version
      [] -> nil
    end
  end

  defp versioned(@version), do: :ok
  defp versioned(nil), do: put_version(@version)

  defp versioned(newer) when newer > @version do
    {:error,
     "numplan: the store has layout #{newer}, and this release reads up to #{@version}: " <>
       "start the newer release, or restore a backup from before the upgrade"}
  end

  defp versioned(older), do: {:error, "numplan: the store has layout #{inspect(older)}, which no release has written"}

  defp put_version(version) do
    case :mnesia.sync_transaction(fn -> :mnesia.write({@meta, :version, version}) end) do
      {:atomic, :ok} -> :ok
      {:aborted, reason} -> {:error, "numplan: the layout's version cannot be written: #{inspect(reason)}"}
    end
  end
end
