defmodule Numplan.StartLogTest do
  @moduledoc "What is logged while the application starts: what it says itself, and not OTP's reports of each process that fails."
  use ExUnit.Case

  import ExUnit.CaptureLog

  require Logger

  # As a process of the application's tree.
  defp start do
    Process.put(:"$ancestors", [:numplan_sup])
    Logger.error("numplan: no token is usable")
    report()
    {:error, :failed}
  end

  # As `gen_server` does it.
  defp report do
    report = %{
      label: {:gen_server, :terminate},
      name: self(),
      last_message: :none,
      state: :none,
      log: [],
      reason: :of_otp
    }

    :logger.error(Map.merge(report, %{client_info: :undefined, process_label: :undefined}), %{domain: [:otp]})
  end

  test "the application's own lines are kept, reports of its processes are not" do
    log =
      capture_log(fn ->
        assert Task.await(Task.async(fn -> :numplan_start.run(&start/0) end)) == {:error, :failed}
      end)

    assert log =~ "numplan: no token is usable"
    refute log =~ "of_otp"
    assert capture_log(&report/0) =~ "of_otp"
  end
end
