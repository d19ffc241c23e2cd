defmodule Numplan.HTTP.DescriptorsTest do
  @moduledoc "Clients cannot take the files of the store: a server in a process of its own, under a real and low limit of descriptors."
  use ExUnit.Case

  alias Numplan.{HTTPClient, PhoneNumber, StoreNode}

  @moduletag :tmp_dir
  @moduletag timeout: 300_000

  @account String.duplicate("0", 32)
  @classify "GET /v2/accounts/#{@account}/phone_numbers/classifiers/911 HTTP/1.1\r\nhost: 127.0.0.1\r\n"

  defp number(n), do: %PhoneNumber{id: "+1415886#{7_000 + n}", account_id: @account, state: "in_service"}

  defp connect(port) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false], 10_000)
    socket
  end

  # Both make Mnesia open files: a dump of its log opens those of all tables.
  defp write(node, n) do
    assert {:ok, %{}} = StoreNode.put(node, number(n))
    assert :dumped = StoreNode.call(node, :mnesia, :dump_log, [])
  end

  defp files(node), do: StoreNode.call(node, File, :ls!, ["/proc/self/fd"]) |> length()

  # Until the server has taken all of them that it will take.
  defp settled(node, before \\ -1) do
    receive do
    after
      100 -> if (now = files(node)) == before, do: now, else: settled(node, now)
    end
  end

  for {files, what} <- [{1_024, "with 1,024 files"}, {256, "with 256 files"}] do
    test "a node #{what} acknowledges and keeps writes while more connections than that are tried", %{tmp_dir: folder} do
      dir = Path.join(folder, "mnesia")
      node = StoreNode.start(:"files_#{unquote(files)}", dir, [], files: unquote(files))
      [port] = [StoreNode.call(node, Numplan.HTTP, :port, [])]
      write(node, 0)

      held =
        for kind <- 1..3, reduce: [] do
          held ->
            sockets = for _ <- 1..unquote(files), do: connect(port)
            if kind == 2, do: for(socket <- sockets, do: :gen_tcp.send(socket, "GET / HTTP/1.1\r\n"))
            if kind == 3, do: for(socket <- sockets, do: :gen_tcp.send(socket, [@classify, "\r\n"]))
            assert settled(node) < unquote(files)
            for n <- 1..10, do: write(node, 10 * kind + n)
            assert [%{status: 200}] = HTTPClient.raw(port, [@classify, "connection: close\r\n\r\n"])
            sockets ++ held
        end

      # Connections that come and go are no way to take them either.
      for socket <- held, do: :gen_tcp.close(socket)
      StoreNode.kill(node)

      node = StoreNode.start(:"files_#{unquote(files)}", dir)

      for n <- [0 | Enum.to_list(11..40)] do
        assert {:ok, number} = StoreNode.call(node, Numplan.Store, :get_number, [number(n).id])
        assert number.id == number(n).id
      end

      StoreNode.stop(node)
    end
  end

  test "where something else has taken the rest of the files, idle connections give theirs back", %{tmp_dir: folder} do
    node = StoreNode.start(:emfile, Path.join(folder, "mnesia"), [], files: 256)
    port = StoreNode.call(node, Numplan.HTTP, :port, [])
    [%{status: 200}] = HTTPClient.raw(port, [@classify, "connection: close\r\n\r\n"])
    held = for _ <- 1..100, do: connect(port)
    open = settled(node)

    :ok = StoreNode.hold_files(node, Path.join(folder, "file"), 256 - open - 1)
    more = for _ <- 1..20, do: connect(port)
    assert [%{status: 200}] = HTTPClient.raw(port, [@classify, "connection: close\r\n\r\n"])
    for socket <- held ++ more, do: :gen_tcp.close(socket)
    StoreNode.stop(node)
  end

  test "a cap that had to be lowered is logged, with the limit and how to raise it", %{tmp_dir: folder} do
    log = Path.join(folder, "log")
    node = StoreNode.start(:files, Path.join(folder, "mnesia"), [], files: 1_024)
    :ok = StoreNode.call(node, :logger, :add_handler, [:file, :logger_std_h, %{config: %{file: to_charlist(log)}}])
    {:ok, _} = StoreNode.call(node, Numplan.HTTP, :start_link, [[port: 0, name: :second, max_connections: 1_000]])
    :ok = StoreNode.call(node, :logger_std_h, :filesync, [:file])
    text = File.read!(log)
    assert text =~ "at most 768 connections instead of 1000" and text =~ "1024 files" and text =~ "ulimit -n"
    StoreNode.stop(node)
  end
end
