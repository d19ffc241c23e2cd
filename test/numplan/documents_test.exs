defmodule Numplan.DocumentsTest do
  @moduledoc "What the documents print is what comes of it; and what they say to be all there is, is."
  use ExUnit.Case

  import Numplan.CommandLine, only: [shell: 2]

  alias Numplan.{CommandLine, Document, Refusals}

  @moduletag timeout: 300_000
  @moduletag :tmp_dir

  @root Path.expand("../..", __DIR__)
  @printed_address "http://127.0.0.1:8000"

  setup_all do: CommandLine.release()

  defp read(name), do: File.read!(Path.join(@root, name))

  for name <- ~w(docs/operators.md docs/check.md docs/access.md) do
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
    assert {line, Refusals.without_original(out <> told)} == {line, printed}
    state
  end

  defp here(line, nil), do: line
  defp here(line, {_port, address}), do: String.replace(line, @printed_address, address)

  test "every command about a store in docs/command-line.md prints what stands there", context do
    [_, sections] = Regex.run(~r/^## The numbers of a store\n(.*?)^## Why /ms, read("docs/command-line.md"))
    examples = for {"console", block} <- Document.blocks(sections), example <- CommandLine.examples(block), do: example
    assert length(examples) >= 8

    for {line, printed} <- examples do
      {out, told, 0} = shell(line, context)
      assert {line, out <> told} == {line, printed}
    end
  end

  test "every file and every bound that docs/engine.md names is there" do
    text = String.replace(read("docs/engine.md"), ~r/\s+/, " ")
    files = for [_, file] <- Regex.scan(~r/`([\w\/]+\.(?:rs|exs|ex|erl))`/, text), uniq: true, do: file
    assert length(files) > 25
    for file <- files, do: assert({file, found?(file)} == {file, true})

    for {printed, name, value} <- [
          {"| rules in a document | 100,000 |", "MAX_RULES", "100_000"},
          {"| system dial plans nested | 16 deep |", "MAX_NESTING", "16"},
          {"| instructions of one pattern | 200,000 |", "MAX_INSTRUCTIONS", "200_000"},
          {"| instructions, where the root is searched for | 5,000 |", "MAX_SEARCH", "5_000"},
          {"| memory that building one automaton touches | 64 MiB |", "MEMORY_LIMIT", "64 << 20"},
          {"| one-pass automaton | 64 entries, ", "MAX_ENTRIES", "64"},
          {" entries, 4 Mi transitions |", "ONE_PASS_LIMIT", "4 << 20"},
          {"| ways to tell a branch apart by width | 8 |", "MAX_WIDTHS", "8"},
          {"groups nested deeper than 120", "MAX_DEPTH", "120"},
          {"more than 512 KiB", "LARGE", "512 << 10"},
          {"more than 64 bytes apart", "MAX_LAG", "64"},
          {"| instructions of all patterns together | 6,000,000 |", "MAX_TOGETHER", "6_000_000"},
          {"eight things a move", "WORK_A_MOVE", "8"},
          {"50,000 ways over one byte", "MAX_WAYS", "50_000"},
          {"at most a million cells", "MAX_CELLS", "1 << 20"},
          {"after 50 rounds", "MOORE_ROUNDS", "50"}
        ] do
      assert text =~ printed
      assert {name, value in constants(name)} == {name, true}
    end

    for bound <- ["places: 400_000,", "moves: 5_000_000,", "memory: 32 << 20,"],
        do: assert(engine("proof/search.rs") =~ bound)

    for bound <- ["places (400,000)", "moves (5 million)", "the memory of its machines (32 MiB)"],
        do: assert(text =~ bound)
  end

  # A name without a directory is one of the checks'. A module of Rust is a file, or a folder with `mod.rs`.
  defp found?(file) do
    folders = ["", "native/numplan/src", "native/numplan/src/check"]
    spellings = [file, String.replace_suffix(file, ".rs", "/mod.rs")]
    Enum.any?(for(folder <- folders, name <- spellings, do: File.exists?(Path.join([@root, folder, name]))))
  end

  # The values that constants of a name have in the engine.
  defp constants(name) do
    for file <- Path.wildcard(Path.join(@root, "native/numplan/src/**/*.rs")),
        [_, value] <- Regex.scan(~r/const #{name}: \w+ = ([^;]+);/, File.read!(file)),
        do: value
  end

  defp engine(file), do: read("native/numplan/src/" <> file)

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
        kind = here(kind)
        assert {kind, true} == {kind, kind in shown(Numplan.check(configuration, options(kind)))}
      end
    end

    test "has each kind under its severity" do
      for [_, title, text] <- Regex.scan(~r/^## (Errors|Warnings|Notes)\n(.*?)(?=^## |\z)/ms, read("docs/check.md")),
          [_, kind, section] <- Regex.scan(~r/^### `(\w+)`\n(.*?)(?=^#|\z)/ms, text),
          {:ok, report} <- [Numplan.check(hd(Document.blocks(section, "json")), options(kind))],
          finding <- report.findings,
          Atom.to_string(finding.kind) == kind do
        severity = Map.fetch!(%{"Errors" => :error, "Warnings" => :warning, "Notes" => :info}, title)
        assert {kind, finding.severity} == {kind, severity}
      end
    end

    # Findings on another release are about one with another `re`.
    defp options("otp_" <> _), do: [otp: if(:numplan_nif.dialect() == :pcre2, do: 27, else: 28)]
    defp options(_kind), do: []

    # The examples are written for OTP 27 and earlier; later it is the other way round.
    defp here(kind) do
      case {:numplan_nif.dialect(), kind} do
        {:pcre2, "otp_refused"} -> "otp_accepted"
        {:pcre2, "otp_accepted"} -> "otp_refused"
        _ -> kind
      end
    end

    defp shown({:ok, report}), do: for(finding <- report.findings, do: Atom.to_string(finding.kind))
    defp shown({:error, error}), do: for(problem <- error.problems, do: word(problem.reason))

    defp word(reason) when is_tuple(reason), do: word(elem(reason, 0))
    defp word(reason), do: Atom.to_string(reason)

    # The list that is true is the engine's.
    defp kinds do
      for {file, type} <- [{"check/finding.rs", "Kind"}, {"config/problem.rs", "Reason"}],
          [_, kind] <- Regex.scan(~r/^ +#{type}::\w+(?:\(_\)| \{ \.\. \})? => "(\w+)",$/m, engine(file)),
          uniq: true,
          do: kind
    end
  end
end
