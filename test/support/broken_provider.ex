defmodule Numplan.BrokenProvider do
  @moduledoc "A provider of localities that fails, with the number in its exception: a request that asks it is one that crashes."

  @behaviour Numplan.Locality.Provider

  @impl true
  def lookup(numbers, _options), do: raise(ArgumentError, "cannot look up #{inspect(numbers)}")
end
