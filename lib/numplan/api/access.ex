defmodule Numplan.API.Access do
  @moduledoc """
  Authentication and authorisation: whether the server is open, which tokens it takes, and which
  accounts a token reaches. See `docs/access.md`.

  The state is one of three (`t:state/0`), by the last reading of the configuration and of the
  store:

    * `:open` - no token is needed, and every client may do everything. Only with
      `config :numplan, access: :open`, or on loopback as long as the server never had a token
    * `{:tokens, tokens}` - a request needs one of these tokens, else it is answered 401; with no
      token in the list, every request is
    * `:unknown` - the store could not be read, so there may be tokens: every request is answered
      503 until it can be read

  Tokens are kept as digests, in memory as in the store. A token is looked up by its digest, so
  the time of a look-up reveals nothing about it.
  """

  require Logger

  alias Numplan.{Account, Store}
  alias Numplan.API.{ClosedMark, Error, Origin, Request, Tokens}

  @account_id_bytes 32
  @default_account Account.default().id
  @state {__MODULE__, :state}
  @exposed {__MODULE__, :exposed}
  @retry_after {"retry-after", "1"}
  @challenge {"www-authenticate", ~s(Bearer realm="numplan")}

  @type auth :: Tokens.auth()
  @type state :: :open | {:tokens, %{binary() => auth()}} | :unknown

  @typedoc """
  The reason for a state: the setting `access`; tokens, usable or not; the mark of earlier tokens
  (`:closed_before`); an address that other machines reach (`:exposed`); none of these
  (`:default`); or a store that could not be read.
  """
  @type reason :: :setting | :tokens | :closed_before | :exposed | :default | :unreadable

  @doc """
  The account of every request to an open server.

      iex> byte_size(Numplan.API.Access.default_account())
      32
  """
  @spec default_account() :: binary()
  def default_account, do: @default_account

  @doc "The digest of a token; see `Numplan.API.Tokens.digest/1`."
  @spec digest(binary()) :: binary()
  defdelegate digest(token), to: Tokens

  @doc "True when no token is needed."
  @spec open?() :: boolean()
  def open?, do: state() == :open

  @doc "True when a request needs no token."
  @spec open?(Request.t()) :: boolean()
  def open?(request), do: state(request) == :open

  @doc """
  The state of access by the last reading. Cost: a look-up in memory; the first call reads the
  configuration and the store.
  """
  @spec state() :: state()
  def state, do: elem(state_and_reason(), 0)

  @doc """
  The state of access for a request. For one that came through a server of somebody else, which may
  listen on any address, the node is open only by the setting `access: :open`.
  """
  @spec state(Request.t()) :: state()
  def state(%Request{exposed?: exposed?}) do
    case state_and_reason() do
      {:open, :default} when exposed? -> {:tokens, %{}}
      {state, _reason} -> state
    end
  end

  @doc "The reason for the state that `state/0` returns."
  @spec reason() :: reason()
  def reason, do: elem(state_and_reason(), 1)

  defp state_and_reason do
    with nil <- :persistent_term.get(@state, nil) do
      _ = reload()
      :persistent_term.get(@state)
    end
  end

  @doc """
  Reads the tokens again, from the application environment and the store, and returns the new
  state. Malformed entries are logged, without their contents.
  """
  @spec reload() :: state()
  def reload do
    configured = Tokens.configured(Application.get_env(:numplan, :tokens))
    {state, reason} = decision = decide(configured, Tokens.stored(Store.get_document("tokens")))
    :persistent_term.put(@state, decision)
    # The state changes before the mark is written: a disc that hangs must not keep the server open.
    if reason == :tokens, do: ClosedMark.put()
    state
  end

  @doc "Takes the tokens for unknown until `reload/0` reads them: every request is answered 503."
  @spec unknown() :: :ok
  def unknown, do: :persistent_term.put(@state, {:unknown, :unreadable})

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
  Whether the calling process may listen on an address.

  Loopback is always allowed. Any other address needs a token, a setting of `access`, or a mark of
  earlier tokens; otherwise `{:error, :no_tokens}`. While the store cannot be read it is allowed
  too, and every request is answered 503; if it then turns out that no token exists, the server is
  closed.
  """
  @spec may_bind(:inet.ip_address()) :: :ok | {:error, :no_tokens}
  def may_bind(ip) do
    if Origin.loopback_address?(ip), do: :ok, else: expose(self())
  end

  # Registers a listener at an address other than loopback, or refuses it where neither tokens nor a
  # setting say who may use the server. It is registered first, so that a concurrent `reload/0`
  # takes it into account.
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
  Whether a request is processed at all: 503 in the state `:unknown`, 403 for a request to an open
  server from a page of another origin.
  """
  @spec admit(Request.t()) :: :ok | {:error, Error.t()}
  def admit(request), do: admit(state(request), request)

  defp admit(:unknown, _request) do
    text = "the store's tokens cannot be read, so it is not known who may ask"
    {:error, Error.system(:datastore_unreachable, text: text, headers: [@retry_after])}
  end

  defp admit(:open, request), do: Origin.check(request)
  defp admit({:tokens, _tokens}, _request), do: :ok

  @doc """
  The rights of a request and its token; 401 for a token that is missing or unknown. Refuses what
  `admit/1` refuses.
  """
  @spec authenticate(Request.t(), %{binary() => binary()}) :: {:ok, auth(), binary() | nil} | {:error, Error.t()}
  def authenticate(request, query) do
    state = state(request)
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
  Whether `auth` may act for the account in the path: its own, one below it, or any for a
  superadmin (crossbar's `cb_simple_authz`).

  The answer is 403 for another account and 404 for one that does not exist, as in Kazoo; with
  `config :numplan, conceal: true` 404 for both.
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

  # True when the configuration conceals other accounts' numbers: with every value of the setting
  # but `false` and `nil`.
  defp conceal?, do: Application.get_env(:numplan, :conceal, false) not in [false, nil]

  defp no_account(account_id), do: Error.system(:bad_identifier, cause: account_id)

  defp well_formed(account_id) when byte_size(account_id) == @account_id_bytes, do: :ok

  defp well_formed(account_id) do
    {:error, Error.system(:bad_identifier, text: "invalid account_id '#{account_id}'")}
  end

  # The ancestors of an account. Without a store there are no other accounts, so a token reaches
  # only its own.
  defp tree(account_id) do
    case Store.get_account(account_id) do
      {:ok, account} -> {:ok, account.tree}
      {:error, :no_store} -> {:ok, []}
      {:error, :not_found} -> {:error, no_account(account_id)}
      {:error, reason} -> {:error, Error.store(reason)}
    end
  end

  @doc """
  True when `auth` must not learn that `holder` has a number; the number is then answered as one
  that does not exist.

  With `config :numplan, conceal: true` that holds for holders other than its own account and
  those below. A number without a holder is not concealed.
  """
  @spec conceals?(auth(), holder :: binary() | nil) :: boolean()
  def conceals?(_auth, nil), do: false
  def conceals?(auth, holder), do: conceal?() and not above?(auth, holder)

  @doc """
  True when the authenticated account is `account_id` or an ancestor of it, or a superadmin: it may
  then change the numbers of `account_id`.
  """
  @spec above?(auth(), binary()) :: boolean()
  def above?(%{superadmin: true}, _account_id), do: true

  def above?(auth, account_id) do
    account_id == auth.account_id or match?({:ok, tree} when is_list(tree), tree_with(auth.account_id, account_id))
  end

  defp tree_with(ancestor, account_id) do
    with {:ok, tree} <- tree(account_id), true <- ancestor in tree, do: {:ok, tree}
  end
end
