defmodule Numplan.OracleTest do
  @moduledoc "Every regex answers as OTP's `re` does: root, match and acceptance."
  use ExUnit.Case, async: true

  alias Numplan.{Corpus, Oracle}

  @moduletag timeout: :infinity
  @seed 20_261_124

  test "every regex of the operators' configurations, on at least 500 subjects each" do
    compared = Oracle.corpus(500, @seed)
    report("operators' regexes", compared)
    assert compared.differences == []
    assert compared.patterns + compared.refused == length(Corpus.regexes())
    assert compared.patterns > 120 and compared.refused == 4
    assert compared.native == compared.patterns
    assert compared.cases >= 500 * compared.patterns
  end

  test "20,000 generated regexes, on 50 subjects each" do
    compared = Oracle.generated(20_000, 50, @seed)
    report("generated regexes", compared)
    assert compared.differences == []
    assert compared.patterns == 20_000
    assert compared.cases + compared.gave_up + compared.backwards == 20_000 * 50
    assert compared.matches > 200_000 and compared.native > 8_000 and compared.refused > 8_000
  end

  test "10,000 regexes full of look-around and of what is atomic, on 30 subjects each" do
    compared = Oracle.generated(10_000, 30, @seed, Numplan.LookAroundGenerator)
    report("regexes with look-around", compared)
    assert compared.differences == []
    assert compared.matches > 50_000 and compared.native > 4_000
  end

  # mix test --only long; PATTERNS and SEED choose how many and which.
  @tag :long
  test "generated regexes, as many as PATTERNS says" do
    count = "PATTERNS" |> System.get_env("1000000") |> String.to_integer()
    seed = "SEED" |> System.get_env("#{System.os_time()}") |> String.to_integer()
    IO.puts("#{count} patterns with SEED=#{seed}")
    compared = Oracle.generated(count, 60, seed)
    report("generated regexes", compared)
    assert compared.differences == []
    compared = Oracle.generated(count, 60, seed, Numplan.LookAroundGenerator)
    report("regexes with look-around", compared)
    assert compared.differences == []
  end

  test "extremes: long subjects, NUL bytes, newlines at every place" do
    long = for byte <- ["0", "a", "\n", <<0>>, <<255>>], do: String.duplicate(byte, 65_536)

    newlines =
      for text <- ["1", "12", "+1"], before <- ["", "\n"], behind <- ["", "\n", "\n\n"], do: before <> text <> behind

    subjects = long ++ newlines ++ ["", <<0>>, "1" <> <<0>> <> "2", String.duplicate("0", 65_535) <> "\n"]

    patterns =
      [
        "^\\d*$",
        "^(\\d+)$",
        "(\\d)$",
        "^(0*)(1)?$",
        "\\d{7,}$",
        ".$",
        "^.*$",
        "$",
        "^",
        "^$",
        "\\n$",
        "(?s).$",
        "[^0]$",
        "^(?:0|00)+$",
        "(0{100}){5}",
        "\\D*",
        "a*$"
      ] ++
        ["a|b|" <> <<255>>, "(0)|(a)|(\\n)", "0*?$", "^(?i:A)+$", "^([^1]*)(1)?"]

    compared = Enum.reduce(patterns, %Oracle{}, &Oracle.add(Oracle.compare(&1, subjects), &2))
    assert compared.differences == []
    assert compared.cases + compared.gave_up == length(patterns) * length(subjects)
  end

  test "every class, with every byte" do
    bytes = for byte <- 0..255, do: <<byte>>
    named = ~w(alpha digit alnum upper lower space blank punct print graph cntrl xdigit word ascii)
    escapes = ~w(\\d \\D \\w \\W \\s \\S \\h \\H \\v \\V \\N .)
    classes = for name <- named, sign <- ["", "^"], do: "[[:#{sign}#{name}:]]"
    folded = for byte <- [?a, ?Z, 0xE9, 0xC9, 0xB5, 0xFF, 0xD7, 0xF7], do: "(?i)" <> <<byte>>

    patterns =
      escapes ++
        Enum.map(escapes -- [".", "\\N"], &"[^#{&1}]") ++ classes ++ folded ++ ["(?s).", "(?i)[a-z]", "(?i)[^À-Þ]"]

    compared = Enum.reduce(patterns, %Oracle{}, &Oracle.add(Oracle.compare("^" <> &1, bytes), &2))
    assert compared.differences == []
    assert compared.cases == 256 * length(patterns)
  end

  # PCRE makes these repetitions possessive, by tables that differ from those it matches with.
  test "repetitions that meet what follows them in bytes above 127 alone" do
    subjects =
      for one <- ["1", <<0xA0>>, <<0xFF>>],
          two <- [<<0xFF>>, <<0x85>>, <<0xB5>>, "a"],
          three <- ["", <<0x85>>],
          do: one <> two <> three

    patterns = ["1" <> <<0xFF>> <> "?\\w\\Z", "\\S{2,}\\v", "\\S*\\h", "[^a]*" <> <<0xB5>> <> "?\\w$"]
    compared = Enum.reduce(patterns, %Oracle{}, &Oracle.add(Oracle.compare(&1, subjects), &2))
    assert compared.differences == []
  end

  # PCRE 8 gives back what these groups have matched, requires the byte of the look-ahead twice, and
  # takes a look-ahead to anything for an anchor.
  test "faults of PCRE 8" do
    subjects =
      for(one <- ["", "0", "1", "a"], two <- ["", "0", "1"], three <- ["", "0", "00"], do: one <> two <> three) ++
        ["010a", "a1a0", "010a0", "00100a", "010a1a0", "a10a"]

    bounded =
      for first <- ["\\d", "\\w", "[01]", "0", "00*", "0\\d", "0?0"],
          count <- ["?+", "{0,2}+"],
          do: "^0?(?:" <> first <> "|1)" <> count <> "0$"

    captures =
      for front <- ["", "0", "0?", "0*"],
          first <- ["0", "\\d"],
          behind <- ["(a)?", "()"],
          do: "^(?>" <> front <> "(?:" <> first <> "|1)" <> behind <> ")0"

    ahead =
      ["((?=0))0", "(?=0)\\d*0", "(?>(?=0))(?:0)+?$", "(?:(?=00))\\d*0", "((?=0))1", "(?=0)(^)(?>0)$", "((?i)(?=A))a"] ++
        ["^((?=0))0", "(?=(?=0)\\d)\\d*0", "(?=0+)\\d*0", "\\b(?=0)\\d*0", "(?!1)(?=0)\\d*0", "x|(?=0)\\d*0"]

    anything =
      for front <- ["", "(", "(?:", "(?|", "a|", "^|", "^", "\\A", "\\b", "(?<!1)"],
          body <- [".*0", ".*?0", ".*+", ".*0|.*1", ".*0|1", "(.*0)", "(?=.*0)", ".+0", "\\C*0", "(?>.*0)"],
          behind <- ["0", "0|^1", "0|1", "\\d$"],
          do: "(?s)" <> front <> "(?=" <> body <> ")" <> behind <> if(front in ["(", "(?:", "(?|"], do: ")", else: "")

    kept =
      for count <- ["*+", "++", "{0,}+", "{1,}+", "{2,}+", "?+", "{1,2}+", "*"],
          outer <- [
            "(?:@1)+",
            "(?:@1){1,2}",
            "(?:@1)*",
            "(?:@1|[0a])+",
            "(?|(0)1|a)(?|@1|0)",
            "(@1)?0*",
            "(?:(?:@1)?a)+"
          ],
          body <- ["([0a])", "(?:([0a]))", "(?:0|(a))"],
          do: String.replace(outer, "@", body <> count)

    patterns = bounded ++ captures ++ ahead ++ anything ++ kept
    compared = Enum.reduce(patterns, %Oracle{}, &Oracle.add(Oracle.compare(&1, subjects), &2))
    assert compared.differences == []
    assert compared.matches > 200 and compared.native > 100
  end

  # PCRE looks into such a group, and not behind it, when it makes a repetition possessive.
  test "atomic groups that may match nothing, behind a repetition" do
    subjects = for prefix <- ["", "b", "c"], end_of <- ["", "a1", "b1", "aa1"], do: prefix <> "011" <> end_of

    groups = [
      "(a)?+",
      "(?:a)?+",
      "(?>|a)",
      "(?>a?)",
      "(a){0,2}+",
      "(?>(?>a?)b)",
      "(?>a?)?",
      "(?>ab?)?+",
      "(a)*+",
      "a?+",
      "b(?>a?)"
    ]

    repeats = [
      "[01]+",
      "[01]{2,}?",
      "(?:[01]*|b)",
      "(?:[01]+c?)",
      "(?=[01]+)[01]{2}",
      "(?>[01]*)",
      "([01])*",
      "[^a]+",
      "\\d{1,3}"
    ]

    patterns = for repeat <- repeats, group <- groups, tail <- ["1", "1?$", ""], do: repeat <> group <> tail
    looped = for group <- groups, count <- ["{2}", "+", "*", "{2}+"], do: "(?:" <> group <> "[01]*)" <> count <> "1"
    compared = Enum.reduce(patterns ++ looped, %Oracle{}, &Oracle.add(Oracle.compare(&1, subjects), &2))
    assert compared.differences == []
    assert compared.matches > 1_000
  end

  test "where re gives up at its match limit, the answer is the true one" do
    regex = "^(?:a|aa)+$"
    subject = String.duplicate("a", 40) <> "b"
    assert :re.run(subject, regex, [:report_errors]) == {:error, :match_limit}
    {:ok, plan} = :numplan.plan({[{"classifiers", {[{"a", regex}]}}]})
    assert :numplan.classify(subject, plan) == :undefined
    assert :numplan.classify(String.duplicate("a", 40), plan) == "a"
  end

  defp report(what, compared) do
    share = Float.round(100 * compared.native / compared.patterns, 1)

    IO.puts(
      "#{what}: #{compared.patterns} accepted (#{share} % run natively), #{compared.refused} refused, #{compared.cases} cases, " <>
        "#{compared.matches} of them matches, #{length(compared.differences)} differences"
    )
  end
end
