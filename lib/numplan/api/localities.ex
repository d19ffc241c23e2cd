defmodule Numplan.API.Localities do
  @moduledoc """
  The request for localities of numbers (kazoo-semantics 2.6, 5).
  """

  alias Numplan.API.{Context, Envelope, Error, NumberList, Response}
  alias Numplan.Locality

  @doc """
  The localities of a list of numbers, by the provider in use; `source=true` in the query adds
  where each part is from.
  """
  @spec lookup(Context.t()) :: Response.t()
  def lookup(context) do
    with {:ok, numbers} <- NumberList.read(context.data),
         {:ok, localities} <- Locality.lookup(numbers, source: context.query["source"] == "true") do
      Envelope.success(context, 200, localities)
    else
      {:error, %Error{} = error} -> Envelope.failure(context, error)
      {:error, :missing_url} -> failed(context, "could not get locality url")
      {:error, :lookup_failed} -> failed(context, "number locality lookup failed")
    end
  end

  defp failed(context, message), do: Envelope.failure(context, %Error{status: 500, message: message})
end
