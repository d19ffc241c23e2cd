defmodule Numplan.CLI.Terminal do
  @moduledoc """
  What is written where: answers on standard output, all else on standard error; colours on terminals alone.
  """

  @type device :: :stdio | :stderr

  @files %{stdio: "/dev/stdout", stderr: "/dev/stderr"}
  @names %{stdio: :standard_io, stderr: :standard_error}

  @doc """
  True when people see what is written to `device`.

      iex> import ExUnit.CaptureIO
      iex> capture_io(fn -> send(self(), Numplan.CLI.Terminal.terminal?(:stdio)) end)
      iex> receive do: (terminal? -> terminal?)
      false
  """
  @spec terminal?(device()) :: boolean()
  def terminal?(device) do
    # The width that the VM tells for standard output is that of standard input, where that is a terminal.
    match?({:ok, _}, :io.columns(@names[device])) and device_file?(@files[device])
  end

  defp device_file?(path), do: match?({:ok, %{type: :device}}, File.stat(path))

  @doc """
  True when what is written to `device` goes to a file, and neither to a terminal nor to another program.
  """
  @spec file?(device()) :: boolean()
  def file?(device), do: match?({:ok, %{type: :regular}}, File.stat(@files[device]))

  @doc """
  True when something waits in standard input, or may come: it is a pipe or a file and no terminal.

      iex> import ExUnit.CaptureIO
      iex> capture_io("911", fn -> send(self(), Numplan.CLI.Terminal.input?()) end)
      iex> receive do: (input? -> input?)
      true
  """
  @spec input?() :: boolean()
  def input?, do: Process.group_leader() != Process.whereis(:user) or not device_file?("/dev/stdin")

  @doc """
  `text` as it is shown on `device`: in colour on a terminal, unless the environment has `NO_COLOR` (https://no-color.org).

      iex> Numplan.CLI.Terminal.coloured("text", :red, :stdio)
      "text"
  """
  @spec coloured(iodata(), atom(), device()) :: iodata()
  def coloured(text, colour, device) do
    if colours?(device), do: IO.ANSI.format_fragment([colour, text, :reset], true), else: text
  end

  defp colours?(device), do: System.get_env("NO_COLOR", "") == "" and terminal?(device)

  @doc """
  Runs `fun` with standard input and output as bytes, whatever the locale: numbers in any encoding come in and go out as they are.

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
  What `fun` gives; `otherwise` where standard output is closed under it. Who reads the answers may have read enough, as `head` does: that is
  no failure, and nobody is told of it. For a VM that ends then: the process that writes is gone.

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

  # The process that writes to standard output ends with it, and would log that, answers included; so would its supervisor.
  defp ignore_end_of_output(output) do
    {:links, linked} = Process.info(output, :links)

    ignored = fn
      %{meta: %{pid: pid}}, pids -> if pid in pids, do: :stop, else: :ignore
      _event, _pids -> :ignore
    end

    :logger.add_primary_filter(__MODULE__, {ignored, [output | linked]})
  end

  @doc """
  Writes an answer: its bytes, under `as_bytes/1`.

      iex> import ExUnit.CaptureIO
      iex> capture_io(fn -> Numplan.CLI.Terminal.as_bytes(fn -> Numplan.CLI.Terminal.print(["9", "11"]) end) end)
      "911"
  """
  @spec print(iodata()) :: :ok
  def print(data), do: IO.binwrite(:stdio, data)

  @doc """
  Tells people something that is no answer.

      iex> ExUnit.CaptureIO.capture_io(:stderr, fn -> Numplan.CLI.Terminal.tell("done") end)
      "done\\n"
  """
  @spec tell(IO.chardata()) :: :ok
  def tell(text), do: IO.puts(:stderr, text)
end
