defmodule Numplan.MountContract do
  @moduledoc """
  What a request gets, whichever server it comes to: `Numplan.HTTP`, or one that Numplan is mounted in.

      use Numplan.MountContract, cowboy: true

  where the options are tags of all its tests. The test then has a function `ask(context, method, path, options)`, where `path` is that below the
  mount, and the options are `:headers` and `:body` as for `Numplan.HTTPClient.one/4`. It returns an
  answer (`t:Numplan.HTTPClient.answer/0`). Its `setup` starts the server after this module's, which
  configures the token `mounted`.
  """

  use ExUnit.CaseTemplate

  alias Numplan.API.Access
  alias Numplan.Services

  @account String.duplicate("0", 32)
  @numbers "/v2/accounts/#{@account}/phone_numbers"

  @doc "The path of the default account's phone numbers, and what follows it."
  @spec numbers(binary()) :: binary()
  def numbers(path \\ ""), do: @numbers <> path

  @doc "A body that classifies numbers."
  @spec body([binary()]) :: binary()
  def body(numbers), do: Numplan.json_encode!(%{"data" => %{"numbers" => numbers}})

  @doc "Configures these settings, without tokens where none are among them, until the test ends."
  @spec configure(keyword()) :: :ok
  def configure(settings) do
    for {key, value} <- settings, do: Application.put_env(:numplan, key, value)

    ExUnit.Callbacks.on_exit(fn ->
      for {key, _} <- settings, do: Application.delete_env(:numplan, key)
      Access.reload()
    end)

    _ = Access.reload()
    :ok
  end

  @doc "The options of `ask` with the token."
  @spec allowed(keyword()) :: keyword()
  def allowed(options \\ []), do: Keyword.update(options, :headers, [token()], &[token() | &1])

  defp token, do: {"x-auth-token", "mounted"}

  setup do
    configure(tokens: [%{token: "mounted", account_id: @account, superadmin: true}])
    start_supervised!(Services)
    :ok
  end

  using options do
    quote do
      import Numplan.MountContract

      @moduletag unquote(options)

      describe "as every server" do
        test "says whether it is well, without a token", context do
          assert %{status: 200, json: %{"status" => "well"}} = ask(context, "GET", "/healthz", [])
          assert %{status: 401} = ask(context, "GET", numbers(), [])
        end

        test "classifies a number in a path, with a literal and an encoded plus", context do
          for number <- ["4158551292", "+14158551292", "%2B14158551292", "%2b14158551292"] do
            answer = ask(context, "GET", numbers("/classifiers/#{number}"), allowed())
            assert {answer.status, answer.json["data"]["e164"]} == {200, "+14158551292"}
            assert answer.headers["content-type"] == "application/json"
          end
        end

        test "reads the query", context do
          answer = ask(context, "GET", numbers("/classifiers/415%20855?clean=true&pretty_print=true"), allowed())
          assert answer.status == 200 and answer.body =~ "{\n  \"data\""
        end

        test "classifies the numbers of a body, whole or in chunks", context do
          text = body(["4158551292", "911"])

          for body <- [text, {:chunks, for(<<byte <- text>>, do: <<byte>>)}, {:chunks, [text]}] do
            answer = ask(context, "POST", numbers("/classifiers"), allowed(body: body))

            assert {answer.status, Enum.map(answer.json["data"], & &1["name"])} ==
                     {200, ~w(did_us emergency)}
          end
        end

        test "answers 401 without a token or with a wrong one, and asks for one", context do
          for {method, path} <- [
                {"GET", numbers()},
                {"PUT", numbers("/+14158551292")},
                {"POST", numbers("/classifiers")}
              ],
              headers <- [[], [{"x-auth-token", "guess"}], [{"authorization", "Bearer guess"}]] do
            answer = ask(context, method, path, headers: headers, body: if(method != "GET", do: body(["911"])))
            assert {answer.status, answer.json["message"]} == {401, "invalid_credentials"}
            assert answer.headers["www-authenticate"] =~ "Bearer"
          end
        end

        test "answers HEAD as GET, without the body", context do
          get = ask(context, "GET", numbers("/classifiers/911"), allowed(headers: [{"x-request-id", "same"}]))
          head = ask(context, "HEAD", numbers("/classifiers/911"), allowed(headers: [{"x-request-id", "same"}]))
          assert {head.status, head.body} == {200, ""}
          assert head.headers["content-length"] == Integer.to_string(byte_size(get.body))
          assert ask(context, "HEAD", numbers("/classifiers/911"), []).status == 401
        end

        test "answers OPTIONS without a token, with CORS for a page of another origin", context do
          answer = ask(context, "OPTIONS", numbers("/classifiers"), headers: [{"origin", "http://page.example"}])
          assert {answer.status, answer.body} == {200, ""}
          assert answer.headers["allow"] =~ "PATCH" and answer.headers["access-control-allow-origin"] == "*"
        end

        test "answers 405 to a method that a path does not have, and says which it has", context do
          for {method, path, allow} <- [
                {"GET", "/locality", "POST, OPTIONS"},
                {"DELETE", "/classifiers/911", "GET, HEAD, OPTIONS"},
                {"BREW", "/classifiers", "GET, POST, HEAD, OPTIONS"}
              ] do
            answer = ask(context, method, numbers(path), allowed())
            assert {method, answer.status, answer.json["message"]} == {method, 405, "invalid_method"}
            assert answer.headers["allow"] == allow
          end
        end

        test "answers a path that leads nowhere with 404 in JSON", context do
          for path <- ["/v2", "/v2/nowhere", "/favicon.ico"] do
            answer = ask(context, "GET", path, allowed())
            assert {answer.status, answer.json["status"]} == {404, "error"}
          end
        end

        test "refuses a body that is no JSON, has no data, or is of another type", context do
          for {status, body, headers} <- [
                {400, "{", []},
                {400, "{}", []},
                {415, "x", [{"content-type", "image/png"}]}
              ] do
            answer = ask(context, "POST", numbers("/classifiers"), allowed(body: body, headers: headers))
            assert {body, answer.status, answer.json["status"]} == {body, status, "error"}
          end
        end

        test "refuses a body of more than 8,000,000 bytes with 413, and takes one of 8,000,000", context do
          whole = ~s({"data":{"numbers":["911"]},"x":")
          fits = whole <> String.duplicate("x", 8_000_000 - byte_size(whole) - 2) <> ~s("})
          assert byte_size(fits) == 8_000_000
          assert ask(context, "POST", numbers("/classifiers"), allowed(body: fits)).status == 200
          pieces = for n <- 0..7, do: binary_part(fits, n * 1_000_000, 1_000_000)

          for body <- [{:announced, 8_000_001}, {:chunks, pieces ++ [" "]}] do
            answer = ask(context, "POST", numbers("/classifiers"), allowed(body: body))
            assert {answer.status, answer.json["data"]["file"]["maxSize"]["target"]} == {413, 8_000_000}
          end
        end

        test "keeps the id of a request, and makes one where there is none that is usable", context do
          answer = ask(context, "GET", numbers("/classifiers/911"), allowed(headers: [{"x-request-id", "mine"}]))
          assert {answer.headers["x-request-id"], answer.json["request_id"]} == {"mine", "mine"}
          answer = ask(context, "GET", "/v2/nowhere", headers: [{"x-request-id", String.duplicate("x", 129)}])

          assert answer.headers["x-request-id"] == answer.json["request_id"] and
                   byte_size(answer.json["request_id"]) == 32
        end

        test "answers what a client has already with 304", context do
          %{headers: %{"etag" => etag}} = ask(context, "GET", numbers("/classifiers"), allowed())
          answer = ask(context, "GET", numbers("/classifiers"), allowed(headers: [{"if-none-match", etag}]))
          assert {answer.status, answer.body, answer.headers["etag"]} == {304, "", etag}
        end

        test "answers a request that fails inside with 500 in JSON, and logs it once, without its numbers", context do
          configure(locality: {Numplan.BrokenProvider, []})

          log =
            ExUnit.CaptureLog.capture_log(fn ->
              answer = ask(context, "POST", numbers("/locality"), allowed(body: body(["4158551292"])))
              assert {answer.status, answer.json["data"]} == {500, %{"message" => "unspecified fault"}}
              send(self(), {:id, answer.json["request_id"]})
            end)

          assert_received {:id, id}
          assert [_, rest] = String.split(log, "numplan: request #{id} failed: ArgumentError at ")
          refute rest =~ "failed" or log =~ "4158551292" or log =~ "mounted"
        end

        test "counts requests by account, and refuses those beyond the limit", context do
          configure(rate_limit: 0)
          answer = ask(context, "GET", numbers("/classifiers/911"), allowed())
          assert {answer.status, answer.headers["retry-after"]} == {429, "1"}
        end

        test "shows the page at its path, which asks for a token", context do
          answer = ask(context, "GET", "/", [])
          assert {answer.status, answer.headers["content-type"]} == {200, "text/html; charset=utf-8"}
          assert answer.headers["content-security-policy"] =~ "default-src 'none'"
          assert answer.body =~ ~s(<meta name="numplan-account" content="">)
          assert {200, ""} = {ask(context, "HEAD", "/", []).status, ask(context, "HEAD", "/", []).body}
          assert ask(context, "POST", "/", allowed(body: body(["911"]))).status == 404
        end

        test "of an open node refuses pages of other origins, and foreign names", context do
          configure(access: :open, tokens: [])
          assert ask(context, "GET", numbers("/classifiers/911"), []).status == 200
          assert ask(context, "GET", "/", []).body =~ String.duplicate("0", 32)

          for headers <- [
                [{"host", "evil.example"}],
                [{"origin", "http://evil.example"}],
                [{"origin", "null"}],
                [{"sec-fetch-site", "cross-site"}]
              ],
              path <- [numbers("/classifiers/911"), "/"] do
            answer = ask(context, "GET", path, headers: headers)
            assert {headers, answer.status, answer.json["message"]} == {headers, 403, "forbidden"}
            refute Enum.any?(Map.keys(answer.headers), &String.starts_with?(&1, "access-control-"))
          end
        end
      end
    end
  end
end
