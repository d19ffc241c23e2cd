defmodule Numplan.API.Envelope do
  @moduledoc """
  Builds responses: `data` or an error in a JSON envelope (kazoo-semantics 1.1, as in Kazoo 5).
  """

  alias Numplan.API.{Context, Error, Response}

  @version Mix.Project.config()[:version]
  @json {"content-type", "application/json"}

  @doc """
  The response to a request that succeeded. Options: `:revision`, also the ETag; `:paging`,
  members beside `data`; `:headers`.
  """
  @spec success(Context.t(), 200..299, term(), keyword()) :: Response.t()
  def success(context, status, data, options \\ []) do
    members = [{"data", data}, {"status", "success"}] ++ (options[:paging] || []) ++ revision(options[:revision])
    etag = if options[:revision], do: [{"etag", quoted(options[:revision])}], else: []
    respond(context, status, members, (options[:headers] || []) ++ etag)
  end

  @doc "The response to a request that failed."
  @spec failure(Context.t(), Error.t()) :: Response.t()
  def failure(context, %Error{} = error) do
    members = [
      {"data", error.data},
      {"error", Integer.to_string(error.status)},
      {"message", error.message},
      {"status", "error"}
    ]

    respond(context, error.status, members, error.headers)
  end

  @doc "The response 304 to a client that has this revision already."
  @spec not_modified(Context.t(), binary()) :: Response.t()
  def not_modified(context, revision) do
    %Response{status: 304, headers: [{"etag", quoted(revision)} | Context.headers(context)]}
  end

  defp quoted(revision), do: <<?", revision::binary, ?">>

  defp revision(nil), do: []
  defp revision(revision), do: [{"revision", revision}]

  defp respond(context, status, members, headers) do
    envelope = {members ++ rate(context.rate) ++ about(context)}
    {body, status} = encode(envelope, context.pretty?, status)
    %Response{status: status, headers: headers ++ [@json | Context.headers(context)], body: body}
  end

  defp rate(nil), do: []
  defp rate({consumed, remaining}), do: [{"tokens", {[{"consumed", consumed}, {"remaining", remaining}]}}]

  defp about(context) do
    version = if context.auth, do: [{"version", @version}], else: []
    token = if context.token, do: [{"auth_token", context.token}], else: []

    [{"request_id", context.request_id}, {"timestamp", timestamp()}, {"node", node_name()}] ++ version ++ token
  end

  defp timestamp, do: DateTime.utc_now() |> DateTime.truncate(:second) |> DateTime.to_iso8601()

  # A digest of the node's name, as in Kazoo: it identifies the node without revealing the
  # machine's name.
  defp node_name, do: node() |> Atom.to_string() |> :erlang.md5() |> Base.encode16(case: :lower) |> binary_part(0, 16)

  defp encode(envelope, pretty?, status) do
    case :numplan_json.encode(envelope, if(pretty?, do: [:pretty], else: [])) do
      {:ok, body} ->
        {body, status}

      {:error, _} ->
        {~s({"data":{},"error":"500","message":"encoding response failed: bad term","status":"error"}), 500}
    end
  end
end
