defmodule Numplan.ExamplesTest do
  @moduledoc """
  Every `iex>` example in the documentation of a module is run: the modules are found, not listed.
  """
  use ExUnit.Case

  _ = Application.load(:numplan)
  {:ok, modules} = :application.get_key(:numplan, :modules)

  example? = fn
    %{"en" => text} -> text =~ "iex>"
    _none -> false
  end

  @modules for module <- modules,
               {:docs_v1, _, :elixir, _, doc, _, docs} <- [Code.fetch_docs(module)],
               example?.(doc) or Enum.any?(docs, fn {_, _, _, doc, _} -> example?.(doc) end),
               do: module

  for module <- @modules, do: doctest(module)

  test "an example in the sources of any module is among them" do
    written =
      for file <- Path.wildcard("lib/**/*.ex"), text = File.read!(file), text =~ ~r/^ +iex> /m do
        [_, module] = Regex.run(~r/^defmodule ([\w.]+) do/m, text)
        module
      end

    assert length(written) > 40
    assert written -- Enum.map(@modules, &inspect/1) == []
  end

  # Whoever writes `doctest` elsewhere runs the same examples twice.
  test "no other test runs the examples of the library" do
    for file <- Path.wildcard("test/numplan/**/*_test.exs"), Path.basename(file) != "examples_test.exs" do
      assert {file, Regex.scan(~r/^ +doctest Numplan(?!\.SourceGraph)/m, File.read!(file))} == {file, []}
    end
  end
end
