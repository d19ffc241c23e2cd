defmodule Numplan.Bench.Measure do
  @moduledoc "Times in nanoseconds, of interleaved rounds, so that other load of the machine affects all contenders alike."

  @doc "The time of a call in each round, for each `{name, fun}` whose function makes `count` calls."
  def interleaved(contenders, rounds) do
    for {_, fun, _} <- contenders, do: fun.()

    results =
      for _ <- 1..rounds, {name, fun, count} <- Enum.shuffle(contenders) do
        {name, nanoseconds(fun) / count}
      end

    Enum.group_by(results, &elem(&1, 0), &elem(&1, 1))
  end

  @doc """
  `term` as a literal, which processes share: a list of numbers that each round copied to its own heap would be measured with it.
  """
  def shared(term) do
    key = {__MODULE__, make_ref()}
    :persistent_term.put(key, term)
    key
  end

  @doc "What `shared/1` made."
  def given(key), do: :persistent_term.get(key)

  @doc "The time that `fun` takes, in a process of its own with a heap of usual size."
  def nanoseconds(fun) do
    in_process(fn ->
      started = :erlang.monotonic_time(:nanosecond)
      fun.()
      :erlang.monotonic_time(:nanosecond) - started
    end)
  end

  @doc "The time that `fun` takes in several processes at once: from the first one's start to the last one's end."
  def together(fun, processes) do
    parent = self()

    pids =
      for _ <- 1..processes do
        spawn_link(fn ->
          send(parent, {:ready, self()})
          receive do: (:go -> fun.())
          send(parent, {:done, self()})
        end)
      end

    for pid <- pids, do: receive(do: ({:ready, ^pid} -> :ok))
    started = :erlang.monotonic_time(:nanosecond)
    for pid <- pids, do: send(pid, :go)
    for pid <- pids, do: receive(do: ({:done, ^pid} -> :ok))
    :erlang.monotonic_time(:nanosecond) - started
  end

  @doc "The words of garbage of a call: those that the VM reclaimed during a loop, in a VM that does nothing else."
  def garbage(loop, key), do: max(reclaimed(loop, key) - reclaimed(:empty, key), 0) / length(given(key))

  defp reclaimed(loop, key) do
    in_process(fn ->
      :erlang.garbage_collect()
      {_, before, _} = :erlang.statistics(:garbage_collection)
      apply(:loops, loop, [given(key)])
      :erlang.garbage_collect()
      {_, reclaimed, _} = :erlang.statistics(:garbage_collection)
      reclaimed - before
    end)
  end

  @doc "The longest time that the process of `fun` held a scheduler, in milliseconds, by the VM's monitor; 0 if always under 1 ms."
  def longest_hold(fun) do
    parent = self()
    watcher = spawn_link(fn -> receive do: ({:watch, pid} -> watch(pid, parent, 0)) end)
    :erlang.system_monitor(watcher, [{:long_schedule, 1}])

    pid =
      spawn_link(fn ->
        receive do: (:go -> fun.())
        send(parent, :ran)
      end)

    send(watcher, {:watch, pid})
    send(pid, :go)
    receive do: (:ran -> :ok)
    :erlang.system_monitor(:undefined)
    send(watcher, :stop)
    receive do: ({:longest, milliseconds} -> milliseconds)
  end

  # Messages about other processes of the VM, such as those that compiled this code, are ignored.
  defp watch(pid, parent, longest) do
    receive do
      {:monitor, ^pid, :long_schedule, info} -> watch(pid, parent, max(longest, info[:timeout]))
      {:monitor, _other, :long_schedule, _info} -> watch(pid, parent, longest)
      :stop -> send(parent, {:longest, longest})
    end
  end

  defp in_process(fun) do
    parent = self()
    pid = :erlang.spawn_opt(fn -> send(parent, {self(), fun.()}) end, [:link, min_heap_size: 30_000])
    receive do: ({^pid, answer} -> answer)
  end

  @doc "The median."
  def median(values), do: values |> Enum.sort() |> Enum.at(div(length(values), 2))

  @doc "A percentile of sorted values, a tuple."
  def percentile(sorted, share), do: elem(sorted, min(trunc(tuple_size(sorted) * share), tuple_size(sorted) - 1))
end
