defmodule Numplan.API.ClassifyTest do
  @moduledoc "The classifiers in force, and the class of one number (kazoo-semantics 1.8, 2.2, 2.3)."
  use Numplan.APICase

  @did "+14158551292"

  describe "GET classifiers" do
    test "lists them in order, with every key they carry", %{base: base} do
      assert %{status: 200, body: body} = ask(base, :get, "/classifiers")
      {:ok, {members}} = :numplan_json.decode(body, [:ordered])
      {_, {classifiers}} = List.keyfind(members, "data", 0)
      {:ok, preset} = :numplan_nif.preset("kazoo-3.20")
      {:ok, {document}} = :numplan_json.decode(preset, [:ordered])
      assert {"classifiers", {classifiers}} == List.keyfind(document, "classifiers", 0)
    end
  end

  describe "GET classifiers/{number}" do
    test "answers with the classifier's keys, then e164, number and name", %{base: base} do
      expected = [
        {"regex", "^\\+?1?([2-9][0-9]{2}[2-9][0-9]{6})$"},
        {"friendly_name", "US DID"},
        {"pretty_print", "SS(###) ### - ####"},
        {"e164", "+14158551292"},
        {"number", "4158551292"},
        {"name", "did_us"}
      ]

      assert %{status: 200, body: body} = ask(base, :get, "/classifiers/4158551292")
      {:ok, {members}} = :numplan_json.decode(body, [:ordered])
      assert {"data", {expected}} == List.keyfind(members, "data", 0)
    end

    test "adds the explanation with explain=true, and changes nothing else", %{base: base} do
      plain = ask(base, :get, "/classifiers/4158551292").json["data"]
      assert ask(base, :get, "/classifiers/4158551292?explain=false").json["data"] == plain
      assert %{status: 200, json: %{"data" => data}} = ask(base, :get, "/classifiers/4158551292?explain=true")
      assert {explanation, ^plain} = Map.pop(data, "explanation")
      assert explanation["text"] == Numplan.explain("4158551292").text

      assert explanation["converters"]["change"] == %{
               "group" => 1,
               "start" => 0,
               "root" => "4158551292",
               "prefix" => "+1",
               "suffix" => ""
             }

      assert for(%{"matches" => true, "name" => name} <- explanation["classifiers"], do: name) == ~w(did_us unknown)
      assert ask(base, :get, "/classifiers/a%0A%C3%A9?explain=true").json["data"]["explanation"]["number"] == "a\né"
    end

    test "cleans the number with clean=true, and explains why it may be needed without", %{
      base: base
    } do
      written = "/classifiers/%28415%29%20855-1292"
      assert %{"name" => "unknown", "number" => "(415) 855-1292"} = ask(base, :get, written).json["data"]
      assert ask(base, :get, written <> "?clean=false").json["data"]["name"] == "unknown"

      assert %{"name" => "did_us", "e164" => @did, "number" => "4158551292"} =
               ask(base, :get, written <> "?clean=true").json["data"]

      explained = fn query -> ask(base, :get, written <> query).json["data"]["explanation"] end
      assert %{"hint" => hint, "class" => "unknown"} = explained.("?explain=true")
      assert hint =~ "It contains brackets, spaces and dashes, which no rule removes."
      assert %{"hint" => nil, "class" => "did_us", "number" => "4158551292"} = explained.("?explain=true&clean=true")
    end

    test "takes a plus as it is or percent-encoded, and any other byte percent-encoded", %{base: base} do
      for path <- ["+14158551292", "%2B14158551292"] do
        assert ask(base, :get, "/classifiers/#{path}").json["data"]["number"] == "+14158551292"
      end

      assert ask(base, :get, "/classifiers/%201415").json["data"]["number"] == " 1415"
      assert ask(base, :get, "/classifiers/%00").json["data"]["number"] == <<0>>
    end

    test "answers any text; a number of no class has neither name nor regex", %{base: base} do
      assert %{status: 200, json: %{"data" => data}} = ask(base, :get, "/classifiers/a%0Ab")
      assert data == %{"e164" => "a\nb", "number" => "a\nb"}
    end
  end
end
