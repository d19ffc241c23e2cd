defmodule Numplan.HTTP.H11Test do
  @moduledoc """
  The server's reading of requests against that of Python's `h11`, on seeded mutations of real requests.

  Never is a request accepted that h11 refuses, and where both accept, head, body and the end of each request are the same.
  What follows lists every difference there may be: it is this server that refuses more.
  """
  use ExUnit.Case, async: true

  alias Numplan.{H11, HTTPFraming, HTTPMutations}

  @moduletag timeout: :infinity

  @readers 2

  # What is refused here and not by h11: the reason; why it is refused; what must be seen in the bytes where it is.
  @stricter %{
    bare_line_feed: {"RFC 9112 2.2 lets a recipient take LF for CR LF; others in the path may not", ~r/(?<!\r)\n/},
    bare_carriage_return: {"RFC 9112 2.2: a CR alone is invalid; h11 drops one before the CR LF", ~r/\r(?!\n)/},
    obsolete_fold: {"RFC 9112 5.2 lets a server refuse folded lines; h11 unfolds them", ~r/\r\n[ \t]/},
    control_character:
      {"RFC 9110 5.5: control characters are invalid in values; h11 takes all but NUL",
       ~r/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/},
    version: {"only HTTP/1.0 and HTTP/1.1 are supported; h11 takes any digits", ~r"HTTP/(?!1\.)\d\.\d"},
    target_byte: {"RFC 9112 3.2: a request target has no fragment", ~r/#/},
    target_form: {"RFC 9112 3.2: a path, an http URL, or * of OPTIONS; h11 takes any characters", ~r/./},
    host: {"RFC 9112 3.2: an invalid Host is refused; h11 does not look into it", ~r/host|:\/\//i},
    no_host:
      {"HTTP/1.2 to HTTP/1.9 are read as HTTP/1.1, which needs Host; h11 asks for it in 1.1 alone", ~r"HTTP/1\.[2-9]"},
    two_lengths:
      {"RFC 9112 6.3 lets a recipient take equal lengths, or refuse them", ~r/content-length.*content-length/is},
    length: {"the same, in one field; and lengths of more than 18 digits", ~r/content-length:[^\n]*(,|\d{19})/i},
    length_and_encoding:
      {"RFC 9112 6.3: ought to be handled as an error; h11 takes the encoding", ~r/transfer-encoding/i},
    encoding_of_old_version: {"RFC 9112 6.1: faulty framing", ~r"HTTP/1\.0.*transfer-encoding"is},
    expectation: {"RFC 9110 10.1.1: 417; h11 leaves expectations to its user", ~r/expect/i},
    chunk_line:
      {"RFC 9112 7.1.1: extensions have a grammar, and no space ends the line; h11 skips them unread",
       ~r/\n[0-9A-Fa-f]+[ \t]*[;\r]|\n[0-9A-Fa-f]{17,}/},
    chunk_extra: {"extensions and trailers are bounded", ~r/[^\n]{1000}/},
    too_large: {"bodies are bounded", ~r/\d{7}|[0-9A-Fa-f]{6}/},
    trailer:
      {"RFC 9110 6.5.1: fields that frame a message stand in no trailer", ~r/host|content-length|transfer-encoding/i}
  }

  @tag :pip
  @tag timeout: 300_000
  test "2,000 mutations: accepts nothing that h11 refuses, and finds the same requests", do: compare(2_000)

  @tag :pip
  @tag :long
  test "mutations at length: MUTATIONS, 200,000 unless given, by SEED" do
    "MUTATIONS" |> System.get_env("200000") |> String.to_integer() |> compare()
  end

  defp compare(count) do
    seed = "SEED" |> System.get_env("1") |> String.to_integer()
    share = div(count, @readers)

    counts =
      1..@readers
      |> Task.async_stream(&compare(&1, share, seed), timeout: :infinity)
      |> Enum.reduce(%{}, fn {:ok, counts}, sum -> Map.merge(sum, counts, fn _, one, other -> one + other end) end)

    IO.puts(
      "h11: #{count} mutations by seed #{seed}: " <>
        Enum.map_join(Enum.sort(counts), ", ", fn {k, n} -> "#{k} #{n}" end)
    )

    # Mutations that are all refused would show nothing; nor would a list of differences of which none occurs.
    assert counts[:same] > count / 4 and counts[:both_refused] > count / 10
    assert map_size(counts) > 10
  end

  defp compare(share, count, seed) do
    h11 = H11.start()
    :rand.seed(:exsss, {seed, share, 0})

    1..count
    |> Stream.map(fn _ -> HTTPMutations.mutation() end)
    |> Stream.chunk_every(500)
    |> Enum.reduce(%{}, fn cases, counts ->
      cases |> Enum.zip(H11.read(h11, cases)) |> Enum.reduce(counts, &count/2)
    end)
  end

  defp count({bytes, theirs}, counts) do
    ours = HTTPFraming.read([bytes])
    pieces = HTTPMutations.pieces(bytes)
    assert {pieces, comparable(HTTPFraming.read(pieces))} == {pieces, comparable(ours)}
    Map.update(counts, verdict(ours, theirs, bytes), 1, &(&1 + 1))
  end

  # Which fault is found first may depend on how bytes arrive.
  defp comparable({requests, {:refused, _reason}}), do: {requests, :refused}
  defp comparable(read), do: read

  defp verdict({ours, our_end}, {theirs, their_end}, bytes) do
    verdict(ours, our_end, theirs, their_end, bytes)
  end

  defp verdict([{head, body} | ours], our_end, [request | theirs], their_end, bytes) do
    same_head(head, request, bytes)

    case {body, request.body} do
      {nil, nil} ->
        ended(our_end, their_end, bytes)

      {body, body} ->
        verdict(ours, our_end, theirs, their_end, bytes)

      {nil, _body} ->
        refused_here(our_end, their_end, bytes)

      _ ->
        flunk(
          "another body than h11's #{inspect(request.body)} and #{inspect(their_end)}: #{inspect(body)} in #{inspect(bytes, limit: :infinity)}"
        )
    end
  end

  defp verdict([], our_end, [], their_end, bytes), do: ended(our_end, their_end, bytes)
  defp verdict([], our_end, _theirs, their_end, bytes), do: refused_here(our_end, their_end, bytes)

  defp verdict([{head, _} | _], _our_end, [], their_end, bytes),
    do: flunk("accepted, where h11 says #{inspect(their_end)}: #{inspect(head)} in #{inspect(bytes, limit: :infinity)}")

  defp ended(same, same, _bytes), do: :same
  defp ended({:refused, _}, {:refused, _}, _bytes), do: :both_refused
  # A line is refused as soon as it is there; h11 waits for the whole head.
  defp ended({:refused, _}, :more, _bytes), do: :refused_earlier

  defp ended(ours, theirs, bytes),
    do: flunk("#{inspect(ours)}, and h11 #{inspect(theirs)}: #{inspect(bytes, limit: :infinity)}")

  defp refused_here({:refused, reason}, _their_end, bytes) do
    assert {_why, seen} = @stricter[reason], "#{reason} is no listed difference: #{inspect(bytes, limit: :infinity)}"
    assert {reason, bytes =~ seen, bytes} == {reason, true, bytes}
    reason
  end

  defp refused_here(our_end, their_end, bytes),
    do:
      flunk(
        "#{inspect(our_end)}, where h11 accepts and ends with #{inspect(their_end)}: #{inspect(bytes, limit: :infinity)}"
      )

  defp same_head(head, request, bytes) do
    assert {bytes, head.method} == {bytes, request.method}
    assert {bytes, head.minor} == {bytes, if(request.version == "1.0", do: 0, else: 1)}
    {target, headers} = named(head, request)
    assert {bytes, head.target, lower(head.headers)} == {bytes, target, lower(headers)}
  end

  # h11 leaves it to its user that the host of an absolute target takes the place of Host (RFC 9112 section 3.2.2).
  defp named(_head, %{target: target} = request) when binary_part(target, 0, 1) in ["/", "*"],
    do: {target, request.headers}

  defp named(head, request) do
    [_, host, rest] = Regex.run(~r"\Ahttps?://([^/?]*)(.*)\z"i, request.target)

    path =
      case rest do
        "" -> if head.method == "OPTIONS", do: "*", else: "/"
        "?" <> _ -> "/" <> rest
        _ -> rest
      end

    {path, Map.put(request.headers, "host", host)}
  end

  # h11 gives the name of a transfer coding in lower case.
  defp lower(%{"transfer-encoding" => encoding} = headers),
    do: %{headers | "transfer-encoding" => String.downcase(encoding, :ascii)}

  defp lower(headers), do: headers

  test "every request of the mutations is accepted as it is, and none of its beginnings is refused" do
    for request <- HTTPMutations.requests() do
      assert {[{_head, body}], _} = HTTPFraming.read([request])
      assert body != nil

      for size <- 0..(byte_size(request) - 1) do
        assert {^size, {_, :more}} = {size, HTTPFraming.read([binary_part(request, 0, size)])}
      end
    end
  end
end
