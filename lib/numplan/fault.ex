defmodule Numplan.Fault do
  @moduledoc """
  Describes a caught exception for the log: its kind and the stack trace, without any value.
  Arguments of functions and the terms in an exception may hold numbers, tokens and passwords.
  """

  @doc """
  The description of a caught exception.

      iex> try do
      ...>   String.to_existing_atom("a secret")
      ...> rescue
      ...>   exception -> Numplan.Fault.describe(:error, exception, __STACKTRACE__) =~ "secret"
      ...> end
      false
  """
  @spec describe(:error | :exit | :throw, term(), Exception.stacktrace()) :: binary()
  def describe(kind, reason, stacktrace) do
    places = for {module, function, arity, where} <- stacktrace, do: {module, function, arity(arity), where[:line]}
    "#{kind(kind, Exception.normalize(kind, reason, stacktrace))} at #{inspect(places)}"
  end

  defp arity(arguments) when is_list(arguments), do: length(arguments)
  defp arity(arity), do: arity

  defp kind(:error, %module{}), do: inspect(module)
  defp kind(kind, _reason), do: Atom.to_string(kind)
end
