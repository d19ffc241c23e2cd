defmodule Numplan.Store.Mnesia.SchemaFile do
  @moduledoc """
  The file `schema.DAT`, which names Mnesia's tables and the nodes that hold them, read without
  Mnesia.

  Mnesia that starts without it, or with a damaged one, takes the tables for none and replaces their
  files; with one of another node it waits for that node. So the store reads it before.
  """

  alias Numplan.Store.Mnesia.Schema

  @name "schema.DAT"
  @extensions [".DCD", ".DCL", ".DAT"]

  @doc """
  `:ok` when Mnesia may start in `dir` on this node: there are neither tables nor a schema, or the
  schema names this node and each table that has files. Otherwise an error with what to do.
  """
  @spec check(Path.t()) :: :ok | {:error, binary()}
  def check(dir) do
    case {read(dir), with_files(dir)} do
      {:none, []} -> :ok
      {:none, tables} -> {:error, without_schema(dir, tables, "is missing")}
      {{:error, reason}, tables} -> {:error, without_schema(dir, tables, "cannot be read (#{reason})")}
      {{:ok, schema}, tables} -> check(dir, schema, tables)
    end
  end

  defp check(dir, schema, tables) do
    missing = Enum.reject(tables, &Map.has_key?(schema, &1))
    nodes = nodes(schema)

    cond do
      missing != [] -> {:error, without_schema(dir, missing, "does not name them")}
      node() not in nodes -> {:error, other_node(dir, nodes)}
      true -> :ok
    end
  end

  defp without_schema(dir, tables, fault) do
    found = if tables == [], do: "", else: ": the tables #{Enum.join(tables, ", ")} are there"

    "numplan: the schema #{Path.join(dir, @name)} #{fault}#{found}; nothing is changed. " <>
      "Put back #{@name} from a back-up of the directory, or take another directory"
  end

  defp other_node(dir, nodes) do
    "numplan: the store in #{dir} belongs to #{Enum.join(nodes, ", ")}, and this node is #{node()}: " <>
      "start the node under that name, or give the store this one's: numplan store rename #{dir} #{hd(nodes)} #{node()}"
  end

  @doc """
  Gives the store in `dir` to another node name, and returns the file that holds the schema as it
  was. The directory must be locked by the caller.

  Refused are a store that `from` does not own alone, since the other nodes know it by its name, and
  one whose log holds changes of the schema.
  """
  @spec rename(Path.t(), node(), node()) :: {:ok, Path.t()} | {:error, binary()}
  def rename(dir, from, to) do
    with {:ok, schema} <- readable(dir, read(dir)), :ok <- owned(dir, nodes(schema), from), :ok <- settled(dir) do
      replace(dir, from, to)
    end
  end

  defp readable(_dir, {:ok, schema}), do: {:ok, schema}
  defp readable(dir, :none), do: {:error, "#{dir} holds no store of Mnesia: there is no #{@name}"}
  defp readable(dir, {:error, reason}), do: {:error, "#{Path.join(dir, @name)} cannot be read: #{reason}"}

  defp owned(_dir, [from], from), do: :ok

  defp owned(dir, nodes, from) do
    if from in nodes,
      do:
        {:error,
         "the store in #{dir} is shared by #{Enum.join(nodes, ", ")}, which know it by its name: " <>
           "start a node with an empty directory, and join it to one of them"},
      else: {:error, "the store in #{dir} belongs to #{Enum.join(nodes, ", ")}, not to #{from}"}
  end

  defp settled(dir) do
    changes? = Enum.any?(["PREVIOUS.LOG", "LATEST.LOG"], &(dir |> Path.join(&1) |> schema_changes?()))

    if changes? or File.dir?(Path.join(dir, "kept")),
      do: {:error, "the store in #{dir} was not stopped in order: start it once under its own name, and stop it"},
      else: :ok
  end

  defp schema_changes?(file) do
    case :disk_log.open(name: make_ref(), file: to_charlist(file), mode: :read_only, quiet: true) do
      {:ok, log} -> log |> changes(:start) |> closed(log)
      {:repaired, log, _, _} -> log |> changes(:start) |> closed(log)
      {:error, {:file_error, _, :enoent}} -> false
      {:error, _} -> true
    end
  end

  defp closed(result, log) do
    _ = :disk_log.close(log)
    result
  end

  defp changes(log, continuation) do
    case :disk_log.chunk(log, continuation) do
      :eof -> false
      {:error, _} -> true
      {next, terms} -> Enum.any?(terms, &change?/1) or changes(log, next)
      {next, terms, _bad_bytes} -> Enum.any?(terms, &change?/1) or changes(log, next)
    end
  end

  # A commit record of Mnesia's ends with the operations on the schema.
  defp change?(record) when is_tuple(record) and elem(record, 0) == :commit,
    do: elem(record, tuple_size(record) - 1) != []

  defp change?(_other), do: false

  # -- the file --

  defp replace(dir, from, to) do
    file = Path.join(dir, @name)
    new = file <> ".new"
    back_up = "#{file}.#{from}"

    with :ok <- copied(file, back_up),
         :ok <- copied(file, new),
         :ok <- renamed(new, from, to),
         :ok <- synced(new),
         :ok <- File.rename(new, file) do
      {:ok, back_up}
    else
      {:error, reason} ->
        _ = File.rm(new)
        {:error, "#{file} cannot be replaced: #{words(reason)}"}
    end
  end

  defp copied(from, to), do: with(:ok <- File.cp(from, to), do: synced(to))

  defp synced(file) do
    with {:ok, device} <- :file.open(file, [:raw, :read, :write]) do
      result = :file.sync(device)
      _ = :file.close(device)
      result
    end
  end

  defp renamed(file, from, to) do
    with_table(file, fn table ->
      with objects when is_list(objects) <- :dets.match_object(table, :_),
           :ok <- :dets.insert(table, replaced(objects, from, to)),
           do: :dets.sync(table)
    end)
  end

  # The name stands in lists of nodes, and in the cookies of tables, by which copies of one table
  # are known: those stay.
  defp replaced(objects, from, to) do
    for {:schema, table, properties} <- objects do
      {:schema, table,
       Enum.map(properties, fn
         {key, nodes} when key in [:ram_copies, :disc_copies, :disc_only_copies] ->
           {key, Enum.map(nodes, &if(&1 == from, do: to, else: &1))}

         other ->
           other
       end)}
    end
  end

  # The tables of the schema and their properties. Opening may repair the file, so a copy is opened.
  defp read(dir) do
    file = Path.join(dir, @name)

    case File.stat(file) do
      {:ok, _} -> read_copy(file, file <> ".read")
      {:error, :enoent} -> :none
      {:error, reason} -> {:error, words(reason)}
    end
  end

  defp read_copy(file, copy) do
    try do
      with :ok <- File.cp(file, copy),
           objects when is_list(objects) <- with_table(copy, &:dets.match_object(&1, :_)),
           true <- Enum.all?(objects, &match?({:schema, table, [_ | _]} when is_atom(table), &1)),
           schema = Map.new(objects, fn {:schema, table, properties} -> {table, properties} end),
           true <- Map.has_key?(schema, :schema) do
        {:ok, schema}
      else
        false -> {:error, "it is damaged"}
        {:error, reason} -> {:error, words(reason)}
      end
    after
      _ = File.rm(copy)
    end
  end

  defp with_table(file, function) do
    with {:ok, table} <- :dets.open_file(make_ref(), file: to_charlist(file), keypos: 2) do
      result = function.(table)
      with :ok <- :dets.close(table), do: result
    end
  end

  defp nodes(schema) do
    Enum.sort(Enum.flat_map([:disc_copies, :ram_copies], &Keyword.get(schema.schema, &1, [])))
  end

  defp with_files(dir) do
    Enum.filter(Schema.tables(), fn table ->
      Enum.any?(@extensions, &(dir |> Path.join("#{table}#{&1}") |> File.exists?()))
    end)
  end

  defp words(reason) when is_atom(reason), do: to_string(:file.format_error(reason))
  defp words({:file_error, _file, reason}), do: words(reason)
  defp words(_reason), do: "it is damaged"
end
