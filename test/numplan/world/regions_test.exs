defmodule Numplan.World.RegionsTest do
  @moduledoc """
  Regions, calling codes and examples of numbers through both faces, against Python's
  `phonenumbers` (`scripts/world_vectors.py`).
  """
  use ExUnit.Case, async: true

  @no_country "001"

  setup_all do
    {global, regions} = Enum.split_with(table("regions.tsv"), &match?([@no_country | _], &1))
    regions = for [name, code, _prefix, _portable | examples] <- regions, do: {name, String.to_integer(code), examples}
    global = for [_, code, example] <- global, do: {String.to_integer(code), example}
    codes = for [code, names] <- table("codes.tsv"), do: {String.to_integer(code), String.split(names, ",")}
    %{regions: regions, global: global, codes: codes}
  end

  defp table(file) do
    for line <- "testdata/world" |> Path.join(file) |> File.read!() |> String.split("\n", trim: true),
        do: String.split(line, "\t")
  end

  test "regions and their calling codes are libphonenumber's", %{regions: regions} do
    assert length(regions) > 240
    assert Numplan.regions() == for({name, _, _} <- regions, do: name)
    for {name, code, _} <- regions, do: assert({name, Numplan.calling_code(name)} == {name, code})
  end

  test "calling codes and the regions that share them, the main one first, are libphonenumber's", %{codes: codes} do
    assert length(codes) > 200
    assert Numplan.calling_codes() == for({code, _} <- codes, do: code)
    for {code, names} <- codes, do: assert({code, Numplan.regions(code)} == {code, names})
  end

  test "types and examples of a region are libphonenumber's", %{regions: regions} do
    for {name, _code, examples} <- regions do
      types = Numplan.number_types(name)
      assert {name, for(type <- types, do: "#{type}=#{Numplan.example_number(name, type)}")} == {name, examples}
      fixed = Enum.find_value(examples, &with("FIXED_LINE=" <> number <- &1, do: number, else: (_ -> nil)))
      assert Numplan.example_number(name) == fixed
      # PhoneNumberUtil.getExampleNumberForType takes the example of a fixed line for both.
      assert Numplan.example_number(name, "FIXED_LINE_OR_MOBILE") == fixed
      assert Numplan.example_number(name, "UNKNOWN") == nil
    end
  end

  test "an example is a valid number of its type and region", %{regions: regions} do
    for {name, _code, examples} <- regions, example <- examples, [_type, number] = String.split(example, "=") do
      assert {example, Numplan.valid?(number, name)} == {example, true}
    end
  end

  test "examples with codes of no country are libphonenumber's", %{global: global, codes: codes} do
    assert length(global) == Enum.count(codes, &match?({_, [@no_country]}, &1))
    for {code, example} <- global, do: assert({code, Numplan.example_number(code)} == {code, example})
    # A code of countries has none.
    assert {Numplan.example_number(44), Numplan.example_number(1)} == {nil, nil}
  end

  test "what is in no plan has nothing" do
    for name <- ["", "gb", "ZZ", "GBR", @no_country, <<255, 255>>, String.duplicate("G", 1_000)] do
      assert {Numplan.calling_code(name), Numplan.number_types(name)} == {nil, []}
      assert {Numplan.example_number(name), Numplan.example_number(name, "MOBILE")} == {nil, nil}
    end

    # 65,580 is 44 in sixteen bits, and so are those behind it.
    for code <- [0, -44, 2, 999, 65_580, 4_294_967_340, Bitwise.bsl(1, 70) + 44] do
      assert {code, Numplan.regions(code), Numplan.example_number(code)} == {code, [], nil}
    end

    for type <- ["mobile", "", <<255>>, "FIXED LINE"], do: assert(Numplan.example_number("GB", type) == nil)
  end
end
