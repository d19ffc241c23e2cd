# Writes the documentation: doc/erlang by edoc, doc/elixir from the compiled modules, and docs/reference.md, the index.
#
#   mix run --no-start scripts/docs.exs
for file <- ~w(modules reference pages), do: Code.require_file("docs/#{file}.ex", __DIR__)

alias Numplan.Docs.{Modules, Pages, Reference}

File.rm_rf!("doc")
File.mkdir_p!("doc/erlang")

{:ok, warnings} = Modules.edoc(dir: ~c"doc/erlang")
if warnings != "", do: Mix.raise("edoc warns:\n" <> warnings)

names = Pages.write("doc/elixir")
File.write!(Reference.file(), Reference.text("doc"))
File.rm_rf!("doc/chunks")

File.write!("doc/index.md", [
  "# Numplan's documents in full\n\n",
  "- [Erlang](erlang/index.html)\n",
  "- [Rust](rust/numplan/index.html)\n",
  for(name <- names, do: ["- [", Path.rootname(name), "](elixir/", name, ")\n"])
])

IO.puts("doc/index.md links to all of it; the index is #{Reference.file()}")
