defmodule Numplan.ConfigError do
  @moduledoc """
  A configuration that was refused: the list of everything that is wrong with it. Its message has a line for each problem.
  """

  alias Numplan.Problem

  @enforce_keys [:problems]
  defexception [:problems]

  @type t :: %__MODULE__{problems: [Problem.t(), ...]}

  @doc """
  The error that a list of Erlang's problems makes.

      iex> Numplan.ConfigError.new([{"a", :unknown_document, :undefined, :undefined}]) |> Exception.message()
      "a: not a number_manager document"
  """
  @spec new([:numplan.problem(), ...]) :: t()
  def new(problems), do: %__MODULE__{problems: Enum.map(problems, &Problem.new/1)}

  @impl true
  def message(%__MODULE__{problems: problems}), do: Enum.map_join(problems, "\n", &Problem.message/1)
end
