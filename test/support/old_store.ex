defmodule Numplan.OldStore do
  @moduledoc """
  A store's directory as a version writes it, with numbers, accounts, a configuration, a token of the store, and the mark that the server
  has had tokens.

  `testdata/store/0.1.0` is what `write/1` of 0.1.0 has made, on OTP 25: later versions must read it. A version that changes the
  layout adds a directory of its own:

      MIX_ENV=test mix run -e 'Numplan.OldStore.write("testdata/store/0.2.0")'
  """

  alias Numplan.{HTTPClient, StoreNode}

  @account String.duplicate("a", 32)
  @token "a token of before"
  @configuration ~S"""
  {"classifiers": {"short": "^\\d{3}$", "dutch": "^\\+31"}, "e164_converters": {"^0(\\d{9})$": {"prefix": "+31"}}}
  """

  @doc "Writes the directory `dir`, which is not there yet."
  @spec write(Path.t()) :: :ok
  def write(dir) do
    accounts = [%{id: @account, name: "holder"}]
    first = %{token: "first", account_id: @account, superadmin: true}
    node = StoreNode.start(nil, Path.expand(dir), tokens: [first], accounts: accounts)
    configuration = Numplan.json_decode!(@configuration, [:ordered])
    {:ok, _} = StoreNode.call(node, Numplan.Store, :put_document, ["number_manager", configuration, nil])
    token = {[{"account_id", @account}, {"superadmin", true}]}

    {:ok, _} =
      StoreNode.call(node, Numplan.Store, :put_document, ["tokens", {[{Numplan.API.Tokens.digest(@token), token}]}, nil])

    201 = request(node, :put, "/+31101234567", "first", %{"name" => "front desk"}).status
    201 = request(node, :put, "/+31107654321", "first", %{}).status
    :ok = StoreNode.stop(node)
    File.rm(Path.join(dir, "numplan.lock"))
    :ok
  end

  @doc """
  What a node without tokens of its own answers on such a directory: to a request without a token, to the list of numbers by the
  store's token, to one of the numbers, and for three numbers by the store's configuration.
  """
  @spec answers(Path.t()) :: term()
  def answers(dir) do
    node = StoreNode.start(nil, dir)

    try do
      list = request(node, :get, "", @token, nil)
      number = request(node, :get, "/+31101234567", @token, nil)
      classes = StoreNode.call(node, Numplan, :classify, [["112", "0101234567", "4158867900"]])

      %{
        without_token: request(node, :get, "", nil, nil).status,
        numbers: list.json["data"]["numbers"] |> Map.keys() |> Enum.sort(),
        name: number.json["data"]["name"],
        state: number.json["data"]["state"] || number.json["data"]["_read_only"]["state"],
        classes: classes
      }
    after
      StoreNode.stop(node)
    end
  end

  defp request(node, method, path, token, data) do
    port = StoreNode.call(node, Numplan.HTTP, :port, [])
    url = "http://127.0.0.1:#{port}/v2/accounts/#{@account}/phone_numbers" <> String.replace(path, "+", "%2B")
    body = if data, do: %{"data" => data}
    HTTPClient.request(method, url, headers: if(token, do: [{"x-auth-token", token}], else: []), body: body)
  end
end
