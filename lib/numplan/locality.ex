defmodule Numplan.Locality do
  @moduledoc """
  Where numbers are and who holds their ranges: the behaviour of providers, and the one in use.

  Without configuration what is compiled in answers (`Numplan.Locality.Layered`). An operator's file and a phonebook are layers of that:

      config :numplan, locality: [file: "/var/lib/numplan/numbers.locality", phonebook: [url: "https://phonebook.example.com"]]

  `locality: {module, options}` names another provider, such as `{Numplan.Locality.Phonebook, url: …}`, which asks the phonebook
  alone, as Kazoo does.
  """

  alias Numplan.Locality.{Layered, Provider}

  @typedoc "Why there are no localities."
  @type reason :: Provider.reason()

  @typedoc "A decoded JSON object, its members in order."
  @type object :: Provider.object()

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
