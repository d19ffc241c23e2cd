defmodule Numplan.Store.SQLite.Batch do
  @moduledoc """
  What the writes that wait at one time do to the store, as one list of changes.

  Writes are decided one after the other, each on what those before it have left: two on one number
  lose nothing. One that refuses, or raises, leaves what it found to the next one. All changes are
  then committed together, and share the disc's time.
  """

  alias Numplan.{Account, PhoneNumber}
  alias Numplan.Store.Revision
  alias Numplan.Store.SQLite.{Native, Row}

  @enforce_keys [:numbers, :documents]
  defstruct [:numbers, :documents, changes: [], answers: [], changed_documents: []]

  @type request ::
          {:update_number, Numplan.phone_number(), (PhoneNumber.t() | nil -> Numplan.Store.decision())}
          | {:update_numbers, [Numplan.Store.change()]}
          | {:put_copies, account_id :: binary(), [PhoneNumber.t()]}
          | {:delete_copies, account_id :: binary(), [Numplan.phone_number()]}
          | {:put_account, Account.t()}
          | {:put_document, id :: binary(), Numplan.Store.document(), rev :: binary() | nil}
  @typedoc "The answer to a request, or what its function raised."
  @type answer :: {:answer, term()} | {:raised, :error | :exit | :throw, term(), Exception.stacktrace()}
  @typedoc """
  The records and documents as the decided writes leave them, the changes and the documents that
  were changed, last first, and the answers, last first.
  """
  @type t :: %__MODULE__{
          numbers: %{binary() => {PhoneNumber.t(), listed :: boolean()} | nil},
          documents: %{binary() => binary() | nil},
          changes: [Native.change()],
          answers: [answer()],
          changed_documents: [binary()]
        }

  @doc "The ids of the numbers whose records a request needs."
  @spec numbers(request()) :: [binary()]
  def numbers({:update_number, id, _decide}), do: [id]
  def numbers({:update_numbers, changes}), do: Enum.map(changes, &elem(&1, 0))
  def numbers({:put_copies, _account_id, numbers}), do: Enum.map(numbers, & &1.id)
  def numbers({:delete_copies, _account_id, ids}), do: ids
  def numbers(_request), do: []

  @doc "The ids of the documents whose revisions a request needs."
  @spec documents(request()) :: [binary()]
  def documents({:put_document, id, _document, _rev}), do: [id]
  def documents(_request), do: []

  @doc "Decides a request on what was decided before it."
  @spec decide(request(), t()) :: t()
  def decide(request, batch) do
    {answer, batch} = carry_out(request, batch)
    %{batch | answers: [{:answer, answer} | batch.answers]}
  catch
    kind, reason -> %{batch | answers: [{:raised, kind, reason, __STACKTRACE__} | batch.answers]}
  end

  defp carry_out({:update_number, id, decide}, batch), do: change(id, decide, batch)

  defp carry_out({:update_numbers, changes}, batch) do
    {results, batch} = Enum.map_reduce(changes, batch, fn {id, decide}, batch -> tried(id, decide, batch) end)
    {{:ok, results}, batch}
  end

  defp carry_out({:put_copies, account_id, numbers}, batch) when is_binary(account_id),
    do: {:ok, Enum.reduce(numbers, batch, &put_copy(account_id, &1, &2))}

  defp carry_out({:delete_copies, account_id, ids}, batch) when is_binary(account_id),
    do: {:ok, Enum.reduce(ids, batch, &delete_copy(account_id, &1, &2))}

  defp carry_out({:put_account, %Account{id: id, tree: tree} = account}, batch) when is_binary(id) do
    true = Enum.all?(tree, &is_binary/1)
    {:ok, add(batch, {:put_account, id, tree, Row.account(account)})}
  end

  defp carry_out({:put_document, id, document, expected}, batch) when is_binary(id) do
    rev = batch.documents[id]

    if expected in [nil, rev] do
      next = Revision.next(rev, document)
      batch = add(batch, {:put_document, id, next, Revision.now(), Row.document(document)})

      {{:ok, next},
       %{batch | documents: Map.put(batch.documents, id, next), changed_documents: [id | batch.changed_documents]}}
    else
      {{:error, :conflict}, batch}
    end
  end

  # What raises here has changed nothing in the batch.
  defp tried(id, decide, batch) do
    change(id, decide, batch)
  rescue
    exception -> {{:raised, exception, __STACKTRACE__}, batch}
  end

  defp change(id, decide, batch) do
    found = batch.numbers[id]
    before = found && elem(found, 0)

    case decide.(before) do
      {:put, %PhoneNumber{id: ^id} = number} -> put_number(number, found, batch)
      :delete -> {{:ok, nil}, delete_number(id, found, batch)}
      {:error, _} = refused -> {refused, batch}
    end
  end

  defp add(batch, change), do: %{batch | changes: [change | batch.changes]}

  defp put_number(number, found, batch) do
    before = found && elem(found, 0)
    number = Revision.stamped(number, before)
    held = PhoneNumber.held?(number)

    if found == {number, held} do
      {{:ok, number}, batch}
    else
      batch = add(batch, {:put_number, Row.number(number, held)})

      batch =
        Enum.reduce(stale_copies(found, held && number.account_id), batch, &add(&2, {:delete_copy, &1, number.id}))

      {{:ok, number}, note(batch, number.id, {number, held})}
    end
  end

  defp delete_number(_id, nil, batch), do: batch

  defp delete_number(id, found, batch) do
    batch = add(batch, {:delete_number, id})
    found |> stale_copies(nil) |> Enum.reduce(batch, &add(&2, {:delete_copy, &1, id})) |> note(id, nil)
  end

  # The accounts that may have a copy of their own of a number, and have none once its record says
  # who lists it: the account of the record before, and that of the record now. One that lists the
  # record has no copy of its own.
  defp stale_copies(found, account_id) do
    listed = match?({_number, true}, found)
    before = found && elem(found, 0).account_id
    Enum.uniq(for(id <- [before, account_id], is_binary(id), not (listed and id == before), do: id))
  end

  defp note(batch, id, found), do: %{batch | numbers: Map.put(batch.numbers, id, found)}

  defp put_copy(account_id, %PhoneNumber{id: id} = number, batch) do
    case batch.numbers[id] do
      {^number, true} when number.account_id == account_id ->
        batch

      {^number, false} when number.account_id == account_id ->
        batch |> list(id, true) |> add({:delete_copy, account_id, id})

      _ ->
        batch |> unlist(account_id, id) |> add({:put_copy, account_id, id, Row.copy(number)})
    end
  end

  defp delete_copy(account_id, id, batch) when is_binary(id),
    do: batch |> unlist(account_id, id) |> add({:delete_copy, account_id, id})

  defp unlist(batch, account_id, id) do
    case batch.numbers[id] do
      {%PhoneNumber{account_id: ^account_id}, true} -> list(batch, id, false)
      _ -> batch
    end
  end

  defp list(batch, id, listed) do
    {number, _} = batch.numbers[id]
    batch |> add({:list, id, listed}) |> note(id, {number, listed})
  end
end
