defmodule Numplan.DocumentsTest do
  @moduledoc "What the documents print is what comes of it; and what they say to be all there is, is."
  use ExUnit.Case

  import Numplan.CommandLine, only: [shell: 2]

  alias Numplan.{CommandLine, Document}

  @moduletag timeout: 300_000
  @moduletag :tmp_dir

  @root Path.expand("../..", __DIR__)
  @printed_address "http://127.0.0.1:8000"

  setup_all do: CommandLine.release()

  defp read(name), do: File.read!(Path.join(@root, name))

  for name <- ~w(docs/operators.md docs/check.md) do
    test "every command of #{name} prints what stands there", context do
      text = read(unquote(name))
      for file <- Path.wildcard(Path.join(@root, "testdata/configs/*.json")), do: copy(file, context)
      for {file, block} <- Document.files(text), do: File.write!(Path.join(context.tmp_dir, file), block)
      examples = length(Regex.scan(~r/^\$ /m, text))
      assert examples >= 4

      state = Enum.reduce(Document.blocks(text), %{server: nil, ran: 0}, &block(&1, &2, context))
      if state.server, do: CommandLine.interrupt(elem(state.server, 0))
      assert state.ran == examples
    end
  end

  defp copy(file, context), do: File.cp!(file, Path.join(context.tmp_dir, Path.basename(file)))

  defp block({"console", block}, state, context) do
    Enum.reduce(CommandLine.examples(block), state, &%{example(&1, &2, context) | ran: &2.ran + 1})
  end

  defp block({"erlang", block}, state, context) do
    here = String.replace(block, ~s({file, "), ~s({file, "#{context.tmp_dir}/))
    Document.erlang(here, [], &assert({&1, &2} == {&1, &3}))
    state
  end

  defp block({_language, _block}, state, _context), do: state

  defp example({"numplan serve" <> _ = line, printed}, %{server: nil} = state, context) do
    {_port, address} = server = CommandLine.serve(line <> " --port 0", context)
    assert printed == "Serving #{@printed_address}/ (interrupt to stop)\n"
    assert address =~ "http://127.0.0.1:"
    %{state | server: server}
  end

  defp example({line, printed}, state, context) do
    {out, told, _code} = shell(here(line, state.server), context)
    assert {line, out <> told} == {line, printed}
    state
  end

  defp here(line, nil), do: line
  defp here(line, {_port, address}), do: String.replace(line, @printed_address, address)

  describe "docs/check.md" do
    # The engine without Erlang is the only one that says it.
    @not_here ["needs_re"]

    test "has all kinds of findings there are" do
      said = for [_, kind] <- Regex.scan(~r/^### `(\w+)`$/m, read("docs/check.md")), do: kind
      assert Enum.sort(said) == Enum.sort(kinds() -- @not_here)
      for kind <- @not_here, do: assert(read("docs/check.md") =~ "`#{kind}`")
    end

    test "has a configuration for each kind, which shows it" do
      sections = Regex.scan(~r/^### `(\w+)`\n(.*?)(?=^#|\z)/ms, read("docs/check.md"), capture: :all_but_first)
      assert sections != []

      for [kind, text] <- sections do
        [configuration] = Document.blocks(text, "json")
        assert {kind, true} == {kind, kind in shown(Numplan.check(configuration))}
      end
    end

    test "has each kind under its severity" do
      for [_, title, text] <- Regex.scan(~r/^# (Errors|Warnings|Notes)\n(.*?)(?=^# |\z)/ms, read("docs/check.md")),
          [_, kind, section] <- Regex.scan(~r/^### `(\w+)`\n(.*?)(?=^#|\z)/ms, text),
          {:ok, report} <- [Numplan.check(hd(Document.blocks(section, "json")))],
          finding <- report.findings,
          Atom.to_string(finding.kind) == kind do
        severity = Map.fetch!(%{"Errors" => :error, "Warnings" => :warning, "Notes" => :info}, title)
        assert {kind, finding.severity} == {kind, severity}
      end
    end

    defp shown({:ok, report}), do: for(finding <- report.findings, do: Atom.to_string(finding.kind))
    defp shown({:error, error}), do: for(problem <- error.problems, do: word(problem.reason))

    defp word(reason) when is_tuple(reason), do: word(elem(reason, 0))
    defp word(reason), do: Atom.to_string(reason)

    # The list that is true is the engine's.
    defp kinds do
      for {file, type} <- [{"check/finding.rs", "Kind"}, {"problem.rs", "Reason"}],
          [_, kind] <- Regex.scan(~r/^ +#{type}::\w+(?:\(_\)| \{ \.\. \})? => "(\w+)",$/m, engine(file)),
          uniq: true,
          do: kind
    end

    defp engine(file), do: read("native/numplan/src/" <> file)
  end
end
