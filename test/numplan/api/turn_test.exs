defmodule Numplan.API.TurnTest do
  @moduledoc "The queue of checks: one at a time, bounded waiting, and clients that go while they wait."
  use ExUnit.Case, async: true

  alias Numplan.API.{Error, Turn}

  setup context do
    name = Module.concat(__MODULE__, "Turn#{context.line}")
    start_supervised!({Turn, name: name, wait: context[:wait] || 60_000})
    %{turn: name}
  end

  # A client whose work sends a message when it begins, and ends on a message.
  defp client(turn, name) do
    test = self()

    spawn(fn ->
      answer =
        Turn.run(turn, fn ->
          send(test, {:began, name, self()})
          receive do: ({:finish, answer} -> answer)
        end)

      send(test, {:answered, name, answer})
    end)
  end

  defp waiting(turn, count) do
    if length(:sys.get_state(turn).waiting) != count, do: waiting(turn, count)
  end

  test "one follows the other, in the order in which they came", %{turn: turn} do
    client(turn, 1)
    assert_receive {:began, 1, first}
    client(turn, 2)
    waiting(turn, 1)
    client(turn, 3)
    waiting(turn, 2)
    refute_received {:began, _, _}
    send(first, {:finish, :a})
    assert_receive {:answered, 1, :a}
    assert_receive {:began, 2, second}
    refute_received {:began, 3, _}
    send(second, {:finish, :b})
    assert_receive {:answered, 2, :b}
    assert_receive {:began, 3, _third}
  end

  test "few wait, and the next is refused at once", %{turn: turn} do
    client(turn, 0)
    assert_receive {:began, 0, _}
    for n <- 1..4, do: client(turn, n)
    waiting(turn, 4)
    assert {:error, %Error{status: 429, headers: [{"retry-after", _}]} = error} = Turn.run(turn, fn -> :never end)
    assert error.message == "too_many_requests"
    assert {[{"message", "another check" <> _}]} = error.data
  end

  @tag wait: 20
  test "no request waits longer than the limit, and the queue goes on", %{turn: turn} do
    client(turn, 1)
    assert_receive {:began, 1, first}
    assert {:error, %Error{status: 429}} = Turn.run(turn, fn -> :never end)
    send(first, {:finish, :a})
    assert_receive {:answered, 1, :a}
    assert Turn.run(turn, fn -> :b end) == :b
  end

  test "an exception reaches the client, and frees the turn", %{turn: turn} do
    assert_raise ArgumentError, "words", fn -> Turn.run(turn, fn -> raise ArgumentError, "words" end) end
    assert catch_throw(Turn.run(turn, fn -> throw(:ball) end)) == :ball
    assert Turn.run(turn, fn -> :next end) == :next
  end

  test "work that is killed frees the turn", %{turn: turn} do
    assert catch_exit(Turn.run(turn, fn -> Process.exit(self(), :kill) end)) == :killed
    assert Turn.run(turn, fn -> :next end) == :next
  end

  test "the turn of a client that is gone ends with its work, and not before", %{turn: turn} do
    gone = client(turn, 1)
    assert_receive {:began, 1, first}
    Process.exit(gone, :kill)
    client(turn, 2)
    waiting(turn, 1)
    refute_received {:began, 2, _}
    send(first, {:finish, :a})
    assert_receive {:began, 2, _}
    refute_received {:answered, 1, _}
  end

  test "a client that goes while it waits leaves its place, and its work is not done", %{turn: turn} do
    client(turn, 1)
    assert_receive {:began, 1, first}
    gone = client(turn, 2)
    waiting(turn, 1)
    Process.exit(gone, :kill)
    waiting(turn, 0)
    send(first, {:finish, :a})
    assert_receive {:answered, 1, :a}
    assert Turn.run(turn, fn -> :next end) == :next
    refute_received {:began, 2, _}
  end

  test "a request that waits when the queue's process ends is answered 503", %{turn: turn} do
    client(turn, 1)
    assert_receive {:began, 1, first}
    client(turn, 2)
    waiting(turn, 1)
    :ok = stop_supervised(Turn)
    assert_receive {:answered, 2, {:error, %Error{status: 503}}}
    refute_received {:began, 2, _}
    # One that has its turn goes on.
    send(first, {:finish, :a})
    assert_receive {:answered, 1, :a}
  end

  test "without the process that gives turns nothing is done, and the error names what must run" do
    nobody = :"Elixir.Numplan.API.TurnTest.Nobody"
    assert {:error, %Error{status: 503} = error} = Turn.run(nobody, fn -> flunk("it was done") end)
    assert {[{"message", words}]} = error.data
    assert words =~ "config :numplan, services: true"
  end
end
