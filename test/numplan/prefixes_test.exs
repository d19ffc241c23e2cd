defmodule Numplan.PrefixesTest do
  @moduledoc "Classes by lists of prefixes: against OTP's `re`, from files, and in everything that reads a configuration."
  use ExUnit.Case

  alias Numplan.{ConfigError, Plan, Problem}

  @moduletag :tmp_dir

  defp document(classifiers, rest \\ []), do: {[{"classifiers", {classifiers}} | rest]}

  defp only(prefixes), do: {[{"prefixes", prefixes}, {"numplan_only", true}]}

  defp messages(source) do
    assert {:error, %ConfigError{problems: problems}} = Plan.new(source)
    Enum.map(problems, &Problem.message/1)
  end

  # Digits of few kinds, so that numbers and prefixes meet.
  defp digits(lengths), do: for(_ <- 1..Enum.random(lengths)//1, into: "", do: Enum.random(~w(0 1 2 9)))

  # Lists and regexes in any order. Each list has `many` prefixes that no number has, so that it is looked up in one way or the other.
  defp classes(many) do
    for place <- 1..Enum.random(1..6) do
      if :rand.uniform(3) == 1,
        do: {"c#{place}", Enum.random(["^\\+1\\d{3}$", "^\\+?0", "9$", "^[^+]"])},
        else: {"c#{place}", Enum.map(1..Enum.random(1..20), fn _ -> digits(1..5) end) ++ many}
    end
  end

  defp configured({name, prefixes}) when is_list(prefixes), do: {name, only(prefixes)}
  defp configured(regex), do: regex

  # The class by `re`, rule by rule, of a number that is normalised.
  defp by_re(classes, e164) do
    Enum.find_value(classes, fn
      {name, prefixes} when is_list(prefixes) ->
        if Enum.any?(prefixes, &(:re.run(e164, "^\\+" <> &1) != :nomatch)), do: name

      {name, regex} ->
        if :re.run(e164, regex) != :nomatch, do: name
    end)
  end

  test "the first class that matches decides, as by regexes" do
    :rand.seed(:exsss, {22, 1, 1})
    converters = {[{"^00(\\d*)$", {[{"prefix", "+"}]}}, {"^0(\\d+)$", {[{"prefix", "+19"}, {"suffix", "2"}]}}]}

    for round <- 1..40 do
      # Beyond some thousand prefixes a list is no part of the automaton.
      ballast = if rem(round, 4) == 0, do: for(n <- 1..9_000, do: "77#{n * 104_729}"), else: []
      classes = classes([])
      with_ballast = for {name, rule} <- classes, do: {name, if(is_list(rule), do: rule ++ ballast, else: rule)}
      plan = Plan.new!(document(Enum.map(with_ballast, &configured/1), [{"e164_converters", converters}]))

      numbers =
        for _ <- 1..200,
            do: Enum.random(["+", "", "00", "+ ", "++"]) <> digits(0..9) <> Enum.random(["", "", "a", "\n"])

      for number <- numbers do
        e164 = Numplan.normalize(number, plan)
        expected = by_re(classes, e164)
        assert {classes, number, Numplan.classify(number, plan)} == {classes, number, expected}
      end

      # Each explanation reads the whole configuration.
      for number <- Enum.take(numbers, 5) do
        expected = by_re(classes, Numplan.normalize(number, plan))
        assert {number, Numplan.explain(number, plan).class} == {number, expected}
      end

      assert Numplan.classify(numbers, plan) == Enum.map(numbers, &Numplan.classify(&1, plan))
      lines = Enum.reject(numbers, &(&1 =~ "\n"))
      %{names: names, bits: 8, places: places} = :numplan.classify_lines(Enum.map_join(lines, &(&1 <> "\n")), plan)
      found = for <<place <- places>>, do: if(place == 0, do: nil, else: elem(names, place - 1))
      assert found == Enum.map(lines, &Numplan.classify(&1, plan))
    end
  end

  test "a class shows the count and not the list" do
    plan = Plan.new!(document([{"fraud", {[{"prefixes", ["+1900", "4490", "1900"]}, {"regex", "^\\+(1900|44)"}]}}]))

    assert Plan.available_classifiers(plan) ==
             [{"fraud", [{"prefixes", {[{"count", 3}]}}, {"regex", "^\\+(1900|44)"}, {"friendly_name", "fraud"}]}]

    info = Plan.info(plan)
    assert %{path: "classifiers.fraud.prefixes", prefixes: 3, runs: :native} = hd(info.rules)
    assert info.numplan_only == []
    assert Plan.info(Plan.new!(document([{"fraud", only(["1"])}]))).numplan_only == ["fraud"]
    explanation = Numplan.explain("+44901", plan)
    assert [%{name: "fraud", prefixes: 3, regex: "^\\+4490", matches: true}] = explanation.classifiers
    assert explanation.text =~ "a list of 3 prefixes, among them +4490"
    # The regex stands in for the list on nodes of Kazoo alone.
    assert Numplan.classify("+4470", plan) == nil
  end

  describe "a file" do
    setup %{tmp_dir: dir} do
      File.write!(Path.join(dir, "fraud.csv"), "prefix,note\n1900,premium\n# more\n+4490,uk\n")

      configuration = fn file, rest ->
        path = Path.join(dir, "plan.json")
        File.write!(path, Numplan.json_encode!(document([{"fraud", {[{"prefixes", {[{"file", file}]}} | rest]}}])))
        {:file, path}
      end

      %{configuration: configuration}
    end

    test "is read beside the configuration", %{configuration: configuration, tmp_dir: dir} do
      for file <- ["fraud.csv", "./fraud.csv", Path.join(dir, "fraud.csv")] do
        plan = Plan.new!(configuration.(file, [{"numplan_only", true}]))
        assert Numplan.classify("+19005550100", plan) == "fraud"
        assert Numplan.classify("+1800", plan) == nil

        assert [{"fraud", [{"prefixes", {[{"file", ^file}, {"count", 2}]}}, {"numplan_only", true} | _]}] =
                 Plan.available_classifiers(plan)
      end
    end

    test "is kept by the plan, which other builds compile again", %{configuration: configuration, tmp_dir: dir} do
      plan = Plan.new!(configuration.("fraud.csv", [{"numplan_only", true}]))
      File.write!(Path.join(dir, "fraud.csv"), "7\n")
      changed = Plan.new!({:file, Path.join(dir, "plan.json")})
      assert Plan.digest(plan) != Plan.digest(changed)
      # An explanation, a check and a difference compile the source that the plan has.
      File.rm!(Path.join(dir, "fraud.csv"))
      assert Numplan.explain("+1900", plan).class == "fraud"
      assert {:ok, report} = Numplan.check(plan)
      assert {report.unread, report.cut} == {[], []}
      assert {:ok, diff} = Numplan.diff(plan, changed)
      assert %{new: %{number: "+7", class: "fraud"}} = Enum.find(diff.moves, &(&1.new.class == "fraud"))
      assert diff.missing == []
    end

    test "that cannot be read is refused by name and line", %{configuration: configuration, tmp_dir: dir} do
      File.write!(Path.join(dir, "bad.csv"), "1900\n19x0\n\n,\n")
      File.write!(Path.join(dir, "none.csv"), "prefix\n")
      {:ok, large} = :file.open(Path.join(dir, "large.csv"), [:write])
      {:ok, _} = :file.position(large, 64 * 1_048_576 + 1)
      :ok = :file.truncate(large)
      :ok = :file.close(large)
      at = "classifiers.fraud.prefixes: "

      for {file, expected} <- [
            {"bad.csv",
             [
               at <> "bad.csv, line 2: expected digits alone, with or without a + before them",
               at <> "bad.csv, line 4: expected digits, got none"
             ]},
            {"none.csv", [at <> "none.csv, line 1: no prefix"]},
            {"missing.csv", [at <> "#{dir}/missing.csv: no such file or directory"]},
            {"large.csv", [at <> "#{dir}/large.csv: 67108865 bytes, at most 67108864"]},
            {".", [at <> "#{dir}/.: not a regular file"]}
          ] do
        assert messages(configuration.(file, [{"numplan_only", true}])) == expected
      end

      assert [missing] = messages(configuration.("fraud.csv", []))
      assert missing =~ "classifiers.fraud: a class by prefixes, and no regex for nodes of Kazoo"
      assert [regex] = messages(configuration.("fraud.csv", [{"regex", "^+1"}]))
      assert regex =~ "classifiers.fraud.regex: nothing to repeat at offset 1"
    end
  end

  describe "the files of one document" do
    # A file of so many bytes, of which the first five are a prefix and the others no disc.
    defp sparse(path, size) do
      File.write!(path, "1900\n")
      {:ok, file} = :file.open(path, [:read, :write])
      {:ok, _} = :file.position(file, size)
      :ok = :file.truncate(file)
      :ok = :file.close(file)
    end

    test "have 64 MiB together", %{tmp_dir: dir} do
      half = 32 * 1_048_576
      for {name, size} <- [{"a", half}, {"b", half}, {"c", 1}], do: sparse(Path.join(dir, name), size)
      classes = for name <- ~w(a b c), do: {name, {[{"prefixes", {[{"file", name}]}}]}}
      {classifiers} = :numplan_prefix_files.read({classes}, {:beside, dir})

      assert [{"a", {[{"prefixes", {[{"file", "a"}, {"csv", a}]}}]}}, {"b", {[{"prefixes", {[_, {"csv", b}]}}]}}, c] =
               classifiers

      assert [byte_size(a), byte_size(b)] == [half, half]
      assert {"c", {[{"prefixes", {[{"file", "c"}, {"error", words}]}}]}} = c
      assert words == "#{dir}/c: 1 bytes, and the files of one configuration have at most 67108864 together"
    end

    test "are those of classes alone, wherever the classifiers are", %{tmp_dir: dir} do
      File.write!(Path.join(dir, "f.csv"), "1900\n")
      read = &:numplan_prefix_files.read(&1, {:only, dir})
      named = {[{"prefixes", {[{"file", "f.csv"}]}}]}
      inlined = {[{"prefixes", {[{"file", "f.csv"}, {"csv", "1900\n"}]}}]}

      for form <- [
            &{[{"classifiers", {[{"a", &1}]}}]},
            &{[{"x", 1}, {"default", {[{"classifiers", {[{"a", &1}]}}, {"reconcile_regex", "^"}]}}]},
            &{[{"data", {[{"a", &1}]}}]},
            &{[{"a", &1}, {"b", "^1"}]}
          ],
          do: assert(read.(form.(named)) == form.(inlined))

      # Erlang's lists of pairs, with atoms.
      assert read.(classifiers: [a: [prefixes: [file: "f.csv"]]]) ==
               [classifiers: [a: [prefixes: [{"file", "f.csv"}, {"csv", "1900\n"}]]]]

      for form <- [
            &{[{"classifiers", {[]}}, {"other", {[{"a", &1}]}}]},
            &{[{"classifiers", {[{"a", {[{"deeper", &1}]}}]}}]},
            &{[{"reconcile_regex", "^"}, {"a", &1}]},
            &{[{"e164_converters", {[{"a", &1}]}}]},
            &{[{"default", {[{"default", {[{"classifiers", {[{"a", &1}]}}]}}]}}]},
            & &1
          ],
          do: assert(read.(form.(named)) == form.(named))
    end
  end

  describe "a document that does not come from disc" do
    defp named(file), do: document([{"fraud", only({[{"file", file}]})}])

    test "makes nobody read a file", %{tmp_dir: dir} do
      path = Path.join(dir, "secret.csv")
      File.write!(path, "1900\n")

      for source <- [named(path), Numplan.json_encode!(named(path))] do
        assert [message] = messages(source)
        assert message =~ "classifiers.fraud.prefixes: the file #{path} is not read here"
      end
    end

    test "has the files of prefix_dir, by name", %{tmp_dir: dir} do
      inside = Path.join(dir, "lists")
      File.mkdir!(inside)
      File.write!(Path.join(inside, "fraud.csv"), "1900\n")
      File.write!(Path.join(dir, "secret.csv"), "1900\n")
      Application.put_env(:numplan, :prefix_dir, inside)
      on_exit(fn -> Application.delete_env(:numplan, :prefix_dir) end)

      for source <- [named("fraud.csv"), Numplan.json_encode!(named("fraud.csv"))],
          do: assert(Numplan.classify("+1900", Plan.new!(source)) == "fraud")

      for file <- ["../secret.csv", Path.join(inside, "fraud.csv"), "x/../fraud.csv", "..", ".", "", "fraud.csv/"] do
        assert [message] = messages(named(file))
        assert message =~ "expected the name of a file in the folder of prefix_dir, and no path"
      end

      # Whoever sends the document does not learn where the server keeps its files.
      File.mkdir!(Path.join(inside, "folder.csv"))

      for {file, words} <- [{"missing.csv", "no such file or directory"}, {"folder.csv", "not a regular file"}],
          do: assert(messages(named(file)) == ["classifiers.fraud.prefixes: #{file}: #{words}"])
    end
  end
end
