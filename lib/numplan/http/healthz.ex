defmodule Numplan.HTTP.Healthz do
  @moduledoc """
  `GET /healthz`: whether the node's store can be read and written, for load balancers and monitors.

  It asks for no token and says nothing about numbers, paths or names; `docs/http.md` has the
  answers.
  """

  alias Numplan.API.Response
  alias Numplan.Store.Health

  @doc """
  The response: 200, or 503 where the store cannot be read or written. Takes three seconds at most.

      iex> response = Numplan.HTTP.Healthz.response()
      iex> {response.status, IO.iodata_to_binary(response.body)}
      {200, ~s({"status":"well","store":null})}
  """
  @spec response() :: Response.t()
  def response do
    {status, members} = answer(Health.check())
    {:ok, body} = :numplan_json.encode({members})
    headers = [{"content-type", "application/json"}, {"cache-control", "no-store"}]
    %Response{status: status, headers: headers, body: body}
  end

  defp answer(nil), do: {200, [{"status", "well"}, {"store", nil}]}

  defp answer(health) do
    store = [{"kind", health.kind}, {"readable", health.readable}, {"writable", health.writable}]

    if health.writable,
      do: {200, [{"status", "well"}, {"store", {store}}]},
      else: {503, [{"status", "unwell"}, {"store", {store}}, {"reason", health.reason}]}
  end
end
