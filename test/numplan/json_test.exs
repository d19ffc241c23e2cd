defmodule Numplan.JsonTest do
  use ExUnit.Case, async: true

  @levels 127

  test "objects come as maps, or in order with keys that stand twice" do
    text = ~s({"z": 1, "a": {"y": null}, "z": 2})
    assert :numplan_json.decode(text) == {:ok, %{"z" => 2, "a" => %{"y" => :null}}}
    assert :numplan_json.decode(text, [:ordered]) == {:ok, {[{"z", 1}, {"a", {[{"y", :null}]}}, {"z", 2}]}}
    assert :numplan_json.decode([~s({"a"), [": []}"]], [:ordered]) == {:ok, {[{"a", []}]}}
    assert :numplan_json.decode("{}", [:ordered]) == {:ok, {[]}}
  end

  test "integers keep every digit" do
    for digits <- [
          "0",
          "-1",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775809",
          "1" <> String.duplicate("0", 400)
        ] do
      assert :numplan_json.decode("[#{digits}, 1.5, #{digits}]") ==
               {:ok, [String.to_integer(digits), 1.5, String.to_integer(digits)]}

      assert :numplan_json.encode(String.to_integer(digits)) == {:ok, digits}
    end
  end

  test "digits inside strings are left alone" do
    text = ~s({"12345678901234567890": "\\"98765432109876543210\\\\", "n": 98765432109876543210})

    assert :numplan_json.decode(text) ==
             {:ok, %{"12345678901234567890" => ~s("98765432109876543210\\), "n" => 98_765_432_109_876_543_210}}
  end

  test "floats come back as they went" do
    for float <- [0.1, 1.0e308, 5.0e-324, -2.5, 123_456_789.123456789, 1.0e-10] do
      assert {:ok, text} = :numplan_json.encode(float)
      assert :numplan_json.decode(text) == {:ok, float}
    end
  end

  test "strings keep every character" do
    text = "a\"b\\c/\b\f\n\r\t\u2028 é 😀 " <> <<0, 1, 31, 127>>
    assert {:ok, json} = :numplan_json.encode(text)
    assert :numplan_json.decode(json) == {:ok, text}
    assert :numplan_json.decode(~S("\ud83d\ude00\u00e9")) == {:ok, "😀é"}
  end

  test "what is no JSON is told with its place" do
    for {text, line, column} <- [
          {"", 1, 1},
          {"{", 1, 1},
          {"[1,\n 2,\n x]", 3, 2},
          {~s({"a": 01}), 1, 8},
          {"[1] 2", 1, 5},
          {<<"[\"", 255, "\"]">>, 1, 3},
          {~S(["\ud800"]), 1, 9},
          {"[1e999]", 1, 6},
          {"[" <> String.duplicate("9", 5_000) <> "]", 1, 5_001},
          {"nul", 1, 3},
          {"'a'", 1, 1},
          {"[1,]", 1, 4}
        ] do
      assert {:error, {:invalid_json, place}} = :numplan_json.decode(text)
      assert {text, place.line} == {text, line}
      assert_in_delta place.column, column, 1, text
      assert place.offset in 0..byte_size(text)
      assert byte_size(place.message) > 5
    end
  end

  test "depth and size are bounded" do
    nested = fn levels -> String.duplicate("[", levels) <> String.duplicate("]", levels) end
    assert {:ok, term} = :numplan_json.decode(nested.(@levels))

    assert {:error, {:invalid_json, %{message: "recursion limit exceeded"}}} =
             :numplan_json.decode(nested.(@levels + 1))

    assert {:ok, _} = :numplan_json.encode(term)
    assert {:error, :too_deep} = :numplan_json.encode([[term]])

    large = ["\"", String.duplicate("a", 16 * 1024 * 1024), "\""]
    assert {:error, {:too_large, %{limit: 16_777_216, got: 16_777_218}}} = :numplan_json.decode(large)
  end

  test "terms in Erlang's shapes are written" do
    assert :numplan_json.encode({[{"b", 1}, {:a, [true, false, :null, :undefined, nil, :word]}]}) ==
             {:ok, ~s({"b":1,"a":[true,false,null,null,null,"word"]})}

    assert :numplan_json.encode([{"b", 1}, {"b", 2}]) == {:ok, ~s({"b":1,"b":2})}
    assert :numplan_json.encode(%{"b" => 1, a: %{}}) == {:ok, ~s({"a":{},"b":1})}
    assert :numplan_json.encode([]) == {:ok, "[]"}
    assert :numplan_json.encode({[]}) == {:ok, "{}"}
  end

  test "text is indented where that is asked for" do
    assert :numplan_json.encode({[{"a", [1]}]}, [:pretty]) == {:ok, ~s({\n  "a": [\n    1\n  ]\n})}
    assert_raise ArgumentError, fn -> :numplan_json.encode(1, [:ugly]) end
  end

  test "terms that stand for nothing in JSON are named" do
    for term <- [self(), {1, 2}, [1 | 2], <<1::3>>, %{1 => 2}, [{"a", 1}, :b], &is_atom/1] do
      assert {:error, {:not_json, _}} = :numplan_json.encode(term)
    end

    assert {:error, :invalid_utf8} = :numplan_json.encode(["a", <<255>>])
    assert {:error, :invalid_utf8} = :numplan_json.encode(%{<<255>> => 1})
  end

  test "large documents go through a dirty scheduler and come back whole" do
    term = for n <- 1..50_000, do: %{"number" => "+1415#{n}", "n" => n}
    assert {:ok, text} = :numplan_json.encode(term)
    assert :numplan_json.decode(text) == {:ok, term}
  end

  test "what is no iodata or no option raises" do
    for arguments <- [[:a], [1], ["{}", [:other]], ["{}", :ordered], [["a" | :b]]] do
      assert_raise ArgumentError, fn -> apply(:numplan_json, :decode, arguments) end
    end
  end
end
