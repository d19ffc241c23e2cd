defmodule Numplan.HTTP.PageStatesTest do
  @moduledoc "The page in a real browser while the server, its configuration and its tokens change."
  use ExUnit.Case

  import Numplan.BrowserPage

  alias Numplan.API.{Access, RateLimit}
  alias Numplan.{HTTP, Store, WebDriver}

  @moduletag :tmp_dir
  @moduletag :browser
  @moduletag timeout: 120_000

  @gone "The server cannot be reached. Is it still running?"

  setup %{tmp_dir: folder} do
    start_supervised!(Numplan.API.Turn)
    start_supervised!({HTTP, port: 0, name: __MODULE__}, id: :server)
    port = HTTP.port(__MODULE__)

    on_exit(fn ->
      for key <- [:tokens, :rate_limit, :store], do: Application.delete_env(:numplan, key)
      Access.reload()
      :ok = Numplan.configure({:preset, "kazoo-3.20"})
    end)

    %{browser: open("http://127.0.0.1:#{port}/", folder), port: port}
  end

  defp shows(browser, classes), do: await(fn -> classes(browser) end, &(&1 == classes))
  defp error(browser, wanted), do: await(fn -> text(browser, "error") end, &(&1 =~ wanted))
  defp no_error(browser), do: await(fn -> text(browser, "error") end, &(&1 == ""))

  defp tokens(tokens) do
    Application.put_env(:numplan, :tokens, tokens)
    Access.reload()
  end

  describe "a configuration that is saved" do
    test "is shown by itself: classes, classifiers, explanations, and that it was changed", %{browser: browser} do
      paste(browser, "911\n4158867900")
      shows(browser, [{"911", "emergency"}, {"4158867900", "did_us"}])
      WebDriver.run(browser, "document.querySelector('[aria-label=\"explain 911\"]').click()")
      await(fn -> WebDriver.texts(browser, "#answers pre") end, &(&1 == [Numplan.explain("911").text]))
      assert text(browser, "notice") == ""

      :ok = Numplan.configure(~S'{"classifiers": {"short": "^\\d{3}$", "911": "^9", "long": "\\d{4}"}}')
      shows(browser, [{"911", "short"}, {"4158867900", "long"}])
      await(fn -> WebDriver.texts(browser, "#answers pre") end, &(&1 == [Numplan.explain("911").text]))
      assert WebDriver.texts(browser, "#answers pre") |> hd() =~ "The class is short"
      # In the order of the configuration, which is none of JavaScript's.
      assert WebDriver.texts(browser, "#classifiers td:first-child") == ~w(short 911 long)

      assert text(browser, "notice") =~
               ~r/^The configuration was changed \(\d\d:\d\d:\d\d\): all numbers are asked for again\.$/

      {:ok, report} = Numplan.check(Numplan.Plan.active())

      await(fn -> WebDriver.texts(browser, "#findings td:nth-child(3)") end, fn sentences ->
        sentences == Enum.map(report.findings, & &1.sentence)
      end)
    end

    test "is seen where only its converters changed", %{browser: browser} do
      paste(browser, "4158867900")
      shows(browser, [{"4158867900", "did_us"}])
      :ok = Numplan.configure(~S'{"e164_converters": {"^(\\d{10})$": {"prefix": "+99"}}}')
      shows(browser, [{"4158867900", "unknown"}])
    end

    test "is seen with the next number that is typed", %{browser: browser} do
      paste(browser, "911")
      shows(browser, [{"911", "emergency"}])
      :ok = Numplan.configure(~S'{"classifiers": {"all": "^(.*)$"}}')
      paste(browser, "911\n1")
      shows(browser, [{"911", "all"}, {"1", "all"}])
      await(fn -> WebDriver.texts(browser, "#classifiers td:first-child") end, &(&1 == ["all"]))
    end
  end

  test "lights the rule that decided where two rules have one name", %{browser: browser} do
    :ok = Numplan.configure(~S'{"classifiers": {"x": "^1", "y": "^3", "x": "^2"}}')
    paste(browser, "2")
    shows(browser, [{"2", "x"}])
    await(fn -> WebDriver.texts(browser, "#classifiers tr.lit td") end, &(&1 == ["x", "x", "^2", "–"]))
  end

  test "goes on by itself when the server is there again", %{browser: browser, port: port} do
    :ok = stop_supervised(:server)
    paste(browser, "911")
    error(browser, @gone <> " Trying again in ")
    start_supervised!({HTTP, port: port, name: __MODULE__}, id: :server)
    shows(browser, [{"911", "emergency"}])
    no_error(browser)
  end

  test "asks for a token where the server begins to want one", %{browser: browser} do
    account = String.duplicate("a", 32)
    assert WebDriver.run(browser, "return document.getElementById('access').hidden")
    tokens([%{token: "secret", account_id: account}])
    paste(browser, "911")
    error(browser, ~r/^The server wants a token: enter an account and one of its tokens\.$/)
    refute WebDriver.run(browser, "return document.getElementById('access').hidden")

    WebDriver.run(browser, "account.value = ''")
    WebDriver.type(browser, "#account", account)
    WebDriver.type(browser, "#token", "wröng€")
    error(browser, "The token is not known")
    WebDriver.run(browser, "token.value = ''")
    WebDriver.type(browser, "#token", "secret")
    shows(browser, [{"911", "emergency"}])
    no_error(browser)
  end

  test "explains a token that does not reach an account, and an account that does not exist", %{
    browser: browser,
    port: port
  } do
    tokens([%{token: "secret", account_id: String.duplicate("a", 32)}])
    WebDriver.open(browser, "http://127.0.0.1:#{port}/")
    WebDriver.type(browser, "#token", "secret")
    WebDriver.type(browser, "#account", String.duplicate("b", 32))
    error(browser, "The token does not reach this account.")
    WebDriver.type(browser, "#account", "b")
    error(browser, "There is no such account: its id has 32 characters.")
  end

  test "waits as long as the server asks where there were too many requests", %{browser: browser} do
    start_supervised!(RateLimit)
    Application.put_env(:numplan, :rate_limit, 0)
    paste(browser, Enum.map_join(1..2_500, "\n", &"#{&1}"))
    error(browser, ~r/^Too many requests\. Trying again in 1 s\.$/)
    Application.put_env(:numplan, :rate_limit, 1)
    await(fn -> text(browser, "summary") end, &(&1 == "2,500 of 2,500 numbers classified"))
  end

  test "says that the server cannot reach its store, and goes on when it can", %{browser: browser} do
    {:ok, socket} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, nobody} = :inet.port(socket)
    :ok = :gen_tcp.close(socket)
    Application.put_env(:numplan, :store, {Store.CouchDB, url: "http://127.0.0.1:#{nobody}"})
    start_supervised!({Store.CouchDB, url: "http://127.0.0.1:#{nobody}"})

    paste(browser, "911")
    error(browser, ~r/^The server cannot reach its store\. Trying again in \d+ s\.$/)
    Application.delete_env(:numplan, :store)
    shows(browser, [{"911", "emergency"}])
    no_error(browser)
  end

  test "says that something else has answered", %{browser: browser} do
    for {status, body, n} <- [{200, "<html>Welcome</html>", 1}, {418, "[1]", 2}, {200, "null", 3}] do
      WebDriver.run(
        browser,
        "const [status, body] = arguments; window.fetch = async () => new Response(body, { status })",
        [status, body]
      )

      paste(browser, "#{n}")
      error(browser, "Status #{status}, and no answer of Numplan's: is there a proxy between?")
    end
  end
end
