defmodule Numplan.Transfer.Migration do
  @moduledoc """
  Copies everything from one store to another: accounts, numbers and configuration documents, in
  pages, and compares both at the end. A document of the target says that it is not finished until
  then (`Numplan.Transfer.MigrationMark`).

  Revisions are those of the new store; accounts' copies are made from the records, as `fix` makes
  them. What CouchDB itself keeps in a document of a number, such as attachments, stays there.
  """

  alias Numplan.PhoneNumber
  alias Numplan.Transfer.MigrationMark

  @page 1_000

  @typedoc "How many of each there are."
  @type counts :: %{accounts: non_neg_integer(), numbers: non_neg_integer(), documents: non_neg_integer()}

  @doc """
  Copies the store `from` to the store `to`, two modules of `Numplan.Store` that run. Returns the
  counts, which are those of both stores, or an error in words.

  The target must be empty. With `resume: true` it must have an unfinished migration from the same
  source; what it has of that is left, and a number that was changed there later is an error. `from`
  and `to` name the stores, by default by their modules. `begun` is called once the target may be
  written to, and ends the migration with its error. `progress` is called with the kind and the
  count of what is done.
  """
  @spec run(module(), module(),
          resume: boolean(),
          from: binary(),
          to: binary(),
          begun: (() -> :ok | {:error, binary()}),
          progress: (atom(), non_neg_integer() -> term())
        ) :: {:ok, counts()} | {:error, binary()}
  def run(from, to, options) do
    progress = options[:progress] || fn _kind, _count -> :ok end
    begun = options[:begun] || fn -> :ok end
    mark = %{from: options[:from] || inspect(from), to: options[:to] || inspect(to), finished: false}

    with :ok <- whole(from),
         :ok <- ready(to, mark, options[:resume] == true),
         :ok <- begun.(),
         :ok <- marked(to, mark),
         {:ok, _} <- each_page(&from.list_accounts/2, &put_accounts(&1, to), &progress.(:accounts, &1)),
         {:ok, _} <- each_page(&from.list_numbers/2, &put_numbers(&1, to), &progress.(:numbers, &1)),
         {:ok, documents} <- documents(from),
         :ok <- put_documents(documents, to),
         {:ok, there} <- compared(from, to, &progress.(:compared, &1)),
         {:ok, here} <- counts(to),
         {:ok, counts} <- same(there, here),
         :ok <- marked(to, %{mark | finished: true}) do
      {:ok, counts}
    end
  end

  # A part of a store is not migrated as if it were all of it.
  defp whole(from) do
    with {:ok, mark} <- mark(from, "the source") do
      if words = MigrationMark.unfinished(mark), do: failed("the source is not whole: " <> words), else: :ok
    end
  end

  defp mark(store, which) do
    with {:error, _reason} <- MigrationMark.read(store), do: failed("#{which} does not answer")
  end

  defp marked(to, mark) do
    with {:error, _reason} <- MigrationMark.write(to, mark),
         do: failed("the target does not answer; go on with --resume")
  end

  defp ready(to, mark, resume?) do
    with {:ok, found} <- mark(to, "the target"), do: ready(to, mark, resume?, found)
  end

  defp ready(_to, %{from: from}, true, %{finished: false, from: from}), do: :ok

  defp ready(_to, %{from: from}, true, %{finished: false} = found),
    do: failed("the target does not have a migration from #{from} to resume: " <> MigrationMark.unfinished(found))

  defp ready(_to, _mark, true, _none_or_finished),
    do: failed("the target has no unfinished migration to resume; without --resume it must be empty")

  defp ready(_to, _mark, false, %{finished: false} = found),
    do: failed("the target is not empty: " <> MigrationMark.unfinished(found))

  defp ready(to, _mark, false, _none_or_finished) do
    with {:ok, [], nil} <- to.list_numbers(nil, 1),
         {:ok, [], nil} <- to.list_accounts(nil, 1),
         {:ok, []} <- MigrationMark.other_documents(to) do
      :ok
    else
      {:error, _reason} -> failed("the target does not answer")
      _ -> failed("the target is not empty; name an empty one")
    end
  end

  defp failed(message), do: {:error, message}

  # Calls `fun` with each page of a list; returns how many items there were.
  defp each_page(list, fun, progress, from \\ nil, count \\ 0) do
    with {:ok, items, next} <- list.(from, @page), :ok <- fun.(items) do
      count = count + length(items)
      progress.(count)
      if next, do: each_page(list, fun, progress, next, count), else: {:ok, count}
    else
      {:error, message} when is_binary(message) -> failed(message)
      {:error, _reason} -> failed("a store does not answer; go on with --resume")
    end
  end

  defp put_accounts(accounts, to) do
    Enum.find_value(accounts, :ok, fn account ->
      with :ok <- to.put_account(account), do: nil
    end)
  end

  defp put_numbers(numbers, to) do
    with {:ok, results} <- to.update_numbers(for number <- numbers, do: {number.id, &decide(&1, moved(number))}) do
      numbers |> Enum.zip(results) |> Enum.find_value(:ok, &refusal/1)
    end
  end

  # A record as it is in another store.
  defp moved(number) do
    %{number | rev: nil, private: Map.reject(number.private, fn {key, _} -> String.starts_with?(key, "_") end)}
  end

  defp decide(nil, number), do: {:put, number}

  defp decide(before, number) do
    cond do
      equal?(number, before) -> {:put, before}
      before.modified > number.modified -> {:error, :newer}
      true -> {:put, %{number | rev: before.rev}}
    end
  end

  defp refusal({_number, {:ok, _written}}), do: nil

  defp refusal({_number, {:error, :newer}}),
    do: failed("a number was changed in the target after the source: the target is in use")

  defp refusal({_number, {:error, :not_found}}), do: failed("the target has no place for a number of that form")

  defp refusal({_number, {:raised, _exception, _stacktrace}}),
    do: failed("the target cannot hold a number's record: one of its fields is no JSON, or nested too deep")

  defp refusal({_number, _failure}), do: failed("the target does not answer; go on with --resume")

  defp documents(store) do
    with {:error, _reason} <- MigrationMark.other_documents(store),
         do: failed("a store does not answer; go on with --resume")
  end

  defp put_documents(documents, to) do
    Enum.find_value(documents, :ok, fn {id, document, _rev} ->
      case to.put_document(id, document, nil) do
        {:ok, _rev} -> nil
        {:error, _reason} -> failed("the target does not answer; go on with --resume")
      end
    end)
  end

  # Compares each record of the source with that of the target. Returns the counts of the source.
  defp compared(from, to, progress) do
    same = fn numbers ->
      with {:ok, there} <- to.get_numbers(Enum.map(numbers, & &1.id)) do
        if Enum.all?(numbers, &equal?(moved(&1), there[&1.id])),
          do: :ok,
          else:
            failed(
              "a number in the target is not as in the source: one of both was changed meanwhile; go on with --resume"
            )
      end
    end

    with {:ok, numbers} <- each_page(&from.list_numbers/2, same, progress), do: others(from, numbers)
  end

  defp equal?(_number, nil), do: false

  # A change that was migrated by a second run has the time of that.
  defp equal?(%PhoneNumber{} = number, there), do: %{there | rev: nil, modified: nil} == %{number | modified: nil}

  @doc "How many accounts, numbers and documents a store has, without a mark of a migration, or an error in words."
  @spec counts(module()) :: {:ok, counts()} | {:error, binary()}
  def counts(store) do
    with {:ok, numbers} <- each_page(&store.list_numbers/2, fn _ -> :ok end, fn _ -> :ok end),
         do: others(store, numbers)
  end

  defp others(store, numbers) do
    with {:ok, accounts} <- each_page(&store.list_accounts/2, fn _ -> :ok end, fn _ -> :ok end),
         {:ok, documents} <- documents(store),
         do: {:ok, %{accounts: accounts, numbers: numbers, documents: length(documents)}}
  end

  defp same(counts, counts), do: {:ok, counts}

  defp same(there, here) do
    differing =
      for {kind, count} <- there,
          here[kind] != count,
          do: "#{count} #{kind} in the source and #{here[kind]} in the target"

    failed("the stores differ: " <> Enum.join(differing, ", "))
  end
end
