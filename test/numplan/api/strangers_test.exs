defmodule Numplan.API.StrangersTest do
  @moduledoc """
  What the API lets an account learn of accounts and numbers that are not its own or below it: by default what Kazoo does (crossbar's
  `cb_simple_authz` and `cb_phone_numbers`, 5.x), and nothing where `conceal` is set.
  """
  use ExUnit.Case

  alias Numplan.API.Access
  alias Numplan.{HTTP, HTTPClient, PhoneNumber, Services, Store}

  @moduletag :tmp_dir

  @root String.duplicate("a", 32)
  @customer String.duplicate("c", 32)
  @stranger String.duplicate("d", 32)
  @nobody String.duplicate("e", 32)
  @below String.duplicate("f", 32)

  @mine "+14158550001"
  @foreign "+14158550002"
  @reserved "+14158550003"
  @ported "+14158550004"
  @lower "+14158550005"
  @none "+14158550009"

  setup %{tmp_dir: folder} do
    environment = [
      store: {Store.Mnesia, dir: Path.join(folder, "mnesia")},
      server: [port: 0],
      tokens: [
        %{token: "root", account_id: @root, superadmin: true},
        %{token: "customer", account_id: @customer, allow_number_additions: true},
        %{token: "plain", account_id: @customer}
      ],
      accounts: [
        %{id: @root},
        %{id: @customer, tree: [@root]},
        %{id: @stranger, tree: [@root]},
        %{id: @below, tree: [@root, @customer]}
      ]
    ]

    for {key, value} <- environment, do: Application.put_env(:numplan, key, value)
    start_supervised!(Services)

    for {id, state, account_id} <- [
          {@mine, "in_service", @customer},
          {@foreign, "in_service", @stranger},
          {@reserved, "reserved", @stranger},
          {@ported, "port_out", @stranger},
          {@lower, "in_service", @below}
        ] do
      number = %PhoneNumber{id: id, state: state, account_id: account_id, public: %{"kept" => id}}
      {:ok, _} = Store.update_number(id, fn nil -> {:put, number} end)
    end

    on_exit(fn ->
      for key <- [:conceal | Keyword.keys(environment)], do: Application.delete_env(:numplan, key)
      Access.reload()
    end)
  end

  defp ask(method, path, options) do
    account = Keyword.get(options, :account, @customer)
    url = "http://127.0.0.1:#{HTTP.port()}/v2/accounts/#{account}/phone_numbers/#{path}"
    headers = [{"x-auth-token", Keyword.get(options, :token, "customer")}, {"x-request-id", "same"}]
    HTTPClient.request(method, url, headers: headers, body: if(method != :get, do: %{"data" => options[:data] || %{}}))
  end

  # All that a client sees of it, but the moment and what it has asked for itself.
  defp seen(answer, asked) do
    text = answer.body |> String.replace(asked, "ASKED") |> String.replace(~r/"timestamp":"[^"]*"/, "")
    {answer.status, text}
  end

  @requests [
    {:get, "{N}"},
    {:post, "{N}"},
    {:patch, "{N}"},
    {:delete, "{N}"},
    {:delete, "{N}?hard=true"},
    {:put, "{N}/activate"},
    {:put, "{N}/reserve"},
    {:get, "{N}/identify"}
  ]

  defp number(method, path, number, options \\ []), do: ask(method, String.replace(path, "{N}", number), options)

  defp collection(method, path, number, token) do
    ask(method, path, data: %{"numbers" => [@mine, number]}, token: token).json["data"]["error"][number]
  end

  describe "by default, as in Kazoo," do
    test "a stranger sees which accounts there are, which numbers, and whose those in service are" do
      assert {ask(:get, "classifiers", account: @stranger).status, ask(:get, "classifiers", account: @nobody).status} ==
               {403, 404}

      assert {number(:get, "{N}", @foreign).status, number(:get, "{N}", @none).status} == {403, 404}

      assert %{status: 200, json: %{"data" => %{"account_id" => @stranger, "number" => @foreign}}} =
               number(:get, "{N}/identify", @foreign)

      assert %{status: 400, json: %{"data" => %{"cause" => "not_in_service", "account_id" => @stranger}}} =
               number(:get, "{N}/identify", @reserved)
    end
  end

  describe "with conceal: true" do
    setup do: Application.put_env(:numplan, :conceal, true)

    test "an account of others is answered as one that does not exist" do
      for {method, path} <- [{:get, ""}, {:get, "classifiers"}, {:get, "fix"}, {:put, @none} | @requests] do
        foreign = ask(method, String.replace(path, "{N}", @foreign), account: @stranger)
        none = ask(method, String.replace(path, "{N}", @foreign), account: @nobody)
        assert foreign.status == 404
        assert seen(foreign, @stranger) == seen(none, @nobody)
      end
    end

    test "a number of others is answered as one that does not exist, whatever its state" do
      for {method, path} <- @requests, token <- ["customer", "plain"], number <- [@foreign, @reserved, @ported] do
        foreign = number(method, path, number, token: token)
        none = number(method, path, @none, token: token)
        assert {method, path, number, foreign.status} == {method, path, number, 404}
        assert {method, path, seen(foreign, number)} == {method, path, seen(none, @none)}
      end

      kept()
    end

    test "so it is in a collection" do
      for {method, path} <- [
            {:post, "collection"},
            {:patch, "collection"},
            {:delete, "collection"},
            {:put, "collection/activate"}
          ],
          number <- [@foreign, @reserved, @ported] do
        {:ok, mine} = Store.get_number(@mine)
        foreign = collection(method, path, number, "customer")
        {:ok, _} = Store.update_number(@mine, fn _ -> {:put, mine} end)
        none = collection(method, path, @none, "customer")
        {:ok, _} = Store.update_number(@mine, fn _ -> {:put, mine} end)
        assert %{"code" => 404} = foreign
        assert {method, path, inspect(foreign)} == {method, path, String.replace(inspect(none), @none, number)}
      end

      kept()
    end

    test "who may not add numbers does not learn from trying which there are; who may, must" do
      foreign = number(:put, "{N}", @foreign, token: "plain")
      assert foreign.status == 403
      assert seen(foreign, @foreign) == seen(number(:put, "{N}", @none, token: "plain"), @none)
      assert number(:put, "{N}", @foreign).status == 409
      kept()
    end

    test "one's own numbers, those of accounts below, and all for superadmins, are as they are without it" do
      assert {number(:get, "{N}", @mine).status, number(:get, "{N}/identify", @mine).status} == {200, 200}
      assert {number(:get, "{N}", @lower).status, number(:get, "{N}/identify", @lower).status} == {403, 200}
      assert {number(:get, "{N}", @lower, account: @below).status} == {200}

      assert {number(:get, "{N}", @foreign, token: "root").status,
              number(:get, "{N}/identify", @foreign, token: "root").status} ==
               {200, 200}

      assert ask(:get, "classifiers", account: @nobody, token: "root").status == 404
    end

    # Nothing was changed by the stranger.
    defp kept do
      for {id, state} <- [{@foreign, "in_service"}, {@reserved, "reserved"}, {@ported, "port_out"}] do
        assert {:ok, %{state: ^state, account_id: @stranger, public: %{"kept" => ^id}}} = Store.get_number(id)
      end
    end
  end
end
