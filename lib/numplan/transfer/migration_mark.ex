defmodule Numplan.Transfer.MigrationMark do
  @moduledoc """
  The document by which a store says that a migration to it has begun, from where, and whether it is
  finished. A store that has a part of another's numbers would answer "not found" for the others, so
  no server runs on it, and a migration goes on only from the store that it began with.

  Stores remove no documents, so that of a finished migration stays and says that. It is no part of
  what is counted or migrated.
  """

  alias Numplan.Store

  @id "numplan_migration"

  @typedoc "The names of both stores, as commands have them, and whether all was copied and compared."
  @type t :: %{from: binary(), to: binary(), finished: boolean()}

  @doc "The id of the document."
  @spec id() :: binary()
  def id, do: @id

  @doc "The mark of a store; `nil` where no migration to it has begun."
  @spec read(module()) :: {:ok, t() | nil} | {:error, :unavailable | :no_store}
  def read(store) do
    case store.get_document(@id) do
      {:ok, {members}, _rev} -> {:ok, mark(Map.new(members))}
      {:error, :not_found} -> {:ok, nil}
      failure -> failure
    end
  end

  # What cannot be read is not finished.
  defp mark(members) do
    %{from: name(members["from"], "FROM"), to: name(members["to"], "TO"), finished: members["finished"] == true}
  end

  defp name(name, unknown), do: if(is_binary(name), do: name, else: unknown)

  @doc "Writes the mark."
  @spec write(module(), t()) :: :ok | {:error, term()}
  def write(store, mark) do
    document = {[{"from", mark.from}, {"to", mark.to}, {"finished", mark.finished}]}
    with {:ok, _rev} <- store.put_document(@id, document, nil), do: :ok
  end

  @doc "What the mark says of a migration that is not finished, with the command that finishes it; `nil` otherwise."
  @spec unfinished(t() | nil) :: binary() | nil
  def unfinished(%{finished: false} = mark) do
    "the store has an unfinished migration from #{mark.from}: finish it with " <>
      "`numplan store migrate #{mark.from} #{mark.to} --resume`, or empty the store and begin again " <>
      "(in CouchDB, remove the document #{@id} too)"
  end

  def unfinished(_none_or_finished), do: nil

  @doc "The documents of a store without the mark; see `c:Numplan.Store.list_documents/0`."
  @spec other_documents(module()) :: {:ok, [{binary(), Store.document(), binary()}]} | Store.failure()
  def other_documents(store) do
    with {:ok, documents} <- store.list_documents(),
         do: {:ok, Enum.reject(documents, fn {id, _document, _rev} -> id == @id end)}
  end
end
