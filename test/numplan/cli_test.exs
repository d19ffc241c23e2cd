defmodule Numplan.CLITest do
  @moduledoc "The command line without Mix: a release is built, and every example of every command's help is run in a shell."
  use ExUnit.Case

  import Numplan.CommandLine, only: [shell: 2]

  alias Numplan.{CLI, CommandLine, HTTPClient}

  @moduletag timeout: 300_000
  @moduletag :tmp_dir

  setup_all do: CommandLine.release()

  for command <- CLI.commands(), command not in [CLI.Serve, CLI.StoreMigrate] do
    test "the examples of numplan #{command.name()}", context do
      examples = examples(unquote(command))
      assert length(examples) >= 2
      for {line, expected} <- examples, do: assert({line, shell(line, context)} == {line, {expected, "", 0}})
    end
  end

  defp examples(command), do: CommandLine.examples(command.help(), "    ")

  test "the example of numplan serve answers until it is interrupted", context do
    [{line, ""}] = examples(CLI.Serve)
    {port, address} = CommandLine.serve(line, context)
    account = String.duplicate("0", 32)
    answer = HTTPClient.request(:get, "#{address}/v2/accounts/#{account}/phone_numbers/classifiers/988")
    assert Numplan.json_decode!(answer.body)["data"]["name"] == "emergency"
    assert File.dir?(Path.join(context.tmp_dir, "numbers"))
    :ok = CommandLine.interrupt(port)
  end

  test "an import into the directory of a running server is refused, and names it", context do
    {port, address} = CommandLine.serve("numplan serve --port 0 --data numbers", context)
    line = "echo number > n.csv; numplan numbers import n.csv --store sqlite:numbers"
    assert {"", told, 1} = shell(line, context)

    assert told =~
             ~r"numplan: the store sqlite:numbers does not start: the directory \S*/numbers is in use by process \d+ on \S+"

    assert told =~ "port #{URI.parse(address).port}): stop it, or take another directory\n"
    :ok = CommandLine.interrupt(port)
  end

  describe "numplan serve without a store that is named" do
    test "makes one of SQLite", context do
      {port, _address} = CommandLine.serve("numplan serve --port 0", context)
      assert File.ls!(Path.join(context.tmp_dir, "data")) == ["sqlite"]
      assert File.exists?(Path.join(context.tmp_dir, "data/sqlite/numplan.db"))
      :ok = CommandLine.interrupt(port)
    end

    test "names the command that moves an old store of Mnesia, and makes none beside it", context do
      import_numbers("mnesia:data/mnesia", context)

      for line <- ["numplan serve --port 0", "numplan store info", "numplan numbers export"] do
        assert {"", told, 1} = shell(line, context)
        assert [_, command] = Regex.run(~r/`(numplan store migrate [^`]+)`/, told)
        assert command =~ ~r"^numplan store migrate mnesia:\S+/data/mnesia sqlite:\S+/data/sqlite$"
      end

      refute File.exists?(Path.join(context.tmp_dir, "data/sqlite/numplan.db"))
      {"", told, 1} = shell("numplan serve --port 0", context)
      [_, command] = Regex.run(~r/`(numplan store migrate [^`]+)`/, told)
      assert {_, "", 0} = shell(command <> " --quiet", context)
      assert {"store      sqlite:data/sqlite\n" <> counts, "", 0} = shell("numplan store info", context)
      assert counts =~ "numbers    1\n"
    end
  end

  test "numplan serve --data takes a directory for what is in it", context do
    for kind <- ["mnesia", "sqlite"] do
      import_numbers("#{kind}:#{kind}-numbers", context)
      {port, address} = CommandLine.serve("numplan serve --port 0 --data #{kind}-numbers", context)
      account = String.duplicate("0", 32)
      path = "/v2/accounts/#{account}/phone_numbers/+14158550001/identify"
      assert HTTPClient.request(:get, address <> path).status == 200
      :ok = CommandLine.interrupt(port)
    end

    {_, "", 0} = shell("cp mnesia-numbers/schema.DAT sqlite-numbers/", context)
    assert {"", told, 2} = shell("numplan serve --port 0 --data sqlite-numbers", context)
    assert told =~ "name one store, sqlite:sqlite-numbers or mnesia:sqlite-numbers"
  end

  defp import_numbers(store, context) do
    account = String.duplicate("0", 32)
    line = "printf 'number\\n4158550001\\n' > n.csv; numplan numbers import n.csv --make-accounts"
    {"", "", 0} = shell("#{line} --account #{account} --store #{store} --quiet", context)
  end

  test "exit codes, and errors that name the thing and the fix", context do
    for {line, code, words} <- [
          {"numplan explain", 2, "numplan: name a number; see numplan explain --help\n"},
          {"numplan explain --confg x 1", 2,
           "there is no option --confg; did you mean --config?; see numplan explain --help"},
          {"numplan explain --format xml 1", 2, "there is no format xml: the formats are text and json"},
          {"numplan explain --config", 2, "--config needs a value after it"},
          {"numplan explain --config /no/such 1", 1,
           "/no/such is neither a file nor a preset: the presets are kazoo-3.18"},
          {"echo '{\"reconcile_regex\": \"(\"}' > bad.json; numplan explain --config bad.json 1", 1,
           "bad.json is refused:\nreconcile_regex: missing ) at offset 1"},
          {"numplan classify --file /no/such", 1, "numplan: /no/such: no such file or directory\n"},
          {"numplan classify --out x", 2, "--out needs one file of numbers"},
          {"numplan classify --format xml", 2, "the formats are table and json"},
          {"echo 1 > n; numplan classify n --out o --format xml", 2, "the formats are plain, csv, tsv and jsonl"},
          {"numplan locality import", 2, "name at least one file; see numplan locality import --help"},
          {"numplan locality import x", 2, "name the file to write with --out"},
          {"numplan locality import /no/such --out x", 1, "/no/such"},
          {"numplan store rename", 2, "name the directory, the node it belongs to, and the new node"},
          {"numplan store rename . a b@c", 2, "a is not the name of a node, such as numplan@db1"},
          {"numplan store rename /no/such a@b c@d", 1, "numplan: /no/such is not a directory\n"},
          {"numplan store rename . a@b c@d", 1, "numplan: . holds no store of Mnesia: there is no schema.DAT\n"},
          {"numplan numbers import", 2, "name the file to import, or - for standard input"},
          {"numplan numbers import a b", 2, "b is not understood: one file is imported at a time"},
          {"numplan numbers import - --store mnesia:m", 1, "standard input has no name that shows its format"},
          {"numplan numbers import - --resume", 2, "standard input cannot be resumed"},
          {"numplan numbers import /no/such.csv --store mnesia:m", 1,
           "numplan: /no/such.csv: no such file or directory\n"},
          {"numplan numbers import n.csv --state lost", 2,
           "there is no state lost: the states are discovery, available"},
          {"numplan numbers import n.csv --account a", 2, "--account takes the id of an account, of 32 characters"},
          {"numplan numbers import n.csv --store n", 2,
           "there is no store n: name sqlite:DIRECTORY, mnesia:DIRECTORY or couchdb:URL"},
          {"numplan numbers export --store sqlite:.", 1,
           "numplan: there is no store sqlite:.: its directory has none of its files"},
          {"numplan numbers export --store mnesia:nowhere", 1,
           "numplan: there is no store mnesia:nowhere: its directory has none of its files\n"},
          {"numplan numbers export --format xml", 2, "the formats are csv and jsonl"},
          {"echo 1 > o.csv; numplan numbers export o.csv", 1, "o.csv exists; remove it, or replace it with --force"},
          {"numplan numbers fix", 2, "name the account"},
          {"numplan store migrate mnesia:a", 2, "name two stores, FROM and TO"},
          {"numplan store migrate mnesia:a mnesia:b", 2, "both are stores of Mnesia: copy the directory"},
          {"numplan store migrate mnesia:a couchdb:b", 2, "couchdb: takes a URL such as http://user@127.0.0.1:5984"},
          {"numplan store migrate sqlite:a sqlite:b", 2, "both are stores of SQLite: copy the directory"},
          {"numplan store info mnesia:nowhere", 1, "there is no store mnesia:nowhere"},
          {"numplan serve x", 2, "x is not understood; see numplan serve --help"},
          {"numplan serve --port 70000", 2, "--port takes a number from 0 to 65535, not 70000"},
          {"numplan serve --port x", 2, "--port takes a whole number, not x"},
          {"numplan serve --ip localhost", 2, "--ip takes an address such as 127.0.0.1 or ::1, not localhost"},
          {"numplan serve --couchdb localhost:5984", 2, "--couchdb takes a URL such as http://user@127.0.0.1:5984"},
          {"numplan serve --couchdb http://admin:secret@127.0.0.1:1", 2,
           "set NUMPLAN_COUCHDB_PASSWORD in the environment"},
          {"numplan help frobnicate", 2, "there is no command frobnicate; numplan help lists the commands"},
          {"numplan locality", 2, "there is no command locality"}
        ] do
      {printed, told, status} = shell(line, context)
      assert {line, printed, status} == {line, "", code}
      assert told =~ words
    end
  end

  test "help, by --help and by help; the release's own commands", context do
    for command <- CLI.commands() do
      help = command.help()
      assert {^help, "", 0} = shell("numplan #{command.name()} x --help", context)
    end

    help = CLI.LocalityImport.help()
    assert {^help, "", 0} = shell("numplan help locality import", context)

    {overview, "", 0} = shell("numplan help", context)
    for command <- CLI.commands(), do: assert(overview =~ ~r/^  numplan #{command.name()} +#{command.summary()}$/m)
    assert overview =~ "To start the server:\n\n  numplan serve "
    for line <- ["numplan", "numplan --help", "numplan -h"], do: assert({^overview, "", 0} = shell(line, context))

    assert {"", "numplan: there is no command frobnicate; numplan help" <> _, 2} = shell("numplan frobnicate", context)

    assert {"numplan " <> _, "", 0} = shell("numplan version", context)

    assert {"emergency\n", "", 0} = shell("numplan eval 'IO.puts(Numplan.classify(\"911\"))'", context)
  end

  test "the release's own commands are those that its script has", context do
    {script, "", 0} = shell(~S[cat "$(command -v numplan)"], context)
    labels = for [_, label] <- Regex.scan(~r/^  ([a-z_|]+)\)$/m, script), do: label
    assert labels |> Enum.flat_map(&String.split(&1, "|")) |> Enum.sort() == Enum.sort(CLI.release_commands())
  end

  test "standard input and output are bytes, in any locale; a reader that stops early is no failure", context do
    assert {printed, "", 0} = shell("printf 'é…\\n\\n911' | LC_ALL=C numplan classify --format json", context)

    assert ["é…", "911"] =
             for(line <- String.split(printed, "\n", trim: true), do: Numplan.json_decode!(line)["number"])

    assert {"NUMBER" <> _, "", 0} = shell("seq 4158000000 4158100000 2>seq | numplan classify | head -1", context)
    assert {"\\xFF\n" <> _, "", 0} = shell("printf '\\377\\n' | numplan explain", context)
  end

  test "colours on a terminal alone, and not with NO_COLOR", context do
    terminal = fn line -> shell(~s(script -qc "stty cols 80; #{line}" /dev/null), context) |> elem(0) end
    assert terminal.("numplan explain 911") =~ "\e[32m  yes   emergency"
    assert terminal.("echo 911 | numplan classify") =~ ~r/\e\[1mNUMBER.*\e\[0m\r\n911 /
    assert terminal.("numplan explain") =~ "\e[31mnumplan:\e[0m name a number"
    refute terminal.("NO_COLOR=1 numplan explain 911") =~ "\e["
    refute terminal.("numplan explain 911 | cat") =~ "\e["
    refute terminal.("numplan explain 911 2>&1 >out; cat out") =~ "\e["
  end
end
