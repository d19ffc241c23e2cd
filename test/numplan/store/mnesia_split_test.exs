defmodule Numplan.Store.MnesiaSplitTest do
  @moduledoc "Numbers that a node writes again after a split of the network, over kills, refusals and files that cannot be written."
  use ExUnit.Case

  alias Numplan.{Builds, PhoneNumber, SplitNode, StoreNode}

  @moduletag :tmp_dir
  @moduletag timeout: 300_000

  @ours %PhoneNumber{id: "+14157000001", state: "in_service", account_id: String.duplicate("0", 32)}

  # Two nodes that were split; the side that is to take the other's tables has a number of its own.
  setup %{tmp_dir: folder} do
    [a, b] = nodes = for name <- [:a, :b], do: StoreNode.start(name, Path.join(folder, to_string(name)))
    on_exit(fn -> for node <- nodes, do: stop(node) end)
    :ok = StoreNode.call(b, Numplan.Store.Mnesia, :join, [a.node])
    log = Path.join(folder, "log")
    handler = %{level: :warning, config: %{file: to_charlist(log), modes: [:raw, :append]}}
    :ok = StoreNode.call(b, :logger, :add_handler, [:file, :logger_std_h, handler])
    :ok = SplitNode.split(a, [b])
    {:ok, _} = StoreNode.put(a, %{@ours | id: "+14157000002"})
    {:ok, _} = StoreNode.put(b, @ours)
    %{a: a, b: b, dir: Path.join(folder, "b"), kept: Path.join(folder, "b/split"), log: log}
  end

  defp stop(node), do: if(Process.alive?(node.peer), do: StoreNode.stop(node))

  # Half a minute at most.
  defp await(ask, wanted), do: assert(Builds.await(ask, wanted, 1_500) == wanted)

  defp found(node, id \\ @ours.id), do: node |> StoreNode.call(Numplan.Store, :get_number, [id]) |> elem(0)
  defp status(node), do: StoreNode.call(node, Numplan.Store.Mnesia, :status, [])

  defp lines(context, words),
    do: for(line <- context.log |> File.read!() |> String.split("\n"), line =~ words, do: line)

  defp assert_whole(context, b) do
    for node <- [context.a, b], id <- [@ours.id, "+14157000002"], do: await(fn -> found(node, id) end, :ok)
    await(fn -> File.exists?(context.kept) end, false)
    assert %{state: :well, split: [], unrestored: nil} = status(b)
    {:ok, copies, nil} = StoreNode.call(b, Numplan.Store, :list_copies, [@ours.account_id, nil, 10])
    assert Enum.map(copies, & &1.id) == [@ours.id, "+14157000002"]
  end

  test "a node that is killed when it has taken the other's tables writes its numbers when it starts", context do
    :ok = SplitNode.on_restore(context.b, :die)
    monitor = Process.monitor(context.b.peer)
    :ok = SplitNode.unsplit(context.a, [context.b])
    assert_receive {:DOWN, ^monitor, :process, _, _}, 60_000
    assert found(context.a) == :error

    b = StoreNode.start(:b, context.dir)
    on_exit(fn -> stop(b) end)
    assert_whole(context, b)
  end

  test "a refused write is said once, with its reason, and is made when it can be", context do
    :ok = SplitNode.on_restore(context.b, :refuse)
    :ok = SplitNode.unsplit(context.a, [context.b])
    await(fn -> is_binary(status(context.b).unrestored) end, true)
    assert status(context.b).unrestored =~ "not written again (:unavailable), and are kept in #{context.kept}"
    assert found(context.a) == :error
    # Two attempts more.
    for _ <- 1..2, do: send_heal(context.b)
    :ok = StoreNode.call(context.b, :logger_std_h, :filesync, [:file])
    assert [line] = lines(context, "written again")
    assert line =~ context.kept
    refute line =~ @ours.id

    :ok = SplitNode.on_restore(context.b, :write)
    assert_whole(context, context.b)
  end

  defp send_heal(node) do
    pid = StoreNode.call(node, Process, :whereis, [Numplan.Store.Mnesia.Node])
    _ = StoreNode.call(node, :erlang, :send, [pid, :heal])
    # Answered behind that message.
    assert is_binary(status(node).unrestored)
  end

  test "nothing is taken from the other side while the numbers cannot be written to the disc", context do
    File.mkdir!(context.kept <> ".new")
    :ok = SplitNode.unsplit(context.a, [context.b])
    await(fn -> is_binary(status(context.b).unrestored) end, true)
    assert %{state: :well, split: [_a]} = status(context.b)
    assert status(context.b).unrestored =~ "a split is not healed: #{context.kept} cannot be written: "
    assert found(context.b) == :ok
    assert {:ok, _} = StoreNode.put(context.b, %{@ours | used_by: "callflow"})

    File.rmdir!(context.kept <> ".new")
    assert_whole(context, context.b)
    assert {:ok, %{used_by: "callflow"}} = StoreNode.call(context.a, Numplan.Store, :get_number, [@ours.id])
  end

  test "a damaged file is not taken for none", context do
    File.write!(context.kept, "damaged")
    :ok = SplitNode.unsplit(context.a, [context.b])
    await(fn -> is_binary(status(context.b).unrestored) end, true)
    assert status(context.b).unrestored =~ "#{context.kept} cannot be read: it is damaged"
    assert File.read!(context.kept) == "damaged"
    assert found(context.b) == :ok
    File.rm!(context.kept)
    assert_whole(context, context.b)
  end

  test "others are answered while many numbers are written again, and the status at once", context do
    many = for n <- 1..350, do: %{@ours | id: "+1415800#{1_000 + n}"}
    for number <- many, do: {:ok, _} = StoreNode.put(context.b, number)
    :ok = SplitNode.on_restore(context.b, :subscribe)
    :ok = SplitNode.unsplit(context.a, [context.b])
    for number <- many, do: await(fn -> found(context.a, number.id) end, :ok)
    await(fn -> File.exists?(context.kept) end, false)
    {status, :ok, written} = StoreNode.call(context.b, SplitNode, :answered, [])
    assert %{state: :well, nodes: [_, _]} = status
    assert written in 1..200
    assert %{state: :well, split: [], unrestored: nil} = status(context.b)
  end
end
