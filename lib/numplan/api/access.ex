defmodule Numplan.API.Access do
  @moduledoc """
  Who may ask for what: tokens, and the accounts that they reach (kazoo-facts 1.7).

  Tokens come from the application environment (`config :numplan, tokens: [%{token: "…", account_id: "…", superadmin: true}]`) and
  from the store's document `tokens`, whose keys are SHA-256 digests in hex and whose values are objects with `account_id`,
  `superadmin` and `allow_number_additions`. They are kept as digests in memory; a token is found by its digest, so how long a
  look-up takes tells nothing about it. Without any token the server binds to loopback only, and who reaches it may do
  everything.
  """

  alias Numplan.API.{Error, Request}
  alias Numplan.Store

  @account_id_bytes 32
  @default_account String.duplicate("0", @account_id_bytes)
  @digests {__MODULE__, :digests}

  @type auth :: %{
          account_id: binary(),
          superadmin: boolean(),
          allow_number_additions: boolean()
        }

  @doc """
  The account that a server without tokens acts for.

      iex> byte_size(Numplan.API.Access.default_account())
      32
  """
  @spec default_account() :: binary()
  def default_account, do: @default_account

  @doc "True when there is no token, and so no check."
  @spec open?() :: boolean()
  def open?, do: digests() == %{}

  @doc "Reads the tokens from the application environment and the store anew."
  @spec reload() :: :ok
  def reload do
    configured =
      for token <- Application.get_env(:numplan, :tokens, []), into: %{}, do: {digest(token.token), auth(token)}

    :persistent_term.put(@digests, Map.merge(stored(), configured))
  end

  defp digests do
    case :persistent_term.get(@digests, nil) do
      nil ->
        reload()
        :persistent_term.get(@digests)

      digests ->
        digests
    end
  end

  defp auth(token) do
    %{
      account_id: token.account_id,
      superadmin: Map.get(token, :superadmin, false),
      allow_number_additions: Map.get(token, :allow_number_additions, false)
    }
  end

  defp stored do
    case Store.get_document("tokens") do
      {:ok, {tokens}, _rev} ->
        for {hex, {keys}} <- tokens, auth = stored_auth(Map.new(keys)), into: %{}, do: {hex, auth}

      {:error, _} ->
        %{}
    end
  end

  defp stored_auth(%{"account_id" => account_id} = keys) do
    %{
      account_id: account_id,
      superadmin: keys["superadmin"] == true,
      allow_number_additions: keys["allow_number_additions"] == true
    }
  end

  defp stored_auth(_keys), do: nil

  @doc """
  The digest by which a token is kept.

      iex> Numplan.API.Access.digest("secret") |> binary_part(0, 8)
      "2bb80d53"
  """
  @spec digest(binary()) :: binary()
  def digest(token), do: :sha256 |> :crypto.hash(token) |> Base.encode16(case: :lower)

  @doc "Who asks, and the token they asked with; 401 when it is none of ours."
  @spec authenticate(Request.t(), %{binary() => binary()}) :: {:ok, auth(), binary() | nil} | {:error, Error.t()}
  def authenticate(request, query) do
    token = token(request, query)

    case {digests(), token} do
      {digests, nil} when digests == %{} -> {:ok, everything(), nil}
      {_digests, nil} -> {:error, Error.system(:invalid_credentials)}
      {digests, token} when digests == %{} -> {:ok, everything(), token}
      {digests, token} -> known(Map.fetch(digests, digest(token)), token)
    end
  end

  defp known({:ok, auth}, token), do: {:ok, auth, token}
  defp known(:error, _token), do: {:error, Error.system(:invalid_credentials)}

  defp everything, do: %{account_id: @default_account, superadmin: true, allow_number_additions: true}

  defp token(request, query) do
    Request.header(request, "x-auth-token") || bearer(Request.header(request, "authorization")) || query["auth_token"]
  end

  defp bearer(nil), do: nil

  defp bearer(header) do
    case String.split(header, " ", parts: 2, trim: true) do
      [scheme, token] -> if String.downcase(scheme) == "bearer", do: String.trim(token)
      _ -> nil
    end
  end

  @doc "Whether `auth` may act for the account in the path: its own, or one below it; superadmins for all."
  @spec authorize(auth(), binary()) :: :ok | {:error, Error.t()}
  def authorize(auth, account_id) do
    with :ok <- well_formed(account_id), {:ok, tree} <- tree(account_id) do
      if auth.superadmin or account_id == auth.account_id or auth.account_id in tree,
        do: :ok,
        else: {:error, Error.system(:forbidden)}
    end
  end

  defp well_formed(account_id) when byte_size(account_id) == @account_id_bytes, do: :ok

  defp well_formed(account_id) do
    {:error, Error.system(:bad_identifier, text: "invalid account_id '#{account_id}'")}
  end

  # Without a store there is nothing to know about accounts: only the token's own is reached, and that below nothing.
  defp tree(account_id) do
    case Store.get_account(account_id) do
      {:ok, account} -> {:ok, account.tree}
      {:error, :no_store} -> {:ok, []}
      {:error, :not_found} -> {:error, Error.system(:bad_identifier, cause: account_id)}
      {:error, reason} -> {:error, Error.store(reason)}
    end
  end

  @doc "True when `account_id` is the asking account or one below it; what number holders may be acted against."
  @spec above?(auth(), binary()) :: boolean()
  def above?(%{superadmin: true}, _account_id), do: true

  def above?(auth, account_id) do
    account_id == auth.account_id or match?({:ok, tree} when is_list(tree), tree_with(auth.account_id, account_id))
  end

  defp tree_with(ancestor, account_id) do
    with {:ok, tree} <- tree(account_id), true <- ancestor in tree, do: {:ok, tree}
  end
end
