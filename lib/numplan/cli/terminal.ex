defmodule Numplan.CLI.Terminal do
  @moduledoc """
  Output of commands: answers to standard output, messages to standard error, colours only on
  terminals.
  """

  @type device :: :stdio | :stderr

  @files %{stdio: "/dev/stdout", stderr: "/dev/stderr"}
  @names %{stdio: :standard_io, stderr: :standard_error}

  @doc """
  True when `device` is a terminal.

      iex> import ExUnit.CaptureIO
      iex> capture_io(fn -> send(self(), Numplan.CLI.Terminal.terminal?(:stdio)) end)
      iex> receive do: (terminal? -> terminal?)
      false
  """
  @spec terminal?(device()) :: boolean()
  def terminal?(device) do
    # If standard input is a terminal, the VM reports its width for standard output too.
    match?({:ok, _}, :io.columns(@names[device])) and device_file?(@files[device])
  end

  defp device_file?(path), do: match?({:ok, %{type: :device}}, File.stat(path))

  @doc """
  True when `device` is redirected to a file, and is neither a terminal nor a pipe.
  """
  @spec file?(device()) :: boolean()
  def file?(device), do: match?({:ok, %{type: :regular}}, File.stat(@files[device]))

  @doc """
  True when standard input is a pipe or a file, and not a terminal.

      iex> import ExUnit.CaptureIO
      iex> capture_io("911", fn -> send(self(), Numplan.CLI.Terminal.input?()) end)
      iex> receive do: (input? -> input?)
      true
  """
  @spec input?() :: boolean()
  def input?, do: Process.group_leader() != Process.whereis(:user) or not device_file?("/dev/stdin")

  @doc """
  `text` in a colour, if `device` is a terminal and the environment does not set `NO_COLOR`
  (https://no-color.org).

      iex> Numplan.CLI.Terminal.coloured("text", :red, :stdio)
      "text"
  """
  @spec coloured(iodata(), atom(), device()) :: iodata()
  def coloured(text, colour, device) do
    if colours?(device), do: IO.ANSI.format_fragment([colour, text, :reset], true), else: text
  end

  defp colours?(device), do: System.get_env("NO_COLOR", "") == "" and terminal?(device)

  @doc """
  The result of `fun`, run with standard input and output as bytes, so that numbers in any
  encoding pass unchanged in any locale.

      iex> Numplan.CLI.Terminal.as_bytes(fn -> 1 + 1 end)
      2
  """
  @spec as_bytes((() -> result)) :: result when result: term()
  def as_bytes(fun) do
    before = Keyword.take(:io.getopts(), [:encoding])
    _ = :io.setopts(encoding: :latin1)

    try do
      fun.()
    after
      _ = :io.setopts(before)
    end
  end

  @doc """
  The result of `fun`, or `otherwise` if standard output is closed meanwhile.

  A reader such as `head` closes it when it has read enough; that is not a failure, and is not
  reported. The VM must end afterwards, because its output process has ended.

      iex> Numplan.CLI.Terminal.until_closed(fn -> 1 end, 0)
      1
  """
  @spec until_closed((() -> result), result) :: result when result: term()
  def until_closed(fun, otherwise) do
    _ = ignore_end_of_output(Process.whereis(:user))
    fun.()
  rescue
    error in [ErlangError, IO.StreamError] ->
      if closed?(error), do: otherwise, else: reraise(error, __STACKTRACE__)
  end

  defp closed?(%ErlangError{original: reason}), do: reason in [:terminated, :epipe]
  defp closed?(%IO.StreamError{reason: reason}), do: reason == :terminated

  # Keeps the end of the output process out of the log: the process and its supervisor would log it,
  # with the answers that were not written.
  defp ignore_end_of_output(output) do
    {:links, linked} = Process.info(output, :links)

    ignored = fn
      %{meta: %{pid: pid}}, pids -> if pid in pids, do: :stop, else: :ignore
      _event, _pids -> :ignore
    end

    :logger.add_primary_filter(__MODULE__, {ignored, [output | linked]})
  end

  @doc """
  Writes bytes to standard output, within `as_bytes/1`.

      iex> import ExUnit.CaptureIO
      iex> capture_io(fn -> Numplan.CLI.Terminal.as_bytes(fn -> Numplan.CLI.Terminal.print(["9", "11"]) end) end)
      "911"
  """
  @spec print(iodata()) :: :ok
  def print(data), do: IO.binwrite(:stdio, data)

  @doc """
  Writes a message to standard error.

      iex> ExUnit.CaptureIO.capture_io(:stderr, fn -> Numplan.CLI.Terminal.tell("done") end)
      "done\\n"
  """
  @spec tell(IO.chardata()) :: :ok
  def tell(text), do: IO.puts(:stderr, text)
end
