defmodule Numplan.HTTP.PageListsTest do
  @moduledoc "Lists of numbers on the page, in a real browser: what is made of pasted text, and how thousands are shown."
  use ExUnit.Case

  import Numplan.BrowserPage

  alias Numplan.{HTTP, WebDriver}

  @moduletag :tmp_dir
  @moduletag :browser
  @moduletag timeout: 120_000

  setup %{tmp_dir: folder} do
    start_supervised!({HTTP, port: 0, name: __MODULE__})
    on_exit(fn -> :ok = Numplan.configure({:preset, "kazoo-3.20"}) end)
    %{browser: open("http://127.0.0.1:#{HTTP.port(__MODULE__)}/", folder)}
  end

  defp summary(browser, text), do: await(fn -> text(browser, "summary") end, &(&1 == text))
  defp shows(browser, classes), do: await(fn -> classes(browser) end, &(&1 == classes))

  # Of numbers: those of the classifiers alone, as one number is asked for where there is no list.
  defp requests(browser) do
    WebDriver.run(browser, "return performance.getEntriesByType('resource')
      .filter(e => e.name.includes('/phone_numbers/')).map(e => new URL(e.name).pathname.split('/phone_numbers/')[1])")
  end

  describe "thousands of numbers" do
    test "are all answered, in requests of 1,000, and a screenful of rows is in the document", %{browser: browser} do
      numbers = for n <- 0..4_999, do: "415#{2_000_000 + n}"
      before = length(requests(browser))
      paste(browser, Enum.join(numbers, "\n"))
      summary(browser, "5,000 of 5,000 numbers classified")
      assert text(browser, "classes") == "did_us 5,000"

      # Five lists; the configuration may have been asked for again meanwhile.
      asked = Enum.drop(requests(browser), before)
      assert length(asked) in 5..8
      assert Enum.uniq(asked) == ["classifiers"]

      assert length(answers(browser)) < 200
      assert hd(answers(browser)) == ["4152000000", "+14152000000", "did_us", "US DID", "(415) 200 - 0000"]
      assert WebDriver.run(browser, "return document.getElementById('table').getAttribute('aria-rowcount')") == "5001"
    end

    test "are gone through with the keyboard and by scrolling", %{browser: browser} do
      paste(browser, Enum.map_join(0..2_999, "\n", &"415#{2_000_000 + &1}"))
      summary(browser, "3,000 of 3,000 numbers classified")
      WebDriver.run(browser, "document.querySelector('#answers tr[tabindex=\"0\"]').focus()")

      WebDriver.press(browser, "End")
      await(fn -> focused(browser) end, &(&1 == "4152002999"))
      assert visible?(browser)
      assert List.last(answers(browser)) == ["4152002999", "+14152002999", "did_us", "US DID", "(415) 200 - 2999"]
      assert WebDriver.run(browser, "return document.activeElement.getAttribute('aria-rowindex')") == "3001"
      WebDriver.press(browser, "ArrowUp")
      await(fn -> focused(browser) end, &(&1 == "4152002998"))

      # An explanation far down takes room of its own, and the rows behind it keep their places.
      WebDriver.run(browser, "document.activeElement.querySelector('button').click()")
      await(fn -> WebDriver.texts(browser, "#answers pre") end, &(&1 == [Numplan.explain("4152002998").text]))
      assert List.last(answers(browser)) |> hd() == "4152002999"

      WebDriver.press(browser, "Home")
      await(fn -> focused(browser) end, &(&1 == "4152000000"))
      assert visible?(browser)

      # The row with the focus is scrolled away, the place is kept.
      WebDriver.run(browser, "document.getElementById('scroller').scrollTop = 40000")
      await(fn -> answers(browser) |> hd() |> hd() end, &(&1 > "4152000100"))
      WebDriver.press(browser, "ArrowDown")
      await(fn -> focused(browser) end, &(&1 == "4152000001"))
      assert visible?(browser)
    end

    test "are one stop of the Tab key", %{browser: browser} do
      paste(browser, Enum.map_join(0..1_499, "\n", &"415#{2_000_000 + &1}"))
      summary(browser, "1,500 of 1,500 numbers classified")
      WebDriver.run(browser, "document.getElementById('numbers').focus()")
      WebDriver.press(browser, "Tab")
      assert focused(browser) == "4152000000"
      WebDriver.press(browser, "Tab")
      assert WebDriver.run(browser, "return document.activeElement.getAttribute('aria-label')") == "explain 4152000000"
      WebDriver.press(browser, "Tab")

      assert WebDriver.run(browser, "return document.getElementById('answers').contains(document.activeElement)") ==
               false
    end

    test "more than are shown are counted", %{browser: browser} do
      paste(browser, Enum.map_join(1..100_003, "\n", &"#{&1}"))

      await(fn -> text(browser, "note") end, fn note ->
        note == "3 more than the 100,000 that are shown here: numplan classify answers files of any size."
      end)

      summary(browser, "100,000 of 100,000 numbers classified")
    end

    # A class of many prefixes has a regex of kilobytes, and each answer carries it: a thousand are over the bound of an answer.
    test "are requested in smaller lists where answers are large", %{browser: browser} do
      regex = "^(" <> Enum.map_join(1..2_000, "|", &"\\\\+1#{&1 + 2_000_000}") <> "|.*)$"
      :ok = Numplan.configure(~s({"classifiers": {"long": {"regex": "#{regex}"}}}))
      paste(browser, Enum.map_join(0..1_199, "\n", &"415#{2_000_000 + &1}"))
      summary(browser, "1,200 of 1,200 numbers classified")
      assert text(browser, "classes") == "long 1,200"
      assert text(browser, "error") == ""
    end
  end

  describe "pasted text" do
    test "is split at commas, semicolons and tabs, and as CSV", %{browser: browser} do
      for {text, numbers} <- [
            {"911,4158867900;18005551234\t933", ~w(911 4158867900 18005551234 933)},
            {"911, (415) 886-7900 ;; +44 20 7183 8750,", ["911", "(415) 886-7900", "+44 20 7183 8750"]},
            {~s("911","4158867900"\r\n"1,000";"say ""5"""), ["911", "4158867900", "1,000", ~s(say "5")]},
            {"name,number\nAnna,911\nBert,4158867900", ~w(911 4158867900)},
            {"911\n\n  \nname\n", ~w(911 name)},
            {"*67,#31#;+", ~w(*67 #31# +)}
          ] do
        paste(browser, text)
        await(fn -> Enum.map(classes(browser), &elem(&1, 0)) end, &(&1 == numbers))
      end
    end

    test "loses nothing in silence", %{browser: browser} do
      for {text, note} <- [
            {"911\n911\n933,911", "2 repeated: each number is shown once."},
            {"name,number\nAnna,911", "3 cells without a digit left out."},
            {"911\nbad,\"4158867900\n933", "1 cell without a digit left out. Line 2: a quote is never closed."},
            {"911", ""}
          ] do
        paste(browser, text)
        await(fn -> text(browser, "note") end, &(&1 == note))
      end

      paste(browser, "911\n\"4158867900\n933")
      shows(browser, [{"911", "emergency"}, {~s("4158867900), "unknown"}, {"933", "unknown"}])
    end

    test "is reported to contain characters that no rule removes, and cleaned on request", %{browser: browser} do
      paste(browser, "(415) 886-7900\n911\nanon. y-mous")
      shows(browser, [{"(415) 886-7900", "unknown"}, {"911", "emergency"}, {"anon. y-mous", "unknown"}])

      await(fn -> text(browser, "note") end, fn note ->
        note == "1 with spaces, brackets or dashes, which no rule removes: strip them first, or see what explain says."
      end)

      WebDriver.run(browser, "document.querySelector('#answers button').click()")
      await(fn -> WebDriver.texts(browser, "#answers pre") end, &(&1 == [Numplan.explain("(415) 886-7900").text]))

      WebDriver.run(browser, "document.getElementById('clean').click()")
      shows(browser, [{"(415) 886-7900", "did_us"}, {"911", "emergency"}, {"anon. y-mous", "unknown"}])
      assert text(browser, "note") == ""
      assert hd(answers(browser)) == ["(415) 886-7900", "+14158867900", "did_us", "US DID", "(415) 886 - 7900"]
      explained = Numplan.explain("(415) 886-7900", clean: true).text
      await(fn -> WebDriver.texts(browser, "#answers pre") end, &(&1 == [explained]))

      WebDriver.run(browser, "document.getElementById('clean').click()")
      shows(browser, [{"(415) 886-7900", "unknown"}, {"911", "emergency"}, {"anon. y-mous", "unknown"}])
    end

    test "of dots, half characters and control characters is answered like any other", %{browser: browser} do
      paste(browser, "..\n.\n911")
      shows(browser, [{"..", "unknown"}, {".", "unknown"}, {"911", "emergency"}])
      WebDriver.run(browser, "document.querySelector('[aria-label=\"explain ..\"]').click()")
      await(fn -> WebDriver.texts(browser, "#answers pre") end, &(&1 == [Numplan.explain("..").text]))

      WebDriver.run(browser, "numbers.value = '9' + String.fromCharCode(0xD800) + '\\n\\u0001\\u0000\\n911';
        numbers.dispatchEvent(new Event('input'))")

      shows(browser, [{"9\uFFFD", "unknown"}, {"\u0001\0", "unknown"}, {"911", "emergency"}])
    end

    test "of enormous lines is shown cut, and the other lines are answered", %{browser: browser} do
      WebDriver.run(browser, "numbers.value = '1'.repeat(300) + '\\n' + '2'.repeat(3000000) + '\\n911';
        numbers.dispatchEvent(new Event('input'))")

      cut = String.duplicate("1", 200) <> "… (300 characters)"
      long = String.duplicate("2", 200) <> "… (3,000,000 characters)"
      await(fn -> classes(browser) end, &(&1 == [{cut, "unknown"}, {long, "–"}, {"911", "emergency"}]))
      assert browser |> answers() |> Enum.at(1) |> Enum.at(1) == "too long to be asked for here"
    end

    test "lights the class of the number before the text cursor, in a line of several too", %{browser: browser} do
      paste(browser, "911,18005551234\n4158867900")
      await(fn -> length(answers(browser)) end, &(&1 == 3))

      for {place, class} <- [{0, "emergency"}, {3, "emergency"}, {6, "tollfree_us"}, {18, "did_us"}] do
        WebDriver.run(browser, "numbers.setSelectionRange(arguments[0], arguments[0]);
          numbers.dispatchEvent(new KeyboardEvent('keyup'))", [place])

        assert {place, lit(browser)} == {place, [class]}
      end
    end
  end

  test "prints every mask as the engine does, byte by byte", %{browser: browser} do
    for {mask, number} <- [
          {"SS(###) ### - ####", "4158867900"},
          {"SS(###) ### - ####", "00123"},
          {"S\\\\S\\\\#*\\\\*\\\\", "12345"},
          {"S##-*", "é12"},
          {"é#–*", "12"},
          {"", "4158867900"},
          {"###", "12345"}
        ] do
      :ok = Numplan.configure(~s'{"classifiers": {"all": {"regex": "^(.*)$", "pretty_print": "#{mask}"}}}')
      printed = number |> Numplan.pretty_print() |> replaced()
      paste(browser, number)
      await(fn -> {mask, List.last(List.flatten(answers(browser)))} end, &(&1 == {mask, printed}))
      paste(browser, "")
      await(fn -> answers(browser) end, &(&1 == []))
    end
  end

  # Where a mask parts the bytes of a character, a browser shows what UTF-8 has for that.
  defp replaced(text) do
    if String.valid?(text),
      do: text,
      else: for(<<byte <- text>>, into: "", do: if(byte < 128, do: <<byte>>, else: "\uFFFD"))
  end

  defp focused(browser), do: WebDriver.run(browser, "return document.activeElement.querySelector('td')?.textContent")

  defp visible?(browser) do
    WebDriver.run(browser, "const e = document.activeElement.getBoundingClientRect();
      const head = document.querySelector('#table thead').getBoundingClientRect();
      const box = document.getElementById('scroller').getBoundingClientRect();
      return e.top >= head.bottom - 1 && e.bottom <= box.bottom + 1")
  end
end
