defmodule Numplan.HTTP.PageAppearanceTest do
  @moduledoc "How the page looks and is read out, in a real browser: narrow and wide, light and dark."
  use ExUnit.Case

  import Numplan.BrowserPage

  alias Numplan.{HTTP, NodePackages, WebDriver}

  @moduletag :tmp_dir
  @moduletag :browser
  @moduletag timeout: 120_000

  @sizes [narrow: {390, 844}, wide: {1280, 900}]
  @views for {name, size} <- @sizes, theme <- [:light, :dark], do: {name, size, theme}

  setup %{tmp_dir: folder} do
    start_supervised!(Numplan.API.Turn)
    start_supervised!({HTTP, port: 0, name: __MODULE__}, id: :server)
    on_exit(fn -> :ok = Numplan.configure({:preset, "kazoo-3.20"}) end)
    %{browser: open("http://127.0.0.1:#{HTTP.port(__MODULE__)}/", folder)}
  end

  # Everything that can be shown at once: rows, a lit class, an explanation, findings, a notice, remarks, and what went wrong.
  defp full(browser) do
    await(fn -> WebDriver.texts(browser, "#findings tr") end, &(&1 != []))
    :ok = Numplan.configure({:preset, "kazoo-4.2"})
    await(fn -> WebDriver.texts(browser, "#notice") end, &(&1 != [""]))
    await(fn -> WebDriver.texts(browser, "#findings tr") end, &(&1 != []))
    numbers = ["4158867900", "name,911,911", "+442071838750", String.duplicate("12345 ", 30), "18005551234"]
    paste(browser, Enum.join(numbers ++ for(n <- 0..40, do: "415#{2_000_000 + n}"), "\n"))
    await(fn -> classes(browser) end, &match?([{"4158867900", "did_us"} | _], &1))
    WebDriver.run(browser, "document.querySelector('#answers button').click()")
    await(fn -> WebDriver.texts(browser, "#answers pre") end, &(&1 == [Numplan.explain("4158867900").text]))
    :ok = stop_supervised(:server)
    await(fn -> text(browser, "error") end, &(&1 != ""))
    WebDriver.run(browser, "document.getElementById('access').hidden = false")
  end

  # Every text's colour against what is painted behind it, by WCAG 2.1's formulas; the ratios below 4.5.
  @contrast """
  const channels = text => { const c = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    c.clearRect(0, 0, 1, 1); c.fillStyle = text; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
  const over = ([r, g, b, a], under) => [r, g, b].map((v, i) => v * a / 255 + under[i] * (1 - a / 255));
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
  const behind = e => e ? over(channels(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : canvas;
  const light = rgb => { const [r, g, b] = rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const ratio = (e, color) => { const back = behind(e), [x, y] = [light(over(channels(color), back)), light(back)];
    return (Math.max(x, y) + .05) / (Math.min(x, y) + .05); };
  const seen = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('script')), all = [];
  for (const e of seen) {
    if ([...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.value) all.push([e, getComputedStyle(e).color]);
    if (e.placeholder) all.push([e, getComputedStyle(e, '::placeholder').color]);
    if (e.dataset.label && getComputedStyle(e, '::before').content.includes('attr') === false &&
      getComputedStyle(e, '::before').content !== 'none') all.push([e, getComputedStyle(e, '::before').color]);
  }
  return { texts: all.length, low: all.map(([e, color]) => [e.tagName + '#' + e.id + '.' + e.className + ' ' + e.textContent.slice(0, 30),
    Math.round(100 * ratio(e, color)) / 100]).filter(([, ratio]) => ratio < 4.5) };
  """

  test "every text has a contrast of 4.5:1 or more, in both themes and widths", %{browser: browser, tmp_dir: folder} do
    full(browser)

    for {name, size, theme} <- @views do
      WebDriver.view(browser, size, theme)
      WebDriver.screenshot(browser, Path.join(folder, "#{name}-#{theme}.png"))
      seen = WebDriver.run(browser, @contrast)
      assert seen["texts"] > 60
      assert {name, theme, seen["low"]} == {name, theme, []}
    end
  end

  # axe-core's rules, those of good practice included: https://github.com/dequelabs/axe-core
  test "axe finds nothing, in both themes and widths", %{browser: browser} do
    axe = "axe-core" |> NodePackages.install() |> Path.join("node_modules/axe-core/axe.min.js") |> File.read!()
    full(browser)

    for {name, size, theme} <- @views do
      WebDriver.view(browser, size, theme)
      report = WebDriver.run(browser, axe <> "; return axe.run(document).then(report => ({ passes: report.passes.length,
        violations: report.violations.map(v => [v.impact, v.id, v.help, v.nodes.map(n => n.html).slice(0, 3)]) }))")

      assert report["passes"] > 20
      assert {name, theme, report["violations"]} == {name, theme, []}
    end
  end

  test "everything is within the width of the window", %{browser: browser} do
    full(browser)

    for {name, {width, _} = size, theme} <- @views do
      WebDriver.view(browser, size, theme)

      outside =
        "const [width] = arguments; return [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() &&
        !e.closest('.unseen, thead') && (e.getBoundingClientRect().right > width || e.getBoundingClientRect().left < 0))
        .map(e => e.outerHTML.slice(0, 80))"

      assert {name, WebDriver.run(browser, outside, [width])} == {name, []}
      assert WebDriver.run(browser, "return document.documentElement.scrollWidth") <= width

      # The button can be clicked where it is seen.
      clickable =
        "const button = document.querySelector('#answers button'), across = button.getBoundingClientRect().right;
        button.scrollIntoView({ block: 'center' });
        const box = button.getBoundingClientRect(), x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
        return box.left >= 0 && across <= arguments[0] && document.elementFromPoint(x, y) === button"

      assert {name, WebDriver.run(browser, clickable, [width])} == {name, true}
    end
  end

  test "every row is as high as the others at each width, and no text of a usual number is cut", %{browser: browser} do
    full(browser)

    for {name, size, theme} <- @views do
      WebDriver.view(browser, size, theme)

      await(
        fn ->
          WebDriver.run(
            browser,
            "const rows = [...document.querySelectorAll('#answers tr[tabindex]')];
            return [[...new Set(rows.map(r => r.offsetHeight))].length,
              rows.every(r => [...r.cells].every(c => c.getBoundingClientRect().bottom <= r.getBoundingClientRect().bottom + .5))]"
          )
        end,
        &(&1 == [1, true])
      )

      assert {name, length(answers(browser)) > 10} == {name, true}

      # Those of a national number, and the button, are whole; what is longer than any number is cut at its end.
      cut =
        "return [...document.querySelector('#answers tr[tabindex]').cells].filter(c => c.scrollWidth > c.clientWidth)
        .map(c => c.textContent)"

      assert {name, WebDriver.run(browser, cut)} == {name, []}
    end
  end

  test "has one main part, one heading of the first level, and a label for each field", %{browser: browser} do
    for {selector, count} <- [{"main", 1}, {"h1", 1}, {"main h1", 1}, {"main #answers", 1}],
        do: assert({selector, length(WebDriver.texts(browser, selector))} == {selector, count})

    assert WebDriver.run(
             browser,
             "return [...document.querySelectorAll('input, textarea')].every(e => e.labels.length === 1)"
           )

    assert WebDriver.run(browser, "return document.documentElement.lang") == "en"
  end
end
