defmodule Numplan.HTTP.OpenServerBrowserTest do
  @moduledoc "An open server and web pages that are not its own, in a real browser."
  use ExUnit.Case

  alias Numplan.{Attacker, HTTP, HTTPClient, Services, Store, WebDriver}

  @moduletag :tmp_dir
  @moduletag :browser
  @moduletag timeout: 120_000

  setup %{tmp_dir: folder} do
    Application.put_env(:numplan, :store, {Store.Mnesia, dir: Path.join(folder, "mnesia")})
    Application.put_env(:numplan, :server, port: 0)
    start_supervised!(Services)
    # Every name but those of this machine leads to it, as one does that was rebound.
    browser = WebDriver.start(Path.join(folder, "profile"), ["--host-resolver-rules=MAP *.example 127.0.0.1"])

    on_exit(fn ->
      WebDriver.stop(browser)
      for key <- [:store, :server, :hosts], do: Application.delete_env(:numplan, key)
      Numplan.API.Access.reload()
      :ok = Numplan.configure({:preset, "kazoo-3.20"})
    end)

    %{browser: browser, port: HTTP.port()}
  end

  defp unchanged do
    assert Store.get_document("number_manager") == {:error, :not_found}
    assert Store.get_number("+14158551292") == {:error, :not_found}
    refute Numplan.reconcilable?("attacked")
  end

  for name <- ["127.0.0.1", "localhost", "evil.example"] do
    test "a page of another origin at #{name} changes nothing and reads nothing", %{browser: browser, port: port} do
      attacker = Attacker.start("http://127.0.0.1:#{port}")
      WebDriver.open(browser, "http://#{unquote(name)}:#{attacker}/")
      WebDriver.wait_until(fn -> WebDriver.run(browser, "return document.title") == "done" end)
      unchanged()
      assert WebDriver.run(browser, "return window.read || null") == nil
    end
  end

  test "a name that was rebound to this machine gets no page, and its scripts nothing", %{browser: browser, port: port} do
    WebDriver.open(browser, "http://rebound.example:#{port}/")

    answer =
      WebDriver.run(browser, """
      const body = '{"data":{"reconcile_regex":"^attacked$"}}', headers = {"content-type": "application/json"}
      return fetch("/v2/system_configs/number_manager", {method: "POST", headers, body}).then((answer) => answer.status)
      """)

    unchanged()
    assert answer == 403
    assert WebDriver.texts(browser, "#numbers") == []
    assert WebDriver.run(browser, "return document.body.textContent") =~ "rebound.example"
  end

  test "a name that is configured gets the page, and the page its answers", %{browser: browser, port: port} do
    Application.put_env(:numplan, :hosts, ["numplan.example"])
    WebDriver.open(browser, "http://numplan.example:#{port}/")
    WebDriver.wait_until(fn -> length(WebDriver.texts(browser, "#classifiers tr")) == 7 end)
    # The check of the configuration is a request of the page as well.
    WebDriver.wait_until(fn -> WebDriver.texts(browser, "#findings tr") != [] end)
    assert HTTPClient.request(:get, "http://127.0.0.1:#{port}/").status == 200
  end
end
