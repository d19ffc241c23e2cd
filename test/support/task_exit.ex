defmodule Numplan.TaskExit do
  @moduledoc "Asserts about Mix tasks that fail."

  import ExUnit.{Assertions, CaptureIO}

  @doc "Asserts that `run` ends with exit code `code`, and writes `words` to standard error."
  @spec assert_exit(1 | 2, binary(), (() -> term())) :: true
  def assert_exit(code, words, run) do
    told = capture_io(:stderr, fn -> assert catch_exit(run.()) == {:shutdown, code} end)
    assert told =~ words
  end
end
