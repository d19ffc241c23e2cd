defmodule Numplan.BeamTest do
  @moduledoc "An application as archives have it, with placeholders: what nodes load and call, also where files are missing."
  use ExUnit.Case

  alias Numplan.Builds

  @moduletag :tmp_dir

  @release List.to_integer(:erlang.system_info(:otp_release))
  @answer %{class: "emergency", e164: "911"}

  setup %{tmp_dir: folder} do
    app = Builds.erlang_half(folder)
    %{app: app, beams: with_placeholders(app, @release)}
  end

  # Moves the modules of a build to the range of a release.
  defp with_placeholders(app, first) do
    beams = Path.join(app, "priv/ebin/otp-#{first}")
    File.mkdir_p!(Path.dirname(beams))
    File.rename!(Path.join(app, "ebin"), beams)
    {_, 0} = System.cmd(Path.expand("scripts/placeholders"), [beams, Path.join(app, "ebin")])
    File.rename!(Path.join(beams, "numplan.app"), Path.join(app, "ebin/numplan.app"))
    beams
  end

  defp placeholder?(peer, module), do: Builds.call(peer, :erlang, :function_exported, [module, :"$placeholder", 0])

  defp loaded(peer, module), do: peer |> Builds.call(:code, :which, [module]) |> to_string()

  test "a placeholder exports what its module exports, and the first call loads the module", context do
    peer = Builds.start_node(context.app)
    assert {:module, :numplan} = Builds.call(peer, :code, :ensure_loaded, [:numplan])
    assert placeholder?(peer, :numplan)
    exports = Builds.call(peer, :numplan, :module_info, [:exports]) -- ["$placeholder": 0]
    assert Enum.sort(exports) == Enum.sort(:numplan.module_info(:exports))

    assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"
    refute placeholder?(peer, :numplan)
    assert loaded(peer, :numplan) == Path.join(context.beams, "numplan.beam")
  end

  test "the application starts, and its answers are those of a build without placeholders", context do
    peer = Builds.start_node(context.app)
    assert {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    assert Map.take(Builds.call(peer, :numplan, :explain, ["911"]), Map.keys(@answer)) == @answer

    for number <- ["4158867900", "+442079460000", "", "0049"] do
      assert Builds.call(peer, :numplan, :lookup, [number]) == :numplan.lookup(number)
    end
  end

  test "of several ranges that of the newest release which is not newer than the node's serves", context do
    # And what is no range, such as a copy that somebody has kept.
    for name <- [@release - 3, @release + 1, "#{@release}.old", "x"],
        do: File.mkdir_p!(Path.join(context.app, "priv/ebin/otp-#{name}"))

    peer = Builds.start_node(context.app)
    assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"
    assert loaded(peer, :numplan) == Path.join(context.beams, "numplan.beam")
  end

  test "a node that is older than all ranges is refused with both releases", context do
    File.rename!(context.beams, Path.join(context.app, "priv/ebin/otp-99"))
    peer = Builds.start_node(context.app)

    assert catch_error(Builds.call(peer, :numplan, :classify, ["911"])) |> reason() == {:no_beam, @release, 99}
    assert Builds.call(peer, :numplan_upgrade, :module_info, [:module]) == :numplan_upgrade
  end

  test "a file that is missing or is none is named, and the next call finds what was mended", context do
    peer = Builds.start_node(context.app)
    file = Path.join(context.beams, "numplan.beam")
    code = File.read!(file)

    File.rm!(file)

    assert catch_error(Builds.call(peer, :numplan, :classify, ["911"])) |> reason() ==
             {:unreadable, to_charlist(file), :error}

    File.write!(file, "no code")
    assert {:not_loadable, [{:numplan, _}]} = catch_error(Builds.call(peer, :numplan, :classify, ["911"])) |> reason()

    File.write!(file, code)
    assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"
  end

  test "an archive without its folders of modules refuses each call, and does not turn in a circle", context do
    File.rename!(Path.join(context.app, "priv/ebin"), Path.join(context.app, "priv/away"))
    peer = Builds.start_node(context.app)
    assert {:unreadable, path, :error} = catch_error(Builds.call(peer, :numplan, :classify, ["911"])) |> reason()
    assert path == to_charlist(Path.join(context.app, "priv/ebin"))
  end

  defp reason({:exception, reason, _stack}), do: reason
  defp reason(reason), do: reason

  test "an upgrade loads the modules themselves, from an archive and to one", %{tmp_dir: folder} = context do
    plain = Builds.erlang_half(Path.join(folder, "plain"))
    peer = Builds.start_node(context.app)

    for app <- [plain, context.app, plain] do
      assert Builds.call(peer, :numplan_upgrade, :to, [app]) == :ok
      assert loaded(peer, :numplan) =~ app
      refute placeholder?(peer, :numplan)
      assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"
    end
  end

  test "an upgrade to an archive that is not for this release changes nothing", %{tmp_dir: folder} = context do
    File.rename!(context.beams, Path.join(context.app, "priv/ebin/otp-99"))
    plain = Builds.erlang_half(Path.join(folder, "plain"))
    peer = Builds.start_node(plain)
    assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"
    assert Builds.call(peer, :numplan_upgrade, :to, [context.app]) == {:error, {:no_beam, @release, 99}}
    assert loaded(peer, :numplan) =~ plain
  end

  # Compilers up to that of OTP 26 compile for OTP 23 too; scripts/archive-check loads the files on each
  # release. What 27 and 29 refused, when files of 23 were loaded there:
  if @release < 27 do
    @dropped [:allocate_zero, :allocate_heap_zero, :init, :make_fun2]

    test "modules that serve all releases have no instruction that a later release does not know", %{tmp_dir: folder} do
      include = Path.join(folder, "include/numplan/priv/native")
      File.mkdir_p!(include)
      File.write!(Path.join(include, "numplan_library.hrl"), ~s(-define(LIBRARIES, [{any, "x"}]\).\n))

      for module <- ~w(numplan_beam numplan_nif) do
        options = [:r23, :S, outdir: to_charlist(folder), i: to_charlist(Path.join(folder, "include"))]
        {:ok, _} = :compile.file(to_charlist("src/#{module}.erl"), options)
        {:ok, terms} = :file.consult(Path.join(folder, "#{module}.S"))
        instructions = for term <- terms, do: if(is_tuple(term), do: elem(term, 0), else: term)
        assert :call_ext in instructions
        assert {module, Enum.filter(instructions, &(&1 in @dropped or "#{&1}" =~ ~r/^bs_/))} == {module, []}
      end
    end
  end
end
