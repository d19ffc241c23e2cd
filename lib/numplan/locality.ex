defmodule Numplan.Locality do
  @moduledoc """
  Where numbers are and who holds their ranges: the behaviour of providers, and the one in use.

  Without configuration what is compiled in answers (`Numplan.Locality.Layered`). An operator's file and a phonebook are layers of that:

      config :numplan, locality: [file: "/var/lib/numplan/numbers.locality", phonebook: [url: "https://phonebook.example.com"]]

  `locality: {module, options}` names another provider, such as `{Numplan.Locality.Phonebook, url: …}`, which asks the phonebook
  alone, as Kazoo does.
  """

  alias Numplan.Locality.Layered

  @type reason :: :missing_url | :lookup_failed

  @typedoc "Decoded JSON in order."
  @type object :: {[{binary(), term()}]}

  @doc """
  The localities of numbers, as decoded JSON in order: an object with the numbers, as they were given, for keys.

  The option `source: true` asks for where each part is from.
  """
  @callback lookup(numbers :: [binary()], options :: keyword()) :: {:ok, object()} | {:error, reason()}

  @doc """
  The localities of numbers, by the provider in use.

      iex> {:ok, {[{"+14158867900", {members}}]}} = Numplan.Locality.lookup(["+14158867900"])
      iex> List.keyfind(members, "geocode", 0)
      {"geocode", {[{"locality", "California"}]}}
  """
  @spec lookup([binary()], keyword()) :: {:ok, object()} | {:error, reason()}
  def lookup(numbers, options \\ []) do
    case Application.get_env(:numplan, :locality, []) do
      {provider, configured} -> provider.lookup(numbers, options ++ configured)
      configured when is_list(configured) -> Layered.lookup(numbers, options ++ configured)
    end
  end
end
