defmodule Numplan.Kazoo.DocumentTest do
  @moduledoc """
  `docs/kazoo.md`, from top to bottom: every command in it is run as it is printed, but for directories and ports, which are the test's
  own.
  """
  use ExUnit.Case

  alias Numplan.{Builds, CouchDBServer, Document, Store}

  @moduletag :tmp_dir
  @moduletag :npm
  @moduletag timeout: 900_000

  @document Path.expand("../../../docs/kazoo.md", __DIR__)

  @doubles ~w(kapps_config kapps_account_config kzd_accounts converter_reference knm_converters knm_converter_regex)

  setup %{tmp_dir: folder} do
    {:ok, _} = Application.ensure_all_started(:inets)
    server = CouchDBServer.start(CouchDBServer.free_port(), ["--in-memory"])
    :ok = CouchDBServer.add_admin(server, "numplan", "secret")
    :ok = CouchDBServer.add_admin(%{server | options: [username: "numplan", password: "secret"]}, "admin", "secret")
    System.put_env("NUMPLAN_COUCHDB_PASSWORD", "secret")
    on_exit(fn -> System.delete_env("NUMPLAN_COUCHDB_PASSWORD") end)
    File.mkdir_p!(Path.join(folder, "opt"))

    state = %{
      folder: folder,
      source: Builds.copy_of_source(),
      couchdb: server.port,
      port: CouchDBServer.free_port(),
      peer: kazoo_node(),
      bindings: []
    }

    %{state: state}
  end

  # As a release of Kazoo: a node that loads nothing on its own.
  defp kazoo_node do
    peer = Builds.start_bare_node([~c"-mode", ~c"embedded"])
    for name <- @doubles, do: Builds.load_erlang(peer, "kazoo/#{name}.erl")
    :ok = Builds.call(peer, :kapps_config, :start, [])
    peer
  end

  test "every command does what it says", %{state: state} do
    blocks = Document.blocks(File.read!(@document))

    assert Enum.frequencies_by(blocks, &elem(&1, 0)) == %{
             "sh" => 6,
             "erlang" => 8,
             "erl" => 3,
             "vmargs" => 1,
             "elixir" => 1
           }

    state = Enum.reduce(blocks, state, fn {language, text}, state -> run(language, here(text, state), state) end)
    refute state.peer |> Builds.call(:application, :which_applications, []) |> List.keymember?(:numplan, 0)
  end

  defp here(text, state) do
    text
    |> String.replace("/opt/numplan", Path.join(state.folder, "opt"))
    |> String.replace("5984", "#{state.couchdb}")
    |> String.replace("8001", "#{state.port}")
  end

  defp run("sh", "A=" <> _ = text, state) do
    await_listening(state.port)
    printed = bash(text, File.cwd!(), [])
    assert [classified, put, got, fixed] = printed |> String.replace("}{", "}\n{") |> String.split("\n", trim: true)
    assert classified =~ ~s("name":"did_us")
    assert put =~ ~s("id":"+14158551292") and got =~ ~s("id":"+14158551292")
    assert fixed =~ ~s("numbers":{"+14158551292":)
    {200, record} = CouchDBServer.request(couchdb(state), :get, "/numbers%2F%2B1415/%2B14158551292")
    assert record["pvt_assigned_to"] == String.duplicate("0", 32)
    state
  end

  defp run("sh", text, state) do
    cond do
      text =~ "numplan.serve" -> serve(text)
      text =~ "mix test" -> assert bash(text, File.cwd!(), []) =~ ~r/\d+ tests, 0 failures|^Result: \d+ passed$/m
      text =~ "ERL_LIBS" -> assert bash(text, state.folder, []) == "4158867900\n"
      true -> archive(text, state)
    end

    state
  end

  defp run("erlang", text, state) do
    there = &Builds.call(state.peer, :erl_eval, :exprs, [&1, &2])
    %{state | bindings: Document.erlang(text, state.bindings, &assert({&1, &2} == {&1, &3}), there)}
  end

  # Clauses for a module of Kazoo: a module that has them and nothing else answers as the functions that they call.
  defp run("erl", text, state) do
    [_, name] = Regex.run(~r/^%% (\w+)\.erl/, text)
    file = Path.join(state.folder, name <> ".erl")
    File.write!(file, "-module(#{name}).\n-compile(export_all).\n" <> text)
    {:ok, module, code} = :compile.file(to_charlist(file), [:binary, :return_errors])
    {:module, ^module} = Builds.call(state.peer, :code, :load_binary, [module, to_charlist(file), code])
    delegated(module, &Builds.call(state.peer, module, &1, &2), &Builds.call(state.peer, &1, &2, &3))
    state
  end

  defp run("vmargs", text, state) do
    file = Path.join(state.folder, "vm.args")
    File.write!(file, text)
    program = ~S|io:format("~s", [knm_converter_numplan:normalize(<<"4158867900">>)]), halt().|
    arguments = ["-mode", "embedded", "-args_file", file, "-noshell", "-eval", program]
    assert System.cmd("erl", arguments, stderr_to_stdout: true) == {"+14158867900", 0}
    state
  end

  defp run("elixir", text, state) do
    [numplan: environment] = Config.Reader.eval!("kazoo.md", "import Config\n" <> text)
    {Store.CouchDB, options} = environment[:store]
    start_supervised!({Store.CouchDB, options})
    Application.put_env(:numplan, :store, environment[:store])
    assert Store.get_number("+14158551292") == {:error, :not_found}
    Application.delete_env(:numplan, :store)
    :ok = stop_supervised(Store.CouchDB)
    assert environment[:server] == [port: state.port]
    state
  end

  @numbers ["4158867900", "01144123456789", "911", "+4527123456"]
  @account String.duplicate("a", 32)

  defp delegated(:knm_converters, ask, direct) do
    for number <- @numbers do
      assert ask.(:normalize, [number]) == direct.(:knm_converter_regex, :normalize, [number])
      assert ask.(:normalize, [number, @account]) == ask.(:normalize, [number])
      assert ask.(:normalize, [number, @account, {[]}]) == ask.(:normalize, [number])

      for name <- [:to_npan, :to_1npan, :to_strip_plus],
          do: assert(ask.(name, [number]) == direct.(:knm_converter_numplan, name, [number]))

      for {name, more} <- [to_db: [], is_reconcilable: [], is_reconcilable: [@account], classify: []],
          do: assert(ask.(name, [number | more]) == direct.(:numplan_classifiers, name, [number | more]))
    end

    one_by_one = for number <- @numbers, do: ask.(:normalize, [number])
    for more <- [[], [@account], [@account, {[]}]], do: assert(ask.(:normalize, [@numbers | more]) == one_by_one)
    assert ask.(:available_classifiers, []) == direct.(:numplan_classifiers, :available_classifiers, [])
  end

  defp delegated(:knm_util, ask, _direct) do
    assert ask.(:pretty_print, ["4158867900"]) == "(415) 886 - 7900"
    assert ask.(:pretty_print, [:undefined]) == "unknown"
  end

  defp delegated(:wnm_util, ask, _direct) do
    assert ask.(:to_e164, ["4158867900"]) == "+14158867900"
    assert ask.(:classify_number, ["911"]) == "emergency"
    assert {ask.(:is_reconcilable, ["id"]), ask.(:is_reconcilable, ["4158867900"])} == {false, true}
    assert {ask.(:to_npan, ["+14158867900"]), ask.(:to_1npan, ["4158867900"])} == {"4158867900", "14158867900"}
    assert {[{"tollfree_us", _} | _]} = ask.(:available_classifiers, [])
  end

  defp couchdb(state) do
    %{url: "http://127.0.0.1:#{state.couchdb}", options: [username: "admin", password: "secret"]}
  end

  # The archive of the version that is unpacked is made where there is none.
  defp archive(text, state) do
    [_, version] = Regex.run(~r/numplan-(\d+\.\d+\.\d+)/, text)

    environment = [
      {"PROFILE", "dev"},
      # The archive for all nodes takes 20 minutes.
      {"NATIVE", "1"},
      {"CARGO_TARGET_DIR", Path.expand("target/archive")},
      {"NUMPLAN_BUILD_TAG", version}
    ]

    :ok = Builds.set_version(state.source, version)
    bash(text, state.source, environment)
  end

  defp bash(text, folder, environment) do
    {printed, 0} = System.cmd("bash", ["-eu", "-c", text], cd: folder, env: environment, stderr_to_stdout: true)
    printed
  end

  # It goes on after its shell, until the test ends.
  defp serve(text) do
    {printed, 0} = System.cmd("bash", ["-eu", "-c", String.replace(text, "&\n", ">/dev/null 2>&1 & echo $!")])
    pid = String.trim(printed)
    on_exit(fn -> System.cmd("kill", [pid], stderr_to_stdout: true) end)
  end

  defp await_listening(port) do
    case :gen_tcp.connect({127, 0, 0, 1}, port, []) do
      {:ok, socket} ->
        :gen_tcp.close(socket)

      {:error, :econnrefused} ->
        receive do
        after
          50 -> await_listening(port)
        end
    end
  end

  test "the table names functions that there are" do
    named = Regex.scan(~r/^\|.*\| `(\w+):(\w+)\((.*?)\)` \|$/m, File.read!(@document), capture: :all_but_first)
    assert length(named) == 7

    for [module, function, arguments] <- named do
      arity = arguments |> String.split(",", trim: true) |> length()
      module = String.to_existing_atom(module)
      assert {:module, ^module} = Code.ensure_loaded(module)
      assert function_exported?(module, String.to_existing_atom(function), arity)
    end
  end
end
