defmodule Numplan.Arguments do
  @moduledoc """
  Checks of the arguments of functions that take a list of options or the path of a file.

  An option with a misspelt name would have no effect, and nobody would know. The errors hold no
  values: one may be a number or a plan.
  """

  @typedoc "What the value of an option must be: a word for it, and the test."
  @type kind :: {binary(), (term() -> boolean())}

  @doc """
  `:ok` where each option is known and has a value of its kind. Raises `ArgumentError` otherwise,
  which names the option.

      iex> Numplan.Arguments.options!([clean: true], clean: {"true or false", &is_boolean/1})
      :ok
      iex> Numplan.Arguments.options!([cleen: true], clean: {"true or false", &is_boolean/1})
      ** (ArgumentError) there is no option :cleen; there are :clean
  """
  @spec options!(term(), [{atom(), kind()}]) :: :ok
  def options!(options, kinds), do: options!(options, kinds, fn _name, value -> :numplan_badarg.kind(value) end)

  @doc """
  As `options!/2`, but the error holds what `shown` returns for the name and the value of the wrong
  option, for settings that may be shown.

      iex> Numplan.Arguments.options!([clean: 1], [clean: {"true or false", &is_boolean/1}], fn _, value -> inspect(value) end)
      ** (ArgumentError) the option :clean is true or false, not 1
  """
  @spec options!(term(), [{atom(), kind()}], (atom(), term() -> String.Chars.t())) :: :ok
  def options!(options, kinds, shown) do
    unless Keyword.keyword?(options),
      do: raise(ArgumentError, "expected a list of options, got #{:numplan_badarg.kind(options)}")

    Enum.each(options, fn {name, value} -> option!({name, value}, Keyword.fetch(kinds, name), kinds, shown) end)
  end

  defp option!({name, value}, {:ok, {word, fits?}}, _kinds, shown) do
    unless fits?.(value),
      do: raise(ArgumentError, "the option #{inspect(name)} is #{word}, not #{shown.(name, value)}")
  end

  defp option!({name, _value}, :error, kinds, _shown) do
    known = Enum.map_join(kinds, ", ", fn {known, _} -> inspect(known) end)
    raise ArgumentError, "there is no option #{inspect(name)}; there are #{known}"
  end

  @doc """
  `:ok` for the path of a file. Raises `ArgumentError` otherwise; `argument` is what the error calls
  it.

      iex> Numplan.Arguments.path!("numbers.txt", "the input")
      :ok
  """
  @spec path!(term(), binary()) :: :ok
  def path!(path, _argument) when is_binary(path) or is_list(path), do: :ok

  def path!(other, argument),
    do: raise(ArgumentError, "#{argument} is the path of a file, not #{:numplan_badarg.kind(other)}")

  @doc "The kind of options that hold a plan."
  @spec plan() :: kind()
  def plan, do: {"a plan", &(&1 != nil and match?({:ok, _}, :numplan_plan.read(&1)))}

  @doc "The kind of options that are true or false."
  @spec boolean() :: kind()
  def boolean, do: {"true or false", &is_boolean/1}
end
