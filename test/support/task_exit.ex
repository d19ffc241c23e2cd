defmodule Numplan.TaskExit do
  @moduledoc "How a Mix task ends that does not end well."

  import ExUnit.{Assertions, CaptureIO}

  @doc "Asserts that `run` ends with exit code `code`, and tells `words` on standard error."
  @spec assert_exit(1 | 2, binary(), (() -> term())) :: true
  def assert_exit(code, words, run) do
    told = capture_io(:stderr, fn -> assert catch_exit(run.()) == {:shutdown, code} end)
    assert told =~ words
  end
end
