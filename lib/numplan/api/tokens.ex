defmodule Numplan.API.Tokens do
  @moduledoc """
  Reads tokens from the application environment and from the store's document `tokens`.

  A malformed entry admits nobody, but it closes the server: its author wanted tokens.
  """

  @account_id_bytes 32

  @typedoc "The account of a token, and its rights."
  @type auth :: %{account_id: binary(), superadmin: boolean(), allow_number_additions: boolean()}

  @typedoc """
  Usable tokens by digest; whether there is any entry, usable or not; the faults of the others, in
  words.
  """
  @type t :: %{tokens: %{binary() => auth()}, any?: boolean(), problems: [binary()]}

  @doc """
  The digest of a token: SHA-256 in hexadecimal, lower case.

      iex> Numplan.API.Tokens.digest("secret") |> binary_part(0, 8)
      "2bb80d53"
  """
  @spec digest(binary()) :: binary()
  def digest(token), do: :sha256 |> :crypto.hash(token) |> Base.encode16(case: :lower)

  @doc """
  The tokens of the application environment: a list of maps or keyword lists with `:token` and
  `:account_id`, and optionally `:superadmin` and `:allow_number_additions`. Never raises.

      iex> Numplan.API.Tokens.configured([%{token: nil, account_id: String.duplicate("0", 32)}]).problems
      ["token 1 under config :numplan, tokens: has no text as its token; is the environment variable set that it is taken from?"]
  """
  @spec configured(term()) :: t()
  def configured(nil), do: none()
  def configured([]), do: none()

  def configured(entries) when is_list(entries) do
    entries |> Enum.with_index(1) |> Enum.map(fn {entry, n} -> configured(entry, n) end) |> gather()
  end

  def configured(_other), do: gather([{:error, "config :numplan, tokens: is not a list"}])

  defp none, do: %{tokens: %{}, any?: false, problems: []}

  defp configured(entry, n) do
    with {:ok, %{token: token} = keys} when is_binary(token) and token != "" <- keys(entry),
         {:ok, auth} <- auth(keys[:account_id], keys[:superadmin], keys[:allow_number_additions]) do
      {:ok, {digest(token), auth}}
    else
      {:error, what} -> {:error, "token #{n} under config :numplan, tokens: #{what}"}
      {:ok, _no_token} -> {:error, "token #{n} under config :numplan, tokens: " <> no_token()}
    end
  end

  defp no_token, do: "has no text as its token; is the environment variable set that it is taken from?"

  defp keys(entry) when is_map(entry), do: {:ok, entry}

  defp keys(entry) do
    if Keyword.keyword?(entry), do: {:ok, Map.new(entry)}, else: {:error, "is not a map with token: and account_id:"}
  end

  @doc """
  The tokens of the store's document, as `Numplan.Store.get_document/1` returns it; `:unknown`
  where the store failed.

  The document is an object whose keys are digests, and whose values are objects with
  `account_id`, and optionally `superadmin` and `allow_number_additions`. Never raises.
  """
  @spec stored(term()) :: {:ok, t()} | :unknown
  def stored({:error, reason}) when reason in [:no_store, :not_found], do: {:ok, none()}
  def stored({:ok, {entries}, _rev}) when is_list(entries), do: {:ok, entries |> Enum.map(&stored_entry/1) |> gather()}
  def stored({:ok, empty, _rev}) when empty in [nil, :null], do: {:ok, none()}
  def stored({:ok, _other, _rev}), do: {:ok, gather([{:error, "the store's document tokens is not an object"}])}
  def stored(_failure), do: :unknown

  defp stored_entry({key, {keys}}) when is_binary(key) and is_list(keys) do
    keys = Map.new(keys)

    with {:ok, digest} <- stored_digest(key),
         {:ok, auth} <- auth(keys["account_id"], keys["superadmin"], keys["allow_number_additions"]) do
      {:ok, {digest, auth}}
    else
      {:error, what} -> {:error, "an entry of the store's document tokens #{what}"}
    end
  end

  defp stored_entry(_other), do: {:error, "an entry of the store's document tokens is not an object"}

  # The digest of the empty text, which is no token: everybody knows it.
  @empty :sha256 |> :crypto.hash("") |> Base.encode16(case: :lower)

  defp stored_digest(key) do
    digest = String.downcase(key)

    if digest =~ ~r/\A[0-9a-f]{64}\z/ and digest != @empty,
      do: {:ok, digest},
      else: {:error, "has a key that is not the SHA-256 digest of a token in hexadecimal"}
  end

  defp auth(account_id, superadmin, additions)
       when is_binary(account_id) and byte_size(account_id) == @account_id_bytes do
    {:ok, %{account_id: account_id, superadmin: superadmin == true, allow_number_additions: additions == true}}
  end

  defp auth(_account_id, _superadmin, _additions), do: {:error, "has no account_id of #{@account_id_bytes} bytes"}

  defp gather(entries) do
    %{
      tokens: for({:ok, token} <- entries, into: %{}, do: token),
      any?: entries != [],
      problems: for({:error, problem} <- entries, uniq: true, do: problem)
    }
  end
end
