defmodule Numplan.API.OriginTest do
  @moduledoc "An open server refuses requests of web pages of other origins, and requests to other names."
  use ExUnit.Case

  alias Numplan.API.Access
  alias Numplan.{HTTP, HTTPClient, Services, Store}

  @moduletag :tmp_dir
  @account String.duplicate("0", 32)

  setup %{tmp_dir: folder} do
    Application.put_env(:numplan, :store, {Store.Mnesia, dir: Path.join(folder, "mnesia")})
    Application.put_env(:numplan, :server, port: 0)
    start_supervised!(Services)

    on_exit(fn ->
      for key <- [:store, :server, :tokens, :hosts], do: Application.delete_env(:numplan, key)
      Access.reload()
    end)

    %{port: HTTP.port()}
  end

  # Raw, since clients write Host themselves.
  defp ask(port, method, path, headers, body \\ "") do
    lines = for {name, value} <- headers, do: [name, ": ", value, "\r\n"]

    head = [
      method,
      " ",
      path,
      " HTTP/1.1\r\n",
      lines,
      "content-length: #{byte_size(body)}\r\nconnection: close\r\n\r\n"
    ]

    [answer] = HTTPClient.raw(port, [head, body])
    answer
  end

  defp cors(answer), do: for({"access-control-" <> _ = name, _} <- answer.headers, do: name)

  @document ~s({"data":{"reconcile_regex":"^1$"}})
  @attack [
    {"POST", "/v2/system_configs/number_manager", @document},
    {"PUT", "/v2/accounts/#{@account}/phone_numbers/%2B14158551292", ~s({"data":{}})},
    {"GET", "/v2/accounts/#{@account}/phone_numbers/fix", ""},
    {"OPTIONS", "/v2/system_configs/number_manager", ""},
    {"GET", "/v2/nowhere", ""},
    {"GET", "/", ""}
  ]

  @foreign [
    [
      {"host", "127.0.0.1:{port}"},
      {"origin", "http://evil.example"},
      {"content-type", "application/x-www-form-urlencoded"}
    ],
    [{"host", "127.0.0.1:{port}"}, {"origin", "null"}],
    [{"host", "127.0.0.1:{port}"}, {"origin", "http://127.0.0.1:1"}],
    [{"host", "127.0.0.1:{port}"}, {"origin", "http://localhost:{port}"}],
    [{"host", "127.0.0.1:{port}"}, {"origin", "http://127.0.0.1.evil.example:{port}"}],
    [{"host", "127.0.0.1:{port}"}, {"origin", "http://x@127.0.0.1:{port}"}],
    [{"host", "127.0.0.1:{port}"}, {"origin", ""}],
    [{"host", "127.0.0.1:{port}"}, {"sec-fetch-site", "cross-site"}],
    [{"host", "127.0.0.1:{port}"}, {"sec-fetch-site", "same-site"}],
    [{"host", "127.0.0.1:{port}"}, {"sec-fetch-site", "cross-site"}, {"origin", "http://127.0.0.1:{port}"}],
    [{"host", "127.0.0.1:{port}"}, {"sec-fetch-site", "nonsense"}],
    [{"host", "evil.example:{port}"}],
    [{"host", "evil.example:{port}"}, {"origin", "http://evil.example:{port}"}, {"sec-fetch-site", "same-origin"}],
    [{"host", "127.0.0.1.evil.example:{port}"}],
    [{"host", "localhost.evil.example"}],
    [{"host", "10.0.0.1:{port}"}],
    [{"host", "[2001:db8::1]:{port}"}],
    [{"host", "128.0.0.1"}],
    [{"host", "127.1"}],
    [{"host", "127.0.0.1.nip.io"}]
  ]

  # No Host at all in the sense of RFC 9110 section 7.2.
  @malformed ["localhost:x", "x@localhost", "localhost, evil.example", "", <<255>>]

  @own [
    [{"host", "127.0.0.1:{port}"}],
    [{"host", "127.0.0.1"}],
    [{"host", "127.255.3.4:{port}"}],
    [{"host", "localhost:{port}"}],
    [{"host", "LOCALHOST:1"}],
    [{"host", "[::1]:{port}"}],
    [{"host", "[0:0:0:0:0:0:0:1]"}],
    [{"host", "127.0.0.1:{port}"}, {"origin", "http://127.0.0.1:{port}"}],
    [{"host", "127.0.0.1:{port}"}, {"origin", "http://127.0.0.1:{port}"}, {"sec-fetch-site", "same-origin"}],
    [{"host", "localhost:{port}"}, {"origin", "http://localhost:{port}"}, {"sec-fetch-site", "same-site"}],
    [{"host", "localhost"}, {"origin", "http://localhost"}],
    [{"host", "localhost:80"}, {"origin", "http://localhost"}],
    [{"host", "localhost"}, {"origin", "https://localhost"}],
    [{"host", "127.0.0.1:{port}"}, {"sec-fetch-site", "none"}]
  ]

  defp here(headers, port), do: for({name, value} <- headers, do: {name, String.replace(value, "{port}", "#{port}")})

  test "a request whose Host is malformed is refused", %{port: port} do
    for host <- @malformed, {method, path, body} <- @attack do
      assert {host, ask(port, method, path, [{"host", host}], body).status} == {host, 400}
    end
  end

  test "a request of another origin, or to another name, is refused, changes nothing and is given no CORS", %{
    port: port
  } do
    for headers <- @foreign, {method, path, body} <- @attack do
      answer = ask(port, method, path, here(headers, port), body)
      assert {headers, method, path, answer.status} == {headers, method, path, 403}
      assert cors(answer) == []
      assert answer.json["message"] == "forbidden"
    end

    assert Store.get_document("number_manager") == {:error, :not_found}
    assert Store.get_number("+14158551292") == {:error, :not_found}
  end

  test "the refusal names the thing and the fix", %{port: port} do
    text = fn headers -> ask(port, "GET", "/", headers).json["data"]["message"] end
    assert text.([{"host", "evil.example"}]) =~ ~r/Host.*hosts/
    assert text.([{"host", "localhost"}, {"origin", "null"}]) =~ ~r/origin.*token/
    assert ask(port, "GET", "/", [{"host", "evil.example"}]).json["data"]["cause"] == "evil.example"
  end

  test "what people and their own page send is taken, without CORS", %{port: port} do
    for headers <- @own do
      answer = ask(port, "GET", "/v2/accounts/#{@account}/phone_numbers/classifiers/911", here(headers, port))
      assert {headers, answer.status} == {headers, 200}
      assert cors(answer) == []
      assert ask(port, "GET", "/", here(headers, port)).status == 200
    end

    preflight = [{"host", "localhost"}, {"access-control-request-method", "POST"}]
    assert cors(ask(port, "OPTIONS", "/v2/system_configs/number_manager", preflight)) == []
  end

  test "names that are configured are taken as well, with any port, and their pages", %{port: port} do
    Application.put_env(:numplan, :hosts, ["Numplan.example.com", "10.0.0.5", "2001:db8::1", :nonsense])

    for host <- ["numplan.example.com", "NUMPLAN.example.com:8443", "10.0.0.5:80", "[2001:db8::1]:8000"] do
      assert {host, ask(port, "GET", "/", [{"host", host}]).status} == {host, 200}
    end

    own = [{"host", "numplan.example.com"}, {"origin", "https://numplan.example.com"}]
    assert ask(port, "GET", "/", own).status == 200

    for host <- ["x.numplan.example.com", "example.com", "nonsense"] do
      assert {host, ask(port, "GET", "/", [{"host", host}]).status} == {host, 403}
    end
  end

  test "where there are tokens origins and names are as in Kazoo: any, with CORS", %{port: port} do
    Application.put_env(:numplan, :tokens, [%{token: "secret", account_id: @account}])
    Access.reload()
    path = "/v2/accounts/#{@account}/phone_numbers/classifiers/911"
    foreign = [{"host", "any.example"}, {"origin", "http://evil.example"}, {"sec-fetch-site", "cross-site"}]
    answer = ask(port, "GET", path, [{"x-auth-token", "secret"} | foreign])
    assert {answer.status, answer.headers["access-control-allow-origin"]} == {200, "*"}
    assert %{status: 401, headers: %{"access-control-allow-origin" => "*"}} = ask(port, "GET", path, foreign)
    assert %{status: 200, headers: %{"access-control-allow-origin" => "*"}} = ask(port, "OPTIONS", path, foreign)
    assert ask(port, "GET", "/", foreign).status == 200
  end
end
