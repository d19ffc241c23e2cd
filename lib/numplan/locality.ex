defmodule Numplan.Locality do
  @moduledoc """
  Where numbers are: the behaviour of providers, and the one in use.

  `config :numplan, locality: {module, options}` names it; without it there is none, and a look-up says so.
  """

  @type reason :: :missing_url | :lookup_failed

  @doc "The localities of numbers, as decoded JSON in order: an object with the numbers, as they were given, for keys."
  @callback lookup(numbers :: [binary()], options :: keyword()) :: {:ok, {[{binary(), term()}]}} | {:error, reason()}

  @doc """
  The localities of numbers, by the provider in use.

      iex> Numplan.Locality.lookup(["+14158867900"])
      {:error, :missing_url}
  """
  @spec lookup([binary()]) :: {:ok, {[{binary(), term()}]}} | {:error, reason()}
  def lookup(numbers) do
    case Application.get_env(:numplan, :locality) do
      {provider, options} -> provider.lookup(numbers, options)
      nil -> {:error, :missing_url}
    end
  end
end
