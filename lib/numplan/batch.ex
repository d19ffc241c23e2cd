defmodule Numplan.Batch do
  @moduledoc """
  Files of numbers: each row out with its number's E.164 and class behind it, in the order of the input.

  The file passes through in pieces of a mebibyte, on all cores, in constant memory. What is written is put in place only when it is
  whole: until then it is `OUT.part`, beside `OUT.progress`, from which a run that was interrupted goes on (`resume: true`) as if it
  had not been. A name that ends in `.gz` is read and written compressed.

  | format | rows | what is added |
  |---|---|---|
  | `:plain` | a number in each line | a tab, E.164, a tab, class |
  | `:csv` | comma-separated values (RFC 4180) | two columns, `e164` and `class` |
  | `:tsv` | tab-separated values, no quotes | the same |
  | `:jsonl` | a JSON object in each line | the keys `e164` and `class` |

  A number without a class has an empty one (in JSON, null). Empty lines of CSV and JSON are left out. A row whose number is not
  there (too few columns, no JSON object, no such key) is a *reject*: it is left out and written to `OUT.rejects` with its place and
  the reason.
  """

  alias Numplan.Batch.{Checkpoint, Input, Layout, Output}
  alias Numplan.Plan

  @piece 1_048_576
  @longest_row 16 * @piece
  @checkpoint_ms 1_000

  @typedoc "How far a run is."
  @type progress :: %{
          rows: non_neg_integer(),
          rejected: non_neg_integer(),
          read: non_neg_integer(),
          size: non_neg_integer(),
          started_at: non_neg_integer()
        }

  @typedoc """
  - `:plan`: default the active one;
  - `:format`, `:column`, `:header`: see `Numplan.Batch.Layout.read/3`;
  - `:clean`: whether numbers are cleaned first (`Numplan.clean/1`); rows stay as they are; default false;
  - `:resume`: go on where an interrupted run left off; without that an output that is there already is an error, unless
  - `:force` is true;
  - `:checkpoint_ms`: how often the place to go on from is kept, and what was written brought to the disk: default 1,000;
  - `:progress`: called with a `t:progress/0` now and then.
  """
  @type option ::
          {:plan, Plan.t()}
          | {:format, Layout.format()}
          | {:column, binary() | pos_integer()}
          | {:header, boolean()}
          | {:clean, boolean()}
          | {:resume, boolean()}
          | {:force, boolean()}
          | {:checkpoint_ms, non_neg_integer()}
          | {:progress, (progress() -> term())}

  @doc """
  How many rows of `input` were read into `output`, and how many of them rejected; or what went wrong, in words.

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
    plan = Keyword.get_lazy(options, :plan, &Plan.active/0)
    job = Checkpoint.job(input, plan, Keyword.take(options, [:format, :column, :header, :clean]))

    with :ok <- free(output, options),
         {:ok, point} <- starting_point(output, job, options),
         {:ok, reader} <- Input.open(input) do
      try do
        run(reader, output, point, plan, job, options)
      after
        Input.close(reader)
      end
    end
  catch
    {:batch, message} -> {:error, message}
  end

  defp free(output, options) do
    if File.exists?(output) and not Keyword.get(options, :force, false) do
      {:error, "#{output} is there already; remove it, or replace it by --force"}
    else
      :ok
    end
  end

  defp starting_point(output, job, options) do
    case {Checkpoint.read(output), options[:resume], options[:force]} do
      {:none, _, _} ->
        {:ok, Checkpoint.start()}

      {_, resume, true} when resume != true ->
        {:ok, Checkpoint.start()}

      {{:ok, ^job, point}, true, _} ->
        {:ok, point}

      {{:ok, _other, _}, true, _} ->
        {:error, "#{output}.progress belongs to another input, plan or format; begin anew by --force"}

      {{:error, message}, true, _} ->
        {:error, message}

      {_, _, _} ->
        {:error, "#{output}.part is of an interrupted run; go on with it by --resume, or begin anew by --force"}
    end
  end

  defp run(reader, output, point, plan, job, options) do
    {layout, header, reader} = reader |> Input.start() |> layout(options)
    writer = Output.open(output, point)

    try do
      started = %{rows: point.rows, rejected: point.rejected, read: 0, size: Input.size(reader), started_at: now()}

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

      state = if point.offset == 0, do: put_header(state, header), else: state

      state =
        reader
        |> pieces(layout, state.point.offset)
        |> answers(plan, layout, writer, options[:clean] == true)
        |> Enum.reduce(state, &put/2)

      state = kept(state, :infinity)
      Output.finish(output, state.point)
      Checkpoint.remove(output)
      {:ok, tell(%{state.progress | read: state.progress.size}, state.tell)}
    after
      Output.close(writer)
    end
  end

  # The layout, the header row as it is written, and the input again.
  defp layout({first, reader}, options) do
    case Layout.read(first, Input.path(reader), options) do
      {:ok, layout, header} -> {layout, header, reader}
      {:error, message} -> throw({:batch, message})
    end
  end

  defp put_header(state, {_text, 0}), do: state

  defp put_header(%{point: point} = state, {text, length}) do
    bytes = Output.write(state.writer, Output.compressed(state.writer, text))
    %{state | point: %{point | offset: length, output: bytes}}
  end

  # Pieces of whole rows, each with how much of the file was read for it.
  defp pieces(reader, layout, offset) do
    Stream.resource(
      fn -> {Input.seek(reader, offset), ""} end,
      fn
        :done -> {:halt, :done}
        {reader, pending} -> next_piece(reader, pending, layout)
      end,
      fn _ -> :ok end
    )
  end

  defp next_piece(reader, pending, layout) do
    case Input.read(reader, @piece) do
      {:eof, _} when pending == "" -> {:halt, :done}
      {:eof, reader} -> {[{pending, Input.position(reader)}], :done}
      {data, reader} -> cut(reader, pending <> data, layout)
    end
  end

  defp cut(reader, text, layout) do
    case :numplan_nif.table_whole_rows(layout, text) do
      0 when byte_size(text) > @longest_row ->
        throw({:batch, "#{Input.path(reader)}: a row is longer than #{@longest_row} bytes; is this the right format?"})

      length ->
        <<rows::binary-size(length), pending::binary>> = text
        pieces = if rows == "", do: [], else: [{rows, Input.position(reader)}]
        {pieces, {reader, :binary.copy(pending)}}
    end
  end

  defp answers(pieces, plan, layout, writer, clean?) do
    Task.async_stream(
      pieces,
      fn {rows, position} ->
        {text, count, rejects} = :numplan_table.annotate(plan, layout, rows, clean?)
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

  # What was written is brought to the disk by another process, while this one writes on; then the place is kept.
  defp checkpoint(state) do
    if now() - state.at >= state.checkpoint_ms and state.keeping == nil do
      %{output: output, job: job, point: point} = state
      keeping = Task.async(fn -> keep(output, job, point) end)
      # What was read is held by nothing but garbage now.
      :erlang.garbage_collect()
      %{state | at: now(), keeping: keeping}
    else
      kept(state, 0)
    end
  end

  defp keep(output, job, point) do
    with :ok <- Output.sync(output), do: Checkpoint.write(output, job, point)
  catch
    {:batch, message} -> {:error, message}
  end

  defp kept(%{keeping: nil} = state, _patience), do: state

  defp kept(%{keeping: keeping} = state, patience) do
    case Task.yield(keeping, patience) do
      nil -> state
      {:ok, :ok} -> %{state | keeping: nil}
      {:ok, {:error, message}} -> throw({:batch, message})
    end
  end

  defp tell(progress, nil), do: progress

  defp tell(progress, tell) do
    tell.(progress)
    progress
  end

  defp now, do: System.monotonic_time(:millisecond)
end
