defmodule Numplan.Transfer.Import do
  @moduledoc """
  Imports numbers from a file into the configured store.

  Each number is normalised, and must be reconcilable, as a new one of the API. A row that gives no
  valid record is a *reject*: it is left out, and written to the file of rejects with its line and
  the reason. A record that the store has already with the same content is left as it is, so that
  an import may be repeated; one with other content is a reject, unless it is to be replaced.

  Rows are written in batches, each in one transaction of a store that has them. A checkpoint beside
  the rejects says how far the file is done; from there an interrupted import is resumed.
  """

  alias Numplan.{Account, Input, Plan, Store}
  alias Numplan.Batch.{Checkpoint, Part}
  alias Numplan.Transfer.{Record, Rows}

  @batch 1_000
  @checkpoint_ms 1_000
  # How many accounts are read or made at once.
  @together 64

  @typedoc """
  The progress of an import. `rows` includes `earlier`, the rows of the interrupted import that it
  resumes; `size` is `nil` for standard input.
  """
  @type progress :: %{
          rows: non_neg_integer(),
          earlier: non_neg_integer(),
          rejected: non_neg_integer(),
          read: non_neg_integer(),
          size: non_neg_integer() | nil
        }

  @typedoc """
  - `:plan`: default: the active plan;
  - `:format`: default: by the name of the file;
  - `:column`, `:separator`: of CSV; see `Numplan.Transfer.Rows.open/3`;
  - `:account_id`, `:state`: for rows that have none; the state is otherwise `in_service` with an
    account, `available` without;
  - `:make_accounts`: whether to make accounts that the store lacks; default: false, and their
    numbers are rejects;
  - `:replace`: whether to replace records that differ; default: false;
  - `:rejects`: the file of rejects; default: the name of the input with `.rejects`;
  - `:resume`: whether to resume an interrupted import; default: false;
  - `:force`: whether to start over after an interrupted import; default: false;
  - `:batch`: rows written together; default: 1,000;
  - `:checkpoint_ms`: milliseconds between checkpoints; default: 1,000;
  - `:progress`: a function that is called with a `t:progress/0` now and then.
  """
  @type option ::
          {:plan, Plan.t()}
          | {:format, Rows.format()}
          | {:column, binary()}
          | {:separator, binary()}
          | {:account_id, binary()}
          | {:state, binary()}
          | {:make_accounts, boolean()}
          | {:replace, boolean()}
          | {:rejects, Path.t()}
          | {:resume, boolean()}
          | {:force, boolean()}
          | {:batch, pos_integer()}
          | {:checkpoint_ms, non_neg_integer()}
          | {:progress, (progress() -> term())}

  @doc "Imports the file at a path, or `:stdin`. Returns the counts of rows and rejects, or an error in words."
  @spec run(Path.t() | :stdin, [option()]) :: {:ok, progress()} | {:error, binary()}
  def run(source, options) do
    rejects = options[:rejects] || rejects(source)

    with :ok <- ready(source, options[:format]),
         {:ok, format} <- format(source, options[:format]),
         {:ok, input} <- open(source, rejects) do
      try do
        run(input, source, format, rejects, options)
      after
        Input.close(input)
      end
    end
  catch
    {:batch, message} -> {:error, message}
  end

  @doc """
  `:ok` for an input that is there and whose format is known; it needs no store.

      iex> Numplan.Transfer.Import.ready("/no/such.csv", nil)
      {:error, "/no/such.csv: no such file or directory"}
  """
  @spec ready(Path.t() | :stdin, Rows.format() | nil) :: :ok | {:error, binary()}
  def ready(source, format) do
    with {:ok, _format} <- format(source, format), do: there(source)
  end

  defp there(:stdin), do: :ok

  defp there(path) do
    with {:error, reason} <- File.stat(path), do: {:error, "#{path}: #{:file.format_error(reason)}"}, else: (_ -> :ok)
  end

  @doc "The file of rejects of an input by default."
  @spec rejects(Path.t() | :stdin) :: Path.t()
  def rejects(:stdin), do: "import.rejects"
  def rejects(path), do: path <> ".rejects"

  defp format(_source, format) when format != nil, do: {:ok, format}
  defp format(:stdin, nil), do: {:error, "standard input has no name that shows its format; name it with --format"}

  defp format(path, nil) do
    if format = Rows.format(path),
      do: {:ok, format},
      else: {:error, "#{path}: the name does not show the format; name it with --format: csv, jsonl or json"}
  end

  defp open(:stdin, _rejects), do: {:ok, Input.standard()}

  defp open(path, rejects) do
    if Enum.any?([rejects | Checkpoint.files(rejects)], &Input.same?(&1, path)),
      do:
        {:error, "#{rejects} and the checkpoint beside it would overwrite the input; name another file with --rejects"},
      else: Input.open(path)
  end

  defp run(input, source, format, rejects, options) do
    rows = Rows.open(input, format, Keyword.take(options, [:column, :separator]))
    part = Part.lock(rejects)

    try do
      plan = Keyword.get_lazy(options, :plan, &Plan.active/0)
      job = Checkpoint.job(if(source == :stdin, do: "-", else: source), plan, job_options(options))
      point = starting_point(rejects, job, options)
      started = %{rows: point.rows, earlier: point.rows, rejected: point.rejected, read: 0, size: Input.size(input)}

      state = %{
        part: Part.open(part, point.rejects),
        rejects: rejects,
        point: point,
        progress: started,
        job: job,
        plan: plan,
        defaults: %{account_id: options[:account_id], state: options[:state]},
        replace?: options[:replace] == true,
        make_accounts?: options[:make_accounts] == true,
        accounts: %{},
        tell: options[:progress] || fn _progress -> :ok end,
        at: now(),
        checkpoint_ms: Keyword.get(options, :checkpoint_ms, @checkpoint_ms)
      }

      state.tell.(started)
      size = Keyword.get(options, :batch, @batch)
      rows |> Rows.stream(point.offset) |> Stream.chunk_every(size) |> Enum.reduce(state, &batch/2) |> finish()
    after
      Part.close(part)
    end
  end

  defp job_options(options), do: Keyword.take(options, [:format, :column, :separator, :account_id, :state])

  defp starting_point(rejects, job, options) do
    case {Checkpoint.read(rejects), options[:resume], options[:force]} do
      {{:ok, ^job, point}, true, _} ->
        point

      {_, resume, true} when resume != true ->
        afresh(rejects)

      {:none, _, _} ->
        Checkpoint.start()

      {{:ok, _other, _}, true, _} ->
        refused("#{rejects}.progress belongs to another input, plan or format; start over with --force")

      {{:error, message}, true, _} ->
        refused(message)

      _ ->
        refused("#{rejects}.progress is of an interrupted import; resume it with --resume, or start over with --force")
    end
  end

  defp afresh(rejects) do
    :ok = Checkpoint.remove(rejects)
    Checkpoint.start()
  end

  @spec refused(binary()) :: no_return()
  defp refused(message), do: throw({:batch, message})

  defp finish(state) do
    :ok = Part.sync(state.part, state.point.rejects)
    :ok = Checkpoint.remove(state.rejects)
    state.tell.(state.progress)
    {:ok, state.progress}
  end

  # Writes a batch of rows to the store, and its rejects to their file.
  defp batch(rows, state) do
    {rows, state} = rows |> Enum.map(&record(&1, state)) |> normalised(state.plan) |> with_accounts(state)
    # Each function is copied to the store's process with all that it refers to.
    replace? = state.replace?
    changes = for {_row, {:ok, number}} <- rows, do: {number.id, &decide(&1, number, replace?)}
    rejected = rows |> outcomes(results(changes, rows)) |> Enum.map(&reject/1)
    text = IO.iodata_to_binary(rejected)
    %{offset: offset, read: read} = rows |> List.last() |> elem(0)
    bytes = if text == "", do: 0, else: Part.append(state.part, text)
    rejected_now = length(rejected)

    point = %{
      state.point
      | offset: offset,
        rejects: state.point.rejects + bytes,
        rows: state.point.rows + length(rows),
        rejected: state.point.rejected + rejected_now
    }

    progress = %{state.progress | rows: point.rows, rejected: point.rejected, read: read}
    state.tell.(progress)
    checkpoint(%{state | point: point, progress: progress})
  end

  defp record(row, state) do
    case row.object do
      {:ok, object} -> {row, Record.read(object, state.defaults)}
      {:error, _reason} = refusal -> {row, refusal}
    end
  end

  # The records with their numbers in E.164.
  defp normalised(rows, plan) do
    e164 = Numplan.normalize(for({_row, {:ok, number}} <- rows, do: number.id), plan)
    reconcilable = Numplan.reconcilable?(e164, plan)

    {rows, []} =
      Enum.map_reduce(rows, Enum.zip(e164, reconcilable), fn
        {row, {:ok, number}}, [{e164, true} | more] -> {{row, {:ok, %{number | id: e164}}}, more}
        {row, {:ok, _number}}, [{_e164, false} | more] -> {{row, {:error, "the number is not reconcilable"}}, more}
        refused, more -> {refused, more}
      end)

    rows
  end

  # The records whose accounts exist. Accounts that were read are remembered.
  defp with_accounts(rows, state) do
    accounts = rows |> unknown(state.accounts) |> accounts(state.make_accounts?) |> Enum.into(state.accounts)

    rows =
      Enum.map(rows, fn
        {row, {:ok, %{account_id: id} = number}} when id != nil -> {row, with_account(number, accounts, row)}
        other -> other
      end)

    {rows, %{state | accounts: accounts}}
  end

  defp with_account(%{account_id: id} = number, accounts, row) do
    case accounts do
      %{^id => true} -> {:ok, number}
      %{^id => false} -> {:error, "there is no account #{id}"}
      %{} -> unavailable(row)
    end
  end

  defp unknown(rows, accounts) do
    Enum.uniq(for {_row, {:ok, %{account_id: id}}} when id != nil <- rows, not is_map_key(accounts, id), do: id)
  end

  # Whether each account exists, or was made; `nil` where the store did not answer. Many are asked
  # for at once: writes that come together share a commit.
  defp accounts(ids, make?) do
    ids
    |> Task.async_stream(&{&1, account(&1, make?)}, max_concurrency: @together, timeout: :infinity, ordered: false)
    |> Enum.map(fn {:ok, found} -> found end)
  end

  # `nil` where the store does not answer.
  defp account(id, make?) do
    case Store.get_account(id) do
      {:ok, _account} -> true
      {:error, :not_found} when make? -> if Store.put_account(%Account{id: id}) == :ok, do: true
      {:error, :not_found} -> false
      {:error, _reason} -> nil
    end
  end

  @spec unavailable(Rows.row()) :: no_return()
  defp unavailable(row), do: refused("line #{row.line}: the store does not answer; resume the import with --resume")

  defp results([], _rows), do: []

  defp results(changes, [{row, _record} | _]) do
    case Store.update_numbers(changes) do
      {:ok, results} -> results
      {:error, _reason} -> unavailable(row)
    end
  end

  # What becomes of the record of a number. A file need not have the fields of other software.
  defp decide(nil, number, _replace?), do: {:put, number}

  defp decide(before, number, replace?) do
    private = if number.private == %{}, do: before.private, else: number.private
    number = %{number | private: private, created: before.created, modified: before.modified, rev: before.rev}
    if number == before or replace?, do: {:put, number}, else: {:error, :exists}
  end

  # The rows that were rejected, each with its reason.
  defp outcomes(rows, results) do
    {rejected, []} =
      Enum.flat_map_reduce(rows, results, fn
        {_row, {:ok, _number}}, [{:ok, _written} | results] -> {[], results}
        {row, {:ok, _number}}, [failure | results] -> {[{row, reason(failure, row)}], results}
        {row, {:error, reason}}, results -> {[{row, reason}], results}
      end)

    rejected
  end

  defp reason({:error, :exists}, _row), do: "the number exists, with other content"
  defp reason({:error, :not_found}, _row), do: "the store has no place for a number of this form"
  defp reason({:error, _unavailable}, row), do: unavailable(row)
  defp reason({:raised, exception, stacktrace}, _row), do: reraise(exception, stacktrace)

  defp reject({row, reason}), do: ["#{row.line}\t", reason, ?\t, on_one_line(row.text), ?\n]

  defp on_one_line(text), do: text |> String.replace("\n", "\\n") |> String.replace("\r", "\\r")

  # Writes a checkpoint where one is due. The store has brought the numbers before it to the disc.
  defp checkpoint(state) do
    if now() - state.at >= state.checkpoint_ms do
      :ok = Part.sync(state.part, state.point.rejects)
      :ok = Checkpoint.write(state.rejects, state.job, state.point)
      %{state | at: now()}
    else
      state
    end
  end

  defp now, do: System.monotonic_time(:millisecond)
end
