defmodule Numplan.Locality.Phonebook do
  @moduledoc """
  A provider that gets localities from a phonebook service, over its HTTP protocol
  (kazoo-semantics 5).

  Options:

    * `:url` - the base URL, such as `https://phonebook.example.com`
    * `:timeout` - of the whole request in milliseconds, default 10,000
    * `:max_bytes` - of the reply, default 8,000,000

  Certificates are verified against the system's authorities.
  """

  @behaviour Numplan.Locality.Provider

  require Logger

  @timeout 10_000
  @max_bytes 8_000_000

  @impl true
  def lookup(numbers, options) do
    case options[:url] do
      nil -> {:error, :missing_url}
      url -> request(url, numbers, options)
    end
  end

  defp request(url, numbers, options) do
    body = :numplan_json.encode({[{"data", numbers}]})

    with {:ok, body} <- body,
         {:ok, reply} <- post(url <> "/locality/metadata", body, options),
         {:ok, data} <- data(reply) do
      {:ok, data}
    else
      {:error, reason} ->
        Logger.error("numplan: the phonebook at #{url} returns no localities: #{inspect(reason)}")
        {:error, :lookup_failed}
    end
  end

  defp post(url, body, options) do
    timeout = options[:timeout] || @timeout
    request = {to_charlist(url), [{~c"accept", ~c"application/json"}], ~c"application/json", body}
    http = [timeout: timeout, connect_timeout: timeout, autoredirect: false] ++ tls(url)

    with {:ok, _} <- Application.ensure_all_started(:inets),
         {:ok, id} <- :httpc.request(:post, request, http, sync: false, stream: :self, body_format: :binary) do
      receive_reply(id, [], options[:max_bytes] || @max_bytes, deadline(timeout))
    end
  end

  defp tls("https:" <> _) do
    [
      ssl: [
        verify: :verify_peer,
        cacerts: :public_key.cacerts_get(),
        depth: 5,
        customize_hostname_check: [match_fun: :public_key.pkix_verify_hostname_match_fun(:https)]
      ]
    ]
  end

  defp tls(_url), do: []

  defp deadline(timeout), do: System.monotonic_time(:millisecond) + timeout

  # Receives the reply. It is streamed, so that an endless one is not held in memory; `httpc`
  # streams only status 200.
  defp receive_reply(id, read, left, deadline) do
    receive do
      {:http, {^id, :stream_start, _headers}} -> receive_reply(id, read, left, deadline)
      {:http, {^id, :stream, part}} when byte_size(part) > left -> cancel(id, :too_large)
      {:http, {^id, :stream, part}} -> receive_reply(id, [read, part], left - byte_size(part), deadline)
      {:http, {^id, :stream_end, _headers}} -> {:ok, IO.iodata_to_binary(read)}
      {:http, {^id, {:error, reason}}} -> {:error, reason}
      {:http, {^id, {{_version, status, _phrase}, _headers, _body}}} -> {:error, {:status, status}}
    after
      max(deadline - System.monotonic_time(:millisecond), 0) -> cancel(id, :timeout)
    end
  end

  defp cancel(id, reason) do
    :httpc.cancel_request(id)
    {:error, reason}
  end

  defp data(reply) do
    with {:ok, {members}} <- :numplan_json.decode(reply, [:ordered]),
         {"status", "success"} <- List.keyfind(members, "status", 0) do
      case List.keyfind(members, "data", 0) do
        {"data", {_} = data} -> {:ok, data}
        nil -> {:ok, {[]}}
        _ -> {:error, :no_object}
      end
    else
      {:error, reason} -> {:error, reason}
      _ -> {:error, :no_success}
    end
  end
end
