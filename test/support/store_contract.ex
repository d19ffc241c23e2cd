defmodule Numplan.StoreContract do
  @moduledoc """
  What every store must do, as one suite of tests: `use Numplan.StoreContract, store: Numplan.Store.Mnesia`.

  The using module has a function `store_options/1`, which makes the store's options of the test's context.
  """

  defmacro __using__(options) do
    quote bind_quoted: [store: options[:store]] do
      alias Numplan.{Account, PhoneNumber, Store}

      @store store
      @holder String.duplicate("a", 32)
      @other String.duplicate("b", 32)
      @id "+14158550001"

      setup context do
        Application.put_env(:numplan, :store, {@store, store_options(context)})
        start_supervised!({@store, store_options(context)}, id: :store)
        on_exit(fn -> Application.delete_env(:numplan, :store) end)
      end

      defp restart(context) do
        :ok = stop_supervised(:store)
        start_supervised!({@store, store_options(context)}, id: :store)
      end

      defp number(id, account_id, fields \\ []) do
        struct!(%PhoneNumber{id: id, state: "in_service", account_id: account_id}, fields)
      end

      defp put(number), do: Store.update_number(number.id, fn _ -> {:put, number} end)

      defp copies(account_id, from \\ nil, limit \\ 100) do
        {:ok, numbers, next} = Store.list_copies(account_id, from, limit)
        {Enum.map(numbers, & &1.id), next}
      end

      test "a number that is not there is not found" do
        assert Store.get_number(@id) == {:error, :not_found}
        assert Store.update_number(@id, fn nil -> {:error, :no_such} end) == {:error, :no_such}
        assert Store.get_number(@id) == {:error, :not_found}
      end

      test "a number is kept whole, with a copy in its account, also over a restart", context do
        public = %{"a" => [1, %{"b" => nil}], "c" => "é"}

        number =
          number(@id, @holder,
            public: public,
            features: %{"cnam" => %{}},
            reserve_history: [@other, @holder],
            used_by: "callflow"
          )

        assert {:ok, kept} = put(number)
        assert %{kept | rev: nil, created: nil, modified: nil} == number
        assert is_binary(kept.rev) and is_integer(kept.created) and kept.modified == kept.created
        assert Store.get_number(@id) == {:ok, kept}
        assert {:ok, [^kept], nil} = Store.list_copies(@holder, nil, 10)

        restart(context)
        assert Store.get_number(@id) == {:ok, kept}
        assert {:ok, [^kept], nil} = Store.list_copies(@holder, nil, 10)
      end

      test "a change has another revision, none has the same; the date of creation stays" do
        {:ok, first} = put(number(@id, @holder))
        assert {:ok, ^first} = Store.update_number(@id, &{:put, &1})
        assert {:ok, second} = Store.update_number(@id, &{:put, %{&1 | public: %{"a" => 1}}})
        assert second.rev != first.rev and second.created == first.created
      end

      test "copies follow the number from account to account, and go with it" do
        {:ok, _} = put(number(@id, @holder))
        assert {copies(@holder), copies(@other)} == {{[@id], nil}, {[], nil}}
        {:ok, _} = Store.update_number(@id, &{:put, %{&1 | account_id: @other}})
        assert {copies(@holder), copies(@other)} == {{[], nil}, {[@id], nil}}
        assert {Store.assigned_to(@holder), Store.assigned_to(@other)} == {{:ok, []}, {:ok, [@id]}}
        {:ok, _} = Store.update_number(@id, &{:put, %{&1 | account_id: nil, state: "available"}})
        assert copies(@other) == {[], nil}
        {:ok, _} = Store.update_number(@id, &{:put, %{&1 | account_id: @other, state: "reserved"}})
        assert {:ok, nil} = Store.update_number(@id, fn _ -> :delete end)
        assert copies(@other) == {[], nil} and Store.get_number(@id) == {:error, :not_found}
      end

      test "states that no account sees have no copy" do
        for {state, n} <- Enum.with_index(PhoneNumber.states()),
            do: {:ok, _} = put(number("+1415855100#{n}", @holder, state: state))

        {:ok, numbers, nil} = Store.list_copies(@holder, nil, 100)
        assert Enum.sort(Enum.map(numbers, & &1.state)) == ~w(in_service port_in port_out reserved)
        # The repair `fix` must see the same.
        :ok = Numplan.Store.Repair.fix(@holder)
        assert Store.list_copies(@holder, nil, 100) == {:ok, numbers, nil}
      end

      test "a refusal and an exception change nothing, and reach the caller" do
        {:ok, kept} = put(number(@id, @holder))
        assert Store.update_number(@id, fn _ -> {:error, {:some, :reason}} end) == {:error, {:some, :reason}}
        assert_raise ArithmeticError, fn -> Store.update_number(@id, fn _ -> raise ArithmeticError end) end
        assert Store.get_number(@id) == {:ok, kept}
      end

      test "of changes at once none is lost" do
        {:ok, _} = put(number(@id, @holder, public: %{"n" => 0}))
        add = fn number -> {:put, update_in(number.public["n"], &(&1 + 1))} end

        1..8
        |> Task.async_stream(fn _ -> for(_ <- 1..25, do: {:ok, _} = Store.update_number(@id, add)) end, timeout: 60_000)
        |> Stream.run()

        assert {:ok, %{public: %{"n" => 200}}} = Store.get_number(@id)
      end

      test "copies come in pages, in order, for one account" do
        ids = for n <- 10..20, do: "+14158550#{n}"
        for id <- Enum.shuffle(ids), do: {:ok, _} = put(number(id, @holder))
        {:ok, _} = put(number("+14158550099", @other))
        assert copies(@holder, nil, 4) == {Enum.take(ids, 4), Enum.at(ids, 4)}
        assert copies(@holder, Enum.at(ids, 4), 4) == {Enum.slice(ids, 4, 4), Enum.at(ids, 8)}
        assert copies(@holder, Enum.at(ids, 8), 4) == {Enum.slice(ids, 8, 4), nil}
        # A page that begins at a missing key starts with the next existing one.
        assert copies(@holder, "+141585501", 1) == {["+1415855010"], "+1415855011"}
        assert copies(String.duplicate("c", 32)) == {[], nil}
      end

      test "copies can be written and removed whatever the record says" do
        {:ok, kept} = put(number(@id, @holder))
        :ok = Store.put_copies(@other, [kept])
        :ok = Store.delete_copies(@holder, [@id])
        :ok = Store.delete_copies(@holder, [@id])
        assert {copies(@holder), copies(@other)} == {{[], nil}, {[@id], nil}}
        assert Store.assigned_to(@holder) == {:ok, [@id]}
      end

      test "many records are read, and many copies written, at once" do
        ids = for n <- 1_000..1_250, do: "+1415855#{n}"
        numbers = for id <- ids, do: number(id, @holder, features: %{"cnam" => %{"x" => 1}}, private: %{"pvt_x" => 1})
        assert Store.get_numbers(ids) == {:ok, %{}}
        :ok = Store.put_copies(@other, numbers)
        :ok = Store.put_copies(@other, numbers)
        assert copies(@other, nil, 1_000) == {ids, nil}
        :ok = Store.delete_copies(@other, ["+14150000000" | tl(ids)])
        assert copies(@other, nil, 1_000) == {[hd(ids)], nil}
        {:ok, kept} = put(hd(numbers))
        assert Store.get_numbers(ids) == {:ok, %{hd(ids) => kept}}
        assert kept.private == %{"pvt_x" => 1}
      end

      test "accounts are kept, and the numbers below them counted", context do
        assert Store.get_account(@holder) == {:error, :not_found}
        :ok = Store.put_account(%Account{id: @holder, name: "x"})
        :ok = Store.put_account(%Account{id: @other, tree: [@holder], enabled: false})
        for n <- 1..3, do: {:ok, _} = put(number("+1415855000#{n}", @other))
        assert {Store.count_below(@holder), Store.count_below(@other)} == {{:ok, 3}, {:ok, 0}}
        restart(context)
        assert Store.get_account(@other) == {:ok, %Account{id: @other, tree: [@holder], enabled: false}}
      end

      test "documents are kept in order, by revision, and changes are told", context do
        document = {[{"z", 1}, {"a", {[{"y", :null}, {"b", []}]}}]}
        assert Store.get_document("number_manager") == {:error, :not_found}
        :ok = Store.subscribe()
        {:ok, rev} = Store.put_document("number_manager", document)
        assert_receive {:numplan_document, "number_manager"}, 5_000
        assert Store.get_document("number_manager") == {:ok, document, rev}
        assert {:error, :conflict} = Store.put_document("number_manager", {[]}, "0-x")
        assert {:ok, next} = Store.put_document("number_manager", {[]}, rev)
        assert next != rev
        assert_receive {:numplan_document, "number_manager"}, 5_000
        {:ok, _} = Store.put_document("number_manager", document)
        restart(context)
        assert {:ok, ^document, _} = Store.get_document("number_manager")
      end

      test "a store that has ended is unavailable" do
        :ok = stop_supervised(:store)

        ExUnit.CaptureLog.capture_log(fn ->
          assert Store.get_number(@id) == {:error, :unavailable}
          assert put(number(@id, @holder)) == {:error, :unavailable}
          assert Store.put_document("x", {[]}) == {:error, :unavailable}
          assert Store.subscribe() == {:error, :unavailable}
        end)
      end
    end
  end
end
