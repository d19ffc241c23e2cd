defmodule Numplan.BatchFaultsTest do
  @moduledoc "Runs over files that are killed or run twice, and files that are truncated, replaced or linked meanwhile."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.{Batch, BatchProcess, TaskExit}
  alias Numplan.Batch.Part

  @moduletag :tmp_dir

  @count 300_000
  @options [column: "number", checkpoint_ms: 0]

  setup %{tmp_dir: dir} do
    rows = for n <- 1..@count, do: if(rem(n, 1_000) == 0, do: "short\n", else: "#{n},#{4_150_000_000 + n * 17}\n")
    input = Path.join(dir, "in.csv")
    File.write!(input, ["id,number\n" | rows])
    %{input: input, output: Path.join(dir, "out.csv")}
  end

  # What a run that nothing disturbs writes.
  defp whole(input) do
    output = input <> ".whole"
    {:ok, %{rows: @count, rejected: 300}} = Batch.run(input, output, column: "number")
    {File.read!(output), File.read!(output <> ".rejects")}
  end

  defp written(output), do: {File.read!(output), File.read!(output <> ".rejects")}

  defp files(dir, prefix), do: dir |> File.ls!() |> Enum.filter(&String.starts_with?(&1, prefix)) |> Enum.sort()

  test "a run that is killed goes on as if it had not been", %{input: input, output: output} do
    run = BatchProcess.stopped(input, output, @options, 150_000)
    BatchProcess.kill(run)
    refute File.exists?(output)
    assert {:error, message} = Batch.run(input, output, column: "number")
    assert message =~ "resume it with --resume"
    assert BatchProcess.run(input, output, column: "number", resume: true) =~ "rows: #{@count}"
    assert written(output) == whole(input)
  end

  test "a run that is killed before its first checkpoint starts over when it is resumed", %{
    input: input,
    output: output
  } do
    run = BatchProcess.stopped(input, output, [column: "number", checkpoint_ms: 3_600_000], 150_000)
    BatchProcess.kill(run)
    refute File.exists?(output <> ".progress")
    part = File.read!(output <> ".part")
    assert byte_size(part) > 1_000_000
    assert {:error, message} = Batch.run(input, output, column: "number")
    assert message =~ "out.csv.part is of an interrupted run; resume it with --resume, or start over with --force"
    assert File.read!(output <> ".part") == part
    assert {:ok, _} = Batch.run(input, output, column: "number", resume: true)
    assert written(output) == whole(input)
  end

  test "while a run writes an output no other may, and its end sets it free", %{input: input, output: output} do
    run = BatchProcess.stopped(input, output, @options, 150_000)
    part = File.read!(output <> ".part")

    for options <- [[], [force: true], [resume: true], [resume: true, force: true]] do
      assert {:error, message} = Batch.run(input, output, [column: "number"] ++ options)
      assert message =~ "out.csv.part: another run is writing it"
      assert BatchProcess.run(input, output, [column: "number"] ++ options) =~ "another run is writing it"
      assert File.read!(output <> ".part") == part
      refute File.exists?(output)
    end

    BatchProcess.kill(run)
    assert {:ok, _} = Batch.run(input, output, column: "number", resume: true)
    assert written(output) == whole(input)
  end

  test "of many runs that begin at once one writes, and its output is whole", %{input: input, output: output} do
    results =
      1..8
      |> Enum.map(fn _ -> Task.async(fn -> Batch.run(input, output, column: "number") end) end)
      |> Task.await_many(60_000)

    assert Enum.count(results, &match?({:ok, _}, &1)) == 1

    assert for(
             {:error, message} <- results,
             do: message =~ "another run is writing it" or message =~ "exists; remove it"
           )
           |> Enum.all?()

    assert written(output) == whole(input)
  end

  @tag timeout: 300_000
  test "a file that another run has just removed at its end is not taken for one that somebody removed", %{tmp_dir: dir} do
    path = Path.join(dir, "out.part")
    # They never pause, so that one of them often ends between the other's opening and locking.
    others = for _ <- 1..3, do: spawn_link(fn -> begin_and_end_for_ever(path) end)
    refusals = for _ <- 1..300, refusal = begun_and_ended(path), refusal != :ok, do: refusal
    for other <- others, do: Process.unlink(other) && Process.exit(other, :kill)
    assert Enum.reject(refusals, &(&1 =~ "another run is writing it")) == []
  end

  defp begin_and_end_for_ever(path) do
    with {:ok, lock, inode} <- :numplan_nif.lock_file(path),
         do: Part.close(%Part{path: path, lock: lock, inode: inode})

    begin_and_end_for_ever(path)
  end

  defp begun_and_ended(path) do
    path |> Part.lock() |> Part.close()
  catch
    {:batch, message} -> message
  end

  defp replace(file) do
    File.rm!(file)
    File.write!(file, "another's")
  end

  defp lead_away(file) do
    File.rename!(file, file <> ".away")
    File.ln_s!(file <> ".away", file)
  end

  describe "what is written and" do
    # Does `harm` once 150,000 rows are written.
    defp harmed(input, output, harm, options) do
      tell = fn %{rows: rows} ->
        if rows > 150_000 and Process.put(:harmed, true) == nil, do: harm.(output <> ".part")
      end

      Process.delete(:harmed)
      Batch.run(input, output, [progress: tell] ++ options)
    end

    test "removed, replaced, cut off or added to is never put in place", %{input: input, output: output, tmp_dir: dir} do
      for {harm, words} <- [
            {&File.rm!/1, "removed or replaced"},
            {&replace/1, "removed or replaced"},
            {&File.write!(&1, ""), "truncated"},
            {&File.write!(&1, "added", [:append]), "another program"},
            {&lead_away/1, "removed or replaced"},
            {&File.rm!(String.replace_suffix(&1, ".part", ".rejects")), "removed or replaced"}
          ],
          options <- [@options, [column: "number", checkpoint_ms: 3_600_000]] do
        result = harmed(input, output, harm, options)
        assert {:error, message} = result
        assert message =~ words
        refute File.exists?(output)
        for file <- files(dir, "out"), do: File.rm!(Path.join(dir, file))
      end
    end

    test "is another's is left alone", %{input: input, output: output} do
      assert {:error, _} = harmed(input, output, &replace/1, column: "number", checkpoint_ms: 3_600_000)
      assert File.read!(output <> ".part") == "another's"
    end
  end

  describe "an interrupted run" do
    setup %{input: input, output: output} do
      BatchProcess.kill(BatchProcess.stopped(input, output, @options, 150_000))
    end

    test "is refused where its files are gone or shorter than they were", %{input: input, output: output} do
      part = File.read!(output <> ".part")
      rejects = File.read!(output <> ".rejects")

      for harm <- [
            fn -> File.rm!(output <> ".part") end,
            fn -> File.write!(output <> ".part", binary_part(part, 0, 1_000)) end,
            fn -> File.rm!(output <> ".rejects") end,
            fn -> File.write!(output <> ".rejects", binary_part(rejects, 0, 10)) end
          ] do
        harm.()
        assert {:error, message} = Batch.run(input, output, column: "number", resume: true)
        assert message =~ ~r"out.csv.(part|rejects) is shorter than its checkpoint; start over with --force"
        refute File.exists?(output)
        File.write!(output <> ".part", part)
        File.write!(output <> ".rejects", rejects)
      end

      assert {:ok, _} = Batch.run(input, output, column: "number", resume: true)
      assert written(output) == whole(input)
    end

    test "is refused where its place is damaged or of another job", %{input: input, output: output} do
      part = File.read!(output <> ".part")
      progress = File.read!(output <> ".progress")
      assert {:error, message} = Batch.run(input, output, column: 2, resume: true)
      assert message =~ "another input, plan or format"

      File.write!(output <> ".progress", "{")
      assert {:error, message} = Batch.run(input, output, column: "number", resume: true)
      assert message =~ "damaged"
      assert File.read!(output <> ".part") == part

      File.write!(output <> ".progress", progress)
      assert {:ok, _} = Batch.run(input, output, column: "number", force: true)
      assert written(output) == whole(input)
    end
  end

  test "a link in place of an output file is refused, and its target stays as it is", %{input: input, output: output} do
    precious = input <> ".precious"
    File.write!(precious, "kept")

    for suffix <- [".part", ".rejects"],
        link <- [&File.ln_s!/2, &File.ln!/2],
        options <- [[], [force: true], [resume: true]] do
      link.(precious, output <> suffix)
      assert {:error, message} = Batch.run(input, output, [column: "number"] ++ options)
      assert message =~ "out.csv#{suffix} is a link to another file; remove it"
      assert File.read!(precious) == "kept"
      refute File.exists?(output)
      File.rm!(output <> suffix)
    end
  end

  test "a file that is named like a part, and is of no run, stays", %{input: input, output: output} do
    File.write!(output <> ".part", "a download")
    assert {:error, message} = Batch.run(input, output, column: "number")
    assert message =~ "start over with --force"
    assert File.read!(output <> ".part") == "a download"
  end

  test "the input is not written to, by whatever name", %{input: input, output: output, tmp_dir: dir} do
    text = File.read!(input)
    [symlink, hard] = for name <- ~w(symlink hard), do: Path.join(dir, name)
    File.ln_s!(input, symlink)
    File.ln!(input, hard)

    for name <- [input, Path.join(dir, "./in.csv"), symlink, hard], options <- [[], [force: true], [resume: true]] do
      assert {:error, message} = Batch.run(input, name, [column: "number"] ++ options)
      assert message =~ "#{name} is the input; name another file to write"
      assert File.read!(input) == text
    end

    for suffix <- [".part", ".rejects", ".progress", ".progress.new"] do
      File.write!(output <> suffix, text)
      assert {:error, message} = Batch.run(output <> suffix, output, format: :csv, column: "number", force: true)
      assert message =~ "out.csv#{suffix} is the input, and would be overwritten on the way"
      assert File.read!(output <> suffix) == text
      File.rm!(output <> suffix)
    end

    TaskExit.assert_exit(1, "is the input", fn ->
      Mix.Tasks.Numplan.Classify.run([input, "--out", input, "--column", "number", "--force", "--quiet"])
    end)

    assert File.read!(input) == text
  end

  test "a file that is not a regular file is not replaced", %{input: input, tmp_dir: dir} do
    pipe = Path.join(dir, "pipe")
    {_, 0} = System.cmd("mkfifo", [pipe])

    for {output, words} <- [{dir, "is a directory"}, {pipe, "is not a regular file"}], options <- [[], [force: true]] do
      assert {:error, message} = Batch.run(input, output, [column: "number"] ++ options)
      assert message =~ words
    end

    assert {:ok, %{type: :other}} = File.stat(pipe)
  end

  test "a failed write is reported, and the run can be resumed afterwards", %{input: input, output: output} do
    # Two mebibytes a file, as a quota or a full disk would end it; the signal that the system sends with it is ignored.
    limits = "trap '' XFSZ; ulimit -f 4096"
    assert BatchProcess.run(input, output, @options, limits) =~ ~r"writing .*out.csv.part: file too large"
    refute File.exists?(output)
    assert {:ok, _} = Batch.run(input, output, column: "number", resume: true)
    assert written(output) == whole(input)
  end

  describe "other commands" do
    test "do not write over what they read", %{tmp_dir: dir} do
      codes = Path.join(dir, "codes.csv")
      text = "NPA,NXX\n415,855\n"

      for {input, output} <- [{codes, codes}, {codes <> ".rejects", codes}, {codes <> ".new", codes}] do
        File.write!(input, text)
        assert {:error, message} = Numplan.Locality.Import.run([input], output)
        assert message =~ "#{input} is an input, and would be overwritten"
        assert File.read!(input) == text
        File.rm!(input)
      end

      plan = Path.join(dir, "plan.json")
      text = ~S({"classifiers": {"nine": "^9", "other": ""}})
      File.write!(plan, text)

      TaskExit.assert_exit(1, "is the configuration", fn ->
        capture_io(fn -> Mix.Tasks.Numplan.Check.run([plan, "--graph", plan]) end)
      end)

      assert File.read!(plan) == text
    end
  end
end
