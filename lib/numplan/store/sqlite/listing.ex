defmodule Numplan.Store.SQLite.Listing do
  @moduledoc """
  Pages of an account's list, read by the index that a filter allows.

  The list is the records that it has as they are, and copies that differ from theirs. An index
  narrows what is read; `Numplan.Store.Filter` decides what is kept.

  Pages are in the order of ids, and their keys are ids. With bounds of the time of creation the
  records come in the order of that time: their key is the time, a comma and the id; and the copies
  come after them: theirs is a comma and the id.
  """

  alias Numplan.{PhoneNumber, Store}
  alias Numplan.Store.Filter
  alias Numplan.Store.SQLite.{Native, Row, Writer}

  # What a column holds.
  @times -0x8000_0000_0000_0000..0x7FFF_FFFF_FFFF_FFFF

  @doc "A page of an account's list; see `c:Numplan.Store.list_copies/4`."
  @spec page(binary(), Filter.key() | nil, pos_integer(), Filter.t()) ::
          {:ok, [PhoneNumber.t()], Filter.key() | nil} | Store.failure()
  def page(account_id, from, limit, %Filter{} = filter) do
    case part(filter) do
      {:created, first, last} -> Filter.select(filter, from, limit, &by_time(account_id, first, last, &1, &2))
      part -> Filter.select(filter, from, limit, &by_id(account_id, part, Filter.prefix(filter), &1, &2))
    end
  end

  # Times narrow most, then users: most numbers of an account are in one state.
  defp part(filter) do
    used_by = Filter.only(filter, :used_by)
    state = Filter.only(filter, :state)

    case Filter.times(filter, :created) do
      {nil, nil} when used_by != nil -> {:used_by, used_by}
      {nil, nil} when state != nil -> {:state, state}
      {nil, nil} -> :listed
      {first, last} -> {:created, bound(first || @times.first), bound(last || @times.last)}
    end
  end

  defp bound(time), do: time |> max(@times.first) |> min(@times.last)

  # Entries in the order of ids.
  defp by_id(account_id, part, prefix, from, count) do
    from = max(from || "", prefix)

    with {:ok, {rows, copies}} <- read(account_id, part, from, Filter.behind(prefix), count + 1) do
      {page, behind} = rows |> Enum.map(&{elem(&1, 0), &1}) |> merged(copies) |> Enum.split(count)
      {:ok, Enum.map(page, &entry/1), with([{id, _} | _] <- behind, do: id, else: ([] -> nil))}
    end
  end

  defp read(account_id, part, from, until, count),
    do: Writer.read(&Native.list(&1, account_id, part, from, until, count))

  defp merged(numbers, []), do: numbers
  defp merged(numbers, copies), do: Enum.sort_by(numbers ++ copies, &elem(&1, 0))

  defp entry({id, fields}) when is_binary(fields), do: {id, Row.from_copy(fields)}
  defp entry({id, row}), do: {id, listed(row)}

  # The record in a row, where the list has it as it is.
  defp listed(row) do
    case Row.from_number(row) do
      {number, true} -> number
      {_number, false} -> nil
    end
  end

  # Entries in the order of the time of creation, then the copies.
  defp by_time(account_id, first, last, from, count) do
    case position(from, first) do
      {:copies, id} ->
        with {:ok, {[], copies}} <- read(account_id, :copies, id, nil, count + 1), do: copied(copies, count)

      {time, id} ->
        with {:ok, {rows, []}} <- read(account_id, {:created, time, last}, id, nil, count + 1),
             do: created(rows, count)
    end
  end

  defp position(nil, first), do: {first, ""}

  defp position("," <> id, _first), do: {:copies, id}

  defp position(key, first) do
    with [time, id] <- :binary.split(key, ","),
         {time, ""} when time >= first and time in @times <- Integer.parse(time) do
      {time, id}
    else
      _no_key_of_this_list -> {first, ""}
    end
  end

  defp created(rows, count) do
    {page, behind} = Enum.split(rows, count)
    {:ok, Enum.map(page, &{time_key(&1), listed(&1)}), with([row | _] <- behind, do: time_key(row), else: ([] -> ","))}
  end

  defp time_key(row), do: "#{elem(row, 4)},#{elem(row, 0)}"

  defp copied(copies, count) do
    {page, behind} = Enum.split(copies, count)
    entries = for {id, fields} <- page, do: {"," <> id, Row.from_copy(fields)}
    {:ok, entries, with([{id, _} | _] <- behind, do: "," <> id, else: ([] -> nil))}
  end
end
