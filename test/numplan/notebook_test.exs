defmodule Numplan.NotebookTest do
  @moduledoc "The Livebook notebook, run as a script in a VM of its own from the cell that installs Numplan on."
  use ExUnit.Case

  alias Numplan.Notebook

  @moduletag timeout: 600_000

  @root Path.expand("../..", __DIR__)
  @notebook Path.join(@root, "docs/numplan.livemd")

  describe "cells of a notebook" do
    test "have the outputs that are saved below them" do
      text = """
      # Title

      ```elixir
      a = 1
      IO.puts("x")
      ```

      <!-- livebook:{"output":true} -->

      ```
      x
      ```

      <!-- livebook:{"output":true} -->

      ```
      :ok
      ```

      ```elixir
      a + 1
      ```
      """

      cells = Notebook.cells(text)
      assert [%{code: "a = 1\nIO.puts(\"x\")\n", outputs: ["x", ":ok"]}, %{code: "a + 1\n", outputs: []}] = cells
      assert Notebook.run(cells, @notebook) == [["x", ":ok"], ["2"]]
    end

    test "see aliases of those before them, and where the notebook is" do
      cells =
        for code <- ["alias Enum, as: E", "{E.sum([1, 2]), Path.basename(__DIR__)}"], do: %{code: code, outputs: []}

      assert [_, [~S({3, "docs"})]] = Notebook.run(cells, @notebook)
    end
  end

  test "every output that is saved in docs/numplan.livemd is the cell's" do
    [setup | _] = cells = Notebook.cells(File.read!(@notebook))
    assert setup.code =~ "Mix.install(" and length(cells) > 10

    # The outputs come as a term, behind what installing prints.
    program = """
    Code.require_file("test/support/notebook.ex")
    notebook = #{inspect(@notebook)}
    outputs = notebook |> File.read!() |> Numplan.Notebook.cells() |> Numplan.Notebook.run(notebook)
    IO.puts(["outputs ", outputs |> :erlang.term_to_binary() |> Base.encode64()])
    """

    environment = [
      {"MIX_ENV", "dev"},
      {"MIX_INSTALL_DIR", Path.join(@root, "tmp/notebook")},
      {"MIX_BUILD_PATH", nil},
      # The library of the archives' tests, so that it is built once.
      {"CARGO_TARGET_DIR", Path.join(@root, "target/archive")},
      {"NUMPLAN_BUILD_TAG", "archived"}
    ]

    File.rm_rf!(Path.join(@root, "tmp/notebook"))
    {printed, status} = System.cmd("elixir", ["-e", program], cd: @root, env: environment, stderr_to_stdout: true)
    assert {printed, status} == {printed, 0}
    [_, encoded] = Regex.run(~r/^outputs (\S+)$/m, printed)
    outputs = encoded |> Base.decode64!() |> :erlang.binary_to_term()

    for {cell, outputs} <- Enum.zip(cells, outputs),
        cell.outputs != [],
        do: assert({cell.code, outputs} == {cell.code, cell.outputs})

    assert Enum.count(cells, &(&1.outputs != [])) >= 9
  end
end
