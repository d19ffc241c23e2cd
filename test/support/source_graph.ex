defmodule Numplan.SourceGraph do
  @moduledoc """
  The graph of which source file uses which, read from the sources of each language:
  `%{file => [used file]}`.

  Types do not count: a specification names a module without running anything of it. Tests do not
  either.
  """

  @type graph :: %{Path.t() => [Path.t()]}

  @doc """
  The circles of a graph: sets of files each of which reaches all others of its set, largest
  first.

      iex> Numplan.SourceGraph.circles(%{"a" => ["b"], "b" => ["a", "c"], "c" => []})
      [["a", "b"]]
  """
  @spec circles(graph()) :: [[Path.t()]]
  def circles(graph) do
    digraph = :digraph.new()
    for file <- Map.keys(graph), do: :digraph.add_vertex(digraph, file)
    for {file, used} <- graph, other <- used, do: :digraph.add_edge(digraph, file, other)
    circles = digraph |> :digraph_utils.cyclic_strong_components() |> Enum.map(&Enum.sort/1)
    true = :digraph.delete(digraph)
    Enum.sort_by(circles, &{-length(&1), &1})
  end

  @doc """
  The arrows that do not point down: from a layer to one that stands before it in `layers`, or
  beside it.

  A layer is a list of rooms, a room a list of path prefixes, of which the longest decides; layers
  stand from the top to the bottom. Arrows within a room are free. A file in no room is an error.

      iex> layers = [[["lib/api"]], [["lib/a"], ["lib/b"]]]
      iex> Numplan.SourceGraph.not_down(%{"lib/api.ex" => ["lib/a.ex"], "lib/a.ex" => ["lib/b.ex"], "lib/b.ex" => []}, layers)
      [{"lib/a.ex", "lib/b.ex"}]
  """
  @spec not_down(graph(), [[[Path.t()]]]) :: [{Path.t(), Path.t()}]
  def not_down(graph, layers) do
    rooms = for {layer, rank} <- Enum.with_index(layers), room <- layer, prefix <- room, do: {prefix, {rank, room}}

    for {file, used} <- Enum.sort(graph), other <- used, not down?(room(file, rooms), room(other, rooms)) do
      {file, other}
    end
  end

  defp down?({_, room}, {_, room}), do: true
  defp down?({rank, _}, {other, _}), do: other > rank

  defp room(file, rooms) do
    case Enum.filter(rooms, fn {prefix, _} -> String.starts_with?(file, prefix) end) do
      [] -> raise ArgumentError, "#{file} is in no layer: name its folder there"
      found -> found |> Enum.max_by(fn {prefix, _} -> byte_size(prefix) end) |> elem(1)
    end
  end

  # -- Elixir --

  @types [:type, :typep, :opaque, :typedoc, :spec, :callback, :doc, :moduledoc, :shortdoc]

  @doc "The graph of Elixir files: modules that are named outside of types."
  @spec elixir([Path.t()]) :: graph()
  def elixir(files) do
    syntax = Map.new(files, &{&1, without_types(Code.string_to_quoted!(File.read!(&1)))})
    homes = for {file, tree} <- syntax, module <- defined(tree), into: %{}, do: {module, file}
    Map.new(syntax, fn {file, tree} -> {file, arrows(file, named(tree), homes)} end)
  end

  defp arrows(file, names, homes), do: for(name <- names, home = homes[name], home != file, uniq: true, do: home)

  defp without_types(tree) do
    Macro.prewalk(tree, fn
      {:@, _, [{attribute, _, _}]} when attribute in @types -> nil
      other -> other
    end)
  end

  defp defined(tree), do: for({:defmodule, _, [{:__aliases__, _, parts} | _]} <- nodes(tree), do: parts)

  defp named(tree) do
    aliases = for {:alias, _, arguments} <- nodes(tree), pair <- aliases(arguments), into: %{}, do: pair

    tree
    |> Macro.prewalk(fn node -> if match?({:alias, _, _}, node), do: nil, else: node end)
    |> nodes()
    |> Enum.flat_map(fn
      {:__aliases__, _, [first | rest] = parts} when is_atom(first) -> [Map.get(aliases, first, [first]) ++ rest, parts]
      _ -> []
    end)
  end

  defp aliases([{{:., _, [{:__aliases__, _, base}, :{}]}, _, names}]) do
    for {:__aliases__, _, parts} <- names, do: {List.last(parts), base ++ parts}
  end

  defp aliases([{:__aliases__, _, parts}, [as: {:__aliases__, _, [name]}]]), do: [{name, parts}]
  defp aliases([{:__aliases__, _, parts} | _]), do: [{List.last(parts), parts}]
  defp aliases(_other), do: []

  defp nodes(tree), do: tree |> Macro.prewalk([], &{&1, [&1 | &2]}) |> elem(1)

  # -- Erlang --

  @doc "The graph of Erlang files: modules that are called."
  @spec erlang([Path.t()]) :: graph()
  def erlang(files) do
    homes = Map.new(files, &{&1 |> Path.basename(".erl") |> String.to_atom(), &1})

    Map.new(files, fn file ->
      {:ok, forms} = :epp.parse_file(to_charlist(file), includes: [~c"src"], macros: [])
      {file, arrows(file, for({:function, _, _, _, clauses} <- forms, module <- called(clauses), do: module), homes)}
    end)
  end

  defp called({:remote, _, {:atom, _, module}, function}), do: [module | called(function)]
  defp called({:function, {:atom, _, module}, _, _}), do: [module]
  defp called(tuple) when is_tuple(tuple), do: tuple |> Tuple.to_list() |> called()
  defp called(list) when is_list(list), do: Enum.flat_map(list, &called/1)
  defp called(_leaf), do: []

  # -- Rust --

  @doc """
  The graph of the Rust files of a crate, whose `src` is `folder`: paths to other modules,
  followed through re-exports to where a name is defined.
  """
  @spec rust(Path.t()) :: graph()
  def rust(folder) do
    modules = for file <- Path.wildcard(folder <> "/**/*.rs"), into: %{}, do: {module(file, folder), rust_module(file)}
    Map.new(modules, fn {path, %{file: file}} -> {file, used(path, modules)} end)
  end

  defp module(file, folder) do
    file
    |> Path.relative_to(folder)
    |> Path.rootname()
    |> Path.split()
    |> Enum.reject(&(&1 in ["lib", "main", "mod"]))
  end

  defp rust_module(file) do
    text = file |> File.read!() |> bare()
    uses = Regex.scan(~r/\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/, text, capture: :all_but_first)
    body = Regex.replace(~r/\b(?:pub(?:\([^)]*\))?\s+)?use\s+[^;]+;/, text, "")
    imports = for [visible, tree] <- uses, {name, path} <- use_tree(tree), do: {name, path, visible != ""}
    %{file: file, body: body, imports: imports}
  end

  # The text without comments, strings, and items that are compiled for tests only.
  defp bare(text) do
    text = Regex.replace(~r{//[^\n]*|/\*.*?\*/|b?r(#+)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\.|[^'\\])'}s, text, " ")
    text |> String.split(~r/#\[cfg\(test\)\]\s*(?=(?:pub(?:\([^)]*\))?\s+)?mod\b)/) |> join_without_modules()
  end

  defp join_without_modules([first | rest]), do: first <> Enum.map_join(rest, &behind_module/1)

  defp behind_module(text) do
    case Regex.run(~r/\A[^;{]*[;{]/, text) do
      [head] -> text |> binary_part(byte_size(head), byte_size(text) - byte_size(head)) |> behind(String.last(head))
      nil -> text
    end
  end

  defp behind(text, ";"), do: text
  defp behind(text, "{"), do: closed(text, 1)

  defp closed(text, 0), do: text
  defp closed("{" <> rest, depth), do: closed(rest, depth + 1)
  defp closed("}" <> rest, depth), do: closed(rest, depth - 1)
  defp closed(<<_, rest::binary>>, depth), do: closed(rest, depth)
  defp closed("", _depth), do: ""

  # `a::{b, c as d}` as [{"b", ["a", "b"]}, {"d", ["a", "c"]}].
  defp use_tree(tree), do: tree |> String.replace(~r/\s+/, " ") |> String.trim() |> use_tree([])

  defp use_tree(tree, base) do
    case Regex.run(~r/\A([\w:]*?)(?:::)?\{(.*)\}\z/s, tree) do
      [_, prefix, inner] -> inner |> split_list() |> Enum.flat_map(&use_tree(&1, base ++ parts(prefix)))
      nil -> [use_leaf(String.split(tree, " as "), base)]
    end
  end

  defp use_leaf([path, name], base), do: {name, base ++ parts(path)}
  defp use_leaf(["self"], base), do: {List.last(base), base}
  defp use_leaf([path], base), do: {path |> parts() |> List.last(), base ++ parts(path)}

  defp parts(path), do: path |> String.trim() |> String.split("::", trim: true)

  defp split_list(text), do: split_list(text, 0, "", [])
  defp split_list("", _depth, part, parts), do: for(p <- [part | parts], p = String.trim(p), p != "", do: p)
  defp split_list("," <> rest, 0, part, parts), do: split_list(rest, 0, "", [part | parts])
  defp split_list("{" <> rest, depth, part, parts), do: split_list(rest, depth + 1, part <> "{", parts)
  defp split_list("}" <> rest, depth, part, parts), do: split_list(rest, depth - 1, part <> "}", parts)

  defp split_list(<<char::utf8, rest::binary>>, depth, part, parts),
    do: split_list(rest, depth, part <> <<char::utf8>>, parts)

  defp used(at, modules) do
    %{file: file, body: body, imports: imports} = modules[at]

    imported =
      for {name, path, visible?} <- imports,
          not visible? or mentioned?(body, name),
          {:item, found} <- [find(path, at, modules)],
          do: found

    # A path that begins with an imported module or a child module uses that module.
    aliases = for {name, path, _} <- imports, {:module, _} <- [find(path, at, modules)], do: {name, path}

    children =
      for child <- Map.keys(modules),
          child != [],
          Enum.drop(child, -1) == at,
          do: {List.last(child), ["self", List.last(child)]}

    in_body =
      for [path] <- Regex.scan(~r/(?<![\w:])\w+(?:::\w+)+/, body),
          found <- [body_path(parts(path), aliases ++ children, at, modules)],
          found != nil,
          do: found

    for target <- Enum.uniq(imported ++ in_body), home = modules[target].file, home != file, do: home
  end

  defp mentioned?(body, name), do: body =~ ~r/(?<![\w:])#{Regex.escape(name)}\b/

  defp body_path([first | rest] = path, known, at, modules) do
    full =
      if first in ["crate", "super", "self"],
        do: path,
        else: with({_, base} <- List.keyfind(known, first, 0), do: base ++ rest)

    case full && find(full, at, modules) do
      {_item_or_module, found} -> found
      _none -> nil
    end
  end

  # The module that defines the item of a path, `{:item, module}`; `{:module, module}` for a path of a
  # module; `nil` for a path of another crate.
  defp find(path, at, modules) do
    case absolute(path, at, modules) do
      nil -> nil
      absolute -> walk(absolute, modules, 0)
    end
  end

  defp absolute(["crate" | rest], _at, _modules), do: rest
  defp absolute(["self" | rest], at, _modules), do: at ++ rest
  defp absolute(["super" | rest], at, _modules), do: up(rest, Enum.drop(at, -1))
  defp absolute([first | _] = path, at, modules), do: if(is_map_key(modules, at ++ [first]), do: at ++ path)

  defp up(["super" | rest], at), do: up(rest, Enum.drop(at, -1))
  defp up(rest, at), do: at ++ rest

  defp walk(path, modules, steps) when steps < 10 do
    module = Enum.find(for(n <- length(path)..0//-1, do: Enum.take(path, n)), &is_map_key(modules, &1))

    case Enum.drop(path, length(module)) do
      [] -> {:module, module}
      [name | rest] -> item(module, name, rest, modules, steps)
    end
  end

  defp item(module, name, rest, modules, steps) do
    exported =
      for {^name, path, true} <- modules[module].imports, absolute = absolute(path, module, modules), do: absolute

    case exported do
      [path | _] -> walk(path ++ rest, modules, steps + 1)
      [] -> {:item, module}
    end
  end
end
