defmodule Numplan.API.LocalityTest do
  @moduledoc "The request for localities of numbers (kazoo-semantics 2.6)."
  use Numplan.APICase

  alias Numplan.PhonebookServer

  describe "locality" do
    test "refuses a malformed list before any provider is called", %{base: base} do
      for {data, code, message} <- [
            {%{}, "required", "list of numbers missing"},
            {%{"numbers" => nil}, "required", "list of numbers missing"},
            {%{"numbers" => []}, "minimum", "minimum 1 number required"},
            {%{"numbers" => "4158551292"}, "type", "numbers must be a list"},
            {%{"numbers" => [1]}, "type", "numbers must be strings"},
            {%{"numbers" => [""]}, "minLength", "numbers must not be empty"},
            {%{"numbers" => ["4158551292", "+14158551292"]}, "uniqueItems", "some numbers appear twice"},
            {%{"numbers" => for(n <- 1..1001, do: "#{n}")}, "maxItems", "at most 1000 numbers"}
          ] do
        answer = ask(base, :post, "/locality", data: data)
        assert refusal(answer) == {400, "validation error"}
        assert answer.json["data"]["numbers"][code]["message"] == message
      end
    end

    test "without the address of a phonebook that is the only provider is a 500 that says so", %{base: base} do
      Application.put_env(:numplan, :locality, {Numplan.Locality.Phonebook, []})
      assert refusal(ask(base, :post, "/locality", data: %{"numbers" => ["1"]})) == {500, "could not get locality url"}
    end

    test "without configuration answers from built-in data, in the form of the documentation", %{base: base} do
      answer = ask(base, :post, "/locality", data: %{"numbers" => ["+14158551292", "x"]})
      assert answer.status == 200

      assert answer.body =~
               ~S("+14158551292":{"country":"US","number":"+14158551292","e164_number":"+14158551292",) <>
                 ~S("geocode":{"locality":"California"},"locality":{"locality":null,"province":"CA","postal_code":null,) <>
                 ~S("extended_postal_code":null,"latitude":null,"longitude":null,"type":null,"alt_postal_codes":[],"switch":null},) <>
                 ~S("carrier":{"id":null,"type":null,"company":null,"dba":null},"status":"success"})

      assert answer.json["data"]["x"]["status"] == "error"
      sourced = ask(base, :post, "/locality?source=true", data: %{"numbers" => ["+14158551292"]})
      assert sourced.json["data"]["+14158551292"]["source"]["locality"]["by"] == "npa"
    end

    test "passes on what the phonebook gives, in its order, numbers verbatim", %{base: base} do
      data = ~s({"4158551292":{"status":"success","locality":{"z":1,"a":null}},"x":{"status":"error"}})
      url = PhonebookServer.start({200, ~s({"status":"success","data":#{data}})})
      Application.put_env(:numplan, :locality, {Numplan.Locality.Phonebook, url: url})
      answer = ask(base, :post, "/locality", data: %{"numbers" => ["4158551292", "x"]})
      assert answer.status == 200 and answer.body =~ data
      assert_receive {:phonebook, "POST /locality/metadata HTTP/1.1", ~s({"data":["4158551292","x"]})}
    end

    test "answers a failure of the phonebook with 500", %{base: base} do
      for {status, body} <- [
            {500, "{}"},
            {200, "no json"},
            {200, ~s({"status":"error"})},
            {200, ~s({"status":"success","data":1})}
          ] do
        Application.put_env(
          :numplan,
          :locality,
          {Numplan.Locality.Phonebook, url: PhonebookServer.start({status, body}), timeout: 2_000}
        )

        assert refusal(ask(base, :post, "/locality", data: %{"numbers" => ["1"]})) ==
                 {500, "number locality lookup failed"}
      end

      Application.put_env(
        :numplan,
        :locality,
        {Numplan.Locality.Phonebook, url: PhonebookServer.start({200, ~s({"status":"success"})})}
      )

      assert %{status: 200, json: %{"data" => data}} = ask(base, :post, "/locality", data: %{"numbers" => ["1"]})
      assert data == %{}
    end

    test "bounds the time and the size of a phonebook's answer", %{base: base} do
      long = ~s({"status":"success","data":{"1":"#{String.duplicate("a", 10_000)}"}})

      for {url, options} <- [
            {PhonebookServer.start({200, long}), [max_bytes: 1_000]},
            {PhonebookServer.start(:silent), [timeout: 200]},
            {"http://127.0.0.1:1", []}
          ] do
        Application.put_env(:numplan, :locality, {Numplan.Locality.Phonebook, [url: url] ++ options})

        assert refusal(ask(base, :post, "/locality", data: %{"numbers" => ["1"]})) ==
                 {500, "number locality lookup failed"}
      end
    end
  end
end
