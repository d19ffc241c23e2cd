defmodule Numplan.HotUpgradeTest do
  @moduledoc "Native builds exchanged in a running node, under load."
  use ExUnit.Case

  alias Numplan.Builds

  @moduletag :tmp_dir
  @moduletag timeout: 900_000

  @reloads 120
  @callers 8

  test "#{@reloads} reloads between two native builds, under the load of #{@callers} callers", %{tmp_dir: folder} do
    {app, builds} = Builds.two_builds(folder)
    peer = Builds.start_node(app)
    Builds.load_erlang(peer, "upgrade_load")
    {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])

    load = Builds.call(peer, :upgrade_load, :start, [@callers])
    modules = [:numplan_nif | Builds.erlang_modules() -- [:numplan_nif]]

    memory =
      for number <- 1..@reloads do
        {tag, code} = Enum.at(builds, rem(number, 2))
        File.write!(Path.join(app, "ebin/numplan_nif.beam"), code)
        assert {_build, ^tag} = Builds.call(peer, :upgrade_load, :reload, [modules])
        Builds.call(peer, :upgrade_load, :memory, [])
      end

    results = Builds.call(peer, :upgrade_load, :stop, [load])
    assert length(results) == @callers
    assert Enum.all?(results, &match?({:ok, calls} when calls > 1_000, &1)), inspect(results)
    calls = results |> Enum.map(&elem(&1, 1)) |> Enum.sum()

    # The holder of the older plans has ended: with them goes the library that is not in use.
    Builds.call(peer, :numplan, :classify, ["911"])
    for module <- modules, do: Builds.call(peer, :code, :soft_purge, [module])
    {current, _} = Builds.call(peer, :numplan_nif, :build_info, [])
    assert Builds.await(fn -> Builds.call(peer, :upgrade_load, :mapped, []) end, [current]) == [current]

    # The allocators' own memory grows over the first reloads and then no more, but for what a scheduler
    # happens to hold at one moment. A leak is in all that follow, so also in the least of them.
    [_, earlier, later] = Enum.chunk_every(memory, 40)
    growth = Enum.min(later) - median(earlier)
    assert growth < 8_192, "#{growth} kB more at the least of the last 40 of #{@reloads} reloads than in the 40 before"
    if System.get_env("CI"), do: IO.puts("hot upgrade: #{@reloads} reloads, #{calls} calls, 0 failed, #{growth} kB")
  end

  defp median(values), do: values |> Enum.sort() |> Enum.at(div(length(values), 2))

  # Before OTP 26 a fun can run in a module that is being loaded over itself, where making a fun ends the node.
  test "no fun of the Erlang half makes a fun" do
    assert Enum.flat_map(Builds.erlang_modules(), &(&1 |> functions() |> makers(&1))) == []
  end

  # So that the test above cannot pass because the compiler's instructions have another form.
  test "a fun that makes a fun is found, in itself and in a function that it calls", %{tmp_dir: folder} do
    for inner <- ["fun(Y) -> X + Y end", "g(X)"] do
      source = Path.join(folder, "makes.erl")
      File.write!(source, "-module(makes).\n-export([f/0]).\nf() -> fun(X) -> #{inner} end.\ng(X) -> fun() -> X end.\n")
      {:ok, :makes, beam} = :compile.file(to_charlist(source), [:binary, :nowarn_unused_function])
      assert [{:makes, _fun, _function} | _] = makers(functions(beam), :makes)
    end
  end

  defp functions(module) when is_atom(module), do: module |> :code.which() |> functions()

  defp functions(beam) do
    {:beam_file, _, _, _, _, functions} = :beam_disasm.file(beam)
    functions
  end

  # The funs of a module that make a fun, each with the function that it does so in.
  defp makers(functions, module) do
    code = Map.new(functions, fn {:function, name, arity, _, code} -> {{name, arity}, code} end)

    makes =
      Map.new(code, fn {function, code} -> {function, for({:make_fun3, {_, f, a}, _, _, _, _} <- code, do: {f, a})} end)

    calls =
      Map.new(code, fn {function, code} -> {function, for(call <- code, {_, f, a} <- [called(call)], do: {f, a})} end)

    for fun <- makes |> Map.values() |> Enum.concat() |> Enum.uniq(),
        function <- reached([fun], calls, []),
        makes[function] != [],
        do: {module, fun, function}
  end

  defp called({call, _, {_, _, _} = function}) when call in [:call, :call_only], do: function
  defp called({:call_last, _, {_, _, _} = function, _}), do: function
  defp called(_), do: nil

  defp reached([], _calls, seen), do: seen

  defp reached([function | rest], calls, seen) do
    if function in seen,
      do: reached(rest, calls, seen),
      else: reached(calls[function] ++ rest, calls, [function | seen])
  end

  test "a plan that is held keeps answering after its build is gone", %{tmp_dir: folder} do
    {app, [{_, first}, {_, second}]} = Builds.two_builds(folder)
    peer = Builds.start_node(app)
    Builds.load_erlang(peer, "upgrade_load")
    {:ok, plan} = Builds.call(peer, :numplan, :plan, [{:preset, :"kazoo-4.2"}])
    modules = [:numplan_nif]

    for code <- [second, first, second] do
      File.write!(Path.join(app, "ebin/numplan_nif.beam"), code)
      Builds.call(peer, :upgrade_load, :reload, [modules])
      assert Builds.call(peer, :numplan, :classify, ["01144123456789", plan]) == "international"
      assert %{class: "international"} = Builds.call(peer, :numplan, :explain, ["01144123456789", plan])
      assert %{build: build} = Builds.call(peer, :numplan, :info, [plan])
      assert {^build, _} = Builds.call(peer, :numplan_nif, :build_info, [])
    end
  end

  test "a module whose library is missing, or is none, is refused with a logged reason, and the old one serves on",
       %{tmp_dir: folder} do
    {app, [_, {_, second}]} = Builds.two_builds(folder)
    peer = Builds.start_node(app)
    Builds.load_erlang(peer, "upgrade_load")
    :ok = Builds.call(peer, :logger, :add_handler, [:kept, :upgrade_load, %{}])
    assert "emergency" = Builds.call(peer, :numplan, :classify, ["911"])
    {build, "none"} = before = Builds.call(peer, :numplan_nif, :build_info, [])

    [library] =
      app |> Path.join("priv/native/*.so") |> Path.wildcard() |> Enum.reject(&(Path.basename(&1, ".so") == build))

    File.write!(Path.join(app, "ebin/numplan_nif.beam"), second)

    for break <- [&File.rm!/1, &File.write!(&1, "no library")] do
      break.(library)
      assert {:error, :on_load_failure} = Builds.call(peer, :code, :load_file, [:numplan_nif])
      assert "emergency" = Builds.call(peer, :numplan, :classify, ["911"])
      assert before == Builds.call(peer, :numplan_nif, :build_info, [])
    end

    logged = Builds.call(peer, :persistent_term, :get, [:logged])
    reasons = Enum.filter(logged, &(&1 =~ "cannot be loaded"))
    assert length(reasons) == 2
    assert Enum.all?(reasons, &(&1 =~ Path.basename(library, ".so")))
  end
end
