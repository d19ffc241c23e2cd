defmodule Numplan.HTTP.PageTest do
  @moduledoc "The page for people, in a real browser."
  use ExUnit.Case

  alias Numplan.{HTTP, HTTPClient, PrefixProxy, WebDriver}

  @moduletag :tmp_dir
  @moduletag :browser
  @moduletag timeout: 120_000

  setup %{tmp_dir: folder} do
    start_supervised!(Numplan.API.Turn)
    start_supervised!({HTTP, port: 0, name: __MODULE__}, id: :server)
    browser = WebDriver.start(Path.join(folder, "profile"))
    on_exit(fn -> WebDriver.stop(browser) end)
    address = "http://127.0.0.1:#{HTTP.port(__MODULE__)}/"
    WebDriver.open(browser, address)
    WebDriver.wait_until(fn -> length(WebDriver.texts(browser, "#classifiers tr")) == 7 end)
    %{browser: browser, address: address}
  end

  defp answers(browser), do: browser |> WebDriver.texts("#answers tr[tabindex] td:not(.more)") |> Enum.chunk_every(5)
  defp lit(browser), do: WebDriver.texts(browser, "#classifiers tr.lit td:first-child")

  # The server's, until the test ends.
  defp tokens(tokens) do
    Application.put_env(:numplan, :tokens, tokens)
    Numplan.API.Access.reload()

    on_exit(fn ->
      Application.delete_env(:numplan, :tokens)
      Numplan.API.Access.reload()
    end)
  end

  defp shows(browser, rows), do: WebDriver.wait_until(fn -> answers(browser) == rows end)

  test "shows what numbers are while one types, and lights the classifier", %{browser: browser, tmp_dir: folder} do
    assert WebDriver.texts(browser, "#classifiers td:first-child") ==
             ~w(tollfree_us toll_us emergency caribbean did_us international unknown)

    did = ["4158551292", "+14158551292", "did_us", "US DID", "(415) 855 - 1292"]
    WebDriver.type(browser, "#numbers", "4158551292")
    shows(browser, [did])
    assert lit(browser) == ["did_us"]

    emergency = ["911", "911", "emergency", "Emergency Dispatcher", "911"]
    short = ["+1415886", "+1415886", "unknown", "Unknown", "(415) 886 - "]
    WebDriver.type(browser, "#numbers", "\n911\n+1415886")
    shows(browser, [did, emergency, short])
    assert lit(browser) == ["unknown"]
    assert WebDriver.texts(browser, "#summary") == ["3 of 3 numbers classified"]

    WebDriver.screenshot(browser, Path.join(folder, "page.png"))
    assert <<0x89, "PNG", _::binary>> = File.read!(Path.join(folder, "page.png"))
  end

  test "asks below the path where it is mounted, with and without a slash at its end", %{browser: browser} do
    port = PrefixProxy.start(HTTP.port(__MODULE__), "/tools/numplan")

    for path <- ["/tools/numplan", "/tools/numplan/"] do
      WebDriver.open(browser, "http://127.0.0.1:#{port}#{path}")
      WebDriver.wait_until(fn -> length(WebDriver.texts(browser, "#classifiers tr")) == 7 end)
      WebDriver.type(browser, "#numbers", "911")
      WebDriver.wait_until(fn -> match?([["911", "911", "emergency" | _]], answers(browser)) end)
    end
  end

  test "is used with the keyboard alone", %{browser: browser} do
    WebDriver.type(browser, "#numbers", "911\n18005551234")
    WebDriver.wait_until(fn -> Enum.map(answers(browser), &Enum.at(&1, 2)) == ["emergency", "tollfree_us"] end)
    WebDriver.press(browser, "Tab")
    assert lit(browser) == ["emergency"]
    WebDriver.press(browser, "ArrowDown")
    assert lit(browser) == ["tollfree_us"]
    WebDriver.press(browser, "ArrowUp")
    WebDriver.press(browser, "ArrowUp")
    assert WebDriver.run(browser, "return document.activeElement.id") == "numbers"
  end

  test "explains a number beside its row, and hides that again", %{browser: browser, tmp_dir: folder} do
    WebDriver.type(browser, "#numbers", "911\n<b>x</b>")
    WebDriver.wait_until(fn -> Enum.map(answers(browser), &Enum.at(&1, 2)) == ["emergency", "unknown"] end)
    assert WebDriver.texts(browser, "#answers pre") == []

    WebDriver.run(browser, "document.querySelector('#answers button').focus()")
    WebDriver.press(browser, "Enter")
    WebDriver.wait_until(fn -> WebDriver.texts(browser, "#answers pre") == [Numplan.explain("911").text] end)
    assert WebDriver.run(browser, "return document.activeElement.getAttribute('aria-label')") == "explain 911"
    assert WebDriver.run(browser, "return document.activeElement.getAttribute('aria-expanded')") == "true"
    WebDriver.screenshot(browser, Path.join(folder, "explained.png"))

    # The arrows go from number to number, over the explanation.
    WebDriver.press(browser, "ArrowDown")
    assert lit(browser) == ["unknown"]
    WebDriver.run(browser, "document.activeElement.querySelector('button').click()")
    both = [Numplan.explain("911").text, Numplan.explain("<b>x</b>").text]
    WebDriver.wait_until(fn -> WebDriver.texts(browser, "#answers pre") == both end)
    assert WebDriver.texts(browser, "#answers b") == []
    assert length(answers(browser)) == 2

    for button <- ["911", "<b>x</b>"] do
      WebDriver.run(browser, "document.querySelector(`[aria-label=\"explain ${arguments[0]}\"]`).click()", [button])
    end

    assert WebDriver.texts(browser, "#answers pre") == []
  end

  test "shows the findings about the configuration to those who may change it", %{
    browser: browser,
    address: address,
    tmp_dir: folder
  } do
    {:ok, report} = Numplan.check(Numplan.Plan.active())
    assert length(report.findings) > 4

    WebDriver.wait_until(fn -> length(WebDriver.texts(browser, "#findings tr")) == length(report.findings) end)
    assert WebDriver.texts(browser, "#findings td:nth-child(3)") == Enum.map(report.findings, & &1.sentence)
    assert "00 → + (unknown)" in WebDriver.texts(browser, "#findings td:nth-child(4)")
    WebDriver.screenshot(browser, Path.join(folder, "checked.png"))

    account = String.duplicate("a", 32)

    tokens([%{token: "secret", account_id: account}, %{token: "root", account_id: account, superadmin: true}])

    WebDriver.open(browser, address)
    WebDriver.type(browser, "#account", account)
    WebDriver.type(browser, "#token", "secret")
    WebDriver.wait_until(fn -> length(WebDriver.texts(browser, "#classifiers tr")) == 7 end)
    assert WebDriver.run(browser, "return document.getElementById('check').hidden") == true
    WebDriver.run(browser, "token.value = ''")
    WebDriver.type(browser, "#token", "root")
    WebDriver.wait_until(fn -> WebDriver.run(browser, "return document.getElementById('check').hidden") == false end)
  end

  test "takes what people paste: characters that mean something in paths and in HTML", %{browser: browser} do
    for {text, n} <- Enum.with_index(["#31#", "a/b?c", "<b>x</b>", "100%", "é"]) do
      WebDriver.run(browser, "numbers.value = arguments[0]; numbers.dispatchEvent(new Event('input'))", [text])
      WebDriver.wait_until(fn -> match?([[^text, ^text, "unknown", "Unknown", ^text]], answers(browser)) end)
      assert WebDriver.texts(browser, "#answers b") == [], "text #{n}"
    end
  end

  test "says so when the server is gone", %{browser: browser} do
    :ok = stop_supervised(:server)
    WebDriver.type(browser, "#numbers", "911")

    WebDriver.wait_until(fn ->
      hd(WebDriver.texts(browser, "#error")) =~ "The server cannot be reached. Is it still running? Trying again in "
    end)
  end

  test "asks for account and token where the server wants one", %{browser: browser, address: address} do
    account = String.duplicate("a", 32)
    tokens([%{token: "secret", account_id: account}])

    WebDriver.open(browser, address)
    WebDriver.type(browser, "#account", account)
    WebDriver.wait_until(fn -> hd(WebDriver.texts(browser, "#error")) =~ "wants a token" end)
    WebDriver.type(browser, "#token", "secret")
    WebDriver.wait_until(fn -> length(WebDriver.texts(browser, "#classifiers tr")) == 7 end)
    assert WebDriver.texts(browser, "#error") == [""]
  end

  test "is served with a policy that lets nothing in but itself", %{address: address} do
    answer = HTTPClient.request(:get, address)
    assert answer.headers["content-security-policy"] =~ "default-src 'none'; connect-src 'self'"
    [_, nonce] = Regex.run(~r/script-src 'nonce-([^']+)'/, answer.headers["content-security-policy"])
    assert answer.body =~ ~s(<script nonce="#{nonce}">) and not (answer.body =~ "{{")
    refute HTTPClient.request(:get, address).body =~ nonce
    assert %{status: 200, body: ""} = HTTPClient.request(:head, address)
  end
end
