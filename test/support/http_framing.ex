defmodule Numplan.HTTPFraming do
  @moduledoc """
  The requests that the server finds in bytes, without a server: by the same functions, in the same order, as
  `Numplan.HTTP.Connection` calls them.
  """

  alias Numplan.API.Body
  alias Numplan.HTTP.{Head, Payload}

  @type request :: {Head.t(), binary() | nil}
  @type ended :: :more | :closed | {:refused, atom()}

  @doc "The requests in pieces of bytes, and how reading ended. The last body is `nil` if it is incomplete."
  @spec read([binary()]) :: {[request()], ended()}
  def read(pieces), do: head(Head.new(), pieces, [])

  defp head(parser, [], requests), do: ended(Head.parse(parser, ""), requests)

  defp head(parser, [piece | pieces], requests) do
    case Head.parse(parser, piece) do
      {:more, parser} -> head(parser, pieces, requests)
      {:ok, %{body: :none} = head, rest} -> next(head, "", [rest | pieces], requests)
      {:ok, head, rest} -> payload(head, Payload.new(head, Body.max_bytes()), [rest | pieces], requests)
      {:error, reason} -> {Enum.reverse(requests), {:refused, reason}}
    end
  end

  defp ended({:more, _parser}, requests), do: {Enum.reverse(requests), :more}

  defp payload(head, _payload, [], requests), do: {Enum.reverse([{head, nil} | requests]), :more}

  defp payload(head, payload, [piece | pieces], requests) do
    case Payload.parse(payload, piece) do
      {:more, payload} -> payload(head, payload, pieces, requests)
      {:ok, body, rest} -> next(head, body, [rest | pieces], requests)
      {:error, reason} -> {Enum.reverse([{head, nil} | requests]), {:refused, reason}}
    end
  end

  defp next(head, body, pieces, requests) do
    requests = [{head, body} | requests]
    if head.keep_alive?, do: head(Head.new(), pieces, requests), else: {Enum.reverse(requests), :closed}
  end
end
