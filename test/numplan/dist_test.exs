defmodule Numplan.DistTest do
  @moduledoc "The archive for Erlang nodes: made without Elixir, unpacked, and run by a bare `erl`."
  use ExUnit.Case

  alias Numplan.{Builds, CommandLine, Document}

  @moduletag :tmp_dir
  @moduletag timeout: 600_000

  @program ~S"""
  {ok, Started} = application:ensure_all_started(numplan),
  {ok, Version} = application:get_key(numplan, vsn),
  io:format("~p ~s ~s ~s ~s ~p ~p", [
      Started,
      Version,
      element(2, numplan_nif:build_info()),
      numplan:normalize(<<"4158867900">>),
      numplan_classifiers:classify(<<"911">>),
      maps:get(region, numplan:lookup(<<"+442079460000">>)),
      [Module || {Module, _} <- code:all_loaded(), lists:prefix("Elixir.", atom_to_list(Module))]
  ]), halt().
  """

  test "is made by cargo and OTP alone, and needs nothing but OTP", %{tmp_dir: folder} do
    app = Builds.archived(folder, "7.8.9", "archived")
    assert Path.basename(app) == "numplan-7.8.9"
    assert System.find_executable("mix") && not File.exists?(Path.join(folder, "programs/mix"))

    {:ok, [{:application, :numplan, keys}]} = :file.consult(to_charlist(Path.join(app, "ebin/numplan.app")))
    assert keys[:applications] == [:kernel, :stdlib]
    assert Enum.sort(keys[:modules]) == Enum.sort(Builds.erlang_modules())
    assert [_] = File.ls!(Path.join(app, "priv/native"))

    # Where it was built is nobody's business.
    for module <- keys[:modules],
        {:ok, {_, compile_info: info}} <- [compile_info(app, module)],
        do: refute(info[:source])

    options = [env: [{"ERL_LIBS", folder}], stderr_to_stdout: true]
    {printed, 0} = System.cmd("erl", ["-noshell", "-eval", @program], options)
    assert printed == ~s([numplan] 7.8.9 archived +14158867900 emergency <<"GB">> [])

    for document <- ~w(LICENSE NOTICE README.md SECURITY.md docs/install.md),
        do: assert(File.exists?(Path.join(app, document)))

    # Made once more, of a copy of the sources whose files are all built again, it is the same.
    again = Path.join(folder, "again")
    File.mkdir_p!(again)
    _ = Builds.archived(again, "7.8.9", "archived")
    assert archive(again) == archive(folder)
  end

  # Its name and its content's hash, which a message can show.
  defp archive(folder) do
    [archive] = Path.wildcard(Path.join(folder, "numplan-*.tar.gz"))
    {Path.basename(archive), :crypto.hash(:sha256, File.read!(archive))}
  end

  test "docs/install.md: on Erlang nodes", %{tmp_dir: folder} do
    _ = Builds.archived(folder, "7.8.9", "archived")
    [_, section] = Regex.run(~r/^## On Erlang nodes\n(.*?)(?=^## )/ms, File.read!("docs/install.md"))
    [{"console", block}] = for {"console", _} = block <- Document.blocks(section), do: block
    [{line, printed}] = CommandLine.examples(block)
    {out, 0} = System.cmd("sh", ["-c", String.replace(line, "/opt", folder)])
    assert out == String.trim_trailing(printed)
  end

  defp compile_info(app, module),
    do: :beam_lib.chunks(to_charlist(Path.join(app, "ebin/#{module}.beam")), [:compile_info])

  test "the version is the same as in Mix" do
    {:ok, [{:application, :numplan, keys}]} = :file.consult(~c"src/numplan.app.src")
    assert to_string(keys[:vsn]) == Mix.Project.config()[:version]
  end

  test "rebar.config calls what there is" do
    {:ok, config} = :file.consult(~c"rebar.config")
    [compile: library] = config[:pre_hooks]
    assert [library_script, "release", "priv/native"] = library |> to_string() |> String.split()
    [docs_script | _] = config[:post_hooks][:compile] |> to_string() |> String.split()
    for script <- [library_script, docs_script], do: assert(Bitwise.band(File.stat!(script).mode, 0o111) != 0)
  end
end
