defmodule Numplan.API.Target do
  @moduledoc """
  Decodes a request target into path segments and query (kazoo-semantics 1.8).

  Percent-encoding is decoded once. A literal `+` is a plus in the path and a space in the query.
  Empty segments are dropped.
  """

  @doc ~S"""
  The segments and the query of a target; `:error` for broken percent-encoding, or if it decodes
  to invalid UTF-8.

      iex> Numplan.API.Target.decode("/v2/a/%2B1415?filter_state=in%20service&b")
      {:ok, ["v2", "a", "+1415"], %{"filter_state" => "in service", "b" => ""}}
      iex> Numplan.API.Target.decode("/v2/+1415")
      {:ok, ["v2", "+1415"], %{}}
      iex> Numplan.API.Target.decode("/%zz")
      :error
  """
  @spec decode(binary()) :: {:ok, [binary()], %{binary() => binary()}} | :error
  def decode(target) do
    {path, query} = split(target, "?")

    with {:ok, segments} <- segments(path), {:ok, query} <- pairs(query) do
      {:ok, segments, query}
    end
  end

  defp split(text, at) do
    case :binary.split(text, at) do
      [before, behind] -> {before, behind}
      [before] -> {before, ""}
    end
  end

  defp segments(path) do
    path |> :binary.split("/", [:global]) |> Enum.reject(&(&1 == "")) |> decode_all(&percent/1)
  end

  defp pairs(query) do
    pairs = query |> :binary.split("&", [:global]) |> Enum.reject(&(&1 == ""))
    with {:ok, pairs} <- decode_all(pairs, &pair/1), do: {:ok, Map.new(pairs)}
  end

  defp pair(text) do
    {key, value} = text |> String.replace("+", " ") |> split("=")
    with {:ok, key} <- percent(key), {:ok, value} <- percent(value), do: {:ok, {key, value}}
  end

  defp decode_all(items, decode) do
    decoded = Enum.map(items, decode)
    if :error in decoded, do: :error, else: {:ok, Enum.map(decoded, &elem(&1, 1))}
  end

  defp percent(text) do
    with {:ok, bytes} <- bytes(text), true <- String.valid?(bytes), do: {:ok, bytes}, else: (_ -> :error)
  end

  # The bytes of text that may be percent-encoded; most texts are not at all.
  defp bytes(text) do
    case :binary.match(text, "%") do
      :nomatch -> {:ok, text}
      _ -> percent(text, [])
    end
  end

  defp percent(<<?%, high, low, rest::binary>>, decoded) do
    case Base.decode16(<<high, low>>, case: :mixed) do
      {:ok, byte} -> percent(rest, [byte | decoded])
      :error -> :error
    end
  end

  defp percent(<<?%, _::binary>>, _decoded), do: :error
  defp percent(<<byte, rest::binary>>, decoded), do: percent(rest, [byte | decoded])
  defp percent("", decoded), do: {:ok, decoded |> Enum.reverse() |> IO.iodata_to_binary()}
end
