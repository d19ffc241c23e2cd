defmodule Numplan.Store.Filter do
  @moduledoc """
  A filter of an account's list of numbers: conditions that hold for a number, all of them.

  What a condition means is Kazoo's (kazoo-semantics 2.5). Which numbers a filter keeps is decided
  here alone, so all stores give the same ones; a store with indices reads fewer records for that.

  A path leads to a value: a field of `Numplan.PhoneNumber` (`:feature_names` are the names of its
  features) or the name of a public field, then names and places in it. `most` bounds the records
  that one page reads.
  """

  alias Numplan.PhoneNumber

  defstruct conditions: [], most: 100_000

  @type path :: [atom() | binary()]
  @typedoc """
  `:is` and `:is_not`: the value as text is one of these, or none. `:has` and `:lacks`: there is a
  value. `:filled` and `:empty`: a value that is neither empty nor 0. `:from` and `:to`: a time,
  itself included. `:prefix`: the number begins so. `:never`: no number.
  """
  @type condition ::
          {:is | :is_not, path(), [binary()]}
          | {:has | :lacks | :filled | :empty, path()}
          | {:from | :to, :created | :modified, integer()}
          | {:prefix, binary()}
          | :never
  @type t :: %__MODULE__{conditions: [condition()], most: pos_integer()}
  @typedoc "Where a page begins, in the order in which the store reads."
  @type key :: binary()

  @doc """
  True if all conditions hold for a number.

      iex> filter = %Numplan.Store.Filter{conditions: [{:is, [:state], ["in_service"]}, {:has, ["cnam", "name"]}]}
      iex> number = %Numplan.PhoneNumber{id: "+14158550001", state: "in_service", public: %{"cnam" => %{"name" => "x"}}}
      iex> {Numplan.Store.Filter.matches?(filter, number), Numplan.Store.Filter.matches?(filter, %{number | public: %{}})}
      {true, false}
  """
  @spec matches?(t(), PhoneNumber.t()) :: boolean()
  def matches?(%__MODULE__{conditions: conditions}, %PhoneNumber{} = number),
    do: Enum.all?(conditions, &holds?(&1, number))

  defp holds?({:is, path, texts}, number), do: known?(path, number, &(text(&1) in texts))
  defp holds?({:is_not, path, texts}, number), do: known?(path, number, &(text(&1) not in texts))
  defp holds?({:has, path}, number), do: known?(path, number, &(&1 != :absent))
  defp holds?({:lacks, path}, number), do: known?(path, number, &(&1 == :absent))
  defp holds?({:filled, path}, number), do: known?(path, number, &(not empty?(&1)))
  defp holds?({:empty, path}, number), do: known?(path, number, &empty?/1)
  # A missing time is an atom, which Erlang orders after every integer, and Kazoo compares so: it
  # passes `from`, and fails `to`.
  defp holds?({:from, field, time}, number), do: Map.fetch!(number, field) >= time
  defp holds?({:to, field, time}, number), do: Map.fetch!(number, field) <= time
  defp holds?({:prefix, prefix}, number), do: String.starts_with?(number.id, prefix)
  defp holds?(:never, _number), do: false

  # A path through a value that has no parts fails in Kazoo, and the number is left out.
  defp known?(path, number, holds?) do
    case value(path, number) do
      {:ok, value} -> holds?.(value)
      :error -> false
    end
  end

  defp value([:feature_names | path], number), do: part(path, number.features |> Map.keys() |> Enum.sort())
  defp value([field | path], number) when is_atom(field), do: part(path, Map.fetch!(number, field) || :absent)
  defp value([name | path], number), do: part(path, Map.get(number.public, name, :absent))

  defp part([], value), do: {:ok, value}
  defp part(_path, :absent), do: {:ok, :absent}
  defp part([name | path], %{} = object), do: part(path, Map.get(object, name, :absent))
  # JSON from a request has its objects in order.
  defp part([name | path], {members}), do: part(path, members |> List.keyfind(name, 0, {name, :absent}) |> elem(1))
  defp part([place | path], list) when is_list(list), do: part(path, element(list, Integer.parse(place)))
  defp part(_path, _value), do: :error

  defp element(list, {place, ""}) when place > 0, do: Enum.at(list, place - 1, :absent)
  defp element(_list, _no_place), do: :absent

  # The text of a value; an object has none.
  defp text(:absent), do: ""
  defp text(nil), do: "null"
  defp text(value) when is_binary(value), do: value
  defp text(value) when is_list(value), do: joined(value)
  defp text(value) when is_map(value) or is_tuple(value), do: nil
  defp text(value), do: to_string(value)

  defp joined(list) do
    IO.iodata_to_binary(list)
  rescue
    ArgumentError -> ""
  end

  defp empty?(value), do: value in [:absent, nil, :null, "", "0", "NULL", "undefined", [], %{}, {[]}] or value == 0

  @doc """
  The only value that a field can have under a filter; `nil` where it can have several, or none.

      iex> filter = %Numplan.Store.Filter{conditions: [{:is, [:state], ["in_service"]}]}
      iex> {Numplan.Store.Filter.only(filter, :state), Numplan.Store.Filter.only(filter, :used_by)}
      {"in_service", nil}
  """
  @spec only(t(), atom()) :: binary() | nil
  def only(%__MODULE__{conditions: conditions}, field) do
    Enum.find_value(conditions, fn
      {:is, [^field], [text]} when text != "" -> text
      _other -> nil
    end)
  end

  @doc """
  The first and the last time that a field can have under a filter, each `nil` where there is none.

      iex> filter = %Numplan.Store.Filter{conditions: [{:from, :created, 5}, {:from, :created, 7}]}
      iex> Numplan.Store.Filter.times(filter, :created)
      {7, nil}
  """
  @spec times(t(), :created | :modified) :: {integer() | nil, integer() | nil}
  def times(%__MODULE__{conditions: conditions}, field) do
    {Enum.max(for({:from, ^field, time} <- conditions, do: time), fn -> nil end),
     Enum.min(for({:to, ^field, time} <- conditions, do: time), fn -> nil end)}
  end

  # How many records are read together, if a page is not longer.
  @chunk 1_000

  @doc """
  A page of at most `limit` numbers that a filter keeps, and the key of the next page, `nil` for
  none, given a function that reads entries of the list from a key on: each with its key, and `nil`
  in place of what is not in the list.

  It reads at most `most` entries; then the page may have fewer numbers, and the next one follows.
  """
  @spec select(
          t(),
          key() | nil,
          pos_integer(),
          (key() | nil, pos_integer() ->
             {:ok, [{key(), PhoneNumber.t() | nil}], key() | nil} | failure)
        ) ::
          {:ok, [PhoneNumber.t()], key() | nil} | failure
        when failure: {:error, term()}
  def select(%__MODULE__{} = filter, from, limit, read) do
    if :never in filter.conditions,
      do: {:ok, [], nil},
      else: select(from, %{filter: filter, limit: limit, read: read}, limit + 1, filter.most, [])
  end

  defp select(from, page, chunk, left, found) do
    with {:ok, entries, next} <- page.read.(from, min(chunk, left)) do
      found = found ++ for({_, number} = entry <- entries, number && matches?(page.filter, number), do: entry)
      left = left - length(entries)

      if length(found) > page.limit or next == nil or left <= 0,
        do: cut(found, page.limit, next),
        else: select(next, page, max(chunk, @chunk), left, found)
    end
  end

  defp cut(found, limit, next) do
    {page, behind} = Enum.split(found, limit)
    {:ok, Enum.map(page, &elem(&1, 1)), with([{key, _} | _] <- behind, do: key, else: ([] -> next))}
  end

  @doc """
  The same for a list that is read in the order of ids, which are the keys. Of a list with a prefix
  nothing else is read.
  """
  @spec select_by_id(
          t(),
          Numplan.phone_number() | nil,
          pos_integer(),
          (Numplan.phone_number() | nil, pos_integer() ->
             {:ok, [PhoneNumber.t()], Numplan.phone_number() | nil}
             | failure)
        ) ::
          {:ok, [PhoneNumber.t()], Numplan.phone_number() | nil} | failure
        when failure: {:error, term()}
  def select_by_id(filter, from, limit, read) do
    prefix = prefix(filter)

    select(filter, from, limit, fn from, count ->
      with {:ok, numbers, next} <- read.(later(from, prefix), count),
           do: {:ok, Enum.map(numbers, &{&1.id, &1}), within(next, prefix)}
    end)
  end

  defp later(from, ""), do: from
  defp later(from, prefix), do: max(from || "", prefix)

  defp within(nil, _prefix), do: nil
  defp within(next, prefix), do: if(String.starts_with?(next, prefix), do: next)

  @doc """
  The prefix that all numbers have which a filter keeps; empty without one.

      iex> Numplan.Store.Filter.prefix(%Numplan.Store.Filter{conditions: [{:prefix, "+1415"}]})
      "+1415"
  """
  @spec prefix(t()) :: binary()
  def prefix(%__MODULE__{conditions: conditions}),
    do: Enum.find_value(conditions, "", &with({:prefix, prefix} <- &1, do: prefix, else: (_ -> nil)))

  @doc """
  The exclusive upper bound of the texts that begin with a prefix; `nil` where there is none.

      iex> Enum.map(["+1415", <<1, 255>>, <<255>>, ""], &Numplan.Store.Filter.behind/1)
      ["+1416", <<2>>, nil, nil]
  """
  @spec behind(binary()) :: binary() | nil
  def behind(""), do: nil

  def behind(prefix) do
    before = binary_part(prefix, 0, byte_size(prefix) - 1)

    case :binary.last(prefix) do
      255 -> behind(before)
      last -> <<before::binary, last + 1>>
    end
  end
end
