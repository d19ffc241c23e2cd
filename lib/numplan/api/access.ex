defmodule Numplan.API.Access do
  @moduledoc """
  Who may ask for what: whether the server is open, the tokens that others need, and the accounts that they reach. See `docs/access.md`.

  The state is one of three (`t:state/0`), and is what the last reading of the configuration and of the store says:

    * `:open` - there is no token, and who reaches the server may do everything. Only where `config :numplan, access: :open` says so; or on
      loopback, where it was never closed by a token
    * `{:tokens, tokens}` - others than those who have one of them are answered 401; all are, where there is none
    * `:unknown` - the store could not be read, so it is not known whether there are tokens: every request is answered 503 until it is

  Tokens are kept by their digests in memory, as they are in the store; a token is found by its digest, so how long a look-up takes tells
  nothing about it.
  """

  require Logger

  alias Numplan.API.{ClosedMark, Error, Origin, Request, Tokens}
  alias Numplan.Store

  @account_id_bytes 32
  @default_account String.duplicate("0", @account_id_bytes)
  @state {__MODULE__, :state}
  @exposed {__MODULE__, :exposed}
  @retry_after {"retry-after", "1"}
  @challenge {"www-authenticate", ~s(Bearer realm="numplan")}

  @type auth :: Tokens.auth()
  @type state :: :open | {:tokens, %{binary() => auth()}} | :unknown

  @typedoc """
  Why the state is what it is: the setting `access`, tokens (usable or not), a mark of earlier ones, an address that others reach, none of
  these, or a store that could not be read.
  """
  @type reason :: :setting | :tokens | :closed_before | :exposed | :default | :unreadable

  @doc """
  The account that a server without tokens acts for.

      iex> byte_size(Numplan.API.Access.default_account())
      32
  """
  @spec default_account() :: binary()
  def default_account, do: @default_account

  @doc "The digest by which a token is kept; see `Numplan.API.Tokens.digest/1`."
  @spec digest(binary()) :: binary()
  defdelegate digest(token), to: Tokens

  @doc "True when no token is asked for."
  @spec open?() :: boolean()
  def open?, do: state() == :open

  @doc "The state. Costs a look-up in memory, but for the first time."
  @spec state() :: state()
  def state, do: elem(state_and_reason(), 0)

  @doc "Why the state is what it is."
  @spec reason() :: reason()
  def reason, do: elem(state_and_reason(), 1)

  defp state_and_reason do
    with nil <- :persistent_term.get(@state, nil) do
      _ = reload()
      :persistent_term.get(@state)
    end
  end

  @doc """
  Reads the tokens from the application environment and the store anew; the state that follows. Entries that are malformed are logged, without
  what they hold.
  """
  @spec reload() :: state()
  def reload do
    configured = Tokens.configured(Application.get_env(:numplan, :tokens))
    {state, reason} = decision = decide(configured, Tokens.stored(Store.get_document("tokens")))
    :persistent_term.put(@state, decision)
    # In force first: a disc that hangs keeps no door open.
    if reason == :tokens, do: ClosedMark.put()
    state
  end

  defp decide(configured, :unknown) do
    log(configured.problems)
    {:unknown, :unreadable}
  end

  defp decide(configured, {:ok, stored}) do
    log(configured.problems ++ stored.problems)

    if configured.any? or stored.any?,
      do: {{:tokens, Map.merge(stored.tokens, configured.tokens)}, :tokens},
      else: without_tokens(setting())
  end

  defp log(problems),
    do: Enum.each(problems, &Logger.error("numplan: #{&1}; it lets nobody in, and the server is closed"))

  defp without_tokens(:open), do: {:open, :setting}
  defp without_tokens(:tokens), do: {{:tokens, %{}}, :setting}

  defp without_tokens(nil) do
    cond do
      ClosedMark.set?() -> {{:tokens, %{}}, :closed_before}
      exposed() != [] -> {{:tokens, %{}}, :exposed}
      true -> {:open, :default}
    end
  end

  defp setting do
    case Application.get_env(:numplan, :access) do
      setting when setting in [nil, :open, :tokens] ->
        setting

      other ->
        Logger.error("numplan: access: #{inspect(other)} is neither :open nor :tokens; the server is closed")
        :tokens
    end
  end

  @doc """
  Whether the calling process may listen on an address. Loopback is always allowed. Any other address needs a token, a setting of `access`, or
  a mark of earlier tokens; otherwise `{:error, :no_tokens}`. While the store cannot be read it is allowed too, and every request is
  answered 503; if it then turns out that no token exists, the server is closed.
  """
  @spec may_bind(:inet.ip_address()) :: :ok | {:error, :no_tokens}
  def may_bind(ip) do
    if Origin.loopback_address?(ip), do: :ok, else: expose(self())
  end

  # First, so that whoever reads the store meanwhile knows.
  defp expose(listener) do
    :persistent_term.put(@exposed, [listener | exposed()])

    if reason() in [:default, :exposed] do
      :persistent_term.put(@exposed, List.delete(exposed(), listener))
      {:error, :no_tokens}
    else
      :ok
    end
  end

  defp exposed, do: Enum.filter(:persistent_term.get(@exposed, []), &Process.alive?/1)

  @doc """
  Whether a request is let in at all, before anything is done for it: 503 where it is not known who may; 403 for one that a page of
  another origin has sent to an open server.
  """
  @spec admit(Request.t()) :: :ok | {:error, Error.t()}
  def admit(request), do: admit(state(), request)

  defp admit(:unknown, _request) do
    text = "the store's tokens cannot be read, so it is not known who may ask"
    {:error, Error.system(:datastore_unreachable, text: text, headers: [@retry_after])}
  end

  defp admit(:open, request), do: Origin.check(request)
  defp admit({:tokens, _tokens}, _request), do: :ok

  @doc "Who asks, and the token they asked with; 401 when it is none of ours. Refuses what `admit/1` refuses."
  @spec authenticate(Request.t(), %{binary() => binary()}) :: {:ok, auth(), binary() | nil} | {:error, Error.t()}
  def authenticate(request, query) do
    state = state()
    with :ok <- admit(state, request), do: authenticated(state, token(request, query))
  end

  defp authenticated(:open, token), do: {:ok, everything(), token}
  defp authenticated({:tokens, _tokens}, nil), do: {:error, unknown_token()}

  defp authenticated({:tokens, tokens}, token) do
    case Map.fetch(tokens, digest(token)) do
      {:ok, auth} -> {:ok, auth, token}
      :error -> {:error, unknown_token()}
    end
  end

  defp unknown_token, do: Error.system(:invalid_credentials, headers: [@challenge])

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

  @doc """
  Whether `auth` may act for the account in the path: its own, or one below it; superadmins for all (crossbar's `cb_simple_authz`). 403 for
  an account of others and 404 for one that does not exist, as in Kazoo; with `config :numplan, conceal: true` 404 for both.
  """
  @spec authorize(auth(), binary()) :: :ok | {:error, Error.t()}
  def authorize(auth, account_id) do
    with :ok <- well_formed(account_id), {:ok, tree} <- tree(account_id) do
      cond do
        auth.superadmin or account_id == auth.account_id or auth.account_id in tree -> :ok
        conceal?() -> {:error, no_account(account_id)}
        true -> {:error, Error.system(:forbidden)}
      end
    end
  end

  # What is no clear `false` conceals.
  defp conceal?, do: Application.get_env(:numplan, :conceal, false) not in [false, nil]

  defp no_account(account_id), do: Error.system(:bad_identifier, cause: account_id)

  defp well_formed(account_id) when byte_size(account_id) == @account_id_bytes, do: :ok

  defp well_formed(account_id) do
    {:error, Error.system(:bad_identifier, text: "invalid account_id '#{account_id}'")}
  end

  # Without a store there is nothing to know about accounts: only the token's own is reached, and that below nothing.
  defp tree(account_id) do
    case Store.get_account(account_id) do
      {:ok, account} -> {:ok, account.tree}
      {:error, :no_store} -> {:ok, []}
      {:error, :not_found} -> {:error, no_account(account_id)}
      {:error, reason} -> {:error, Error.store(reason)}
    end
  end

  @doc """
  True if a number of the account `holder` must be answered to `auth` as one that does not exist: `config :numplan, conceal: true` is set,
  and `holder` is neither the token's account nor below it. False for a number without a holder (`nil`).
  """
  @spec conceals?(auth(), holder :: binary() | nil) :: boolean()
  def conceals?(_auth, nil), do: false
  def conceals?(auth, holder), do: conceal?() and not above?(auth, holder)

  @doc "True if `account_id` is the account of the token or one below it, so that its numbers may be changed; always for superadmins."
  @spec above?(auth(), binary()) :: boolean()
  def above?(%{superadmin: true}, _account_id), do: true

  def above?(auth, account_id) do
    account_id == auth.account_id or match?({:ok, tree} when is_list(tree), tree_with(auth.account_id, account_id))
  end

  defp tree_with(ancestor, account_id) do
    with {:ok, tree} <- tree(account_id), true <- ancestor in tree, do: {:ok, tree}
  end
end
