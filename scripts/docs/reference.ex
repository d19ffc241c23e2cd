defmodule Numplan.Docs.Reference do
  @moduledoc "The index of all that can be called, with the first sentence of what is said of it: `docs/reference.md`."

  alias Numplan.Docs.Modules

  @file_name "docs/reference.md"
  @command "make docs"
  @request ~r/^`(?:GET|PUT|POST|PATCH|DELETE)\b/

  @doc "Where the index is kept."
  @spec file() :: Path.t()
  def file, do: @file_name

  @doc "The command that writes it anew."
  @spec command() :: binary()
  def command, do: @command

  @doc "The index as text, of the modules as they are compiled and the sources as they stand; edoc works in `folder`."
  @spec text(Path.t()) :: binary()
  def text(folder) do
    {erlang, _warnings} = Modules.erlang(folder)
    elixir = Modules.elixir()

    IO.iodata_to_binary([
      "# Reference\n\n",
      "All that can be called, each with the first sentence of its document. `#{@command}` writes this page, and the whole documents in\n",
      "`doc/`: change the sources and not this page.\n",
      section("Commands", for(command <- Numplan.CLI.commands(), do: command(command))),
      "\n`numplan COMMAND --help` tells all of one; `mix numplan.COMMAND` is the same.\n",
      section("Requests", for(module <- elixir, entry <- module.entries, request?(module, entry), do: item(entry))),
      "\nBefore each stands `/v2/accounts/{ACCOUNT}/phone_numbers/`, and before `system_configs` only `/v2/`. `{N}` is a number.\n",
      "\n## Erlang\n",
      Enum.map(erlang, &module(&1, Atom.to_string(&1.module))),
      "\n## Elixir\n",
      Enum.map(elixir, &module(&1, inspect(&1.module)))
    ])
  end

  defp section(title, items), do: ["\n## ", title, "\n\n", items]

  defp command(module), do: ["- `numplan ", module.name(), "`: ", module.summary(), ".\n"]

  defp request?(module, entry) do
    String.starts_with?(inspect(module.module), "Numplan.API.") and Modules.first_sentence(entry.doc) =~ @request
  end

  defp item(entry), do: ["- ", Modules.first_sentence(entry.doc), "\n"]

  defp module(module, name) do
    lines = for entry <- module.entries, do: ["- ", kind(entry.kind), "`", name(entry), "`: ", sentence(entry), "\n"]
    ["\n### `", name, "`\n\n", Modules.first_sentence(module.doc), "\n", if(lines == [], do: "", else: ["\n", lines])]
  end

  defp kind(:function), do: ""
  defp kind(kind), do: [Atom.to_string(kind), " "]

  defp name(entry), do: "#{entry.name}/#{entry.arity}"

  defp sentence(entry), do: Modules.first_sentence(entry.doc)
end
