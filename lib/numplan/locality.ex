defmodule Numplan.Locality do
  @moduledoc """
  Localities of numbers, where they are and which carrier holds their range, from the configured
  provider.

  By default `Numplan.Locality.Layered` answers from built-in data, and from an operator's file
  and a phonebook where they are configured:

      config :numplan, locality: [file: "/var/lib/numplan/numbers.locality", phonebook: [url: "https://phonebook.example.com"]]

  `locality: {module, options}` names another provider (`Numplan.Locality.Provider`), such as
  `{Numplan.Locality.Phonebook, url: …}`, which uses the phonebook alone, as Kazoo does.
  """

  alias Numplan.Locality.{Layered, Provider}

  @typedoc "Why there are no localities."
  @type reason :: Provider.reason()

  @typedoc "A decoded JSON object, its members in order."
  @type object :: Provider.object()

  @doc """
  The localities of numbers: an object whose keys are the numbers as they were given.
  `source: true` adds where each part is from.

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
