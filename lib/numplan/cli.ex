defmodule Numplan.CLI do
  @moduledoc """
  The command line: finds a command, runs it, and returns its exit code.

  Commands run in two ways: as `bin/numplan COMMAND` of a release, through `main/1`, in a VM of
  its own that is not a node of a cluster and in which only `serve` starts the application; and as
  Mix tasks, through `run/3`. Errors go to standard error, and say how to mend them.
  """

  alias Numplan.CLI.{Check, Classify, Diff, Explain, LocalityImport, NumbersExport, NumbersFix, NumbersImport}
  alias Numplan.CLI.{Options, Serve, StoreBackup, StoreCheck, StoreInfo, StoreMigrate, StoreRename, StoreRestore}
  alias Numplan.CLI.Terminal
  alias Numplan.CLI.Command
  alias Numplan.Log

  @commands [
    Classify,
    Explain,
    Check,
    Diff,
    Serve,
    NumbersImport,
    NumbersExport,
    NumbersFix,
    StoreInfo,
    StoreCheck,
    StoreBackup,
    StoreRestore,
    StoreMigrate,
    StoreRename,
    LocalityImport
  ]
  @release_commands ~w(start start_iex daemon daemon_iex stop restart remote rpc eval pid version)

  @typedoc "How the command was called: from a shell, or through Mix."
  @type caller :: :shell | :mix

  @doc """
  The modules of the commands, in the order of the overview.

      iex> Numplan.CLI.Classify in Numplan.CLI.commands()
      true
  """
  @spec commands() :: [module(), ...]
  def commands, do: @commands

  @doc """
  The commands of a Mix release itself, such as `start`.

      iex> "start" in Numplan.CLI.release_commands()
      true
  """
  @spec release_commands() :: [binary(), ...]
  def release_commands, do: @release_commands

  @doc "Runs the command that the arguments name, and ends the VM with its exit code."
  @spec main([binary()]) :: no_return()
  def main(arguments) do
    _ = remove_runtime_config(System.get_env("NUMPLAN_RUNTIME_CONFIG"))
    # Standard output is for answers; commands report a start or a stop in their own words.
    Logger.configure(level: :warning)
    :ok = Log.to_standard_error()
    System.halt(Terminal.until_closed(fn -> run(arguments) end, 0))
  end

  # Removes the folder that rel/env.sh.eex made for this VM to read when it starts.
  defp remove_runtime_config(nil), do: :ok
  defp remove_runtime_config(folder), do: File.rm_rf!(folder)

  @doc """
  Runs the command that the first words name, and returns its exit code. Without words, or with
  `--help`, it lists the commands.

      iex> import ExUnit.CaptureIO
      iex> capture_io(fn -> Numplan.CLI.run(["classify", "--format", "json", "911"]) end) =~ ~s("class":"emergency")
      true
      iex> capture_io(:stderr, fn -> send(self(), Numplan.CLI.run(["frobnicate"])) end)
      "numplan: there is no command frobnicate; numplan help lists the commands\\n"
      iex> receive do: (code -> code)
      2
  """
  @spec run([binary()]) :: Command.exit_code()
  def run(arguments)
  def run([]), do: help([])
  def run([word | _]) when word in ["--help", "-h"], do: help([])
  def run(["help" | words]), do: help(words)

  def run(arguments) do
    case find(arguments) do
      {command, rest} -> run(command, rest, :shell)
      nil -> unknown(arguments)
    end
  end

  @doc """
  Runs `command` and returns its exit code. Messages name commands as `caller` calls them.

      iex> import ExUnit.CaptureIO
      iex> capture_io(:stderr, fn -> Numplan.CLI.run(Numplan.CLI.Explain, ["--what"], :mix) end)
      "numplan: there is no option --what; see mix numplan.explain --help\\n"
  """
  @spec run(module(), [binary()], caller()) :: Command.exit_code()
  def run(command, arguments, caller) do
    case Options.parse(command.options(), arguments) do
      {:ok, [{:help, true} | _], _words} ->
        print(help(command, caller))

      {:ok, options, words} ->
        fn -> command.run(options, words) end |> Terminal.as_bytes() |> exit_code(command, caller)

      usage ->
        exit_code(usage, command, caller)
    end
  end

  defp print(text) do
    Terminal.as_bytes(fn -> Terminal.print(text) end)
    0
  end

  defp exit_code(code, _command, _caller) when code in 0..2, do: code
  defp exit_code({:error, message}, _command, caller), do: message |> called_by(caller) |> fail(1)

  defp exit_code({:usage, message}, command, caller),
    do: fail("#{message}; see #{called(command, caller)} --help", 2)

  defp fail(message, code) do
    Terminal.tell([Terminal.coloured("numplan:", :red, :stderr), " ", message])
    code
  end

  @doc """
  The help text of a command, with commands named as `caller` calls them.

      iex> Numplan.CLI.help(Numplan.CLI.Explain, :mix) =~ "mix numplan.explain [options] NUMBER"
      true
  """
  @spec help(module(), caller()) :: binary()
  def help(command, caller), do: called_by(command.help(), caller)

  # A text with its commands named as the caller calls them.
  defp called_by(text, :shell), do: text

  defp called_by(text, :mix) do
    Enum.reduce(@commands, text, fn known, text ->
      String.replace(text, called(known, :shell), called(known, :mix))
    end)
  end

  defp called(command, :shell), do: "numplan " <> command.name()
  defp called(command, :mix), do: "mix numplan." <> String.replace(command.name(), " ", ".")

  defp find(arguments) do
    Enum.find_value(@commands, fn command ->
      words = String.split(command.name())
      if List.starts_with?(arguments, words), do: {command, Enum.drop(arguments, length(words))}
    end)
  end

  defp help([]), do: print(overview())

  defp help(words) do
    case find(words) do
      {command, _rest} -> run(command, ["--help"], :shell)
      nil -> unknown(words)
    end
  end

  defp overview do
    width = @commands |> Enum.map(&String.length(&1.name())) |> Enum.max()

    list =
      for command <- @commands,
          do: ["  numplan ", String.pad_trailing(command.name(), width), "  ", command.summary(), "\n"]

    ["Commands:\n\n", list, "\nnumplan COMMAND --help describes each.\n\n", server()]
  end

  defp server do
    """
    To start the server:

      numplan serve   at http://127.0.0.1:8000/, until it is interrupted
      numplan start   as a node, if its configuration names a store and a server; numplan daemon does so in the background

    Commands of the release: #{Enum.join(@release_commands, ", ")}.
    """
  end

  defp unknown(words) do
    fail("there is no command #{Enum.join(Enum.take(words, 2), " ")}; numplan help lists the commands", 2)
  end
end
