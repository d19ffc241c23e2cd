defmodule Numplan.FailedStartTest do
  @moduledoc "A server that cannot start says why in one line, however it is started: by Mix, by the release's command, and as a node."
  use ExUnit.Case

  import Numplan.CommandLine, only: [shell: 2]

  alias Numplan.CommandLine
  alias Numplan.Store.DirectoryLock

  @moduletag timeout: 300_000
  @moduletag :tmp_dir

  setup_all do: CommandLine.release()

  setup %{tmp_dir: folder} do
    {:ok, socket} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(socket)
    File.write!(Path.join(folder, "file"), "")
    File.write!(Path.join(folder, "bad.json"), ~s({"reconcile_regex": "("}))
    held = Path.join(folder, "held")
    File.mkdir_p!(held)
    :ok = DirectoryLock.acquire(held)
    on_exit(fn -> DirectoryLock.release(held) end)
    %{port: port}
  end

  # What keeps it from starting: port, directory, configuration, and the words for it.
  defp obstacles(%{port: port, tmp_dir: folder}) do
    [
      {"port taken", port, "data", "kazoo-4.3", "cannot listen on 127.0.0.1 port #{port}: address already in use"},
      {"no directory", 0, "file/data", "kazoo-4.3", "#{folder}/file/data cannot be written: not a directory"},
      {"lock held", 0, "held", "kazoo-4.3", "the directory #{folder}/held is in use by process #{System.pid()}"},
      {"configuration refused", 0, "data", "bad.json", "reconcile_regex: missing ) at offset 1"}
    ]
  end

  defp options({_, port, dir, config, _}), do: "--port #{port} --data #{dir} --config #{config}"

  defp assert_one_line({printed, told, code}, {name, _, _, _, words}) do
    assert {name, code, printed} == {name, 1, ""}
    assert [line] = String.split(told, "\n", trim: true)
    assert line =~ ~r/^numplan: /
    assert line =~ words
  end

  test "numplan serve", context do
    for obstacle <- obstacles(context),
        do: "numplan serve #{options(obstacle)}" |> shell(context) |> assert_one_line(obstacle)
  end

  test "mix numplan.serve", context do
    root = File.cwd!()

    for obstacle <- obstacles(context) do
      {_, _, dir, config, _} = obstacle

      [dir, config] =
        for path <- [dir, config], do: if(path =~ "kazoo", do: path, else: Path.join(context.tmp_dir, path))

      line = "numplan.serve #{options(put_elem(put_elem(obstacle, 2, dir), 3, config))}"
      "cd #{root}; MIX_ENV=test mix #{line}" |> shell(context) |> assert_one_line(obstacle)
    end
  end

  test "numplan start, without a crash dump", context do
    for {name, port, dir, config, _} = obstacle <- obstacles(context) do
      source = if config =~ "kazoo", do: {:preset, config}, else: {:file, Path.join(context.tmp_dir, config)}
      store = {Numplan.Store.Mnesia, dir: Path.join(context.tmp_dir, dir)}
      assert_start_refused(obstacle, [store: store, server: [port: port], config: source], context)
      assert {name, File.exists?(Path.join(context.tmp_dir, "erl_crash.dump"))} == {name, false}
    end
  end

  test "numplan start names a setting that is wrong, its value and what it may be", context do
    for {settings, words} <- [
          {[server: [port: 80_800]],
           "the option :port is an integer from 0 to 65535, where 0 takes a free one, not 80800"},
          {[server: [port: 0, tls: [certfile: "none.pem"]]],
           "the certfile of the option :tls is none.pem: no such file"},
          {[services: true, rate_limit: "100"],
           "the setting rate_limit is a number of requests a second, 0 or more, not"},
          {[services: true, body_budget: "8"], "the setting body_budget is a number of bytes, not"}
        ],
        do: assert_start_refused({inspect(settings), nil, nil, nil, words}, settings, context)
  end

  defp assert_start_refused(obstacle, settings, context) do
    File.write!(Path.join(context.tmp_dir, "sys.config"), :io_lib.format("~tp.~n", [[numplan: settings]]))

    ~s(RELEASE_SYS_CONFIG="#{context.tmp_dir}/sys" RELEASE_DISTRIBUTION=none numplan start)
    |> shell(context)
    |> assert_one_line(obstacle)
  end
end
