defmodule Numplan.Document do
  @moduledoc "Reads the documents: their blocks of code, and the examples of Erlang's shell with their results."

  @doc "The blocks of a text, in order, each with its language."
  @spec blocks(binary()) :: [{binary(), binary()}]
  def blocks(text) do
    for [_, language, block] <- Regex.scan(~r/^```(\w+)\n(.*?)^```$/ms, text), do: {language, block}
  end

  @doc "The blocks of one language."
  @spec blocks(binary(), binary()) :: [binary()]
  def blocks(text, language), do: for({^language, block} <- blocks(text), do: block)

  @doc "The files that a text asks its reader to save: a block, and the name at the end of the paragraph before it."
  @spec files(binary()) :: [{binary(), binary()}]
  def files(text) do
    for [_, name, block] <- Regex.scan(~r/`([\w.-]+\.json)`:\n\n```json\n(.*?)^```$/ms, text), do: {name, block}
  end

  @doc """
  The bindings after the examples of a block of Erlang's shell. `check` is given each expression with its value and the one that is printed;
  `evaluate` is what evaluates expressions, as `:erl_eval.exprs/2` does.
  """
  @spec erlang(binary(), list(), (binary(), term(), term() -> term()), (list(), list() -> {:value, term(), list()})) ::
          list()
  def erlang(block, bindings, check, evaluate \\ &:erl_eval.exprs/2) do
    examples = Regex.scan(~r/^\d+> (.*)\n((?:(?!\d+> ).+\n)*)/m, block, capture: :all_but_first)

    Enum.reduce(examples, bindings, fn [expression, printed], bindings ->
      {:value, value, bindings} = evaluate.(parsed(expression), bindings)
      if printed != "", do: check.(expression, value, value(printed <> "."))
      bindings
    end)
  end

  defp value(text) do
    {:value, value, _} = :erl_eval.exprs(parsed(text), [])
    value
  end

  defp parsed(text) do
    {:ok, tokens, _} = :erl_scan.string(to_charlist(text))
    {:ok, expressions} = :erl_parse.parse_exprs(tokens)
    expressions
  end
end
