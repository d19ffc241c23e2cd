defmodule Numplan.ShellDocsTest do
  @moduledoc "The documentation of the Erlang modules in shells: `h(numplan)` in Erlang's, `h :numplan` in IEx."
  use ExUnit.Case, async: true

  alias Numplan.Builds

  @chunks Path.expand("scripts/docs/chunks")

  test "every Erlang module of this build has it, and its documented functions" do
    for module <- Builds.erlang_modules() do
      assert {:ok, {:docs_v1, _, :erlang, "application/erlang+html", %{"en" => [_ | _]}, _, entries}} =
               :code.get_doc(module)

      documented = for {{:function, name, arity}, _, _, %{"en" => _}, _} <- entries, do: {name, arity}
      assert documented -- module.module_info(:exports) == []
    end

    {:ok, {:docs_v1, _, _, _, _, _, entries}} = :code.get_doc(:numplan)
    documented = for {{:function, name, arity}, _, _, %{"en" => _}, _} <- entries, do: {name, arity}
    assert {:classify, 2} in documented and {:configure, 1} in documented
    assert :numplan.module_info(:exports) -- ([module_info: 0, module_info: 1] ++ documented) == []
  end

  test "h(numplan, classify, 2) in Erlang's shell" do
    {:ok, docs} = :code.get_doc(:numplan)
    printed = :numplan |> :shell_docs.render(:classify, 2, docs) |> IO.chardata_to_string()
    assert printed =~ "classify(" and printed =~ "class"
  end

  test "h :numplan.classify in IEx" do
    {:ok, _} = Application.ensure_all_started(:iex)
    printed = ExUnit.CaptureIO.capture_io(fn -> IEx.Introspection.h({:numplan, :classify, 2}) end)
    assert printed =~ "classify(" and printed =~ "class"
    refute printed =~ "No documentation"
  end

  describe "beside another build" do
    @describetag :tmp_dir

    setup %{tmp_dir: folder} do
      app = Builds.one_build(folder)
      assert {"", 0} = System.cmd(@chunks, [app], stderr_to_stdout: true)
      %{app: app, chunk: Path.join(app, "doc/chunks/numplan.chunk")}
    end

    test "a node without Elixir finds it", %{app: app} do
      peer = Builds.start_node(app)
      assert {:ok, docs} = Builds.call(peer, :code, :get_doc, [:numplan])
      printed = Builds.call(peer, :shell_docs, :render, [:numplan, :normalize, 1, docs])
      assert IO.chardata_to_string(printed) =~ "E.164"
    end

    test "a chunk without a source goes, and one that is older than its source is written again", %{
      app: app,
      chunk: chunk
    } do
      gone = Path.join(app, "doc/chunks/numplan_gone.chunk")
      kept = Path.join(app, "doc/chunks/numplan_nif.chunk")
      File.write!(gone, "")
      File.write!(kept, "kept")
      File.write!(chunk, "old")
      File.touch!(chunk, {{2020, 1, 1}, {0, 0, 0}})
      assert {"", 0} = System.cmd(@chunks, [app], stderr_to_stdout: true)
      assert {File.exists?(gone), File.read!(kept)} == {false, "kept"}
      assert {:docs_v1, _, _, _, _, _, _} = chunk |> File.read!() |> :erlang.binary_to_term()
    end

    test "without edoc a message says so, and a build goes on", %{tmp_dir: folder, chunk: chunk} do
      # An OTP without edoc: code:which/1 finds no module of that name.
      program = Path.join(folder, "programs/erl")
      File.mkdir_p!(Path.dirname(program))

      File.write!(program, """
      #!/bin/sh
      exec #{System.find_executable("erl")} -eval 'code:del_path(edoc).' "$@"
      """)

      File.chmod!(program, 0o755)
      File.rm!(chunk)
      environment = [{"PATH", Path.dirname(program) <> ":" <> System.get_env("PATH")}]

      assert {printed, 0} =
               System.cmd(@chunks, [Path.join(folder, "lib/numplan")], env: environment, stderr_to_stdout: true)

      assert printed == "numplan: h(numplan) will have no documentation: edoc of OTP 24 or later is not installed\n"
      refute File.exists?(chunk)
    end
  end
end
