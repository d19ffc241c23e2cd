defmodule Numplan.LocalityTest do
  @moduledoc "Localities of numbers, through the Erlang and the Elixir face."
  use ExUnit.Case

  # What PyPI's phonenumbers 9.0.43 answers (testdata/locality/vectors.tsv.gz).
  @vectors [
    {"+14158551292", "US", "FIXED_LINE_OR_MOBILE", "California", nil, ["America/Los_Angeles"]},
    {"+14158867900", "US", "FIXED_LINE_OR_MOBILE", "California", nil, ["America/Los_Angeles"]},
    {"+442079460000", "GB", "FIXED_LINE", "London", nil, ["Europe/London"]},
    {"+33142685300", "FR", "FIXED_LINE", "Paris", nil, ["Europe/Paris"]},
    {"+61293744000", "AU", "FIXED_LINE", "Australia", nil, ["Australia/Sydney"]},
    {"+819012345678", "JP", "MOBILE", "Japan", "KDDI", ["Asia/Tokyo"]},
    {"+5511987654321", "BR", "MOBILE", "São Paulo", "TIM", ["America/Sao_Paulo"]}
  ]

  test "look-ups are libphonenumber's" do
    for {number, region, type, geocode, carrier, zones} <- @vectors do
      lookup = Numplan.lookup(number)
      assert {lookup.region, lookup.type, lookup.geocode, lookup.carrier} == {region, type, geocode, carrier}
      assert lookup.time_zones == zones and lookup.valid? and lookup.possible?
    end

    toll_free = Numplan.lookup("+18005551212")
    assert {toll_free.type, toll_free.geocode, toll_free.region} == {"TOLL_FREE", nil, "US"}
    assert length(toll_free.time_zones) == 42
  end

  test "numbers are normalised by the active plan first" do
    assert Numplan.lookup("4158867900") == Numplan.lookup("+14158867900")
    {:ok, locality} = Numplan.locality("4158867900")
    assert {locality["number"], locality["e164_number"]} == {"4158867900", "+14158867900"}
  end

  test "an answer has the members of the document, in its order, and nulls for what is not known" do
    {members} = :numplan.locality("+14158551292")
    assert for({key, _} <- members, do: key) == ~w(country number e164_number geocode locality carrier status)
    {"locality", {locality}} = List.keyfind(members, "locality", 0)

    assert for({key, _} <- locality, do: key) ==
             ~w(locality province postal_code extended_postal_code latitude longitude type alt_postal_codes switch)

    {"carrier", {carrier}} = List.keyfind(members, "carrier", 0)
    assert carrier == for(key <- ~w(id type company dba), do: {key, :null})
    assert {"geocode", {[{"locality", "California"}]}} in members
    assert Map.new(locality)["province"] == "CA" and Map.new(locality)["locality"] == :null
  end

  test "one or many, in Erlang and Elixir" do
    numbers = ["+12012001234", "+442079460000", "x"]
    many = :numplan.locality(numbers)
    assert many == Enum.map(numbers, &:numplan.locality/1)
    {:ok, localities} = Numplan.locality(numbers)
    assert Enum.map(localities, & &1["status"]) == ["success", "success", "error"]
    assert Enum.map(localities, & &1["country"]) == ["US", "GB", nil]
    assert Numplan.lookup(numbers) == Enum.map(numbers, &Numplan.lookup/1)
  end

  test "the source is added on request" do
    {:ok, locality} = Numplan.locality("+12012001234", source: true)

    assert %{"by" => "prefix", "as_of" => "libphonenumber 9.0.43", "derived" => derived} =
             locality["source"]["locality"]

    assert "postal_code" in derived
    assert locality["source"]["carrier"] == nil and locality["source"]["ported"] == "unknown"
    {:ok, state_only} = Numplan.locality("+14158551292", source: true)
    assert state_only["source"]["locality"]["by"] == "npa"
  end

  test "text that is not a number has the status error, and no invented fields" do
    long = String.duplicate("1", 64 * 1024)

    for text <- [
          "",
          "+",
          "+0",
          "+00",
          "+000000",
          "anonymous",
          "911",
          "+" <> long,
          long,
          <<255, 254>>,
          "+1\0",
          "+1415\n8867900;x"
        ] do
      assert Numplan.lookup(text) in [nil] or Numplan.lookup(text).e164 =~ ~r/^\+[1-9]\d+$/
      {:ok, locality} = Numplan.locality(text)
      assert locality["status"] in ["success", "error"]
      if locality["status"] == "error", do: assert(locality["country"] == nil and locality["e164_number"] == nil)
    end

    for text <- ["", "+", "+00", "anonymous", "+" <> long],
        do: assert({:ok, %{"status" => "error"}} = Numplan.locality(text))

    assert_raise ArgumentError, fn -> :numplan_nif.locality(1, :none, false) end
    assert_raise ArgumentError, ~r/1st argument: expected a number/, fn -> :numplan.locality(1) end
  end

  test "random bytes and bytes that are no snapshot end well" do
    :rand.seed(:exsss, {5, 5, 5})

    for _ <- 1..20_000 do
      bytes = :rand.bytes(:rand.uniform(40))
      assert is_tuple(:numplan.locality("+" <> bytes))
      known = :numplan_nif.locality("+14158551292", :none, true)
      assert :numplan_nif.locality("+14158551292", bytes, true) == known
      assert {:error, _} = :numplan_nif.snapshot(bytes)
      importer = :numplan_nif.importer()
      :ok = :numplan_nif.import_begin(importer, "", "npa_nxx_city_state")
      assert elem(:numplan_nif.import_feed(importer, bytes, true), 0) in [:ok, :error]
    end
  end
end
