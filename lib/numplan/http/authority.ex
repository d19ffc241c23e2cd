defmodule Numplan.HTTP.Authority do
  @moduledoc """
  Validates `Host` and the authority in a request target: a non-empty host with an optional port
  (RFC 9110 section 7.2, RFC 3986 section 3.2).
  """

  @doc """
  True for `host` or `host:port`, where the host is a name, an IPv4 address, or an IPv6 address in
  brackets. User information, such as in `user@host`, is refused.

      iex> Enum.map(["a.example", "127.0.0.1:8000", "[::1]:80", "a:"], &Numplan.HTTP.Authority.valid?/1)
      [true, true, true, true]
      iex> Enum.map(["", ":80", "a b", "u@a", "a:x", "a:65536", "[::1", "[x]", "%zz"], &Numplan.HTTP.Authority.valid?/1)
      [false, false, false, false, false, false, false, false, false]
  """
  @spec valid?(binary()) :: boolean()
  def valid?("[" <> rest) do
    with [address, port] <- :binary.split(rest, "]"),
         {:ok, _} <- :inet.parse_ipv6strict_address(:binary.bin_to_list(address)) do
      not String.contains?(address, "%") and (port == "" or port?(port))
    else
      _ -> false
    end
  end

  def valid?(text) do
    case :binary.split(text, ":") do
      [host, port] -> host != "" and name?(host) and port?(":" <> port)
      [host] -> host != "" and name?(host)
    end
  end

  defp name?(<<?%, high, low, rest::binary>>), do: hex?(high) and hex?(low) and name?(rest)

  defp name?(<<byte, rest::binary>>)
       when byte in ?a..?z or byte in ?A..?Z or byte in ?0..?9 or byte in ~c"-._~!$&'()*+,;=",
       do: name?(rest)

  defp name?(rest), do: rest == ""

  defp hex?(byte), do: byte in ?0..?9 or byte in ?a..?f or byte in ?A..?F

  defp port?(":"), do: true

  defp port?(":" <> digits) when byte_size(digits) <= 5 do
    digits |> :binary.bin_to_list() |> Enum.all?(&(&1 in ?0..?9)) and String.to_integer(digits) <= 65_535
  end

  defp port?(_text), do: false
end
