defmodule Numplan.Schedulers do
  @moduledoc "Traces the schedulers that run a call, to see whether native code moved to a dirty one."

  import ExUnit.Assertions

  @doc "The result of `fun`, and the schedulers that ran its process."
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

  @doc "True for a dirty scheduler; a trace names all of them 0."
  @spec dirty?(non_neg_integer()) :: boolean()
  def dirty?(scheduler), do: scheduler == 0
end
