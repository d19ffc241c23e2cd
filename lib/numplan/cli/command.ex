defmodule Numplan.CLI.Command do
  @moduledoc """
  A command of the command line: `Numplan.CLI` finds it by its name, reads its options, and turns what it gives into an exit code.

  Texts name commands as they are called without Mix, such as `numplan locality import`; where Mix runs them, they are shown as `mix
  numplan.locality.import`. An example in `c:help/0` is a line that begins with `$ `, with what it prints below; a test runs them all.
  """

  @typedoc "What the shell is told: 0 all went well, 1 it failed or found something, 2 it was called wrongly."
  @type exit_code :: 0 | 1 | 2

  @typedoc """
  What a command comes to. An error says what thing is at fault and what mends it; a usage error is followed by where the help is.
  """
  @type result :: exit_code() | {:error, binary()} | {:usage, binary()}

  @doc "Its name, in words: `locality import`."
  @callback name() :: binary()

  @doc "What it does, in one line without a full stop."
  @callback summary() :: binary()

  @doc "How it is called, with all options and some examples: Markdown, as it is shown."
  @callback help() :: binary()

  @doc "Its options and their types, as `OptionParser` takes them under `:strict`. `--help` is added to them."
  @callback options() :: keyword()

  @doc "Does it, with the options that were given and the other arguments."
  @callback run(options :: keyword(), arguments :: [binary()]) :: result()
end
