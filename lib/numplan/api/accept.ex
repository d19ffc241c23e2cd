defmodule Numplan.API.Accept do
  @moduledoc """
  Content negotiation for a server that has one representation, JSON (RFC 9110 section 12.5.1).

  The most specific media range that matches decides: `application/json;q=0, */*` refuses JSON.
  Names are compared without regard to case. Parameters other than `q` are ignored, and so is text
  that is not a media range. `text/json` and `application/x-json`, older names of JSON, match too,
  and `*/json` counts as a range.
  """

  @json ~w(application/json application/x-json text/json)

  @doc """
  True when the value of an `Accept` header allows JSON. An empty header, or none (`nil`), allows
  anything.

      iex> Enum.map([nil, "APPLICATION/JSON", "text/html, */*;q=0.1"], &Numplan.API.Accept.json?/1)
      [true, true, true]
      iex> Enum.map(["text/html", "application/json;q=0", "*/*, application/*;q=0.0"], &Numplan.API.Accept.json?/1)
      [false, false, false]
  """
  @spec json?(binary() | nil) :: boolean()
  def json?(nil), do: true

  def json?(accept) do
    case split(accept, ?,) do
      [] -> true
      ranges -> ranges |> Enum.flat_map(&range/1) |> takes?()
    end
  end

  # True when the ranges that match JSON allow it. Of equally specific ones, one that allows it
  # decides.
  defp takes?([]), do: false
  defp takes?(ranges), do: ranges |> Enum.max() |> elem(1)

  # How specific a range is that matches JSON, and whether it allows JSON.
  defp range(text) do
    [name | parameters] = split(text, ?;)

    with specificity when specificity != nil <- specificity(String.downcase(name)),
         {:ok, takes?} <- takes(parameters) do
      [{specificity, takes?}]
    else
      _ -> []
    end
  end

  defp specificity(name) when name in @json, do: 3
  defp specificity(name) when name in ["application/*", "text/*"], do: 2
  defp specificity("*/json"), do: 1
  defp specificity("*/*"), do: 0
  defp specificity(_name), do: nil

  defp takes(parameters) do
    quality =
      Enum.find_value(parameters, "1", fn parameter ->
        case String.split(parameter, "=", parts: 2) do
          [name, value] when name in ["q", "Q"] -> value
          _ -> nil
        end
      end)

    cond do
      quality =~ ~r/\A0(\.0{0,3})?\z/ -> {:ok, false}
      quality =~ ~r/\A(0\.[0-9]{0,3}|1(\.0{0,3})?)\z/ -> {:ok, true}
      true -> :error
    end
  end

  # Splits at separators outside of quoted strings; trims the parts, and drops empty ones.
  defp split(text, separator) do
    for part <- split(text, separator, false, "", []), part = String.trim(part), part != "", do: part
  end

  defp split("", _separator, _quoted?, part, parts), do: Enum.reverse([part | parts])

  defp split(<<?\\, byte, rest::binary>>, separator, true, part, parts),
    do: split(rest, separator, true, <<part::binary, ?\\, byte>>, parts)

  defp split(<<?", rest::binary>>, separator, quoted?, part, parts),
    do: split(rest, separator, not quoted?, <<part::binary, ?">>, parts)

  defp split(<<separator, rest::binary>>, separator, false, part, parts),
    do: split(rest, separator, false, "", [part | parts])

  defp split(<<byte, rest::binary>>, separator, quoted?, part, parts),
    do: split(rest, separator, quoted?, <<part::binary, byte>>, parts)
end
