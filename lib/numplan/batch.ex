defmodule Numplan.Batch do
  @moduledoc """
  Normalises and classifies files of numbers: each row is written with the E.164 form and the
  class of its number appended, or with other fields (`:fields`), in the order of the input.

  The file is processed in pieces of a mebibyte, on all cores, in constant memory. The output is
  written to `OUT.part` and renamed when it is complete; `OUT.progress` beside it is a checkpoint,
  from which an interrupted run is resumed (`resume: true`). A file whose name ends in `.gz` is
  read or written compressed.

  | format | rows | what is appended |
  |---|---|---|
  | `:plain` | a number in each line | a tab, E.164, a tab, class |
  | `:csv` | comma-separated values (RFC 4180), or with another separator | two columns, `e164` and `class` |
  | `:tsv` | tab-separated values, no quotes | the same |
  | `:jsonl` | a JSON object in each line | the keys `e164` and `class` |

  A number without a class has an empty one (in JSON, null). Of duplicate keys in JSON the last
  counts. Other fields (`Numplan.Batch.Fields`) are appended in the same way: in cells, what is not
  known is empty, and time zones have spaces between them; in JSON, they are null and an array.
  Empty lines of CSV, TSV and JSON are dropped. A row without a number is a *reject*: it
  is left out, and written to `OUT.rejects` with its row number and the reason. So is a row whose
  number a spreadsheet has damaged (`4.15887E+09`, `="4158867900"`): see `Numplan.Batch.Reject`.

  A row stays one row: in plain numbers and in what is appended, a tab, line break or backslash is
  written as `\\t`, `\\n`, `\\r` or `\\\\`, as PostgreSQL's `COPY` reads it; CSV cells are quoted
  where necessary. A quote that is never closed is an error that names its line.

  Text is UTF-8. A byte-order mark is dropped; UTF-16 and UTF-32 are refused by name.

  Only one run writes an output at a time. `OUT.part` is locked, and is renamed only if it is
  still the file that was written, complete. The input is never written to.
  """

  alias Numplan.{Arguments, Input, Plan}
  alias Numplan.Batch.{Checkpoint, Fields, Layout, Output}

  @piece 1_048_576
  # Of rows with fields, which are Erlang terms before they are written: some twenty times as much.
  @piece_with_fields 65_536
  @longest_row 16 * @piece
  @appended Layout.appended()
  @checkpoint_ms 1_000

  @typedoc """
  The progress of a run. `rows` includes `earlier`, the rows of the interrupted run that it
  resumes.
  """
  @type progress :: %{
          rows: non_neg_integer(),
          earlier: non_neg_integer(),
          rejected: non_neg_integer(),
          read: non_neg_integer(),
          size: non_neg_integer(),
          started_at: non_neg_integer()
        }

  @typedoc """
  - `:plan`: default: the active plan;
  - `:format`, `:column`, `:separator`, `:header`: see `Numplan.Batch.Layout.read/3`;
  - `:fields`: what is appended to rows, of `Numplan.Batch.Fields.names/0`; default:
    `["e164", "class"]`, which costs least;
  - `:clean`: whether numbers are cleaned first (`Numplan.clean/1`); rows stay as they are;
    default: false;
  - `:resume`: whether to resume an interrupted run; default: false;
  - `:force`: whether to replace an existing output, and to start over after an interrupted run;
    default: false, and either is an error;
  - `:checkpoint_ms`: milliseconds between checkpoints, at which the output is brought to the
    disc; default: 1,000;
  - `:progress`: a function that is called with a `t:progress/0` when the run begins, and then now
    and then.
  """
  @type option ::
          {:plan, Plan.t()}
          | {:format, Layout.format()}
          | {:column, binary() | pos_integer()}
          | {:separator, binary()}
          | {:header, boolean()}
          | {:fields, [binary()]}
          | {:clean, boolean()}
          | {:resume, boolean()}
          | {:force, boolean()}
          | {:checkpoint_ms, non_neg_integer()}
          | {:progress, (progress() -> term())}

  @doc """
  Reads `input` and writes `output`. Returns the counts of rows and rejects, or an error in words.
  Raises `ArgumentError` for an unknown option, or one with a value of another kind.

      iex> dir = Path.join(System.tmp_dir!(), "numplan-doc-\#{System.unique_integer([:positive])}")
      iex> File.mkdir_p!(dir)
      iex> [input, output] = for name <- ~w(in.csv out.csv), do: Path.join(dir, name)
      iex> File.write!(input, "who,phone\\nA,4158867900\\nB,911\\n")
      iex> {:ok, %{rows: 2, rejected: 0}} = Numplan.Batch.run(input, output, column: "phone")
      iex> File.read!(output)
      "who,phone,e164,class\\nA,4158867900,+14158867900,did_us\\nB,911,911,emergency\\n"
  """
  @spec run(Path.t(), Path.t(), [option()]) :: {:ok, progress()} | {:error, binary()}
  def run(input, output, options \\ []) do
    Arguments.path!(input, "the input")
    Arguments.path!(output, "the output")
    Arguments.options!(options, kinds())
    plan = Keyword.get_lazy(options, :plan, &Plan.active/0)
    job = Checkpoint.job(input, plan, deciding(options))

    with :ok <- Output.check(output, input, options[:force] == true),
         {:ok, reader} <- Input.open(input) do
      try do
        run(reader, output, plan, job, options)
      after
        Input.close(reader)
      end
    end
  catch
    {:batch, message} -> {:error, message}
  end

  defp kinds do
    [
      plan: Arguments.plan(),
      format: {"one of #{Enum.map_join(Layout.formats(), ", ", &inspect/1)}", &(&1 in Layout.formats())},
      column: {"a name or a number", &(is_binary(&1) or is_integer(&1))},
      separator: {"a binary", &is_binary/1},
      header: Arguments.boolean(),
      fields: {"a list of fields, of #{Enum.join(Fields.names(), ", ")}", &fields?/1},
      clean: Arguments.boolean(),
      resume: Arguments.boolean(),
      force: Arguments.boolean(),
      checkpoint_ms: {"a number of milliseconds", &(is_integer(&1) and &1 >= 0)},
      progress: {"a function of one argument", &is_function(&1, 1)}
    ]
  end

  # The options that decide what is written. The default fields are left out, so that a run begun
  # without the option is resumed with them, and the other way round.
  defp deciding(options) do
    options
    |> Keyword.take([:format, :column, :separator, :header, :fields, :clean])
    |> Keyword.reject(&(&1 == {:fields, @appended}))
  end

  defp fields?(fields), do: is_list(fields) and fields -- Fields.names() == [] and Enum.uniq(fields) == fields

  defp run(reader, output, plan, job, options) do
    {layout, header, start, reader} = layout(reader, options)
    writer = Output.lock(output)

    try do
      point = starting_point(writer, reader, job, options)
      writer = Output.open(writer, point)

      started = %{
        rows: point.rows,
        earlier: point.rows,
        rejected: point.rejected,
        read: 0,
        size: Input.size(reader),
        started_at: now()
      }

      state = %{
        writer: writer,
        point: point,
        progress: started,
        job: job,
        at: now(),
        tell: options[:progress],
        output: output,
        keeping: nil,
        checkpoint_ms: Keyword.get(options, :checkpoint_ms, @checkpoint_ms)
      }

      state = if point.offset == 0, do: put_header(state, header, start), else: state
      reader = Input.seek(reader, state.point.offset)
      state = %{state | progress: tell(%{state.progress | read: Input.position(reader)}, state.tell)}
      answer(reader, layout, state, annotation(plan, layout, options))
    after
      Output.close(writer)
    end
  end

  # The point at which a run starts. The output is checked again under the lock: another run may
  # have put its own in place meanwhile.
  defp starting_point(%{path: output} = writer, reader, job, options) do
    with {:error, message} <- Output.check(output, Input.path(reader), options[:force] == true), do: refused(message)

    case {Checkpoint.read(output), options[:resume], options[:force]} do
      {_, resume, true} when resume != true ->
        Checkpoint.remove(output)
        Checkpoint.start()

      {{:ok, ^job, point}, true, _} ->
        point

      {{:ok, _other, _}, true, _} ->
        refused("#{output}.progress belongs to another input, plan or format; start over with --force")

      {{:error, message}, true, _} ->
        refused(message)

      # The interrupted run had no checkpoint yet.
      {:none, true, _} ->
        Checkpoint.start()

      {kept, _, _} ->
        if kept == :none and not Output.begun?(writer),
          do: Checkpoint.start(),
          else: refused("#{output}.part is of an interrupted run; resume it with --resume, or start over with --force")
    end
  end

  # What answers whole rows, and the bytes of rows that it takes at once.
  defp annotation(plan, layout, options) do
    clean? = options[:clean] == true

    case Keyword.get(options, :fields, @appended) do
      @appended ->
        {&:numplan_table.annotate(plan, layout, &1, clean?), @piece}

      fields ->
        answer = &Fields.to_erlang(Fields.answer(&1, fields, plan: plan, clean: clean?))
        {&:numplan_table.annotate_with(answer, layout, &1), @piece_with_fields}
    end
  end

  # Answers the rows and finishes the output. A run that fails before its first checkpoint cannot be
  # resumed, and leaves no files.
  defp answer(reader, layout, %{writer: writer, output: output} = state, {annotate, piece}) do
    pieces = pieces(reader, layout, state.point.offset, piece)
    state = pieces |> answers(annotate, writer) |> Enum.reduce(state, &put/2)
    state = kept(state, :infinity)
    Output.finish(writer, state.point)
    Checkpoint.remove(output)
    {:ok, tell(%{state.progress | read: state.progress.size}, state.tell)}
  catch
    {:batch, message} ->
      if Checkpoint.read(output) == :none, do: Output.remove(writer)
      refused(message)
  end

  # Reads the header of the file. Returns the layout, the header row of the output, the offset of
  # the first row of data, and the reader.
  defp layout(reader, options) do
    {first, mark, reader} = Input.start(reader)

    case Layout.read(first, Input.path(reader), options) do
      {:ok, layout, {header, length}} -> {layout, header, mark + length, reader}
      {:bad_quote, reason, at} -> bad_quote(reader, reason, mark + at)
      {:error, message} -> refused(message)
    end
  end

  defp put_header(%{point: point} = state, text, offset) do
    bytes = Output.write(state.writer, Output.compressed(state.writer, text))
    %{state | point: %{point | offset: offset, output: bytes}}
  end

  # Pieces of whole rows, each with the bytes of the file that have been read.
  defp pieces(reader, layout, offset, piece) do
    Stream.resource(
      fn -> {reader, "", offset} end,
      fn
        :done -> {:halt, :done}
        {reader, pending, offset} -> next_piece(reader, pending, offset, layout, piece)
      end,
      fn _ -> :ok end
    )
  end

  defp next_piece(reader, pending, offset, layout, piece) do
    case Input.read(reader, piece) do
      {:eof, _} when pending == "" ->
        {:halt, :done}

      {:eof, reader} ->
        _ = whole_rows(reader, layout, pending, offset, true)
        {[{pending, Input.position(reader)}], :done}

      {data, reader} ->
        cut(reader, pending <> data, offset, layout)
    end
  end

  defp cut(reader, text, offset, layout) do
    case whole_rows(reader, layout, text, offset, false) do
      0 when byte_size(text) > @longest_row ->
        _ = whole_rows(reader, layout, text, offset, true)
        line = Input.line(reader, offset)

        refused(
          "#{Input.path(reader)}, line #{line}: a row is longer than #{@longest_row} bytes; is this the right format?"
        )

      length ->
        {rows, pending} = :erlang.split_binary(text, length)
        pieces = if rows == "", do: [], else: [{rows, Input.position(reader)}]
        {pieces, {reader, :binary.copy(pending), offset + length}}
    end
  end

  defp whole_rows(reader, layout, text, offset, last?) do
    with {:error, reason, at} <- :numplan_nif.table_whole_rows(layout, text, last?),
         do: bad_quote(reader, reason, offset + at)
  end

  @spec bad_quote(Input.t(), atom(), non_neg_integer()) :: no_return()
  defp bad_quote(reader, reason, offset) do
    refused("#{Input.path(reader)}, line #{Input.line(reader, offset)}: #{quote_fault(reason)}")
  end

  defp quote_fault(:open_quote), do: "the quote that opens here is never closed"

  defp quote_fault(:text_behind_quote),
    do: "the quoted cell that begins here has text after its closing quote; a quote is missing, or one is too many"

  @spec refused(binary()) :: no_return()
  defp refused(message), do: throw({:batch, message})

  defp answers(pieces, annotate, writer) do
    Task.async_stream(
      pieces,
      fn {rows, position} ->
        {text, count, rejects} = annotate.(rows)
        {{Output.compressed(writer, text), count, rejects}, byte_size(rows), position}
      end,
      ordered: true,
      timeout: :infinity,
      max_concurrency: System.schedulers_online()
    )
  end

  defp put({:ok, {{text, rows, rejects}, length, position}}, %{point: point, progress: progress} = state) do
    bytes = Output.write(state.writer, text)
    reject_bytes = Output.reject(state.writer, rejects, point.rows)

    point = %{
      offset: point.offset + length,
      output: point.output + bytes,
      rejects: point.rejects + reject_bytes,
      rows: point.rows + rows,
      rejected: point.rejected + length(rejects)
    }

    progress = %{progress | rows: point.rows, rejected: point.rejected, read: position}
    checkpoint(%{state | point: point, progress: tell(progress, state.tell)})
  end

  # Begins a checkpoint where one is due. Another process brings the output to the disc and then
  # writes the checkpoint, while this one goes on.
  defp checkpoint(state) do
    if now() - state.at >= state.checkpoint_ms and state.keeping == nil do
      %{output: output, writer: writer, job: job, point: point} = state
      keeping = Task.async(fn -> keep(output, writer, job, point) end)
      # Binaries that were read are referenced only from garbage now.
      :erlang.garbage_collect()
      %{state | at: now(), keeping: keeping}
    else
      kept(state, 0)
    end
  end

  defp keep(output, writer, job, point) do
    with :ok <- Output.sync(writer, point), do: Checkpoint.write(output, job, point)
  catch
    {:batch, message} -> {:error, message}
  end

  defp kept(%{keeping: nil} = state, _patience), do: state

  defp kept(%{keeping: keeping} = state, patience) do
    case Task.yield(keeping, patience) do
      nil -> state
      {:ok, :ok} -> %{state | keeping: nil}
      {:ok, {:error, message}} -> refused(message)
    end
  end

  defp tell(progress, nil), do: progress

  defp tell(progress, tell) do
    tell.(progress)
    progress
  end

  defp now, do: System.monotonic_time(:millisecond)
end
