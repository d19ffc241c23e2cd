defmodule Numplan.CLI.StoreRename do
  @moduledoc "`numplan store rename`: gives a stopped store of Mnesia to another node name."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.Terminal
  alias Numplan.Store.DirectoryLock
  alias Numplan.Store.Mnesia.SchemaFile

  @impl true
  def name, do: "store rename"

  @impl true
  def summary, do: "Gives a stopped store of Mnesia to another node name"

  @impl true
  def help do
    """
    Gives the files of a stopped store of Mnesia to another node name.

        numplan store rename DIRECTORY FROM-NODE TO-NODE

    Mnesia's files belong to one node name, and a store of another one is refused at its start, with this command in the error. `numplan serve`
    has the name `nonode@nohost`. The schema as it was stays beside the new one, as `schema.DAT.FROM-NODE`.

    Refused are a directory that is in use, a store that several nodes share, and one whose node was killed while it changed its tables.

    ## Options

      * `--help` - this text

    ## Examples

        $ printf 'number\\n4158550001\\n' > numbers.csv
        $ numplan numbers import numbers.csv --store mnesia:old --quiet
        $ numplan store rename old nonode@nohost numplan@db2
        the store in old belongs to numplan@db2; the schema as it was is in old/schema.DAT.nonode@nohost

    ## Exit codes

    0: the store is renamed. 1: it is refused, and nothing has changed. 2: wrong usage.
    """
  end

  @impl true
  def options, do: []

  @impl true
  def run(_options, [dir, from, to]) do
    with {:ok, from} <- node_name(from), {:ok, to} <- node_name(to), :ok <- directory(dir), do: rename(dir, from, to)
  end

  def run(_options, _arguments), do: {:usage, "name the directory, the node it belongs to, and the new node"}

  # Node names are atoms, of which there are as many as arguments.
  defp node_name(name) do
    if name =~ ~r/^[^@\s]{1,100}@[^@\s]{1,100}$/,
      do: {:ok, String.to_atom(name)},
      else: {:usage, "#{name} is not the name of a node, such as numplan@db1"}
  end

  defp directory(dir), do: if(File.dir?(dir), do: :ok, else: {:error, "#{dir} is not a directory"})

  defp rename(dir, from, to) do
    with :ok <- locked(DirectoryLock.acquire(dir)) do
      renamed = SchemaFile.rename(dir, from, to)
      :ok = DirectoryLock.release(dir)

      with {:ok, back_up} <- renamed do
        Terminal.print("the store in #{dir} belongs to #{to}; the schema as it was is in #{back_up}\n")
        0
      end
    end
  end

  defp locked(:ok), do: :ok
  defp locked({:error, "numplan: " <> words}), do: {:error, words}
end
