defmodule Numplan.API.Origin do
  @moduledoc """
  Protects an open server from web pages of other origins (cross-site request forgery and DNS
  rebinding).

  An open server needs no token, and every page in a browser on the same machine can send it
  requests. A page cannot choose these headers, though, which the browser sets:

    * `Host` is the name that the browser connected to. Another site's name that resolves to this
      machine (DNS rebinding) is refused: only 127.0.0.0/8, `::1`, `localhost` and the names in
      `config :numplan, hosts: ["numplan.example.com"]` are accepted, with any port. A request
      without `Host` (HTTP/1.0) does not come from a browser.
    * `Origin` (RFC 6454) is the page's origin. It must be the server's own, the one in `Host`;
      `null` is refused.
    * `Sec-Fetch-Site` (Fetch Metadata) relates the two origins: `same-origin` and `none` (a
      person typed the address) are accepted, `same-site` only with an `Origin` that is the
      server's own.
  """

  alias Numplan.API.{Error, Request}

  @default_ports %{"http" => "80", "https" => "443"}

  @doc """
  `:ok` for a request that no page of another origin has sent, else an error 403 that says what is
  wrong and how to mend it.

      iex> request = %Numplan.API.Request{method: "GET", target: "/", headers: %{"host" => "localhost:8000"}}
      iex> Numplan.API.Origin.check(request)
      :ok
      iex> {:error, error} = Numplan.API.Origin.check(put_in(request.headers["origin"], "http://evil.example"))
      iex> {error.status, error.message}
      {403, "forbidden"}
  """
  @spec check(Request.t()) :: :ok | {:error, Error.t()}
  def check(%Request{headers: headers}) do
    cond do
      not own_host?(headers["host"]) -> refuse(:host, headers["host"])
      not own_origin?(headers["origin"], headers["host"]) -> refuse(:origin, headers["origin"])
      not own_site?(headers["sec-fetch-site"], headers["origin"]) -> refuse(:site, headers["sec-fetch-site"])
      true -> :ok
    end
  end

  defp own_host?(nil), do: true

  defp own_host?(host) do
    case authority(host) do
      {:ok, name, _port} -> loopback?(name) or name in hosts()
      :error -> false
    end
  end

  defp hosts do
    for name <- List.wrap(Application.get_env(:numplan, :hosts, [])), is_binary(name), do: String.downcase(name)
  end

  # A name, an address, or an IPv6 address in brackets, with an optional port.
  defp authority(text) do
    case Regex.run(~r/\A(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]{1,5}))?\z/i, text) do
      [_, v6, "" | port] -> {:ok, String.downcase(v6), List.first(port, "")}
      [_, "", name | port] -> {:ok, String.downcase(name), List.first(port, "")}
      [_, v6] -> {:ok, String.downcase(v6), ""}
      nil -> :error
    end
  end

  defp loopback?("localhost"), do: true

  defp loopback?(name) do
    case :inet.parse_strict_address(to_charlist(name)) do
      {:ok, ip} -> loopback_address?(ip)
      {:error, _} -> false
    end
  end

  @doc """
  True for a loopback address.

      iex> Enum.map([{127, 8, 8, 8}, {0, 0, 0, 0, 0, 0, 0, 1}, {0, 0, 0, 0}], &Numplan.API.Origin.loopback_address?/1)
      [true, true, false]
  """
  @spec loopback_address?(:inet.ip_address()) :: boolean()
  def loopback_address?({127, _, _, _}), do: true
  def loopback_address?({0, 0, 0, 0, 0, 0, 0, 1}), do: true
  def loopback_address?(_ip), do: false

  defp own_origin?(nil, _host), do: true
  defp own_origin?(_origin, nil), do: false

  defp own_origin?(origin, host) do
    with [scheme, rest] when is_map_key(@default_ports, scheme) <- :binary.split(String.downcase(origin), "://"),
         {:ok, name, port} <- authority(rest),
         {:ok, ^name, own_port} <- authority(host) do
      default = @default_ports[scheme]
      in_full(port, default) == in_full(own_port, default)
    else
      _ -> false
    end
  end

  defp in_full("", default), do: default
  defp in_full(port, _default), do: port

  defp own_site?(site, _origin) when site in [nil, "none", "same-origin"], do: true
  defp own_site?("same-site", origin), do: origin != nil
  defp own_site?(_site, _origin), do: false

  @words %{
    host:
      "this server is open, and takes requests for this machine alone: the Host of this one is another; " <>
        "names that lead here on purpose belong into config :numplan, hosts: […]",
    origin: "this server is open, and a page of another origin may not use it: configure a token, and send it",
    site:
      "this server is open, and a page of another site may not use it: type the address into the browser, " <>
        "or configure a token, and send it"
  }

  defp refuse(what, value) do
    cause = if value =~ ~r/\A[ -~]{1,200}\z/, do: value
    {:error, Error.system(:forbidden, text: Map.fetch!(@words, what), cause: cause)}
  end
end
