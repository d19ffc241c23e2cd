defmodule Numplan.MountTest do
  @moduledoc "What mounts have in common: how a body is read, and the memory for bodies."
  use ExUnit.Case

  import ExUnit.CaptureLog
  import Numplan.MountContract, only: [configure: 1, numbers: 1]

  alias Numplan.API.{BodyBudget, Error, RateLimit, Request}
  alias Numplan.{Document, Mount}

  describe "a body" do
    setup do
      configure(access: :open)
      start_supervised!({BodyBudget, bytes: 8_000_000})
      :ok
    end

    # The status of a POST whose body the function reads, and the last state of its connection.
    defp post(length, options, read) do
      request = %Request{method: "POST", target: numbers("/classifiers"), headers: %{"host" => "localhost"}}
      options = Mount.options!(options, [:body_timeout])
      {response, state} = Mount.respond(request, length, options, :numplan_cowboy, 0, read)
      {response.status, state}
    end

    test "that is not at its end in time is answered with 408, however many pieces come" do
      trickle = fn reads, _bytes, _milliseconds -> {:more, "", reads + 1} end
      assert {408, reads} = post(nil, [body_timeout: 500], trickle)
      assert reads > 1
    end

    test "is read in pieces, each with the time that is left" do
      read = fn reads, bytes, milliseconds ->
        assert bytes == 65_536 and milliseconds in 1..5_000

        {if(reads == 2, do: :ok, else: :more), ~s({"data":{"numbers":["911"]}} ) |> String.slice(reads * 10, 10),
         reads + 1}
      end

      assert {200, 3} = post(nil, [body_timeout: 5_000], read)
    end

    test "for which there is no memory is refused with 503, whether its length is announced or not" do
      other = Task.async(fn -> {BodyBudget.reserve(7_999_999), receive(do: (:go -> :ok))} end)
      await(BodyBudget, 7_999_999)
      assert {503, 0} = post(2, [], fn _reads, _bytes, _milliseconds -> flunk("there is no memory for it") end)
      assert {503, 1} = post(nil, [], fn reads, _bytes, _milliseconds -> {:more, "{}", reads + 1} end)
      send(other.pid, :go)
      assert Task.await(other) == {:ok, :ok}
      await(BodyBudget, 0)
      assert {400, 1} = post(2, [], fn reads, _bytes, _milliseconds -> {:ok, "{}", reads + 1} end)
      await(BodyBudget, 0)
    end
  end

  describe "without the services" do
    setup do
      configure(access: :open)
      refute BodyBudget.running?()
      :persistent_term.erase({Mount, :said, :no_services})
      :ok
    end

    defp ask(method, target, options \\ []) do
      request = %Request{method: method, target: target, headers: %{"host" => "localhost"}}
      read = fn _state, _bytes, _milliseconds -> flunk("nothing bounds the memory for it") end
      {response, :unread} = Mount.respond(request, options[:length], Mount.options!([], []), __MODULE__, :unread, read)
      response
    end

    test "every request is refused with 503 and words for what must run, its body unread" do
      capture_log(fn ->
        for {method, target, options} <- [
              {"POST", numbers("/classifiers"), length: 2},
              {"POST", numbers("/classifiers"), []},
              {"GET", numbers("/classifiers/911"), []},
              {"GET", "/", []}
            ] do
          response = ask(method, target, options)
          assert {method, target, response.status} == {method, target, 503}
          assert {"retry-after", "1"} in response.headers
          assert IO.iodata_to_binary(response.body) =~ "set config :numplan, services: true, or start Numplan.Services"
        end
      end)
    end

    test "the log says so once" do
      log = capture_log(fn -> for _ <- 1..3, do: ask("GET", "/") end)
      assert [_, _] = String.split(log, "every request to a mount is answered 503, since Numplan's services do not run")
    end

    test "the budget grants nothing, nor once its process has ended" do
      assert BodyBudget.reserve(2) == {:error, :no_services}
      start_supervised!({BodyBudget, bytes: 8_000_000})
      assert BodyBudget.reserve(2) == :ok
      :ok = stop_supervised(BodyBudget)
      assert BodyBudget.reserve(3) == {:error, :no_services}
    end

    test "the rate limit lets nobody pass" do
      configure(rate_limit: 100)
      assert {:error, %Error{status: 503}} = RateLimit.count(String.duplicate("0", 32))
    end

    test "those of docs/mounts.md start as children of somebody else, and the mount answers" do
      [block] =
        for block <- Document.blocks(File.read!("docs/mounts.md"), "elixir"), block =~ "Numplan.Services", do: block

      {children, _} = Code.eval_string(block)
      start_supervised!(%{id: :host, start: {Supervisor, :start_link, [children, [strategy: :one_for_one]]}})
      assert ask("GET", "/").status == 200
      assert ask("GET", numbers("/classifiers/911")).status == 200
    end

    test "an end of the services while a body is read ends its reading with 503" do
      start_supervised!({BodyBudget, bytes: 8_000_000})

      ends = fn _reads, _bytes, _milliseconds ->
        :ok = stop_supervised(BodyBudget)
        {:more, "{}", :read}
      end

      assert {503, :read} = post(nil, [], ends)
    end
  end

  defp await(budget, bytes) do
    unless BodyBudget.held(budget) == bytes do
      receive do
      after
        5 -> await(budget, bytes)
      end
    end
  end

  describe "the budget of bodies" do
    setup do
      %{budget: start_supervised!({BodyBudget, bytes: 10_000_000, name: __MODULE__})}
    end

    test "grants a process what it needs in total, and others the rest", %{budget: budget} do
      assert BodyBudget.reserve(budget, 8_000_000) == :ok
      other = Task.async(fn -> for bytes <- [3_000_000, 2_000_000], do: BodyBudget.reserve(budget, bytes) end)
      assert Task.await(other) == [{:error, :no_memory}, :ok]
      await(budget, 8_000_000)
      :ok = BodyBudget.release(budget)
      assert BodyBudget.reserve(budget, 10_000_000) == :ok
    end

    test "takes back what a process had that has ended", %{budget: budget} do
      {pid, monitor} = spawn_monitor(fn -> BodyBudget.reserve(budget, 10_000_000) end)
      assert_receive {:DOWN, ^monitor, :process, ^pid, :normal}, 5_000
      await(budget, 0)
    end

    test "is never less than the longest body" do
      small = start_supervised!({BodyBudget, bytes: 1, name: :small}, id: :small)
      assert BodyBudget.reserve(small, 8_000_000) == :ok
      assert BodyBudget.reserve(small, 8_000_001) == {:error, :no_memory}
    end
  end
end
