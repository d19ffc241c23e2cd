defmodule Numplan.JsonTest do
  use ExUnit.Case, async: true

  alias Numplan.Schedulers

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

  test "text that is not JSON is refused with line and column" do
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

  test "text is indented with the option pretty" do
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

  test "a minus before a zero is the integer 0, as OTP reads it, and a float keeps its sign" do
    for text <- ["-0", "[-0]", ~s({"a": -0}), "[1, -0 ,2.5]"] do
      assert {:ok, term} = :numplan_json.decode(text)
      assert zero(term) === :erlang.binary_to_integer("-0")
    end

    for text <- ["-0.0", "-0e0", "-0E-7"] do
      assert {:ok, zero} = :numplan_json.decode(text)
      assert <<1::1, 0::63>> = <<zero::float>>
    end

    assert {:error, {:invalid_json, _}} = :numplan_json.decode("-00")
    assert {:error, {:invalid_json, _}} = :numplan_json.decode("--0")
  end

  defp zero([zero]), do: zero
  defp zero([1, zero, 2.5]), do: zero
  defp zero(%{"a" => zero}), do: zero
  defp zero(zero), do: zero

  test "a key that a map holds as atom and as text is an error that names it" do
    for map <- [%{:a => 1, "a" => 2}, [%{"x" => {[{"y", %{:a => 1, "a" => 1, "b" => 2}}]}}]] do
      assert :numplan_json.encode(map) == {:error, {:duplicate_key, "a"}}
      assert :numplan_json.encode(map, [:pretty]) == {:error, {:duplicate_key, "a"}}
    end

    assert {:error, error} = Numplan.json_encode(%{:a => 1, "a" => 2})
    assert Exception.message(error) == ~s(the key "a" occurs twice in one map, as an atom and as text)
  end

  test "integers are written up to the digits that are read, and longer ones refused" do
    for sign <- ["", "-"] do
      longest = sign <> String.duplicate("9", 4_096)
      assert :numplan_json.encode([String.to_integer(longest)]) == {:ok, "[#{longest}]"}
      assert :numplan_json.decode("[#{longest}]") == {:ok, [String.to_integer(longest)]}
      longer = String.to_integer(sign <> "1" <> String.duplicate("0", 4_096))
      assert :numplan_json.encode([1, longer]) == {:error, :integer_too_long}
    end

    # The largest integer that the VM makes: to write it would take minutes.
    assert :numplan_json.encode(Bitwise.bsl(1, 4_000_000)) == {:error, :integer_too_long}
  end

  test "long texts, long keys and long integers are written by a dirty scheduler" do
    text = String.duplicate("4158867900 ", 100_000)
    integers = for n <- 1..1_000, do: Integer.pow(10, 3_000) + n

    for term <- [text, [text], %{text => 1}, {[{text, nil}]}, List.duplicate("4158867900", 100_000), integers] do
      assert {{:ok, json}, schedulers} = Schedulers.trace(fn -> :numplan_json.encode(term) end)
      assert Enum.any?(schedulers, &Schedulers.dirty?/1)
      assert byte_size(json) > 1_000_000
    end

    for term <- ["4158867900", [1, 2.5, Integer.pow(10, 300)], List.duplicate("4158867900", 500)] do
      assert {{:ok, _}, schedulers} = Schedulers.trace(fn -> :numplan_json.encode(term) end)
      refute Enum.any?(schedulers, &Schedulers.dirty?/1)
    end
  end

  test "how many values a text may have can be bounded" do
    assert :numplan_json.decode("[1, [2], {\"a\": 3}]", [{:max_values, 6}]) == {:ok, [1, [2], %{"a" => 3}]}

    for text <- ["[1, [2], {\"a\": 3}, 4]", "[" <> String.duplicate("1,", 1_000_000) <> "1]"] do
      assert :numplan_json.decode(text, [:ordered, {:max_values, 6}]) == {:error, {:too_many_values, %{limit: 6}}}
    end
  end

  test "an argument that is not iodata, or an unknown option, raises" do
    for arguments <- [[:a], [1], ["{}", [:other]], ["{}", :ordered], [["a" | :b]]] do
      assert_raise ArgumentError, fn -> apply(:numplan_json, :decode, arguments) end
    end
  end
end
