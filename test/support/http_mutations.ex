defmodule Numplan.HTTPMutations do
  @moduledoc "Requests as real clients send them, one and several behind each other, and seeded mutations of them."

  @account String.duplicate("0", 32)
  @base "/v2/accounts/#{@account}/phone_numbers"
  @json ~s({"data":{"numbers":["+14158867900","+442071838750"]}})

  @doc "Requests of curl, browsers, OTP's httpc, Python's http.client, Go's net/http, proxies and ApacheBench."
  @spec requests() :: [binary()]
  def requests do
    [
      "GET #{@base}/classifiers/911 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n",
      "POST #{@base}/locality HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n" <>
        "Content-Length: #{byte_size(@json)}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n" <> @json,
      "POST #{@base}/locality HTTP/1.1\r\nHost: api.example\r\nAccept: */*\r\nTransfer-Encoding: chunked\r\n" <>
        "Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n" <> chunked(@json, ["", ";a=b", ";c=\"d;e\""]),
      "GET /?a=%2B1|2 HTTP/1.1\r\nHost: [::1]:8000\r\nConnection: keep-alive\r\nAccept: text/html,application/xhtml+xml;q=0.9," <>
        "*/*;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\nSec-Fetch-Site: same-origin\r\nCookie: a=b; c=d\r\n\r\n",
      "PUT #{@base}/%2B14158867900 HTTP/1.1\r\nte: \r\nhost: localhost\r\ncontent-type: application/json\r\n" <>
        "content-length: 11\r\nconnection: keep-alive\r\nx-auth-token: 0123456789abcdef\r\n\r\n{\"data\":{}}",
      "PATCH #{@base}/%2B14158867900 HTTP/1.1\r\nHost: localhost:80\r\nAccept-Encoding: identity\r\n" <>
        "Transfer-Encoding: chunked\r\n\r\n" <> chunked(~s({"data":{"a":1}}), [""]),
      "POST #{@base}/fix HTTP/1.1\r\nHost: api.example\r\nUser-Agent: Go-http-client/1.1\r\nTransfer-Encoding: chunked\r\n" <>
        "Content-Type: application/json\r\nTrailer: X-Sum\r\nAccept-Encoding: gzip\r\n\r\n" <>
        chunked(@json, ["", "", ";x"]),
      "DELETE http://api.example:8000#{@base}/%2B14158867900?hard=true HTTP/1.1\r\nHost: api.example:8000\r\n" <>
        "Via: 1.1 proxy\r\nX-Forwarded-For: 192.0.2.1, 192.0.2.2\r\nAuthorization: Bearer abc\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: api.example\r\nOrigin: https://ui.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
      "GET #{@base} HTTP/1.0\r\nHost: a\r\nUser-Agent: ApacheBench/2.3\r\nConnection: Keep-Alive\r\nAccept: */*\r\n\r\n",
      "HEAD / HTTP/1.0\r\n\r\n",
      "GET #{@base}/classifiers HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nX-Empty:\r\nX-Latin: caf\xE9\r\n\r\n"
    ]
  end

  defp chunked(text, extensions) do
    size = div(byte_size(text) + length(extensions) - 1, length(extensions))
    whole = div(byte_size(text), size)
    pieces = for piece <- 0..(whole - 1)//1, do: binary_part(text, size * piece, size)
    rest = binary_part(text, size * whole, byte_size(text) - size * whole)
    pieces = Enum.reject(pieces ++ [rest], &(&1 == ""))

    chunks =
      for {piece, extension} <- Enum.zip(pieces, extensions),
          do: [Integer.to_string(byte_size(piece), 16), extension, "\r\n", piece, "\r\n"]

    IO.iodata_to_binary([chunks, "0\r\n", if(extensions == [""], do: "", else: "X-Sum: 1\r\n"), "\r\n"])
  end

  # Fields by which requests have been smuggled, and on which parsers disagree.
  @inserts [
    "\r",
    "\n",
    "\r\n",
    "\n\n",
    "\r\n\r\n",
    "\0",
    "\t",
    " ",
    "\v",
    "\f",
    "\x1c",
    "\x7f",
    "\x85",
    "\xA0",
    "\u00A0",
    "\u2003",
    "+",
    "-",
    "0x",
    "0",
    ":",
    ";",
    ",",
    "=",
    "\"",
    "\\",
    "#",
    "%",
    "[",
    "@",
    "\r\n ",
    "\r\n\t",
    "\r\nHost: b\r\n",
    "\r\nHost:\r\n",
    "HTTP/1.0",
    "HTTP/1.1",
    "HTTP/1.2",
    "HTTP/2.0",
    "HTTP/0.9",
    "CONNECT ",
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "1\r\na\r\n",
    "0\r\n\r\n",
    "FFFFFFFFFFFFFFFFF\r\n",
    "http://user@x/"
  ]

  @fields [
    "Host: b",
    "Host:",
    "host: a b",
    "Content-Length: 5",
    "Content-Length: 0",
    "Content-Length: 5, 5",
    "Content-Length: +5",
    "Content-Length: \v5",
    "Content-Length : 5",
    "Content-Length: 00000000000000000000005",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: Chunked",
    "Transfer-Encoding:\vchunked",
    "Transfer-Encoding: \xA0chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: chunked;a=b",
    "Transfer-Encoding:",
    "Transfer_Encoding: chunked",
    "Connection: close",
    "Connection: keep-alive, close",
    "Connection: close\v",
    "Expect: 100-continue",
    "Expect: later",
    "Upgrade: h2c",
    " folded",
    "\tfolded: chunked",
    "no field",
    ": nameless",
    "na me: b",
    "X: a\rb",
    "X: a\0b",
    ""
  ]

  @signs [
    "+",
    "-",
    "0x",
    "_",
    ".",
    ",",
    ", ",
    ";",
    ";a",
    " ",
    "\t",
    "\v",
    "\f",
    "\0",
    "\r",
    "\n",
    "\u2003",
    "0",
    "5",
    "F"
  ]

  @doc "A mutation of one to three of `requests/0` behind each other. It depends on the state of `:rand` alone."
  @spec mutation() :: binary()
  def mutation do
    bytes = 1..Enum.random(1..3) |> Enum.map(fn _ -> Enum.random(requests()) end) |> IO.iodata_to_binary()
    Enum.reduce(1..Enum.random([1, 1, 1, 1, 2, 2, 3]), bytes, fn _, bytes -> mutate(bytes, :rand.uniform(13)) end)
  end

  defp mutate(bytes, kind) when kind <= 2, do: insert(bytes, Enum.random(@inserts))
  defp mutate(bytes, 3), do: insert(bytes, <<:rand.uniform(256) - 1>>)
  defp mutate(bytes, 4), do: replace(bytes, :rand.uniform(byte_size(bytes) + 1) - 1, 1, <<:rand.uniform(256) - 1>>)
  defp mutate(bytes, 5), do: replace(bytes, :rand.uniform(byte_size(bytes) + 1) - 1, Enum.random(1..8), "")
  defp mutate(bytes, 6), do: beside(bytes, ~r/\r\n|:|;|=| /, Enum.random(@inserts))
  # Changes numbers: lengths, versions and sizes of chunks decide the framing.
  defp mutate(bytes, 7), do: beside(bytes, ~r/(?<=length: )\d+|HTTP\/1\.[01]/i, Enum.random(@signs))
  defp mutate(bytes, 8), do: beside(bytes, ~r/(?<=\r\n)[0-9A-F]+(?=[;\r])/, Enum.random(@signs))

  defp mutate(bytes, kind) when kind in [9, 10], do: field(bytes)
  defp mutate(bytes, 11), do: line(bytes)
  defp mutate(bytes, 12), do: digit(bytes)
  defp mutate(bytes, 13), do: mutate(bytes, 8)

  defp insert(bytes, text), do: replace(bytes, :rand.uniform(byte_size(bytes) + 1) - 1, 0, text)

  defp replace(bytes, at, length, text) do
    at = min(at, byte_size(bytes))
    length = min(length, byte_size(bytes) - at)
    {before, behind} = :erlang.split_binary(bytes, at)
    {_replaced, rest} = :erlang.split_binary(behind, length)
    before <> text <> rest
  end

  # Inserts before, behind, or in place of a match of the expression.
  defp beside(bytes, expression, text) do
    case Regex.scan(expression, bytes, return: :index) do
      [] ->
        insert(bytes, text)

      places ->
        [{at, length} | _] = Enum.random(places)
        {at, length} = Enum.random([{at, 0}, {at + length, 0}, {at, length}])
        replace(bytes, at, length, text)
    end
  end

  # Inserts a field between two lines of a head.
  defp field(bytes) do
    case Regex.scan(~r/(?<=\r\n)(?=[A-Za-z-]+:)|(?<=\r\n)(?=\r\n)/, bytes, return: :index) do
      [] -> insert(bytes, Enum.random(@fields))
      places -> replace(bytes, places |> Enum.random() |> hd() |> elem(0), 0, Enum.random(@fields) <> "\r\n")
    end
  end

  # Doubles, removes or moves a line.
  defp line(bytes) do
    lines = :binary.split(bytes, "\r\n", [:global])
    at = :rand.uniform(length(lines)) - 1
    line = Enum.at(lines, at)

    case :rand.uniform(3) do
      1 -> List.insert_at(lines, at, line)
      2 -> List.delete_at(lines, at)
      3 -> lines |> List.delete_at(at) |> List.insert_at(:rand.uniform(length(lines)) - 1, line)
    end
    |> Enum.join("\r\n")
  end

  # Wrong lengths.
  defp digit(bytes) do
    case Regex.scan(~r/(?<=length: |\r\n)[0-9A-F]/i, bytes, return: :index) do
      [] -> insert(bytes, Integer.to_string(:rand.uniform(10) - 1))
      places -> replace(bytes, places |> Enum.random() |> hd() |> elem(0), 1, Enum.random(~w(0 1 2 5 9 a F 10)))
    end
  end

  @doc "The same bytes in random pieces."
  @spec pieces(binary()) :: [binary()]
  def pieces(""), do: []

  def pieces(bytes) do
    size = min(Enum.random([1, 2, 3, 7, 40, 200]), byte_size(bytes))
    {piece, rest} = :erlang.split_binary(bytes, size)
    [piece | pieces(rest)]
  end
end
