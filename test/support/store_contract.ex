defmodule Numplan.StoreContract do
  @moduledoc """
  What every store must do, as one suite of tests: `use Numplan.StoreContract, store: Numplan.Store.Mnesia`.

  The using module has a function `store_options/1`, which makes the store's options of the test's context.
  """

  defmacro __using__(options) do
    quote bind_quoted: [store: options[:store]] do
      import Bitwise, only: [<<<: 2]

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

      # A store without transactions has an answer for each number.
      defp unavailable?(answer), do: answer in [{:error, :unavailable}, {:ok, [{:error, :unavailable}]}]

      defp copies(account_id, from \\ nil, limit \\ 100) do
        {:ok, numbers, next} = Store.list_copies(account_id, from, limit)
        {Enum.map(numbers, & &1.id), next}
      end

      defp assigned_to(account_id) do
        {:ok, ids, nil} = Store.assigned_to(account_id, nil, 10_000)
        ids
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
        assert {assigned_to(@holder), assigned_to(@other)} == {[], [@id]}
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

      test "fix repairs copies in pages, those that lack and those that are too many" do
        ids = for n <- 1_000..2_199, do: "+1415855#{n}"
        {held, others} = ids |> Enum.with_index() |> Enum.split_with(fn {_id, n} -> rem(n, 3) != 0 end)
        [held, others] = for list <- [held, others], do: for({id, _n} <- list, do: id)
        make = fn ids, account -> Enum.map(ids, &{&1, fn nil -> {:put, number(&1, account)} end}) end
        {:ok, _} = Store.update_numbers(make.(held, @holder) ++ make.(others, @other))
        {:ok, records} = Store.get_numbers(ids)
        :ok = Store.delete_copies(@holder, Enum.take_every(held, 2))
        :ok = Store.put_copies(@holder, for(id <- others, do: records[id]))
        me = self()
        assert Numplan.Store.Repair.fix(@holder, &send(me, {:done, &1})) == :ok
        assert Store.list_copies(@holder, nil, 2_000) == {:ok, Enum.map(held, &records[&1]), nil}
        assert Store.list_copies(@other, nil, 2_000) == {:ok, Enum.map(others, &records[&1]), nil}
        # Each number once, and in more than one part.
        assert_received {:done, 1_200}
        assert_received {:done, part} when part < 1_200
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

      # All pages of a filtered list; each has at most `limit` numbers.
      defp filtered(filter, limit, from \\ nil, read \\ []) do
        {:ok, numbers, next} = Store.list_copies(@holder, from, limit, filter)
        assert length(numbers) <= limit
        read = read ++ numbers
        if next, do: filtered(filter, limit, next, read), else: read
      end

      # Numbers of an account, of another one, and copies that differ from their records.
      defp list_of_many_kinds do
        ids = for prefix <- ["+1415855", "+1416855", "+4930855"], n <- 100..159, do: "#{prefix}#{n}"
        some = &Enum.random/1

        changes =
          for id <- ids do
            number =
              number(id, some.([@holder, @holder, @holder, @other]),
                state: some.(["in_service", "in_service", "reserved", "port_in", "released"]),
                used_by: some.([nil, "callflow", "trunkstore"]),
                created: 63_900_000_000 + some.(0..9),
                modified: 63_900_000_000 + some.(10..19),
                public: some.([%{}, %{"a" => "x"}, %{"a" => %{"b" => [1, true]}}, %{"a" => ""}])
              )

            {id, fn nil -> {:put, number} end}
          end

        {:ok, results} = Store.update_numbers(changes)
        records = for {:ok, record} <- results, do: record
        :ok = Store.delete_copies(@holder, Enum.take_random(ids, 10))

        other = fn record ->
          %{record | state: some.(["in_service", "reserved"]), used_by: "callflow", created: record.created - 5}
        end

        :ok = Store.put_copies(@holder, records |> Enum.take_random(20) |> Enum.map(other))
        {:ok, all, nil} = Store.list_copies(@holder, nil, 10_000)
        all
      end

      test "a filter keeps what it says, in pages that have each number once" do
        all = list_of_many_kinds()
        middle = 63_900_000_003

        cases = [
          {[{:is, [:state], ["reserved"]}], &(&1.state == "reserved")},
          {[{:is, [:state], ["reserved", "port_in"]}], &(&1.state in ["reserved", "port_in"])},
          {[{:is, [:state], ["released"]}], &(&1.state == "released")},
          {[{:is_not, [:state], ["reserved"]}], &(&1.state != "reserved")},
          {[{:is, [:used_by], ["callflow"]}], &(&1.used_by == "callflow")},
          {[{:is, [:used_by], [""]}], &(&1.used_by == nil)},
          {[{:prefix, "+1416855"}], &match?("+1416855" <> _, &1.id)},
          {[{:prefix, "+14168551"}, {:is, [:state], ["in_service"]}],
           &(match?("+14168551" <> _, &1.id) and &1.state == "in_service")},
          {[{:from, :created, middle}], &(&1.created >= middle)},
          {[{:to, :created, middle}], &(&1.created <= middle)},
          {[{:from, :created, middle}, {:to, :created, middle + 1}, {:prefix, "+1"}],
           &(&1.created in [middle, middle + 1] and match?("+1" <> _, &1.id))},
          {[{:to, :created, middle}, {:is, [:used_by], ["callflow"]}, {:is, [:state], ["in_service"]}],
           &(&1.created <= middle and &1.used_by == "callflow" and &1.state == "in_service")},
          {[{:from, :created, 1 <<< 70}], fn _ -> false end},
          {[{:from, :modified, middle + 10}], &(&1.modified >= middle + 10)},
          {[{:has, ["a", "b"]}], &match?(%{"a" => %{"b" => _}}, &1.public)},
          {[{:is, ["a"], ["x"]}, {:is, [:used_by], ["trunkstore"]}],
           &(&1.public["a"] == "x" and &1.used_by == "trunkstore")},
          {[{:filled, ["a"]}], &(&1.public["a"] not in [nil, ""])},
          {[{:is, [:id], [hd(all).id]}], &(&1 == hd(all))},
          {[:never], fn _ -> false end}
        ]

        for {conditions, kept?} <- cases, {limit, most} <- [{7, 100_000}, {7, 11}, {1_000, 30}, {30, 30}] do
          found = filtered(%Store.Filter{conditions: conditions, most: most}, limit)
          expected = Enum.filter(all, kept?)
          assert Enum.sort(found) == Enum.sort(expected), "#{inspect(conditions)} in pages of #{limit}, #{most}"
          if not Enum.any?(conditions, &match?({_, :created, _}, &1)), do: assert(found == expected)
        end
      end

      test "a page that has read as much as it may has what it found, and the next key" do
        ids = for n <- 10..29, do: "+14158550#{n}"
        used = &if(&1 == List.last(ids), do: "callflow")

        {:ok, _} =
          Store.update_numbers(for id <- ids, do: {id, fn nil -> {:put, number(id, @holder, used_by: used.(id))} end})

        filter = %Store.Filter{conditions: [{:has, [:used_by]}], most: 6}
        assert {:ok, [], next} = Store.list_copies(@holder, nil, 5, filter)
        assert next == Enum.at(ids, 6)
        assert {:ok, [], next} = Store.list_copies(@holder, next, 5, filter)
        assert {:ok, [], next} = Store.list_copies(@holder, next, 5, filter)
        assert {:ok, [%{used_by: "callflow"}], nil} = Store.list_copies(@holder, next, 5, filter)
      end

      test "copies can be written and removed whatever the record says" do
        {:ok, kept} = put(number(@id, @holder))
        :ok = Store.put_copies(@other, [kept])
        :ok = Store.delete_copies(@holder, [@id])
        :ok = Store.delete_copies(@holder, [@id])
        assert {copies(@holder), copies(@other)} == {{[], nil}, {[@id], nil}}
        assert assigned_to(@holder) == [@id]
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

      test "many numbers are changed at once, each with the result that it would have alone" do
        {:ok, kept} = put(number(@id, @holder, public: %{"a" => 1}))
        {:ok, gone} = put(number("+14158550002", @holder))
        add = &{:put, %{&1 | public: Map.update(&1.public, "n", 1, fn n -> n + 1 end)}}

        assert {:ok, results} =
                 Store.update_numbers([
                   {"+14158550003", fn nil -> {:put, number("+14158550003", @other)} end},
                   {@id, fn ^kept -> {:error, {:some, :reason}} end},
                   {gone.id, fn ^gone -> :delete end},
                   {"+14158550004", fn nil -> :delete end},
                   {"+14168550005", fn nil -> raise ArithmeticError end},
                   {@id, &{:put, &1}},
                   {"+14158550003", add},
                   {"+14158550003", add}
                 ])

        assert [{:ok, made}, {:error, {:some, :reason}}, {:ok, nil}, {:ok, nil}, raised, {:ok, ^kept}, _, last] =
                 results

        assert {:raised, %ArithmeticError{}, [_ | _]} = raised
        assert {:ok, %{public: %{"n" => 2}} = third} = last
        assert made.public == %{} and is_binary(made.rev) and third.created == made.created and third.rev != made.rev
        ids = [@id, "+14158550002", "+14158550003", "+14158550004", "+14168550005"]
        assert Store.get_numbers(ids) == {:ok, %{@id => kept, third.id => third}}
        assert {:ok, [^kept], nil} = Store.list_copies(@holder, nil, 10)
        assert {:ok, [^third], nil} = Store.list_copies(@other, nil, 10)
        assert Store.update_numbers([]) == {:ok, []}
      end

      test "a thousand numbers are changed at once, and their copies follow them from account to account" do
        ids = for prefix <- ["+1415", "+4930"], n <- 1_000..1_499, do: "#{prefix}855#{n}"
        assert {:ok, made} = Store.update_numbers(for id <- ids, do: {id, fn nil -> {:put, number(id, @holder)} end})
        assert Enum.map(made, fn {:ok, made} -> made.id end) == ids
        assert copies(@holder, nil, 2_000) == {ids, nil}
        {moved, stay} = Enum.split(ids, 700)
        move = &{:put, %{&1 | account_id: @other}}
        assert {:ok, results} = Store.update_numbers(Enum.map(moved, &{&1, move}))
        assert Enum.all?(results, &match?({:ok, %{account_id: @other}}, &1))
        assert {copies(@holder, nil, 2_000), copies(@other, nil, 2_000)} == {{stay, nil}, {moved, nil}}
        assert assigned_to(@holder) == stay
        assert Store.assigned_to(@holder, nil, 100) == {:ok, Enum.take(stay, 100), Enum.at(stay, 100)}

        assert Store.assigned_to(@holder, Enum.at(stay, 100), 100) ==
                 {:ok, Enum.slice(stay, 100, 100), Enum.at(stay, 200)}

        assert Store.assigned_to(@holder, Enum.at(stay, 200), 100) == {:ok, Enum.drop(stay, 200), nil}
        assert Store.assigned_to(@holder, "+4", 100) == {:ok, Enum.take(stay, 100), Enum.at(stay, 100)}
        assert Store.assigned_to(@other, "+15", 500) == {:ok, Enum.drop(moved, 500), nil}
      end

      test "concurrent changes of the same many numbers lose no update" do
        ids = for n <- 1..5, do: "+1415855000#{n}"
        add = &{:put, update_in(&1.public["n"], fn n -> n + 1 end)}
        for id <- ids, do: {:ok, _} = put(number(id, @holder, public: %{"n" => 0}))

        change = fn k ->
          for _ <- 1..10, do: {:ok, [{:ok, _} | _]} = Store.update_numbers(Enum.map(Enum.shuffle(ids), &{&1, add}))
          for _ <- 1..5, do: {:ok, _} = Store.update_number(Enum.at(ids, k), add)
        end

        0..3 |> Task.async_stream(change, timeout: 60_000) |> Stream.run()
        {:ok, read} = Store.get_numbers(ids)
        assert Enum.map(ids, &read[&1].public["n"]) == [45, 45, 45, 45, 40]
        assert {:ok, copies, nil} = Store.list_copies(@holder, nil, 10)
        assert copies == Enum.map(ids, &read[&1])
      end

      test "a new record keeps the times that it brings along" do
        brought = number(@id, @holder, created: 63_000_000_000, modified: 63_000_000_001)
        assert {:ok, %{created: 63_000_000_000, modified: 63_000_000_001}} = put(brought)
        assert {:ok, changed} = Store.update_number(@id, &{:put, %{&1 | public: %{"a" => 1}, created: 1, modified: 1}})
        assert changed.created == 63_000_000_000 and changed.modified > 63_000_000_001
        other = %{brought | id: "+14158550002"}

        assert {:ok, [{:ok, %{created: 63_000_000_000}}]} =
                 Store.update_numbers([{other.id, fn nil -> {:put, other} end}])
      end

      test "all numbers come in pages, in order, whatever their state and account" do
        assert Store.list_numbers(nil, 10) == {:ok, [], nil}
        ids = Enum.sort(for prefix <- ["+1415", "+1416", "+4930"], n <- 10..14, do: "#{prefix}85500#{n}")

        changes =
          for {id, n} <- Enum.with_index(ids) do
            number = if rem(n, 2) == 0, do: number(id, @holder), else: number(id, nil, state: "available")
            {id, fn nil -> {:put, number} end}
          end

        {:ok, _} = Store.update_numbers(Enum.shuffle(changes))
        {:ok, all} = Store.get_numbers(ids)
        assert {:ok, first, next} = Store.list_numbers(nil, 7)
        assert {first, next} == {Enum.map(Enum.take(ids, 7), &all[&1]), Enum.at(ids, 7)}
        assert {:ok, second, last} = Store.list_numbers(next, 7)
        assert {second, last} == {Enum.map(Enum.slice(ids, 7, 7), &all[&1]), Enum.at(ids, 14)}
        assert Store.list_numbers(last, 7) == {:ok, [all[last]], nil}
        # A page that begins at a missing key starts with the next existing one.
        assert {:ok, [%{id: "+14168550010"}], "+14168550011"} = Store.list_numbers("+1415855002", 1)
        assert Store.list_numbers("+5", 7) == {:ok, [], nil}
      end

      test "all accounts come in pages, in order, and all documents" do
        assert {Store.list_accounts(nil, 10), Store.list_documents()} == {{:ok, [], nil}, {:ok, []}}
        ids = for letter <- ~w(a b c d e), do: String.duplicate(letter, 32)
        accounts = for id <- ids, do: %Account{id: id, name: "name", tree: [@holder], enabled: id != @other}
        for account <- Enum.shuffle(accounts), do: :ok = Store.put_account(account)
        # What a listing of accounts reads besides them is no account.
        {:ok, 0} = Store.count_below(List.last(ids))
        assert Store.list_accounts(nil, 3) == {:ok, Enum.take(accounts, 3), Enum.at(ids, 3)}
        assert Store.list_accounts(Enum.at(ids, 3), 3) == {:ok, Enum.drop(accounts, 3), nil}
        {:ok, second} = Store.put_document("tokens", {[{"b", 1}, {"a", 2}]})
        {:ok, first} = Store.put_document("number_manager", {[]})

        assert Store.list_documents() ==
                 {:ok, [{"number_manager", {[]}, first}, {"tokens", {[{"b", 1}, {"a", 2}]}, second}]}
      end

      test "a store that has ended is unavailable" do
        :ok = stop_supervised(:store)

        ExUnit.CaptureLog.capture_log(fn ->
          assert Store.get_number(@id) == {:error, :unavailable}
          assert put(number(@id, @holder)) == {:error, :unavailable}
          assert Store.update_numbers([{@id, fn _ -> :delete end}]) |> unavailable?()
          assert Store.list_numbers(nil, 10) == {:error, :unavailable}
          assert Store.list_accounts(nil, 10) == {:error, :unavailable}
          assert Store.list_documents() == {:error, :unavailable}
          assert Store.put_document("x", {[]}) == {:error, :unavailable}
          assert Store.subscribe() == {:error, :unavailable}
        end)
      end
    end
  end
end
