defmodule Numplan.Mount.PlugTest do
  @moduledoc """
  `Numplan.Plug` on a stand-in of `Plug.Conn` (`test/support/plug_stand_in.ex`), which has the fields and
  functions that Plug documents. The real one is in no package of Debian.
  """
  use Numplan.MountContract

  alias Numplan.{Document, HTTPClient}
  alias Plug.Conn

  defp conn(method, path, options) do
    {path, query} = split(path)
    given = options[:headers] || []
    # Servers join no fields here: two of one name are two.
    %Conn{
      method: method,
      path_info: String.split(path, "/", trim: true),
      query_string: query,
      req_headers: framing(options[:body]) ++ host(given) ++ given,
      private: %{body: pieces(options[:body]), reads: []}
    }
  end

  defp split(path) do
    case String.split(path, "?", parts: 2) do
      [path, query] -> {path, query}
      [path] -> {path, ""}
    end
  end

  defp host(given), do: if(List.keymember?(given, "host", 0), do: [], else: [{"host", "localhost"}])
  defp framing(body) when is_binary(body), do: [{"content-length", Integer.to_string(byte_size(body))}]
  defp framing(nil), do: []
  defp framing({:announced, length}), do: [{"content-length", Integer.to_string(length)}]
  defp framing({:chunks, _}), do: [{"transfer-encoding", "chunked"}]
  defp pieces(nil), do: []
  defp pieces({:announced, _}), do: []
  defp pieces({:chunks, chunks}), do: chunks
  defp pieces(body) when byte_size(body) <= 65_536, do: [body]
  defp pieces(<<piece::binary-size(65_536), rest::binary>>), do: [piece | pieces(rest)]

  defp called(conn, options \\ []), do: Numplan.Plug.call(conn, Numplan.Plug.init(options))

  defp ask(_context, method, path, options) do
    conn = called(conn(method, path, options))
    assert conn.halted and conn.state == :sent
    answer(conn)
  end

  defp answer(conn), do: HTTPClient.answer(conn.status, Map.new(conn.resp_headers), conn.resp_body)

  test "below the path of :at requests are answered and halted; others pass as they were" do
    at = fn path -> called(conn("GET", path, allowed()), at: "/tools/numplan/") end
    assert answer(at.("/tools/numplan" <> numbers("/classifiers/911"))).json["data"]["name"] == "emergency"
    assert answer(at.("/tools/numplan")).headers["content-type"] =~ "text/html"
    for path <- ["/", "/tools", "/tools/numplans", "/numplan"], do: assert(at.(path) == conn("GET", path, allowed()))
  end

  test "behind forward, the path is what is left of it" do
    conn = %{conn("GET", numbers("/classifiers/911"), allowed()) | script_name: ["tools", "numplan"]}
    assert answer(called(conn)).json["data"]["name"] == "emergency"
  end

  test "without the page its path leads nowhere" do
    assert answer(called(conn("GET", "/", allowed()), page: false)).status == 404
  end

  test "without tokens every request is refused, unless the setting opens the node" do
    configure(tokens: [])

    for path <- [numbers("/classifiers/911"), numbers()],
        do: assert(answer(called(conn("GET", path, []))).status == 401)

    assert answer(called(conn("GET", "/", []))).body =~ ~s(<meta name="numplan-account" content="">)
    configure(access: :open)
    assert answer(called(conn("GET", numbers("/classifiers/911"), []))).status == 200
  end

  test "headers of the host stay, except where the API sets the same ones" do
    conn = %{conn("GET", "/", []) | resp_headers: [{"x-frame-options", "DENY"}, {"cache-control", "private"}]}
    headers = answer(called(conn)).headers
    assert {headers["x-frame-options"], headers["cache-control"]} == {"DENY", "no-store"}
  end

  test "an id that a plug has given the request is its id" do
    conn = conn("GET", "/v2/nowhere", headers: [{"x-request-id", "of-the-client"}])
    answer = answer(called(%{conn | resp_headers: [{"x-request-id", "of-the-host"}]}))
    assert {answer.headers["x-request-id"], answer.json["request_id"]} == {"of-the-host", "of-the-host"}
  end

  test "fields that occur twice are joined, so that a second Host does not pass for the first" do
    configure(access: :open, tokens: [])
    conn = conn("GET", numbers("/classifiers/911"), headers: [{"host", "localhost"}, {"host", "evil.example"}])
    assert answer(called(conn)).status == 400
  end

  test "without Host, as over HTTP/2, the host of the connection is checked" do
    configure(access: :open, tokens: [])
    conn = %{conn("GET", numbers("/classifiers/911"), []) | req_headers: []}
    assert answer(called(%{conn | host: "localhost", port: 4_000})).status == 200
    assert answer(called(%{conn | host: "::1", port: 4_000})).status == 200
    assert answer(called(%{conn | host: "evil.example", port: 80})).status == 403
  end

  test "a Host that is none is refused with 400" do
    answer = answer(called(conn("GET", numbers("/classifiers/911"), allowed(headers: [{"host", "a b"}]))))
    assert {answer.status, answer.json["data"]["message"]} == {400, "Host is not a host with an optional port"}
  end

  test "a body that a parser has read is missed, not taken for an empty one" do
    text = body(["911"])
    conn = conn("POST", numbers("/classifiers"), allowed(body: text))

    for parsed <- [%{"data" => %{}}, %{}], pieces <- [[], [""]] do
      log =
        ExUnit.CaptureLog.capture_log(fn ->
          answer = answer(called(%{conn | body_params: parsed, private: %{body: pieces, reads: []}}))
          assert {answer.status, answer.json["message"]} == {500, "unspecified_fault"}
          assert answer.json["data"]["message"] =~ "mount it before what reads bodies"
        end)

      assert log =~ "the body of a request was read before"
    end
  end

  test "a parser that has left the body alone does no harm" do
    conn = %{conn("POST", numbers("/classifiers"), allowed(body: body(["911"]))) | body_params: %{}}
    assert answer(called(conn)).status == 200
    conn = %{conn("PUT", numbers("/+14158551292"), allowed()) | body_params: %{}}
    # Without a store; but the empty body was taken.
    assert answer(called(conn)).status == 503
  end

  test "a body is read in pieces of 64 kB, within the time that is left" do
    conn =
      called(conn("POST", numbers("/classifiers"), allowed(body: String.duplicate(" ", 200_000))), body_timeout: 5_000)

    assert length(conn.private.reads) == 4

    for options <- conn.private.reads do
      assert {options[:length], options[:read_length]} == {65_536, 65_536}
      assert options[:read_timeout] in 1..5_000
    end
  end

  test "a body that is announced as too long is not read" do
    conn = called(conn("POST", numbers("/classifiers"), allowed(headers: [{"content-length", "8000001"}])))
    assert {conn.status, conn.private.reads} == {413, []}
  end

  test "a body that cannot be read is answered in JSON" do
    for {reason, status} <- [timeout: 408, closed: 400] do
      conn = conn("POST", numbers("/classifiers"), allowed(body: {:chunks, ["{", {:error, reason}]}))
      assert %{status: ^status, json: %{"status" => "error"}} = answer(called(conn))
    end
  end

  test "options are checked where they are written, and are plain data that a compiler can keep" do
    for options <- [[], [at: "/numplan", page: false, body_timeout: 1]] do
      kept = Numplan.Plug.init(options)
      assert {^kept, _} = kept |> Macro.escape() |> Code.eval_quoted()
    end

    for wrong <- [[at: "numplan"], [page: 1], [body_timeout: 0], [body_timeout: :infinity], :none, [prefix: "/"]] do
      assert_raise ArgumentError, fn -> Numplan.Plug.init(wrong) end
    end
  end

  test "the plugs of docs/mounts.md have options that there are" do
    blocks = Document.blocks(File.read!("docs/mounts.md"), "elixir")
    uses = for block <- blocks, use <- plugs(Code.string_to_quoted!(block)), do: use
    assert [_, _ | _] = uses
    for options <- uses, do: assert(%{at: _} = Numplan.Plug.init(options))
  end

  # The options of `plug Numplan.Plug, …` and of `forward "/…", to: Numplan.Plug, init_opts: …`.
  defp plugs(tree) do
    {_, found} =
      Macro.prewalk(tree, [], fn
        {:plug, _, [{:__aliases__, _, [:Numplan, :Plug]} | options]} = node, found ->
          {node, [List.flatten(options) | found]}

        {:forward, _, [_path, [{:to, {:__aliases__, _, [:Numplan, :Plug]}} | more]]} = node, found ->
          {node, [more[:init_opts] || [] | found]}

        node, found ->
          {node, found}
      end)

    found
  end
end
