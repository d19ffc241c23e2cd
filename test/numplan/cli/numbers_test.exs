defmodule Numplan.CLI.NumbersTest do
  @moduledoc "The commands about the numbers of a store: import, export and fix."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.{CLI, Store}

  @moduletag :tmp_dir
  @account String.duplicate("a", 32)

  # What a command prints and reports, and its exit code.
  defp run(arguments, input \\ "") do
    {printed, {told, code}} =
      with_io([input: input, capture_prompt: false], fn ->
        with_io(:stderr, fn -> CLI.run(arguments) end) |> then(fn {code, told} -> {told, code} end)
      end)
      |> then(fn {result, printed} -> {printed, result} end)

    {printed, told, code}
  end

  defp store(%{tmp_dir: folder}, kind \\ "mnesia"), do: "#{kind}:" <> Path.join(folder, "numbers")

  for kind <- ["mnesia", "sqlite"] do
    test "#{kind}: numbers come from standard input and go to standard output, with counts on standard error",
         context do
      rejects = Path.join(context.tmp_dir, "rejects")
      text = "number,public\n4158550001,\"{\"\"a\"\":\"\"é\"\"}\"\n911,\n"

      arguments =
        ~w(numbers import - --format csv --account #{@account} --make-accounts --rejects #{rejects} --store #{store(context, unquote(kind))})

      assert run(arguments, text) == {"", "2 rows read\n1 row rejected: see #{rejects}\n", 0}
      assert File.read!(rejects) == "3\tthe number is not reconcilable\t911,\n"

      assert {printed, "1 number exported\n", 0} =
               run(~w(numbers export --format jsonl --store #{store(context, unquote(kind))}))

      assert %{"number" => "+14158550001", "state" => "in_service", "account_id" => @account, "public" => %{"a" => "é"}} =
               Numplan.json_decode!(printed)

      assert run(~w(numbers fix #{@account} --store #{store(context, unquote(kind))} --quiet)) ==
               {"1 number repaired\n", "", 0}

      assert run(~w(numbers fix #{String.duplicate("b", 32)} --store #{store(context, unquote(kind))} --quiet)) ==
               {"", "numplan: there is no account #{String.duplicate("b", 32)}\n", 1}
    end
  end

  test "the store's own rules normalise what is imported, unless others are named", context do
    CLI.StoreName.with_store({Store.Mnesia, dir: Path.join(context.tmp_dir, "numbers")}, fn ->
      document = {[{"reconcile_regex", "^\\+49.*"}, {"e164_converters", {[{"^0(.*)$", {[{"prefix", "+49"}]}}]}}]}
      {:ok, _} = Store.put_document("number_manager", document)
    end)

    path = Path.join(context.tmp_dir, "n.csv")
    File.write!(path, "number\n030123456\n")
    assert run(~w(numbers import #{path} --store #{store(context)} --quiet)) == {"", "", 0}
    File.write!(path, "number\n4158550001\n")
    assert {"", "1 row rejected" <> _, 0} = run(~w(numbers import #{path} --store #{store(context)} --quiet))
    assert run(~w(numbers import #{path} --store #{store(context)} --quiet --config kazoo-4.3)) == {"", "", 0}
    assert {printed, "", 0} = run(~w(numbers export --store #{store(context)} --quiet))

    assert ["number,state" <> _, "+14158550001,available" <> _, "+4930123456,available" <> _] =
             String.split(printed, "\n", trim: true)
  end

  test "an export replaces a file only when asked to, and leaves none where it fails", context do
    out = Path.join(context.tmp_dir, "out.csv")
    path = Path.join(context.tmp_dir, "n.csv")
    File.write!(path, "number\n4158550001\n")
    assert run(~w(numbers import #{path} --store #{store(context)} --quiet)) == {"", "", 0}
    File.write!(out, "before")
    assert {"", told, 1} = run(~w(numbers export #{out} --store #{store(context)}))
    assert told =~ "exists; remove it, or replace it with --force"
    assert File.read!(out) == "before"
    assert run(~w(numbers export #{out} --force --quiet --store #{store(context)})) == {"", "", 0}
    assert File.read!(out) =~ "+14158550001"
    assert context.tmp_dir |> File.ls!() |> Enum.sort() == ["n.csv", "numbers", "out.csv"]
  end
end
