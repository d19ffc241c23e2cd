defmodule Numplan.Locality.LayeredTest do
  @moduledoc "A phonebook as the last layer: called over a real socket, cached, and not called while it fails."
  use ExUnit.Case

  alias Numplan.Locality.{Breaker, Cache, Layered}
  alias Numplan.PhonebookServer

  @number "+14158551292"
  @asked ~s({"data":["#{@number}"]})

  setup do
    start_supervised!(Cache)
    start_supervised!(Breaker)
    :ok
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
    url = PhonebookServer.start({200, found([@number])})
    found = look_up([@number], phonebook: [url: url], source: true)
    assert_receive {:phonebook, _, @asked}
    assert field(found, @number, "locality", "locality") == "San Francisco"
    assert field(found, @number, "locality", "province") == "CA"
    assert field(found, @number, "carrier", "company") == "T-Mobile USA Inc"
    assert field(found, @number, "geocode", "locality") == "California"
    assert found[@number]["country"] == "US"

    assert field(found, @number, "source", "phonebook") ==
             ~w(locality.locality locality.switch carrier.id carrier.company)
  end

  test "is called once for a number it knows, until the entry expires" do
    url = PhonebookServer.start({200, found([@number])})
    look_up([@number], phonebook: [url: url])
    assert_receive {:phonebook, _, @asked}
    assert Cache.size() == 1
    assert field(look_up([@number], phonebook: [url: url]), @number, "carrier", "id") == "6529"
    refute_received {:phonebook, _, _}
    look_up([@number], phonebook: [url: url], lifetime: 0)
    assert_receive {:phonebook, _, @asked}
  end

  test "keeps a bounded number of answers, the newest" do
    for number <- 1..50, do: Cache.put("#{number}", {[]}, 10)
    assert Cache.size() == 10
    assert {:ok, {[]}} = Cache.fetch("50", 60)
    assert Cache.fetch("40", 60) == :error
  end

  test "is not called for text that is not a number" do
    url = PhonebookServer.start({200, found([])})
    assert look_up(["x"], phonebook: [url: url])["x"]["status"] == "error"
    refute_received {:phonebook, _, _}
  end

  test "failing in any way, leaves the answer to the others within the time-out" do
    for answer <- [
          {500, "{}"},
          {200, "no json"},
          {200, ~s({"status":"error"})},
          {200, String.duplicate("x", 100_000)},
          :silent
        ] do
      url = PhonebookServer.start(answer)

      {microseconds, found} =
        :timer.tc(fn -> look_up([@number], phonebook: [url: url, timeout: 300, max_bytes: 10_000]) end)

      assert_receive {:phonebook, _, @asked}
      assert field(found, @number, "geocode", "locality") == "California"
      assert field(found, @number, "carrier", "company") == :null
      # Generous: the machine may be busy. What matters is that it is no multiple.
      assert microseconds < 3_000_000
    end

    assert field(look_up([@number], phonebook: [url: "http://127.0.0.1:1"]), @number, "geocode", "locality") ==
             "California"
  end

  test "is left alone after three failures" do
    url = PhonebookServer.start({500, "{}"})
    for _ <- 1..3, do: look_up([@number], phonebook: [url: url])
    for _ <- 1..3, do: assert_receive({:phonebook, _, _})
    for _ <- 1..5, do: look_up([@number], phonebook: [url: url])
    refute_received {:phonebook, _, _}
    assert Breaker.run(url, fn -> flunk("it was asked") end) == {:error, :left_alone}
    assert Breaker.run("another", fn -> {:ok, 1} end) == {:ok, 1}
  end

  test "slow, holds up no other request" do
    url = PhonebookServer.start(:silent)
    slow = for _ <- 1..8, do: Task.async(fn -> look_up([@number], phonebook: [url: url, timeout: 1_500]) end)
    for _ <- 1..3, do: assert_receive({:phonebook, _, _}, 2_000)
    {microseconds, _} = :timer.tc(fn -> for _ <- 1..1_000, do: look_up([@number], []) end)
    if System.get_env("CI"), do: IO.puts("1,000 look-ups while a phonebook is silent: #{div(microseconds, 1_000)} ms")
    assert Enum.all?(slow, &Process.alive?(&1.pid))
    for task <- slow, do: assert(%{@number => _} = Task.await(task, 10_000))
  end
end
