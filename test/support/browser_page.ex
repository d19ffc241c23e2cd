defmodule Numplan.BrowserPage do
  @moduledoc "The page for people as a test sees it in a browser: what was typed, and what is shown for it."

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

  @doc "Puts a text in place of what is typed, at once, as a paste does."
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

  @doc "Their numbers and classes."
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

  @doc "Waits until `read` gives what is wanted; fails with what it gave last."
  @spec await((() -> term()), (term() -> boolean())) :: :ok
  def await(read, wanted?) do
    WebDriver.wait_until(fn -> wanted?.(read.()) end)
  rescue
    RuntimeError -> ExUnit.Assertions.flunk("the page shows #{inspect(read.(), limit: 50)}")
  end
end
