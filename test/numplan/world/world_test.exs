defmodule Numplan.WorldTest do
  @moduledoc """
  The world's numbering plans through both faces, against Python's `phonenumbers`
  (`scripts/world_vectors.py`).
  """
  use ExUnit.Case

  @folder "testdata/world"
  @sources %{
    "+" => :from_number_with_plus_sign,
    "i" => :from_number_with_idd,
    "c" => :from_number_without_plus_sign,
    "d" => :from_default_country
  }
  @errors %{
    "INVALID_COUNTRY_CODE" => :invalid_country_code,
    "NOT_A_NUMBER" => :not_a_number,
    "TOO_SHORT_AFTER_IDD" => :too_short_after_idd,
    "TOO_SHORT_NSN" => :too_short_nsn,
    "TOO_LONG" => :too_long
  }

  @of_numbers ~w(error e164 extension source carrier region type valid possible valid_regions national international
                 rfc3966 geographical diallable from_here from_other mobile_other mobile_home by_carrier short_here
                 cost_here short cost emergency match)a
  @of_other_texts ~w(error emergency match)a

  setup_all do
    rows = for line <- lines("vectors.tsv.gz", &:zlib.gunzip/1), do: row(String.split(line, "\t"))

    codes =
      for line <- lines("regions.tsv", & &1), [name, code | _] = String.split(line, "\t"), into: %{}, do: {name, code}

    %{rows: rows, codes: codes}
  end

  defp lines(file, read), do: Path.join(@folder, file) |> File.read!() |> read.() |> String.split("\n", trim: true)

  defp row(cells) do
    [text, default, other, other_text | answers] = Enum.map(cells, &unescaped/1)
    names = if length(answers) == length(@of_numbers), do: @of_numbers, else: @of_other_texts
    answers = names |> Enum.zip(answers) |> Map.new(fn {name, answer} -> {name, empty_is_nil(answer)} end)
    Map.merge(answers, %{text: text, in: empty_is_nil(default), other: other, other_text: other_text})
  end

  defp unescaped(cell) do
    Regex.replace(~r/\\(.)/, cell, fn
      _, "t" -> "\t"
      _, "n" -> "\n"
      _, "r" -> "\r"
      _, other -> other
    end)
  end

  defp empty_is_nil(""), do: nil
  defp empty_is_nil(cell), do: cell

  defp flags(flags), do: Enum.map_join(flags, &if(&1, do: "1", else: "0"))

  # The named answers of Python to the rows that `ours` returns another map for.
  defp differences(rows, ours) do
    for row <- rows, found = ours.(row), wanted = Map.take(row, Map.keys(found)), found != wanted do
      {row.text, row.in, found, wanted}
    end
  end

  defp numbers(rows), do: Enum.filter(rows, &(&1.error == nil))

  # Numbers in international form, of which the region that they are read in says nothing.
  defp international(rows) do
    Enum.filter(rows, &(&1.error == nil and &1.source == "+" and String.starts_with?(&1.text, "+")))
  end

  test "texts are read and refused as by libphonenumber", %{rows: rows} do
    assert length(rows) >= 30_000 and Enum.count(rows, & &1.error) > 1_000

    read = fn row ->
      case Numplan.parse(row.text, row.in) do
        {:ok, number} ->
          {sign, _} = Enum.find(@sources, fn {_, source} -> source == number.source end)

          %{
            error: nil,
            e164: number.e164,
            extension: number.extension,
            source: sign,
            carrier: number.carrier_code,
            region: number.region,
            type: number.type,
            valid: flags([number.valid?])
          }

        {:error, reason} ->
          {name, _} = Enum.find(@errors, fn {_, atom} -> atom == reason end)
          %{error: name}
      end
    end

    assert differences(rows, read) == []
  end

  test "numbers are written as by libphonenumber", %{rows: rows} do
    rows = numbers(rows)
    assert length(rows) > 20_000

    written = fn row ->
      {:ok, number} = Numplan.parse(row.text, row.in)

      %{
        e164: Numplan.format(number, :e164),
        national: Numplan.format(number, :national),
        international: Numplan.format(number, :international),
        rfc3966: Numplan.format(number, :rfc3966),
        from_here: Numplan.format(number, {:from, row.in || "US"}),
        from_other: Numplan.format(number, {:from, row.other}),
        mobile_other: Numplan.format(number, {:mobile, row.other}),
        by_carrier: Numplan.format(number, {:carrier, "15"})
      }
    end

    assert differences(rows, written) == []
  end

  test "whole look-ups of texts in a region are libphonenumber's", %{rows: rows} do
    rows = Enum.filter(rows, &(byte_size(&1.text) <= 250))
    assert length(rows) > 29_000

    looked_up = fn row ->
      case Numplan.lookup(row.text, row.in) do
        nil -> %{e164: nil, region: nil}
        lookup -> Map.take(lookup, ~w(e164 region type national international rfc3966)a)
      end
    end

    rows = Enum.map(rows, &Map.merge(%{e164: nil, region: nil}, &1))
    assert differences(rows, looked_up) == []

    for row <- numbers(rows) do
      lookup = Numplan.lookup(row.text, row.in)
      # The last kind is that of all numbers.
      assert lookup.possible? == String.last(row.possible) in ["p", "l"]
      assert flags([lookup.valid?]) == row.valid
    end
  end

  test "region, type and validity of a number in international form", %{rows: rows} do
    rows = international(rows)
    assert length(rows) > 8_000

    known = fn row ->
      %{
        region: Numplan.region(row.text),
        type: Numplan.number_type(row.text),
        valid: flags([Numplan.valid?(row.text)]),
        national: Numplan.format(row.text, :national),
        e164: Numplan.lookup(row.text).e164
      }
    end

    assert differences(rows, known) == []

    for row <- rows do
      valid = String.split(row.valid_regions || "", ",", trim: true)
      assert Enum.all?(valid, &Numplan.valid?(row.text, &1))
      assert Numplan.valid?(row.text, row.other) == row.other in valid
    end
  end

  test "lines have the same regions and types", %{rows: rows} do
    rows = rows |> international() |> Enum.reject(&(&1.text =~ ~r/[\r\n]/))
    assert length(rows) > 8_000
    %{regions: regions, types: types, places: places} = Numplan.lookup_lines(Enum.map_join(rows, "\n", & &1.text))

    found =
      for <<region::16, type::8 <- places>> do
        {if(region > 0, do: elem(regions, region - 1)), if(type > 0, do: elem(types, type - 1), else: "UNKNOWN")}
      end

    assert found == Enum.map(rows, &{&1.region, &1.type})
  end

  test "short numbers are libphonenumber's", %{rows: rows, codes: codes} do
    asked = fn row ->
      short = Numplan.short_number(row.text, row.in || "US")
      emergency = %{emergency: flags([short.emergency?, short.connects_to_emergency?])}

      code =
        if row.error == nil, do: :numplan.parse(row.text, row.in || :undefined) |> elem(1) |> Map.get(:calling_code)

      if code && codes[row.in] == Integer.to_string(code) do
        here = flags([short.possible?, short.valid?, short.carrier_specific?, short.sms_service?])
        Map.merge(emergency, %{short_here: here, cost_here: short.cost})
      else
        emergency
      end
    end

    assert Enum.count(rows, &(map_size(asked.(&1)) == 3)) > 15_000
    assert differences(rows, asked) == []
  end

  test "texts match as numbers as by libphonenumber", %{rows: rows} do
    matched = fn row ->
      %{match: row.text |> Numplan.number_match(row.other_text) |> Atom.to_string() |> String.upcase()}
    end

    kinds = rows |> Enum.map(& &1.match) |> Enum.uniq() |> Enum.sort()
    assert kinds == ~w(EXACT_MATCH NOT_A_NUMBER NO_MATCH NSN_MATCH SHORT_NSN_MATCH)
    assert differences(rows, matched) == []
  end

  test "a list has the answers of its elements", %{rows: rows} do
    texts = rows |> Enum.take(500) |> Enum.map(& &1.text)

    for ask <- [
          &Numplan.region/1,
          &Numplan.number_type/1,
          &Numplan.valid?/1,
          &Numplan.valid?(&1, "GB"),
          &Numplan.parse(&1, "GB"),
          &Numplan.format(&1, :national),
          &Numplan.short_number(&1, "GB"),
          &Numplan.number_match(&1, "+442079460000"),
          &Numplan.lookup(&1, "GB")
        ] do
      assert ask.(texts) == Enum.map(texts, ask)
      assert ask.([]) == []
    end

    numbers = for {:ok, number} <- Numplan.parse(texts, "GB"), do: number
    assert length(numbers) > 100
    assert Numplan.format(numbers, {:from, "FR"}) == Enum.map(numbers, &Numplan.format(&1, {:from, "FR"}))
  end

  describe "the active plan" do
    setup do
      on_exit(fn -> :ok = Numplan.configure({:preset, "kazoo-3.20"}) end)
    end

    defp answers(number) do
      {Numplan.region(number), Numplan.number_type(number), Numplan.valid?(number), Numplan.valid?(number, "US"),
       Numplan.format(number, :international), Numplan.lookup(number) && Numplan.lookup(number).e164}
    end

    test "normalises numbers first, also by rules that only re can run" do
      # Text in which a number could be read, and no rule has read it.
      unread = ["tel:+442079460000", "call +44 20 7946 0000", "\uFF0B442079460000", " +442079460000"]
      numbers = ["4158867900", "14158867900", "011442079460000", "911", "x", "xaa", "", String.duplicate("4", 70_000)]
      numbers = numbers ++ unread
      native = Enum.map(numbers, &answers/1)
      lines = Numplan.lookup_lines(Enum.join(numbers, "\n"))
      assert hd(native) == {"US", "FIXED_LINE_OR_MOBILE", true, true, "+1 415-886-7900", "+14158867900"}
      assert Enum.at(native, 3) == {nil, nil, false, false, nil, nil}

      assert Enum.take(native, -4) == List.duplicate({nil, nil, false, false, nil, nil}, 4)

      {:ok, preset} = :numplan_nif.preset("kazoo-3.20")
      {[{"e164_converters", {converters}} | rest]} = converters_first(preset)
      foreign = {[{"e164_converters", {[{"^x(\\w)\\1$", {[]}} | converters]}} | rest]}
      :ok = :numplan.configure(foreign)
      assert Numplan.info().re == 1
      assert Enum.map(numbers, &answers/1) == native
      assert Numplan.lookup_lines(Enum.join(numbers, "\n")) == lines
    end

    defp converters_first(preset) do
      {:ok, {members}} = Numplan.json_decode(preset, [:ordered])
      {converters, rest} = List.keytake(members, "e164_converters", 0)
      {[converters | rest]}
    end
  end

  test "a map that was made by hand has digits alone for an extension and a carrier code" do
    {:ok, parsed} = :numplan.parse("(020) 7946 0000 x7", "GB")
    assert :numplan.format(parsed, :rfc3966) == "tel:+44-20-7946-0000;ext=7"

    for member <- [:extension, :carrier_code], value <- ["1\r\nX: y", "1;phone-context=x"] do
      assert_raise ArgumentError, fn -> :numplan.format(Map.put(parsed, member, value), :rfc3966) end
    end
  end

  test "any bytes end well, and long texts are refused" do
    :rand.seed(:exsss, {2, 2, 2})

    long = [
      String.duplicate("1", 251),
      String.duplicate("+1", 500_000),
      "+1 650 253 0000" <> String.duplicate(" ", 236)
    ]

    for text <- long do
      assert Numplan.parse(text, "US") == {:error, :too_long}
      assert Numplan.lookup(text, "US") == nil and Numplan.region(text) == nil
      assert Numplan.valid?(text) == false and Numplan.format(text, :e164) == nil
      refute Numplan.short_number(text, "US").valid?
      assert Numplan.number_match(text, "+16502530000") == :not_a_number
      assert Numplan.number_match("+16502530000", text) == :not_a_number
    end

    assert Numplan.parse(<<"+1", 255>>, "US") == {:error, :not_a_number}
    assert {:ok, _} = Numplan.parse("+1 650 253 0000" <> String.duplicate(" ", 235), <<255>>)

    for _ <- 1..20_000 do
      text = "+" <> :rand.bytes(:rand.uniform(40))
      region = :rand.bytes(2)
      assert elem(Numplan.parse(text, region), 0) in [:ok, :error]
      assert is_boolean(Numplan.valid?(text)) and is_boolean(Numplan.valid?(text, region))
      assert Numplan.region(text) == nil or is_binary(Numplan.number_type(text))
      assert is_binary(Numplan.short_number(text, region).cost)
      assert is_atom(Numplan.number_match(text, region))
      assert Numplan.format(text, {:from, region}) == nil or Numplan.lookup(text)
      assert byte_size(Numplan.lookup_lines(text <> "\n").places) >= 3
    end
  end

  test "a map that parse has not made is refused" do
    {:ok, parsed} = :numplan.parse("+442079460000", :undefined)

    for wrong <- [
          %{},
          %{parsed | national_number: "x"},
          %{parsed | national_number: "1"},
          %{parsed | calling_code: -1},
          %{parsed | calling_code: 70_000},
          %{parsed | extension: nil},
          %{parsed | carrier_code: 5}
        ] do
      assert_raise ArgumentError, ~r/got a map that parse\/2 has not made/, fn -> :numplan.format(wrong, :e164) end
      assert_raise ArgumentError, ~r/element 2 of the list/, fn -> :numplan.format([parsed, wrong], :e164) end
    end

    # A calling code that is not in use has the digits alone.
    assert :numplan.format(%{parsed | calling_code: 999}, :national) == "2079460000"
  end
end
