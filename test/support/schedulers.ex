defmodule Numplan.Schedulers do
  @moduledoc "Which schedulers run a call: whether native code was moved to a dirty one."

  import ExUnit.Assertions

  @doc "What `fun` gives, and the schedulers that its process was put on."
  @spec trace((() -> result)) :: {result, [non_neg_integer()]} when result: term()
  def trace(fun) do
    test = self()

    pid =
      spawn_link(fn ->
        receive do: (:go -> :ok)
        send(test, {:gave, fun.()})
      end)

    :erlang.trace(pid, true, [:running, :scheduler_id])
    send(pid, :go)
    assert_receive {:gave, answer}, 60_000
    _ = :erlang.trace_delivered(pid)
    {answer, ins(pid)}
  end

  defp ins(pid) do
    receive do
      {:trace, ^pid, :in, _mfa, scheduler} -> [scheduler | ins(pid)]
      {:trace, ^pid, _out, _mfa, _scheduler} -> ins(pid)
      {:trace_delivered, ^pid, _} -> []
    end
  end

  @doc "True for a dirty scheduler: those are all 0 to a trace."
  @spec dirty?(non_neg_integer()) :: boolean()
  def dirty?(scheduler), do: scheduler == 0
end
