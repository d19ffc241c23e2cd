defmodule Numplan.Transfer.Record do
  @moduledoc """
  Converts records of numbers to rows of files, and rows to records: JSON objects and cells of
  tables, with the same names, and the documents of Kazoo's databases of numbers.
  """

  alias Numplan.Batch.Reject
  alias Numplan.PhoneNumber
  alias Numplan.Store.CouchDB.Layout

  @texts ~w(number state account_id previous_account_id used_by carrier_module)
  # The last second of the year 9999.
  @latest 315_569_519_999
  @times ~w(created modified)
  @objects ~w(features public private)
  # The deepest nesting of such an object. JSON is read and written to 127 levels, and a store, a
  # page of records and an answer of the API each put some around it.
  @deepest 100
  @columns @texts ++ @times ++ ["reserve_history"] ++ @objects
  @kazoo ~w(pvt_state pvt_number_state)

  @typedoc "What rows leave out: the account and the state of the numbers."
  @type defaults :: %{account_id: binary() | nil, state: PhoneNumber.state() | nil}

  @doc """
  The names of columns and keys, in the order in which they are written.

      iex> Enum.take(Numplan.Transfer.Record.columns(), 3)
      ["number", "state", "account_id"]
  """
  @spec columns() :: [binary(), ...]
  def columns, do: @columns

  @doc """
  The record in a decoded object, with the number as it is written there, or the reason why there
  is none. An object with Kazoo's key `pvt_state` is a document of Kazoo.

      iex> {:ok, number} = Numplan.Transfer.Record.read(%{"number" => "4158550001", "state" => "available"}, %{account_id: nil, state: nil})
      iex> {number.id, number.state}
      {"4158550001", "available"}
      iex> Numplan.Transfer.Record.read(%{"number" => "4158550001", "states" => "x"}, %{account_id: nil, state: nil})
      {:error, "there is no key states"}
  """
  @spec read(map(), defaults()) :: {:ok, PhoneNumber.t()} | {:error, binary()}
  def read(object, defaults) do
    if Enum.any?(@kazoo, &is_map_key(object, &1)), do: document(object), else: object(object, defaults)
  end

  # A document of Kazoo. What CouchDB itself keeps beside the fields, such as attachments, stays
  # there.
  defp document(object) do
    with %PhoneNumber{} = number <- Layout.number({Map.to_list(object)}),
         id when is_binary(id) <- object["_id"] || object["id"],
         :ok <- number |> written() |> typed() do
      private = Map.reject(number.private, fn {key, _} -> String.starts_with?(key, "_") end)
      valid(%{number | id: id, rev: nil, private: private})
    else
      {:error, _} = refusal -> refusal
      _ -> {:error, "a document without a number"}
    end
  end

  defp object(object, defaults) do
    given = Map.reject(object, fn {_key, value} -> value == nil end)

    with nil <- Enum.find(Map.keys(given), &(&1 not in @columns)), :ok <- typed(given) do
      valid(%PhoneNumber{
        id: Map.get(given, "number", ""),
        state: given["state"] || defaults.state || state(given["account_id"] || defaults.account_id),
        account_id: given["account_id"] || defaults.account_id,
        previous_account_id: given["previous_account_id"],
        used_by: given["used_by"],
        carrier_module: given["carrier_module"] || "knm_local",
        created: given["created"],
        modified: given["modified"],
        reserve_history: given["reserve_history"] || [],
        features: given["features"] || %{},
        public: given["public"] || %{},
        private: given["private"] || %{}
      })
    else
      {:error, _} = refusal -> refusal
      unknown -> {:error, "there is no key #{shown(unknown)}"}
    end
  end

  defp state(nil), do: "available"
  defp state(_account_id), do: "in_service"

  defp shown(key), do: if(String.printable?(key), do: String.slice(key, 0, 40), else: "of that name")

  # Checks the types of the values; those of Kazoo's documents too.
  defp typed(given), do: Enum.find_value(@columns, :ok, fn key -> wrong(key, given[key]) end)

  defp wrong(_key, nil), do: nil

  defp wrong(key, value) when key in @texts,
    do: unless(is_binary(value) and String.valid?(value), do: {:error, "#{key} is not a text"})

  defp wrong(key, value) when key in @times,
    do: unless(is_integer(value) and value in 0..@latest, do: {:error, "#{key} is not in Gregorian seconds"})

  defp wrong("reserve_history", value) do
    unless is_list(value) and Enum.all?(value, &is_binary/1), do: {:error, "reserve_history is not a list of accounts"}
  end

  defp wrong(key, value), do: unless(is_map(value), do: {:error, "#{key} is not an object"})

  # What the API requires of a new number, except for its form.
  defp valid(number) do
    cond do
      reason = Reject.reason(number.id) -> {:error, Reject.words(reason)}
      number.state not in PhoneNumber.states() -> {:error, "there is no state #{shown(number.state)}"}
      not account?(number.account_id) -> {:error, "an account id has 32 characters"}
      needs_account?(number) -> {:error, "a number in the state #{number.state} needs an account"}
      deep = deep(number) -> {:error, "#{deep} is nested deeper than #{@deepest} levels"}
      true -> {:ok, number}
    end
  end

  defp deep(number) do
    Enum.find(@objects, &(not within?(Map.fetch!(number, String.to_existing_atom(&1)), @deepest)))
  end

  defp within?(value, levels) when is_map(value),
    do: levels > 0 and Enum.all?(Map.values(value), &within?(&1, levels - 1))

  defp within?(value, levels) when is_list(value), do: levels > 0 and Enum.all?(value, &within?(&1, levels - 1))
  defp within?(_scalar, _levels), do: true

  defp account?(nil), do: true
  defp account?(id), do: byte_size(id) == 32

  defp needs_account?(number), do: number.account_id == nil and PhoneNumber.held?(%{number | account_id: ""})

  @doc """
  The decoded object in the cells of a row, by the names in the header; an empty cell is none.
  """
  @spec cells([binary()], [binary()]) :: {:ok, map()} | {:error, binary()}
  def cells(names, cells) when length(cells) > length(names), do: {:error, "more columns than the header has"}

  def cells(names, cells) do
    names |> Enum.zip(cells) |> Enum.reject(fn {_name, cell} -> cell == "" end) |> cells_to(%{})
  end

  defp cells_to([], object), do: {:ok, object}

  defp cells_to([{name, cell} | cells], object) do
    case value(name, cell) do
      {:ok, value} -> cells_to(cells, Map.put(object, name, value))
      :error -> {:error, "the column #{name} has no #{if name in @times, do: "number", else: "JSON"} in it"}
    end
  end

  defp value(name, cell) when name in @times do
    case Integer.parse(cell) do
      {value, ""} -> {:ok, value}
      _ -> :error
    end
  end

  defp value("reserve_history", cell), do: {:ok, String.split(cell)}
  defp value(name, cell) when name in @objects, do: decoded(cell)
  defp value(_name, cell), do: {:ok, cell}

  defp decoded(text) do
    case :numplan_json.decode(text, [{:null, nil}]) do
      {:ok, value} -> {:ok, value}
      {:error, _} -> :error
    end
  end

  @doc """
  The cells of a record, for `columns/0`.

      iex> [id, state, nil | _] = Numplan.Transfer.Record.to_cells(%Numplan.PhoneNumber{id: "+14158550001", state: "aging"})
      iex> {id, state}
      {"+14158550001", "aging"}
  """
  @spec to_cells(PhoneNumber.t()) :: [binary() | nil]
  def to_cells(number) do
    written = written(number)
    Enum.map(@columns, &cell(&1, written[&1]))
  end

  defp cell(_key, nil), do: nil
  defp cell(key, time) when key in @times, do: Integer.to_string(time)
  defp cell(_key, empty) when empty in [[], %{}], do: nil
  defp cell("reserve_history", accounts), do: Enum.join(accounts, " ")
  defp cell(key, object) when key in @objects, do: encoded(object)
  defp cell(_key, text), do: text

  @doc "The record as an object in one line of JSON, without what it does not have."
  @spec to_json(PhoneNumber.t()) :: binary()
  def to_json(number) do
    written = written(number)
    encoded({for(key <- @columns, written[key] not in [nil, [], %{}], do: {key, written[key]})})
  end

  defp encoded(value) do
    {:ok, text} = :numplan_json.encode(value)
    text
  end

  defp written(number) do
    number
    |> Map.from_struct()
    |> Map.new(fn {key, value} -> {Atom.to_string(key), value} end)
    |> Map.put("number", number.id)
  end
end
