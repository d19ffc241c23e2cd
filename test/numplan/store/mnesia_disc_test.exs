defmodule Numplan.Store.MnesiaDiscTest do
  @moduledoc "Mnesia on a disc that fills: file systems of a few megabytes, which root mounts."
  use ExUnit.Case

  alias Numplan.{Builds, SmallDisc, StoreLoad, StoreNode}

  @moduletag :tmp_dir
  @moduletag :root
  @moduletag timeout: 300_000

  @writers 8

  setup %{tmp_dir: folder} do
    disc = SmallDisc.mount(folder, "80m")
    %{disc: disc, dir: Path.join(disc, "mnesia"), ballast: Path.join(disc, "ballast"), log: Path.join(folder, "log")}
  end

  defp start(context) do
    node = boot(context)
    {:ok, _} = StoreNode.start_application(node)
    node
  end

  defp boot(context) do
    node = StoreNode.boot(nil, context.dir)
    on_exit(fn -> if Process.alive?(node.peer), do: StoreNode.kill(node) end)
    handler = %{level: :warning, config: %{file: to_charlist(context.log), modes: [:raw, :append]}}
    :ok = StoreNode.call(node, :logger, :add_handler, [:file, :logger_std_h, handler])
    node
  end

  # Takes all the room that is left but `spare` bytes.
  defp fill(context, spare) do
    {_, _} = System.cmd("dd", ["if=/dev/zero", "of=#{context.ballast}", "bs=64k"], stderr_to_stdout: true)
    size = File.stat!(context.ballast).size
    {_, 0} = System.cmd("truncate", ["-s", to_string(max(size - spare, 0)), context.ballast])
    :ok
  end

  # A minute at most.
  defp await(ask), do: assert(Builds.await(ask, true, 3_000))

  defp acknowledged(node), do: elem(StoreLoad.counts(node), 0)
  defp refused(node), do: elem(StoreLoad.counts(node), 1)
  defp state(node), do: StoreNode.call(node, Numplan.Store.Mnesia, :status, []).state

  defp await_more(node, more) do
    before = acknowledged(node)
    await(fn -> acknowledged(node) >= before + more end)
  end

  defp await_refused(node) do
    before = refused(node)
    await(fn -> refused(node) > before + @writers end)
  end

  defp lines(context, words) do
    for line <- context.log |> File.read!() |> String.split("\n"), line =~ words, do: line
  end

  # The handler of the log writes on its own time.
  defp assert_said(context, words, times) do
    await(fn -> length(lines(context, words)) >= times end)
    assert length(lines(context, words)) == times
  end

  test "writes stop when the disc fills by them, and go on when there is room; none is lost", context do
    File.write!(context.ballast, :binary.copy(<<0>>, 60_000_000))
    node = start(context)
    :ok = StoreLoad.start(node, @writers)
    await_more(node, 200)
    await_refused(node)
    assert {:failed, _words} = state(node)

    # Reads go on.
    assert {:ok, [_ | _], _} = StoreNode.call(node, Numplan.Store, :list_copies, [String.duplicate("0", 32), nil, 10])

    assert_said(context, "the store takes no writes", 1)
    assert lines(context, "the store is unavailable") == []
    assert lines(context, "writes again") == []

    File.rm!(context.ballast)
    await_more(node, 200)
    assert_said(context, "the store takes writes again", 1)
    assert state(node) == :well
    assert_kept(node, context)
  end

  for round <- 1..6 do
    test "a disc that something else fills amid writes, in all stages of a dump: none is lost (#{round})", context do
      :rand.seed(:exsss, {unquote(round), 2, 3})
      node = start(context)
      :ok = StoreLoad.start(node, @writers)
      await_more(node, 200 + :rand.uniform(2_000))
      if rem(unquote(round), 2) == 0, do: StoreLoad.dump(node)
      fill(context, :rand.uniform(3) * 100_000 - 100_000)
      await_refused(node)
      File.rm!(context.ballast)
      await_more(node, 200)

      await(fn ->
        length(lines(context, "the store takes no writes")) == length(lines(context, "the store takes writes again"))
      end)

      assert_kept(node, context)
    end
  end

  for round <- 1..4 do
    test "a node that is killed while its disc is full loses nothing (#{round})", context do
      :rand.seed(:exsss, {unquote(round), 5, 7})
      node = start(context)
      :ok = StoreLoad.start(node, @writers)
      await_more(node, 200 + :rand.uniform(2_000))
      fill(context, :rand.uniform(3) * 100_000 - 100_000)
      await_refused(node)
      ids = StoreLoad.stop(node)
      :ok = StoreNode.kill(node)

      # A start on the full disc is refused, or loses nothing either.
      again = boot(context)

      case StoreNode.start_application(again) do
        {:ok, _} -> assert StoreLoad.lost(again, ids) == []
        {:error, reason} -> assert inspect(reason, limit: :infinity, printable_limit: :infinity) =~ "no space left"
      end

      :ok = StoreNode.kill(again)
      File.rm!(context.ballast)
      node = start(context)
      assert length(ids) >= 200
      assert StoreLoad.lost(node, ids) == []
    end
  end

  # Kills the node, starts another on the files, and looks for all acknowledged numbers.
  defp assert_kept(node, context) do
    ids = StoreLoad.stop(node)
    assert length(ids) >= 400
    assert StoreLoad.lost(node, ids) == []
    :ok = StoreNode.kill(node)
    node = start(context)
    assert StoreLoad.lost(node, ids) == []
    :ok = StoreNode.stop(node)
  end
end
