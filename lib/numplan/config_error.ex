defmodule Numplan.ConfigError do
  @moduledoc """
  The error of a configuration that was refused: the list of all its problems. The message has a
  line for each.
  """

  alias Numplan.Problem

  @enforce_keys [:problems]
  defexception [:problems]

  @type t :: %__MODULE__{problems: [Problem.t(), ...]}

  @doc """
  The error for a list of problems of the Erlang face.

      iex> Numplan.ConfigError.new([{"a", :unknown_document, :undefined, :undefined}]) |> Exception.message()
      "a: not a number_manager document"
  """
  @spec new([:numplan.problem(), ...]) :: t()
  def new(problems), do: %__MODULE__{problems: Enum.map(problems, &Problem.new/1)}

  @impl true
  def message(%__MODULE__{problems: problems}), do: Enum.map_join(problems, "\n", &Problem.message/1)
end
