defmodule Numplan.Batch.Checkpoint do
  @moduledoc "The checkpoint of a run over a file, on disc, from which it can be resumed."

  require Record

  Record.defrecordp(
    :plan,
    :numplan_plan,
    Record.extract(:numplan_plan, from: Path.expand("../../../src/numplan_plan.hrl", __DIR__))
  )

  @typedoc "The bytes and rows that have been read and written."
  @type point :: %{
          offset: non_neg_integer(),
          output: non_neg_integer(),
          rejects: non_neg_integer(),
          rows: non_neg_integer(),
          rejected: non_neg_integer()
        }

  @keys ~w(offset output rejects rows rejected)a

  @doc "The checkpoint of a run that has not begun."
  @spec start() :: point()
  def start, do: Map.new(@keys, &{&1, 0})

  @doc "A digest of the input, the plan and the options: a run can be resumed only with the same."
  @spec job(Path.t(), Numplan.Plan.t(), keyword()) :: binary()
  def job(input, plan, options) do
    stat = with {:ok, %{size: size, mtime: mtime}} <- File.stat(input), do: {size, mtime}

    digest =
      {Path.expand(input), stat, plan(erlang(plan), :id), Enum.sort(options)}
      |> :erlang.term_to_binary()
      |> :erlang.md5()

    Base.encode16(digest, case: :lower)
  end

  defp erlang(%Numplan.Plan{erlang: plan}), do: plan
  defp erlang(plan), do: plan

  @doc "The checkpoint of an interrupted run that wrote `output`; `:none` where there is none."
  @spec read(Path.t()) :: {:ok, binary(), point()} | :none | {:error, binary()}
  def read(output) do
    with {:ok, text} <- File.read(file(output)),
         {:ok, %{"job" => job} = kept} <- :numplan_json.decode(text),
         true <- Enum.all?(@keys, &is_integer(kept[to_string(&1)])) do
      {:ok, job, Map.new(@keys, &{&1, kept[to_string(&1)]})}
    else
      {:error, reason} when reason in [:enoent, :enotdir] -> :none
      _ -> {:error, "#{file(output)} is damaged; start over with --force"}
    end
  end

  @doc "Writes the checkpoint; it is on disc when this returns."
  @spec write(Path.t(), binary(), point()) :: :ok
  def write(output, job, point) do
    {:ok, text} = point |> Map.put(:job, job) |> :numplan_json.encode()
    new = file(output) <> ".new"

    with :ok <- File.write(new, text, [:sync]), :ok <- File.rename(new, file(output)) do
      :ok
    else
      {:error, reason} -> throw({:batch, "#{new}: #{:file.format_error(reason)}"})
    end
  end

  @doc "Removes the checkpoint."
  @spec remove(Path.t()) :: :ok
  def remove(output) do
    _ = File.rm(file(output))
    :ok
  end

  @doc "The files of the checkpoint: its own, and the one it is written to first."
  @spec files(Path.t()) :: [Path.t()]
  def files(output), do: [file(output), file(output) <> ".new"]

  defp file(output), do: output <> ".progress"
end
