defmodule Numplan.Locality.Provider do
  @moduledoc """
  The behaviour of a source of localities, such as `Numplan.Locality.Layered` or
  `Numplan.Locality.Phonebook`.

  `config :numplan, locality: {module, options}` puts one in use; `Numplan.Locality` calls it.
  """

  @typedoc "Why there are no localities: a phonebook without an address, or one that failed."
  @type reason :: :missing_url | :lookup_failed

  @typedoc "A decoded JSON object, its members in order."
  @type object :: {[{binary(), term()}]}

  @doc """
  The localities of `numbers`: an object whose keys are the numbers as they were given.

  `options` are the configured ones. With `source: true` each locality also says where its parts
  are from.
  """
  @callback lookup(numbers :: [binary()], options :: keyword()) :: {:ok, object()} | {:error, reason()}
end
