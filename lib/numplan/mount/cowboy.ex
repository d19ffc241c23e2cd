defmodule :numplan_cowboy do
  @moduledoc """
  The API and its page as a handler of Cowboy 2, in a server that runs already. In Erlang:

      Dispatch = cowboy_router:compile([{'_', [
          {"/numplan/[...]", numplan_cowboy, #{}},
          {"/", my_handler, []}
      ]}]).

  The route ends in `[...]`: what that matches is the path for the API, and the route without it is
  the page. The route's options are a map or a list: `page`, `body_timeout` (`Numplan.Mount`).

  It is an Elixir module with a name as Erlang has it, and needs Elixir in the node, as the API
  does. It calls Cowboy by name, so Numplan does not depend on Cowboy.
  """

  alias Numplan.API.Request
  alias Numplan.Mount

  @doc """
  Cowboy's callback: answers the request. Raises `ArgumentError` for options that there are not.
  """
  @spec init(map(), map() | keyword()) :: {:ok, map(), map() | keyword()}
  def init(req, options) do
    request = %Request{
      method: req.method,
      target: target(req),
      headers: Mount.put_host(req.headers, req.host, req.port)
    }

    checked = options |> Enum.to_list() |> Mount.options!([:page, :body_timeout])
    {response, req} = Mount.respond(request, announced(req), checked, __MODULE__, req, &read/3)
    {:ok, cowboy(:reply, [response.status, Map.new(response.headers), response.body, req]), options}
  end

  # What `[...]` matched. Cowboy has decoded it.
  defp target(%{path_info: segments, qs: query}) when is_list(segments),
    do:
      with_query("/" <> Enum.map_join(segments, "/", &URI.encode(&1, fn byte -> URI.char_unreserved?(byte) end)), query)

  defp target(%{path: path, qs: query}), do: with_query(path, query)

  defp with_query(path, ""), do: path
  defp with_query(path, query), do: path <> "?" <> query

  defp announced(req) do
    with :undefined <- cowboy(:body_length, [req]), do: nil
  end

  # Cowboy hands over what it has when the period ends. It ends a request whose client is gone.
  defp read(req, bytes, milliseconds),
    do: cowboy(:read_body, [req, %{length: bytes, period: milliseconds, timeout: milliseconds + 5_000}])

  defp cowboy(function, arguments), do: apply(:cowboy_req, function, arguments)
end
