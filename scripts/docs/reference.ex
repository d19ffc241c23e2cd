defmodule Numplan.Docs.Reference do
  @moduledoc "Writes `docs/reference.md`, the index of commands, requests and public functions, each with the first sentence of its documentation."

  alias Numplan.API.Routes
  alias Numplan.Docs.Modules

  @file_name "docs/reference.md"
  @command "make docs"

  @doc "The path of the index."
  @spec file() :: Path.t()
  def file, do: @file_name

  @doc "The command that writes the index."
  @spec command() :: binary()
  def command, do: @command

  @doc "The text of the index, from the compiled modules and the Erlang sources; edoc writes its files to `folder`."
  @spec text(Path.t()) :: binary()
  def text(folder) do
    {erlang, _warnings} = Modules.erlang(folder)
    elixir = Modules.elixir()

    IO.iodata_to_binary([
      "# Reference\n\n",
      "All commands, requests and public functions, each with the first sentence of its documentation. `#{@command}` writes this page, and the\n",
      "whole documentation into `doc/`: change the sources, not this page.\n",
      section("Commands", for(command <- Numplan.CLI.commands(), do: command(command))),
      "\n`numplan COMMAND --help` describes a command; `mix numplan.COMMAND` is the same.\n",
      section("Requests", requests(elixir)),
      "\n## Erlang\n",
      Enum.map(erlang, &module(&1, Atom.to_string(&1.module))),
      "\n## Elixir\n",
      Enum.map(elixir, &module(&1, inspect(&1.module)))
    ])
  end

  defp section(title, items), do: ["\n## ", title, "\n\n", items]

  defp command(module), do: ["- `numplan ", module.name(), "`: ", module.summary(), ".\n"]

  # Routes of one path and one function are one line: `GET|POST /v2/…/fix`.
  defp requests(modules) do
    Routes.all()
    |> Enum.chunk_by(fn {_method, path, handler} -> {path, handler} end)
    |> Enum.map(fn [{_, path, handler} | _] = routes ->
      methods = Enum.map_join(routes, "|", &elem(&1, 0))
      ["- `", methods, " ", path, "`: ", description(modules, handler), "\n"]
    end)
  end

  defp description(modules, {module, function}) do
    %{entries: entries} = Enum.find(modules, &(&1.module == module))
    entries |> Enum.find(&(&1.name == function)) |> sentence()
  end

  defp module(module, name) do
    lines = for entry <- module.entries, do: ["- ", kind(entry.kind), "`", name(entry), "`: ", sentence(entry), "\n"]
    ["\n### `", name, "`\n\n", Modules.first_sentence(module.doc), "\n", if(lines == [], do: "", else: ["\n", lines])]
  end

  defp kind(:function), do: ""
  defp kind(kind), do: [Atom.to_string(kind), " "]

  defp name(entry), do: "#{entry.name}/#{entry.arity}"

  defp sentence(entry), do: Modules.first_sentence(entry.doc)
end
