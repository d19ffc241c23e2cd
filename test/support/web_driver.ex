defmodule Numplan.WebDriver do
  @moduledoc "Drives a real, headless Chromium over the WebDriver protocol, with Debian's chromium-driver."

  defstruct [:pid, :base, :session]

  @element "element-6066-11e4-a52e-4f735466cecf"
  @arguments ~w(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
                --disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1100,1000)

  @type t :: %__MODULE__{}

  @doc "A browser with an empty profile in `folder`; `arguments` are more of its command line."
  @spec start(Path.t(), [binary()]) :: t()
  def start(folder, arguments \\ []) do
    driver =
      System.find_executable("chromedriver") ||
        raise "chromedriver is missing: apt-get install chromium chromium-driver"

    number = free_port()
    port = Port.open({:spawn_executable, driver}, [:binary, :stderr_to_stdout, args: ["--port=#{number}"]])
    {:os_pid, pid} = Port.info(port, :os_pid)
    browser = %__MODULE__{pid: pid, base: "http://127.0.0.1:#{number}"}
    wait_until(fn -> match?(%{"ready" => true}, status(browser)) end)

    options = %{"args" => ["--user-data-dir=#{Path.expand(folder)}" | arguments ++ @arguments]}
    capabilities = %{"capabilities" => %{"alwaysMatch" => %{"goog:chromeOptions" => options}}}
    %{browser | session: post(browser.base <> "/session", capabilities)["sessionId"]}
  end

  defp free_port do
    {:ok, socket} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, number} = :inet.port(socket)
    :ok = :gen_tcp.close(socket)
    number
  end

  defp status(browser) do
    case :httpc.request(to_charlist(browser.base <> "/status")) do
      {:ok, {_, _, body}} -> body |> to_string() |> Numplan.json_decode!() |> Map.fetch!("value")
      {:error, _} -> nil
    end
  end

  @doc "Ends the browser."
  @spec stop(t()) :: :ok
  def stop(browser) do
    _ = request(:delete, url(browser, ""), nil)
    {_, _} = System.cmd("kill", [to_string(browser.pid)], stderr_to_stdout: true)
    :ok
  end

  @doc "Opens a page."
  @spec open(t(), binary()) :: :ok
  def open(browser, address), do: post(url(browser, "/url"), %{"url" => address}) |> done()

  @doc "Types into the element that a CSS selector finds."
  @spec type(t(), binary(), binary()) :: :ok
  def type(browser, selector, text) do
    [element | _] = elements(browser, selector)
    browser |> url("/element/#{element}/value") |> post(%{"text" => text}) |> done()
  end

  @doc "Presses a key in the element that has the focus, by its name in JavaScript."
  @spec press(t(), binary()) :: :ok
  def press(browser, key) do
    keys = %{
      "ArrowDown" => "\uE015",
      "ArrowUp" => "\uE013",
      "End" => "\uE010",
      "Enter" => "\uE007",
      "Home" => "\uE011",
      "Tab" => "\uE004"
    }

    actions = for type <- ~w(keyDown keyUp), do: %{"type" => type, "value" => Map.fetch!(keys, key)}

    browser
    |> url("/actions")
    |> post(%{"actions" => [%{"type" => "key", "id" => "keys", "actions" => actions}]})
    |> done()
  end

  @doc "The texts of all elements that a CSS selector finds."
  @spec texts(t(), binary()) :: [binary()]
  def texts(browser, selector) do
    run(browser, "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", [selector])
  end

  @doc "The result of a JavaScript expression."
  @spec run(t(), binary(), [term()]) :: term()
  def run(browser, script, arguments \\ []),
    do: post(url(browser, "/execute/sync"), %{"script" => script, "args" => arguments})

  @doc """
  Shows the page as a window of a width and height does, in one of the themes `:light` and `:dark`. A window itself cannot be made
  narrower than 500 pixels.
  """
  @spec view(t(), {pos_integer(), pos_integer()}, :light | :dark) :: :ok
  def view(browser, {width, height}, theme) do
    size = %{"width" => width, "height" => height, "deviceScaleFactor" => 1, "mobile" => width < 600}
    devtools(browser, "Emulation.setDeviceMetricsOverride", size)
    theme = %{"name" => "prefers-color-scheme", "value" => Atom.to_string(theme)}
    devtools(browser, "Emulation.setEmulatedMedia", %{"features" => [theme]})
  end

  defp devtools(browser, command, parameters),
    do: browser |> url("/goog/cdp/execute") |> post(%{"cmd" => command, "params" => parameters}) |> done()

  @doc "Writes a picture of the page."
  @spec screenshot(t(), Path.t()) :: :ok
  def screenshot(browser, path), do: File.write!(path, Base.decode64!(request(:get, url(browser, "/screenshot"), nil)))

  @doc "Waits until `check` holds. A browser tells nobody when it has drawn: it is asked again and again, for ten seconds."
  @spec wait_until((() -> boolean()), non_neg_integer()) :: :ok
  def wait_until(check, tries \\ 400) do
    cond do
      check.() -> :ok
      tries == 0 -> raise "the page does not come to show what is waited for"
      true -> wait_again(check, tries)
    end
  end

  defp wait_again(check, tries) do
    receive do
    after
      25 -> wait_until(check, tries - 1)
    end
  end

  defp elements(browser, selector) do
    found = post(url(browser, "/elements"), %{"using" => "css selector", "value" => selector})
    Enum.map(found, &Map.fetch!(&1, @element))
  end

  defp url(browser, path), do: "#{browser.base}/session/#{browser.session}#{path}"

  defp done(_value), do: :ok
  defp post(url, body), do: request(:post, url, body)

  defp request(method, url, body) do
    content =
      if body,
        do: {to_charlist(url), [], ~c"application/json", Numplan.json_encode!(body)},
        else: {to_charlist(url), []}

    {:ok, {{_, status, _}, _, answer}} = :httpc.request(method, content, [timeout: 60_000], body_format: :binary)
    value = answer |> Numplan.json_decode!() |> Map.fetch!("value")
    if status == 200, do: value, else: raise("WebDriver: #{inspect(value["message"])}")
  end
end
