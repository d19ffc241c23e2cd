defmodule Numplan.CLI.Command do
  @moduledoc """
  The behaviour of a command: `Numplan.CLI` finds it by its name, parses its options, and turns
  its result into an exit code.

  Texts name commands as they are called without Mix, such as `numplan locality import`;
  `Numplan.CLI` replaces that by `mix numplan.locality.import` where Mix runs them. An example in
  `c:help/0` is a line that begins with `$ `, followed by its output; a test runs them all.
  """

  @typedoc "0: success; 1: failure, or something was found; 2: wrong usage."
  @type exit_code :: 0 | 1 | 2

  @typedoc """
  The result of a command. An error message names the fault and how to mend it; a pointer to the
  help is appended to a usage error.
  """
  @type result :: exit_code() | {:error, binary()} | {:usage, binary()}

  @doc "The name of the command, in words: `locality import`."
  @callback name() :: binary()

  @doc "What the command does, in one line without a full stop."
  @callback summary() :: binary()

  @doc "The help text, in Markdown: synopsis, options and examples."
  @callback help() :: binary()

  @doc "The options and their types, for `:strict` of `OptionParser`, without `--help`."
  @callback options() :: keyword()

  @doc "Runs the command with the given options and the other arguments."
  @callback run(options :: keyword(), arguments :: [binary()]) :: result()
end
