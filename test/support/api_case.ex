defmodule Numplan.APICase do
  @moduledoc """
  Tests of the API over a real socket, on a real Mnesia.

  Four accounts: a root, below it a reseller and a stranger, and below the reseller a customer.
  The tokens `root` (superadmin), `reseller` and `customer` are for the accounts of these names
  and may add numbers; `plain` is the customer's and may not.
  """
  use ExUnit.CaseTemplate

  alias Numplan.API.Access
  alias Numplan.{HTTP, HTTPClient, Store}

  @root String.duplicate("a", 32)
  @reseller String.duplicate("b", 32)
  @customer String.duplicate("c", 32)
  @stranger String.duplicate("d", 32)

  using do
    quote do
      import Numplan.APICase
      @moduletag :tmp_dir
    end
  end

  setup %{tmp_dir: folder} do
    Application.put_env(:numplan, :store, {Store.Mnesia, dir: Path.join(folder, "mnesia")})

    Application.put_env(:numplan, :tokens, [
      %{token: "root", account_id: @root, superadmin: true},
      %{token: "reseller", account_id: @reseller, allow_number_additions: true},
      %{token: "customer", account_id: @customer, allow_number_additions: true},
      %{token: "plain", account_id: @customer}
    ])

    Application.put_env(:numplan, :accounts, [
      %{id: @root, name: "root"},
      %{id: @reseller, name: "reseller", tree: [@root]},
      %{id: @customer, name: "customer", tree: [@root, @reseller]},
      %{id: @stranger, name: "stranger", tree: [@root]}
    ])

    Application.put_env(:numplan, :server, port: 0)
    start_supervised!(Numplan.Services)
    Access.reload()
    # Finds connections by address, because the text of a response may come from another test's
    # server.
    base = "http://127.0.0.1:#{HTTP.port()}/v2"

    on_exit(fn ->
      for key <- [:store, :tokens, :accounts, :server, :rate_limit, :locality],
          do: Application.delete_env(:numplan, key)

      Access.reload()
      :ok = Numplan.configure({:preset, "kazoo-3.20"})
    end)

    %{base: base}
  end

  @doc "The id of an account."
  @spec account(:root | :reseller | :customer | :stranger) :: binary()
  def account(:root), do: @root
  def account(:reseller), do: @reseller
  def account(:customer), do: @customer
  def account(:stranger), do: @stranger

  @doc """
  The answer to a request for `path` below an account's phone numbers.

  Options: `:account` (the customer), `:token` (`customer`; `nil` for none), `:headers`, and
  `:data` or the whole `:body`.
  """
  @spec ask(binary(), atom(), binary(), keyword()) :: HTTPClient.answer()
  def ask(base, method, path, options \\ []) do
    account = Keyword.get(options, :account, @customer)
    token = Keyword.get(options, :token, "customer")
    headers = if(token, do: [{"x-auth-token", token}], else: []) ++ (options[:headers] || [])
    body = if options[:data], do: %{"data" => options[:data]}, else: options[:body]
    HTTPClient.request(method, "#{base}/accounts/#{account}/phone_numbers#{path}", headers: headers, body: body)
  end

  @doc "The status of an answer, and the state of the number in it."
  @spec state(HTTPClient.answer()) :: {pos_integer(), binary() | nil}
  def state(answer), do: {answer.status, answer.json["data"]["state"]}

  @doc "The status of an answer, and its message."
  @spec refusal(HTTPClient.answer()) :: {pos_integer(), binary() | nil}
  def refusal(answer), do: {answer.status, answer.json["message"]}
end
