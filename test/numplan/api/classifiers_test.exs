defmodule Numplan.API.ClassifiersTest do
  @moduledoc "Many numbers in one request, and the revision that tells one configuration from another."
  use ExUnit.Case

  alias Numplan.{API, HTTP, HTTPClient, Plan}
  alias Numplan.API.Request

  @path "/v2/accounts/#{String.duplicate("0", 32)}/phone_numbers/classifiers"

  setup do
    on_exit(fn -> :ok = Numplan.configure({:preset, "kazoo-3.20"}) end)
  end

  defp get(path, headers \\ %{}), do: decoded(API.handle(%Request{method: "GET", target: path, headers: headers}))

  defp post(data, query \\ ""), do: text(Numplan.json_encode!(%{"data" => data}), query)

  defp text(body, query \\ ""),
    do: decoded(API.handle(%Request{method: "POST", target: @path <> query, headers: %{}, body: body}))

  defp decoded(response) do
    body = IO.iodata_to_binary(response.body)
    members = if body == "", do: [], else: body |> Numplan.json_decode!([:ordered]) |> elem(0)
    %{status: response.status, headers: Map.new(response.headers), bytes: byte_size(body), json: Map.new(members)}
  end

  # The object of one number, as the single request gives it.
  defp single(number), do: get("#{@path}/#{URI.encode(number, &URI.char_unreserved?/1)}").json["data"]

  describe "POST classifiers" do
    test "gives for each number, in the order of the list, what GET classifiers/{N} gives" do
      numbers = ["4158551292", "911", "+18005551234", "x y", "é", "#31#", "a/b?c", "00441234567", "100%"]
      answer = post(%{"numbers" => numbers})
      assert answer.status == 200
      assert answer.json["data"] == Enum.map(numbers, &single/1)
      assert {[_ | _]} = hd(answer.json["data"])
    end

    test "answers a number as often as it stands in the list" do
      answer = post(%{"numbers" => ["911", "4158551292", "911", "+14158551292"]})
      assert answer.json["data"] == Enum.map(["911", "4158551292", "911", "+14158551292"], &single/1)
    end

    test "takes the paths that no URL can hold: dots, and numbers of control characters" do
      assert [{first}, {second}, {third}] = post(%{"numbers" => [".", "..", "\t\0"]}).json["data"]

      for {object, number} <- [{first, "."}, {second, ".."}, {third, "\t\0"}] do
        assert {"number", number} == List.keyfind(object, "number", 0)
        assert {"name", "unknown"} == List.keyfind(object, "name", 0)
      end
    end

    test "answers a number of no class with e164 and number alone" do
      :ok = Numplan.configure(~S'{"classifiers": {"short": "^\\d{3}$"}}')
      assert [short, {members}] = post(%{"numbers" => ["911", "4158551292"]}).json["data"]
      assert short == single("911")
      assert [{"e164", "+14158551292"}, {"number", "4158551292"}] == Enum.sort(members)
    end

    test "explains each number with explain=true, for at most ten" do
      ten = for n <- 0..9, do: "415855129#{n}"
      answer = post(%{"numbers" => ten}, "?explain=true")
      assert answer.status == 200

      for {{members}, number} <- Enum.zip(answer.json["data"], ten) do
        {"explanation", {explanation}} = List.last(members)
        assert {"text", Numplan.explain(number).text} == List.keyfind(explanation, "text", 0)
        assert {Enum.drop(members, -1)} == single(number)
      end

      assert refusal(post(%{"numbers" => ["911" | ten]}, "?explain=true")) ==
               {400, "maxItems", "at most 10 numbers with explain=true", nil}
    end

    test "cleans each number first with clean=true, explained or not" do
      numbers = ["(415) 855-1292", "tel:+44-20-7183-8750", "911"]
      assert for({object} <- post(%{"numbers" => numbers}).json["data"], do: Map.new(object)["number"]) == numbers

      for query <- ["?clean=true", "?clean=true&explain=true"] do
        objects = post(%{"numbers" => numbers}, query).json["data"]

        for {number, object} <- Enum.zip(numbers, objects) do
          assert object == get("#{@path}/#{URI.encode(number, &URI.char_unreserved?/1)}#{query}").json["data"]
        end

        assert for({object} <- objects, do: Map.new(object)["number"]) == ["4158551292", "+442071838750", "911"]
      end
    end

    test "refuses a list it cannot answer, and names the place in it" do
      thousand = for n <- 1..1000, do: "#{n}"
      assert post(%{"numbers" => thousand}).status == 200

      for {data, refused} <- [
            {%{}, {400, "required", "list of numbers missing", nil}},
            {["911"], {400, "required", "list of numbers missing", nil}},
            {%{"numbers" => []}, {400, "minimum", "minimum 1 number required", nil}},
            {%{"numbers" => "911"}, {400, "type", "numbers must be a list", nil}},
            {%{"numbers" => ["911", 911]}, {400, "type", "numbers must be strings", 1}},
            {%{"numbers" => ["911", "1", nil, 5]}, {400, "type", "numbers must be strings", 2}},
            {%{"numbers" => [["911"]]}, {400, "type", "numbers must be strings", 0}},
            {%{"numbers" => ["911", ""]}, {400, "minLength", "numbers must not be empty", 1}},
            {%{"numbers" => thousand ++ ["911"]}, {400, "maxItems", "at most 1000 numbers", nil}}
          ] do
        assert {data, refusal(post(data))} == {data, refused}
      end

      assert text(~s({"data": {"numbers": ["911"]}, "data": 1})).status == 400
      assert text(~s({"data": {"numbers": ["\\ud800"]}})).status == 400
    end

    # A class of many prefixes has a regex of kilobytes, and each answer carries it.
    test "refuses a list whose answers would together be over 8,000,000 bytes, before they are written" do
      regex = "^(" <> Enum.map_join(1..2_000, "|", &"\\\\+1#{&1 + 2_000_000}") <> "|.*)$"
      :ok = Numplan.configure(~s({"classifiers": {"long": "#{regex}"}}))
      numbers = for n <- 1..1000, do: "415#{n}"
      assert {413, "maxSize", message, nil} = refusal(post(%{"numbers" => numbers}))
      assert message == "the answers would be over 8000000 bytes: ask for fewer numbers at once"

      assert %{status: 200, bytes: bytes} = post(%{"numbers" => Enum.take(numbers, 200)})
      assert bytes > 200 * byte_size(regex) * 0.8 and bytes < 8_100_000
    end

    test "is answered over a socket, and says which methods there are" do
      start_supervised!({HTTP, port: 0, name: __MODULE__})
      address = "http://127.0.0.1:#{HTTP.port(__MODULE__)}#{@path}"
      answer = HTTPClient.request(:post, address, body: %{"data" => %{"numbers" => ["911", ".."]}})
      assert for(object <- answer.json["data"], do: object["name"]) == ["emergency", "unknown"]
      assert %{status: 405, headers: %{"allow" => allow}} = HTTPClient.request(:put, address, body: %{"data" => %{}})
      assert allow == "GET, POST, HEAD, OPTIONS"
    end
  end

  defp refusal(%{status: status, json: %{"data" => {[{"numbers", {[{code, {details}}]}}]}}}) do
    details = Map.new(details)
    {status, code, details["message"], details["index"]}
  end

  describe "the revision" do
    test "is the same in the list of classifiers and in the answers, and that of the plan in force" do
      digest = Plan.digest(Plan.active())
      assert digest =~ ~r/^[0-9a-f]{32}$/
      list = get(@path)
      assert list.json["revision"] == digest
      assert list.headers["etag"] == ~s("#{digest}")
      assert post(%{"numbers" => ["911"]}).json["revision"] == digest
      assert get(@path, %{"if-none-match" => ~s("#{digest}")}).status == 304
    end

    test "changes with every part of the configuration that answers rest on, not with the classifiers alone" do
      sources = [
        {:preset, "kazoo-3.20"},
        ~S'{"reconcile_regex": "^1$"}',
        ~S'{"e164_converters": {"^1$": {"prefix": "+"}}}',
        ~S'{"e164_converters": {"^1$": {"prefix": "++"}}}',
        ~S'{"dial_plan": {"^1$": {"prefix": "+"}}}'
      ]

      revisions =
        for source <- sources do
          :ok = Numplan.configure(source)
          get(@path).json["revision"]
        end

      assert Enum.uniq(revisions) == revisions
      :ok = Numplan.configure(hd(sources))
      assert get(@path).json["revision"] == hd(revisions)
    end
  end
end
