defmodule Numplan.Transfer.ImportTest do
  @moduledoc "Imports into a real store, exports from it, and both together."
  use ExUnit.Case

  alias Numplan.{Account, PhoneNumber, Store}
  alias Numplan.Transfer.{Export, Import}

  @moduletag :tmp_dir
  @holder String.duplicate("a", 32)
  @other String.duplicate("b", 32)

  setup %{tmp_dir: folder} do
    options = [dir: Path.join(folder, "mnesia")]
    Application.put_env(:numplan, :store, {Store.Mnesia, options})
    start_supervised!({Store.Mnesia, options}, id: :store)
    on_exit(fn -> Application.delete_env(:numplan, :store) end)
    {:ok, plan} = Numplan.Plan.new({:preset, "kazoo-4.3"})
    for id <- [@holder, @other], do: :ok = Store.put_account(%Account{id: id})
    {:ok, plan: plan}
  end

  defp file(text, %{tmp_dir: folder}, name \\ "numbers.csv") do
    path = Path.join(folder, name)
    File.write!(path, text)
    path
  end

  defp imported(path, context, options \\ []), do: Import.run(path, [plan: context.plan] ++ options)

  defp all do
    {:ok, numbers, nil} = Store.list_numbers(nil, 100_000)
    numbers
  end

  defp rejects(path) do
    for line <- String.split(File.read!(path <> ".rejects"), "\n", trim: true),
        do: line |> String.split("\t", parts: 3) |> Enum.take(2) |> List.to_tuple()
  end

  test "numbers are normalised, and go to their accounts", context do
    path =
      file(
        "number;account_id;public\n4158550001;#{@holder};\"{\"\"a\"\":1}\"\n(not)\n+14158550002;#{@other}\n911;#{@other}\n",
        context
      )

    assert {:ok, %{rows: 4, rejected: 2}} = imported(path, context)

    assert [%{id: "+14158550001", state: "in_service", account_id: @holder, public: %{"a" => 1}}, %{account_id: @other}] =
             all()

    assert rejects(path) == [{"3", "the number is not reconcilable"}, {"5", "the number is not reconcilable"}]
    assert {:ok, [%{id: "+14158550001"}], nil} = Store.list_copies(@holder, nil, 10)
    assert File.ls!(context.tmp_dir) |> Enum.sort() == ["mnesia", "numbers.csv", "numbers.csv.rejects"]
  end

  test "an import that is repeated changes nothing; other content is a reject, or replaces", context do
    path = file("number,account_id,public\n4158550001,#{@holder},\"{\"\"a\"\":1}\"\n", context)
    {:ok, %{rejected: 0}} = imported(path, context)
    [number] = all()
    assert {:ok, %{rejected: 0}} = imported(path, context)
    assert all() == [number]
    {:ok, _} = Store.update_number(number.id, &{:put, %{&1 | private: %{"pvt_x" => 1}}})
    {:ok, kept} = Store.get_number(number.id)
    assert {:ok, %{rejected: 0}} = imported(path, context)
    assert all() == [kept]

    changed = file("number,account_id\n4158550001,#{@other}\n", context)
    assert {:ok, %{rejected: 1}} = imported(changed, context)
    assert {all(), rejects(changed)} == {[kept], [{"2", "the number exists, with other content"}]}
    assert {:ok, %{rejected: 0}} = imported(changed, context, replace: true)
    assert [%{account_id: @other, public: %{}, private: %{"pvt_x" => 1}, created: created}] = all()
    assert created == kept.created and not File.exists?(changed <> ".rejects")
  end

  test "a number that is there twice is taken once, and its second row is held against the first", context do
    path = file("number,state\n4158550001,available\n+14158550001,available\n14158550001,aging\n", context)
    assert {:ok, %{rows: 3, rejected: 1}} = imported(path, context)
    assert {[%{state: "available"}], [{"4", "the number exists, with other content"}]} = {all(), rejects(path)}
  end

  test "an account that the store lacks is a reject, or is made", context do
    third = String.duplicate("c", 32)
    path = file("number,account_id\n4158550001,#{third}\n", context)
    assert {:ok, %{rejected: 1}} = imported(path, context)
    assert {all(), rejects(path)} == {[], [{"2", "there is no account #{third}"}]}
    assert {:ok, %{rejected: 0}} = imported(path, context, make_accounts: true)
    assert Store.get_account(third) == {:ok, %Account{id: third}}
  end

  test "an export is read again, in both formats, and so is Kazoo's", context do
    numbers =
      for n <- 1_000..3_499 do
        id = "+1415855#{n}"
        state = Enum.random(~w(in_service reserved available aging released))
        account_id = if state in ~w(in_service reserved), do: @holder
        public = %{"n" => n, "text" => "a,\"b\"\nc", "none" => nil}

        {id,
         fn nil -> {:put, %PhoneNumber{id: id, state: state, account_id: account_id, public: public, created: n}} end}
      end

    {:ok, _} = Store.update_numbers(numbers)
    kept = all()
    assert length(kept) == 2_500

    for {name, format} <- [{"out.csv", :csv}, {"out.jsonl", :jsonl}] do
      path = Path.join(context.tmp_dir, name)
      assert Export.run(path, format, fn _ -> :ok end) == {:ok, 2_500}
      {:ok, _} = Store.update_numbers(for number <- kept, do: {number.id, fn _ -> :delete end})
      assert all() == []
      assert {:ok, %{rows: 2_500, rejected: 0}} = imported(path, context)
      assert all() |> Enum.map(&%{&1 | rev: nil}) == Enum.map(kept, &%{&1 | rev: nil})
    end

    rows =
      for number <- kept,
          do: %{"id" => number.id, "key" => number.id, "value" => %{}, "doc" => Store.CouchDB.Layout.document(number)}

    {:ok, text} = :numplan_json.encode(%{"rows" => rows})
    path = file(text, context, "kazoo.json")
    assert {:ok, %{rows: 2_500, rejected: 0}} = imported(path, context)
    assert all() |> Enum.map(&%{&1 | rev: nil}) == Enum.map(kept, &%{&1 | rev: nil})
  end

  # The text of an object so many levels deep.
  defp deep(levels), do: String.duplicate(~s({"a":), levels) <> "1" <> String.duplicate("}", levels)

  for store <- [Store.Mnesia, Store.SQLite] do
    test "a row that is nested too deep for a store is a reject, and the import goes on: #{inspect(store)}", context do
      :ok = stop_supervised(:store)
      options = [dir: Path.join(context.tmp_dir, "other"), beside_mnesia: true]
      Application.put_env(:numplan, :store, {unquote(store), options})
      start_supervised!({unquote(store), options}, id: :store)
      cell = fn levels -> ~s("#{String.replace(deep(levels), ~s("), ~s(""))}") end
      lines = for {levels, n} <- Enum.with_index([100, 101, 127, 1]), do: "415855000#{n},#{cell.(levels)}\n"
      path = file(Enum.join(["number,public\n" | lines]), context)
      assert {:ok, %{rows: 4, rejected: 2}} = imported(path, context)
      reason = "public is nested deeper than 100 levels"
      assert rejects(path) == [{"3", reason}, {"4", reason}]
      assert Enum.map(all(), & &1.id) == ["+14158550000", "+14158550003"]

      # A document of Kazoo has its public fields beside the others.
      document = ~s({"_id":"+14158550009","pvt_number_state":"available","x":#{deep(120)}}\n)
      path = file(document, context, "numbers.jsonl")
      assert {:ok, %{rows: 1, rejected: 1}} = imported(path, context)
      assert rejects(path) == [{"1", reason}]
    end
  end

  test "an import that is interrupted goes on where it was, with its rejects", context do
    lines = for n <- 1_000..9_999, do: if(rem(n, 1_000) == 0, do: "911\n", else: "+1415855#{n}\n")
    path = file(["number\n" | lines], context)
    stop = fn %{rows: rows} -> if rows > 4_000, do: throw(:interrupted) end
    assert catch_throw(imported(path, context, progress: stop, checkpoint_ms: 0)) == :interrupted
    assert length(all()) in 4_000..5_000
    assert {:error, refusal} = imported(path, context)
    assert refusal =~ "is of an interrupted import; resume it with --resume, or start over with --force"

    me = self()

    assert {:ok, %{rows: 9_000, rejected: 9, earlier: earlier}} =
             imported(path, context, resume: true, progress: &send(me, {:progress, &1.rows}))

    assert earlier >= 3_000
    assert_received {:progress, ^earlier}
    assert length(all()) == 8_991
    assert rejects(path) == for(n <- 0..8, do: {"#{2 + n * 1_000}", "the number is not reconcilable"})
    refute File.exists?(path <> ".rejects.progress")
  end

  test "the rows of a batch are written together", context do
    path = file(["number\n" | for(n <- 1_000..1_099, do: "+1415855#{n}\n")], context)
    stop = fn %{rows: rows} -> if rows > 0, do: throw(:interrupted) end
    assert catch_throw(imported(path, context, batch: 30, progress: stop)) == :interrupted
    assert length(all()) == 30
  end

  test "a resumed import of another file is refused, and one without a checkpoint begins", context do
    path = file("number\n4158550001\n", context)
    assert {:ok, %{rows: 1}} = imported(path, context, resume: true)
    long = file(["number\n" | for(n <- 1_000..4_999, do: "+1415855#{n}\n")], context)
    stop = fn %{rows: rows} -> if rows > 2_000, do: throw(:interrupted) end
    assert catch_throw(imported(long, context, progress: stop, checkpoint_ms: 0)) == :interrupted
    File.write!(long, "number\n4158550009\n")
    assert {:error, refusal} = imported(long, context, resume: true)
    assert refusal =~ "belongs to another input, plan or format; start over with --force"
    assert {:ok, %{rows: 1, earlier: 0}} = imported(long, context, force: true)
  end

  test "a store that does not answer ends the import, and no row is rejected for it", context do
    path = file("number\n4158550001\n", context)
    :ok = stop_supervised(:store)

    ExUnit.CaptureLog.capture_log(fn ->
      assert imported(path, context) == {:error, "line 2: the store does not answer; resume the import with --resume"}
    end)

    refute File.exists?(path <> ".rejects")
  end

  test "files that would overwrite the input, or have no format, are refused", context do
    path = file("number\n", context)
    assert {:error, words} = imported(path, context, rejects: path)
    assert words =~ "would overwrite the input"
    assert imported(file("1\n", context, "numbers.txt"), context) |> elem(1) =~ "the name does not show the format"
    assert imported(Path.join(context.tmp_dir, "none.csv"), context) |> elem(1) =~ "none.csv: no such file or directory"
  end
end
