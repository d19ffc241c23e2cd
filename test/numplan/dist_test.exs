defmodule Numplan.DistTest do
  @moduledoc "The archive for Erlang nodes: unpacked, and run by a bare `erl`."
  use ExUnit.Case

  @moduletag :tmp_dir
  @moduletag timeout: 300_000

  @program ~S"""
  {ok, Started} = application:ensure_all_started(numplan),
  io:format("~p ~s ~s ~p ~p", [
      Started,
      numplan:normalize(<<"4158867900">>),
      numplan:classify(<<"911">>),
      maps:get(region, numplan:lookup(<<"+442079460000">>)),
      [Module || {Module, _} <- code:all_loaded(), lists:prefix("Elixir.", atom_to_list(Module))]
  ]), halt().
  """

  test "needs nothing but OTP", %{tmp_dir: folder} do
    {archive, 0} = System.cmd(Path.expand("scripts/dist"), [folder], env: [{"MIX_ENV", "test"}])
    archive = String.trim(archive)
    assert Path.basename(archive) =~ ~r/^numplan-\d+\.\d+\.\d+-\w+-.*\.tar\.gz$/
    {_, 0} = System.cmd("tar", ["xzf", archive, "-C", folder])
    [app] = Path.wildcard(Path.join(folder, "numplan-*/ebin/numplan.app"))
    {:ok, [{:application, :numplan, keys}]} = :file.consult(to_charlist(app))
    assert keys[:applications] == [:kernel, :stdlib]
    assert Enum.sort(keys[:modules]) == Enum.sort(Numplan.Builds.erlang_modules())

    options = [env: [{"ERL_LIBS", folder}], stderr_to_stdout: true]
    {printed, 0} = System.cmd("erl", ["-noshell", "-eval", @program], options)
    assert printed == ~s([numplan] +14158867900 emergency <<"GB">> [])
  end
end
