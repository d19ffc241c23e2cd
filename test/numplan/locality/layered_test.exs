defmodule Numplan.Locality.LayeredTest do
  @moduledoc "A phonebook behind what is known: asked over a real socket, kept, and left alone when it fails."
  use ExUnit.Case

  alias Numplan.Locality.{Breaker, Cache, Layered}

  @number "+14158551292"

  setup do
    start_supervised!(Cache)
    start_supervised!(Breaker)
    :ok
  end

  # Answers each request by `answer`, and tells the test what was asked.
  defp phonebook(answer) do
    {:ok, listening} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}, backlog: 64])
    {:ok, port} = :inet.port(listening)
    test = self()
    start_supervised!({Task, fn -> accept(listening, answer, test) end}, id: port)
    "http://127.0.0.1:#{port}"
  end

  defp accept(listening, answer, test) do
    {:ok, socket} = :gen_tcp.accept(listening)
    pid = spawn(fn -> serve(socket, answer, test) end)
    :ok = :gen_tcp.controlling_process(socket, pid)
    send(pid, :go)
    accept(listening, answer, test)
  end

  defp serve(socket, answer, test) do
    receive do: (:go -> :ok)
    [_, asked] = String.split(read(socket, ""), "\r\n\r\n", parts: 2)
    {:ok, %{"data" => numbers}} = Numplan.json_decode(asked)
    send(test, {:asked, numbers})

    case answer do
      :silent ->
        :gen_tcp.recv(socket, 0)

      {status, body} ->
        :gen_tcp.send(socket, "HTTP/1.1 #{status} X\r\ncontent-length: #{byte_size(body)}\r\n\r\n#{body}")
    end
  end

  defp read(socket, read) do
    with [head, body] <- String.split(read, "\r\n\r\n", parts: 2),
         [_, length] = Regex.run(~r/content-length: (\d+)/i, head),
         true <- byte_size(body) == String.to_integer(length) do
      read
    else
      _ ->
        {:ok, data} = :gen_tcp.recv(socket, 0, 5_000)
        read(socket, read <> data)
    end
  end

  defp entry(number),
    do:
      ~s("#{number}":{"country":"XX","locality":{"locality":"San Francisco","province":"XX","switch":"SNFCCA21XUY"},"carrier":{"id":"6529","company":"T-Mobile USA Inc"},"status":"success"})

  defp found(numbers), do: ~s({"status":"success","data":{#{Enum.map_join(numbers, ",", &entry/1)}}})

  defp look_up(numbers, options) do
    {:ok, {entries}} = Layered.lookup(numbers, options)
    Map.new(entries, fn {number, {members}} -> {number, Map.new(members)} end)
  end

  defp field(found, number, part, field) do
    {members} = found[number][part]
    Map.new(members)[field]
  end

  test "fills in what is not known, and nothing else" do
    url = phonebook({200, found([@number])})
    found = look_up([@number], phonebook: [url: url], source: true)
    assert_receive {:asked, [@number]}
    assert field(found, @number, "locality", "locality") == "San Francisco"
    assert field(found, @number, "locality", "province") == "CA"
    assert field(found, @number, "carrier", "company") == "T-Mobile USA Inc"
    assert field(found, @number, "geocode", "locality") == "California"
    assert found[@number]["country"] == "US"

    assert field(found, @number, "source", "phonebook") ==
             ~w(locality.locality locality.switch carrier.id carrier.company)
  end

  test "is asked once for what it knows, and at most for as long as that is kept" do
    url = phonebook({200, found([@number])})
    look_up([@number], phonebook: [url: url])
    assert_receive {:asked, [@number]}
    assert Cache.size() == 1
    assert field(look_up([@number], phonebook: [url: url]), @number, "carrier", "id") == "6529"
    refute_received {:asked, _}
    look_up([@number], phonebook: [url: url], lifetime: 0)
    assert_receive {:asked, [@number]}
  end

  test "keeps a bounded number of answers, the newest" do
    for number <- 1..50, do: Cache.put("#{number}", {[]}, 10)
    assert Cache.size() == 10
    assert {:ok, {[]}} = Cache.fetch("50", 60)
    assert Cache.fetch("40", 60) == :error
  end

  test "is not asked for what is no number" do
    url = phonebook({200, found([])})
    assert look_up(["x"], phonebook: [url: url])["x"]["status"] == "error"
    refute_received {:asked, _}
  end

  test "failing in any way, leaves the answer to the others within the time-out" do
    for answer <- [
          {500, "{}"},
          {200, "no json"},
          {200, ~s({"status":"error"})},
          {200, String.duplicate("x", 100_000)},
          :silent
        ] do
      url = phonebook(answer)

      {microseconds, found} =
        :timer.tc(fn -> look_up([@number], phonebook: [url: url, timeout: 300, max_bytes: 10_000]) end)

      assert_receive {:asked, [@number]}
      assert field(found, @number, "geocode", "locality") == "California"
      assert field(found, @number, "carrier", "company") == :null
      # Generous: the machine may be busy. What matters is that it is no multiple.
      assert microseconds < 3_000_000
    end

    assert field(look_up([@number], phonebook: [url: "http://127.0.0.1:1"]), @number, "geocode", "locality") ==
             "California"
  end

  test "is left alone after three failures" do
    url = phonebook({500, "{}"})
    for _ <- 1..3, do: look_up([@number], phonebook: [url: url])
    for _ <- 1..3, do: assert_receive({:asked, _})
    for _ <- 1..5, do: look_up([@number], phonebook: [url: url])
    refute_received {:asked, _}
    assert Breaker.run(url, fn -> flunk("it was asked") end) == {:error, :left_alone}
    assert Breaker.run("another", fn -> {:ok, 1} end) == {:ok, 1}
  end

  test "slow, holds up no other request" do
    url = phonebook(:silent)
    slow = for _ <- 1..8, do: Task.async(fn -> look_up([@number], phonebook: [url: url, timeout: 1_500]) end)
    for _ <- 1..3, do: assert_receive({:asked, _}, 2_000)
    {microseconds, _} = :timer.tc(fn -> for _ <- 1..1_000, do: look_up([@number], []) end)
    if System.get_env("CI"), do: IO.puts("1,000 look-ups while a phonebook is silent: #{div(microseconds, 1_000)} ms")
    assert Enum.all?(slow, &Process.alive?(&1.pid))
    for task <- slow, do: assert(%{@number => _} = Task.await(task, 10_000))
  end
end
