defmodule Numplan.Fault do
  @moduledoc """
  Describes a caught exception for the log and for telemetry: its kind and the stack trace, without
  any value. Arguments of functions and the terms in an exception may hold numbers, tokens and
  passwords.
  """

  @enforce_keys [:kind, :reason, :stacktrace]
  defstruct [:kind, :reason, :stacktrace]

  @typedoc """
  An exception without its values. `reason` is the module of an exception, and the kind again for
  an exit or a throw; in `stacktrace` arguments are replaced by their number.
  """
  @type t :: %__MODULE__{kind: :error | :exit | :throw, reason: atom(), stacktrace: Exception.stacktrace()}

  @doc """
  The kind, the exception's module and the places of a caught exception.

      iex> try do
      ...>   String.to_existing_atom("a secret")
      ...> rescue
      ...>   exception -> Numplan.Fault.new(:error, exception, __STACKTRACE__).reason
      ...> end
      ArgumentError
  """
  @spec new(:error | :exit | :throw, term(), Exception.stacktrace()) :: t()
  def new(kind, reason, stacktrace) do
    places = for {module, function, arity, at} <- stacktrace, do: {module, function, arity(arity), place(at)}
    %__MODULE__{kind: kind, reason: reason(kind, Exception.normalize(kind, reason, stacktrace)), stacktrace: places}
  end

  # The location without `error_info`, which may hold values.
  defp place(at), do: Keyword.take(at, [:file, :line])

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
  def describe(kind, reason, stacktrace), do: kind |> new(reason, stacktrace) |> to_text()

  @doc """
  The words of a fault for the log.

      iex> Numplan.Fault.to_text(%Numplan.Fault{kind: :throw, reason: :throw, stacktrace: [{:lists, :map, 2, [line: 5]}]})
      "throw at [{:lists, :map, 2, 5}]"
  """
  @spec to_text(t()) :: binary()
  def to_text(%__MODULE__{reason: reason, stacktrace: stacktrace}) do
    places = for {module, function, arity, at} <- stacktrace, do: {module, function, arity, at[:line]}
    "#{String.replace_prefix(inspect(reason), ":", "")} at #{inspect(places)}"
  end

  defp arity(arguments) when is_list(arguments), do: length(arguments)
  defp arity(arity), do: arity

  defp reason(:error, %module{}), do: module
  defp reason(kind, _reason), do: kind
end
