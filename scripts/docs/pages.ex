defmodule Numplan.Docs.Pages do
  @moduledoc "Writes a page of Markdown for each Elixir module."

  alias Numplan.Docs.Modules

  @doc "Writes the pages into `folder`, and returns their names."
  @spec write(Path.t()) :: [Path.t()]
  def write(folder) do
    File.mkdir_p!(folder)

    for module <- Modules.elixir() do
      name = inspect(module.module) <> ".md"
      File.write!(Path.join(folder, name), page(module))
      name
    end
  end

  defp page(module) do
    specs = specs(module.module)

    [
      "# #{inspect(module.module)}\n\n",
      module.doc,
      for entry <- module.entries do
        ["\n## ", entry.signature, "\n\n", spec(Map.get(specs, {entry.name, entry.arity}, [])), entry.doc]
      end
    ]
  end

  defp specs(module) do
    {functions, callbacks} = {Code.Typespec.fetch_specs(module), Code.Typespec.fetch_callbacks(module)}
    for {:ok, specs} <- [callbacks, functions], {name, forms} <- specs, into: %{}, do: {name, quoted(name, forms)}
  end

  defp quoted({name, _arity}, forms),
    do: for(form <- forms, do: Macro.to_string(Code.Typespec.spec_to_quoted(name, form)))

  defp spec([]), do: ""
  defp spec(specs), do: ["```elixir\n", for(spec <- specs, do: ["@spec ", spec, "\n"]), "```\n\n"]
end
