defmodule Numplan.Store.SQLite.Row do
  @moduledoc """
  Rows of `Numplan.Store.SQLite` from structs, and structs from rows.

  A column that an index or a filter needs is one of its own; all others are one JSON object,
  without those that have their default. So a field that a later release adds needs no new layout,
  and SQLite's shell shows all of them.
  """

  alias Numplan.{Account, PhoneNumber}
  alias Numplan.Store.SQLite.Native

  @defaults Map.from_struct(struct(PhoneNumber, []))
  @columns [:id, :account_id, :state, :used_by, :created, :modified, :rev]
  @fields Map.drop(@defaults, @columns) |> Map.keys() |> Enum.map(&{&1, Atom.to_string(&1)})
  @all Enum.map(Map.keys(@defaults), &{&1, Atom.to_string(&1)})

  # What a column holds.
  @largest 0x7FFF_FFFF_FFFF_FFFF

  @doc "The row of a record. Raises if a field is not JSON, or a time no integer of 64 bits."
  @spec number(PhoneNumber.t(), listed :: boolean()) :: Native.row()
  def number(%PhoneNumber{id: id, state: state, created: created, modified: modified} = number, listed)
      when is_binary(id) and is_binary(state) and is_integer(created) and is_integer(modified) and
             abs(created) <= @largest and abs(modified) <= @largest do
    {revision, digest} = revision(number.rev)

    {id, text(number.account_id), state, text(number.used_by), created, modified, revision, digest, listed,
     json(differing(number, @fields))}
  end

  @doc "The record in a row, and whether the list of its account has it."
  @spec from_number(Native.row()) :: {PhoneNumber.t(), listed :: boolean()}
  def from_number({id, account_id, state, used_by, created, modified, revision, digest, listed, fields}) do
    number = %PhoneNumber{
      id: id,
      account_id: account_id,
      state: state,
      used_by: used_by,
      created: created,
      modified: modified,
      rev: "#{revision}-#{Base.encode16(digest, case: :lower)}"
    }

    {filled(number, fields, @fields), listed}
  end

  @doc "All fields of a number, as JSON. Raises if one is not JSON."
  @spec copy(PhoneNumber.t()) :: binary()
  def copy(%PhoneNumber{} = number), do: json(differing(number, @all))

  @doc "The number in such fields."
  @spec from_copy(binary()) :: PhoneNumber.t()
  def from_copy(fields), do: filled(struct(PhoneNumber, []), fields, @all)

  @doc "The fields of an account, as JSON."
  @spec account(Account.t()) :: binary()
  def account(%Account{name: name, tree: tree, enabled: enabled}),
    do: json(%{"name" => name, "tree" => tree, "enabled" => enabled})

  @doc "The account with these fields."
  @spec from_account(binary(), binary()) :: Account.t()
  def from_account(id, fields) do
    {:ok, %{"name" => name, "tree" => tree, "enabled" => enabled}} = :numplan_json.decode(fields, null: nil)
    %Account{id: id, name: name, tree: tree, enabled: enabled}
  end

  @doc "A document as JSON. Raises if it is none."
  @spec document(Numplan.Store.document()) :: binary()
  def document(document), do: json(document)

  @doc "The document in JSON, in the order of the text."
  @spec from_document(binary()) :: Numplan.Store.document()
  def from_document(text) do
    {:ok, document} = :numplan_json.decode(text, [:ordered])
    document
  end

  defp text(nil), do: nil
  defp text(text) when is_binary(text), do: text

  defp revision(rev) do
    {count, "-" <> digest} = Integer.parse(rev)
    {count, Base.decode16!(digest, case: :lower)}
  end

  defp differing(number, fields) do
    for {field, name} <- fields,
        value = Map.fetch!(number, field),
        value != @defaults[field],
        into: %{},
        do: {name, value}
  end

  defp filled(number, "{}", _fields), do: number

  defp filled(number, text, fields) do
    {:ok, values} = :numplan_json.decode(text, null: nil)

    Enum.reduce(fields, number, fn {field, name}, number ->
      case values do
        %{^name => value} -> Map.replace!(number, field, value)
        %{} -> number
      end
    end)
  end

  defp json(term) do
    case :numplan_json.encode(term) do
      {:ok, text} -> text
      {:error, reason} -> raise Numplan.JsonError, reason: reason
    end
  end
end
