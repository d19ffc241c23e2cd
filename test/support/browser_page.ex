defmodule Numplan.BrowserPage do
  @moduledoc "The web page as a test sees it in a browser: types into it, and reads what it shows."

  alias Numplan.WebDriver

  @doc "A browser that shows the page of a server, once the classifiers are there. It ends with the test."
  @spec open(binary(), Path.t()) :: WebDriver.t()
  def open(address, folder) do
    browser = WebDriver.start(Path.join(folder, "profile"))
    ExUnit.Callbacks.on_exit(fn -> WebDriver.stop(browser) end)
    WebDriver.open(browser, address)
    WebDriver.wait_until(fn -> length(WebDriver.texts(browser, "#classifiers tr")) == 7 end)
    browser
  end

  @doc "Replaces the typed text by another in one step, as a paste does."
  @spec paste(WebDriver.t(), binary()) :: :ok
  def paste(browser, text) do
    _ = WebDriver.run(browser, "const field = document.getElementById('numbers'); field.value = arguments[0];
      field.dispatchEvent(new InputEvent('input', { inputType: 'insertFromPaste', bubbles: true }))", [text])

    :ok
  end

  @doc "The rows of numbers that are in the document: number, E.164, class, friendly name and pretty print."
  @spec answers(WebDriver.t()) :: [[binary()]]
  def answers(browser),
    do: browser |> WebDriver.texts("#answers tr[tabindex] td:not(.more)") |> Enum.chunk_every(5)

  @doc "The number and the class of each row."
  @spec classes(WebDriver.t()) :: [{binary(), binary()}]
  def classes(browser), do: for([number, _, class | _] <- answers(browser), do: {number, class})

  @doc "The names of the classifiers that are lit."
  @spec lit(WebDriver.t()) :: [binary()]
  def lit(browser), do: WebDriver.texts(browser, "#classifiers tr.lit td:first-child")

  @doc "The text of the element of an id; empty where it is not shown."
  @spec text(WebDriver.t(), binary()) :: binary()
  def text(browser, id) do
    WebDriver.run(browser, "const e = document.getElementById(arguments[0]); return e ? e.innerText : ''", [id])
  end

  @doc "Waits until `read` returns the wanted value; fails with the last value it returned."
  @spec await((() -> term()), (term() -> boolean())) :: :ok
  def await(read, wanted?) do
    WebDriver.wait_until(fn -> wanted?.(read.()) end)
  rescue
    RuntimeError -> ExUnit.Assertions.flunk("the page shows #{inspect(read.(), limit: 50)}")
  end
end
