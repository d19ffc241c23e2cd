defmodule Numplan.HTTP.Page do
  @moduledoc """
  The web page at `/`, which classifies numbers as they are typed, through the API of the same
  server.
  """

  alias Numplan.API.{Access, Context, Envelope, Request, Response}

  @folder Path.join(__DIR__, "page")
  @scripts ~w(entries.js requests.js mask.js rows.js page.js)
  for file <- ["page.html", "style.css" | @scripts], do: @external_resource(Path.join(@folder, file))

  @style File.read!(Path.join(@folder, "style.css"))
  @script Enum.map_join(@scripts, "\n", &File.read!(Path.join(@folder, &1)))
  # The page, in one document without further requests, so that its content security policy allows
  # only a nonce.
  @html @folder
        |> Path.join("page.html")
        |> File.read!()
        |> String.replace("{{STYLE}}", @style)
        |> String.replace("{{SCRIPT}}", @script)

  @doc """
  The response with the page, or with the error of `Numplan.API.Access.admit/1`.

  On an open server the page uses the default account; otherwise it asks its reader for an account
  and a token. It sends its requests to the path under which it was loaded.
  """
  @spec response(Request.t()) :: Response.t()
  def response(request) do
    case Access.admit(request) do
      :ok -> page(request)
      {:error, error} -> request |> Context.new() |> Envelope.failure(error)
    end
  end

  defp page(request) do
    nonce = 16 |> :crypto.strong_rand_bytes() |> Base.encode64()
    account = if Access.open?(request), do: Access.default_account(), else: ""
    html = @html |> String.replace("{{NONCE}}", nonce) |> String.replace("{{ACCOUNT_ID}}", account)
    %Response{status: 200, headers: headers(nonce), body: html}
  end

  defp headers(nonce) do
    [
      {"content-type", "text/html; charset=utf-8"},
      {"cache-control", "no-store"},
      {"x-content-type-options", "nosniff"},
      {"referrer-policy", "no-referrer"},
      {"content-security-policy",
       "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " <>
         "style-src 'nonce-#{nonce}'; script-src 'nonce-#{nonce}'"}
    ]
  end
end
