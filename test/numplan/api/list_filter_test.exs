defmodule Numplan.API.ListFilterTest do
  @moduledoc """
  The filters of a list's query, against what Crossbar's `crossbar_filter` does with a document
  (kazoo-semantics 2.5), alone and through the API.
  """
  use Numplan.APICase

  alias Numplan.API.ListFilter
  alias Numplan.PhoneNumber
  alias Numplan.Store.Filter

  # The document of Kazoo's own test: these fields, created and modified at these times.
  @created 63_599_884_144
  @modified 63_599_885_144
  @fields %{"foo" => "bar", "level1" => %{"level2" => %{"level3" => "value3"}}}

  defp kept?(query, number), do: query |> ListFilter.read() |> Filter.matches?(number)

  defp document(fields \\ @fields) do
    %PhoneNumber{
      id: "+14158550001",
      state: "in_service",
      account_id: "abc",
      created: @created,
      modified: @modified,
      features: %{"e911" => %{}, "cnam" => %{"inbound_lookup" => true}},
      public: fields
    }
  end

  # As a request brings it: objects in order, and null as an atom.
  defp in_order, do: document(%{"foo" => "bar", "level1" => {[{"level2", {[{"level3", "value3"}]}}]}, "none" => :null})

  test "Kazoo's own cases" do
    for number <- [document(), in_order()],
        {query, kept?} <- [
          {%{"filter_foo" => "bar"}, true},
          {%{"filter_foo" => "baz"}, false},
          {%{"filter_not_foo" => "bar"}, false},
          {%{"filter_not_foo" => "baz"}, true},
          {%{"filter_level1.level2.level3" => "value3"}, true},
          {%{"filter_level1.level2.level3" => "value0"}, false},
          {%{"filter_not_level1.level2.level3" => "value3"}, false},
          {%{"filter_not_level1.level2.level3" => "value0"}, true},
          {%{"has_key" => "foo"}, true},
          {%{"has_key" => "level1.level2"}, true},
          {%{"has_key" => "level1.level2.level3"}, true},
          {%{"has_key" => "not1"}, false},
          {%{"has_key" => "level1.not2"}, false},
          {%{"key_missing" => "level1.level2"}, false},
          {%{"key_missing" => "level1.level2.not3"}, true},
          {%{"created_to" => "#{@created - 1}"}, false},
          {%{"created_to" => "#{@created}"}, true},
          {%{"created_from" => "#{@created}"}, true},
          {%{"created_from" => "#{@created + 1}"}, false},
          {%{"modified_to" => "#{@modified - 1}"}, false},
          {%{"modified_to" => "#{@modified}"}, true},
          {%{"modified_from" => "#{@modified}"}, true},
          {%{"modified_from" => "#{@modified + 1}"}, false},
          {%{"filter_foo" => "bar", "created_from" => "#{@created - 1}", "created_to" => "#{@created + 1}"}, true},
          {%{"filter_foo" => "baz", "created_from" => "#{@created - 1}", "created_to" => "#{@created + 1}"}, false}
        ],
        do: assert({query, kept?(query, number)} == {query, kept?})
  end

  test "values of all kinds, by what crossbar_filter and kz_json do with them" do
    number = document(%{"n" => 5, "f" => 1.5, "t" => true, "z" => "0", "e" => "", "l" => ["a", "b"], "none" => nil})

    for {query, kept?} <- [
          # A list in JSON has the texts that may be; a text in JSON is one.
          {%{"filter_state" => ~s(["reserved","in_service"])}, true},
          {%{"filter_state" => ~s("in_service")}, true},
          {%{"filter_not_state" => ~s(["reserved","in_service"])}, false},
          {%{"filter_n" => "5"}, true},
          {%{"filter_n" => "[5]"}, false},
          {%{"filter_n" => ~s(["5"])}, true},
          {%{"filter_f" => "1.5"}, true},
          {%{"filter_t" => "true"}, true},
          {%{"filter_l" => "ab"}, true},
          {%{"filter_l.2" => "b"}, true},
          {%{"filter_l.3" => ""}, true},
          {%{"has_key" => "l.0"}, false},
          {%{"filter_features" => "cname911"}, true},
          {%{"filter_pvt_features.cnam.inbound_lookup" => "true"}, true},
          # A field that is not there is the empty text.
          {%{"filter_used_by" => ""}, true},
          {%{"filter_not_used_by" => "callflow"}, true},
          {%{"filter_assigned_to" => "abc"}, true},
          {%{"filter_pvt_state" => "in_service", "filter_pvt_created" => "#{@created}"}, true},
          # What goes through a text fails, whatever it asks for.
          {%{"filter_not_e.x" => "1"}, false},
          {%{"key_missing" => "n.x"}, false},
          {%{"has_key" => "none"}, true},
          {%{"has_value" => "none"}, false},
          {%{"has_value" => "z"}, false},
          {%{"value_missing" => "e"}, true},
          {%{"has_value" => "n"}, true},
          {%{"created_from" => "soon"}, false},
          # Keys that are no filter's.
          {%{"created" => "1", "prefix" => "+49", "has_keys" => "x", "filter" => "x"}, true}
        ],
        do: assert({query, kept?(query, number)} == {query, kept?})
  end

  test "fields of other software are never there" do
    assert kept?(%{"key_missing" => "pvt_secret"}, %{document() | private: %{"pvt_secret" => "x"}})
  end

  test "a time that is not there is after all others" do
    number = %{document() | created: nil}
    assert kept?(%{"created_from" => "#{@created}"}, number)
    refute kept?(%{"created_to" => "#{@created}"}, number)
  end

  test "pages of the API are cut after filtering", %{base: base} do
    for n <- 1..9 do
      data = %{
        "state" => if(rem(n, 2) == 0, do: "in_service", else: "reserved"),
        "cnam" => %{"display_name" => "N#{n}"}
      }

      assert ask(base, :put, "/+1415855000#{n}", data: data).status == 201
    end

    pages = fn query -> base |> pages(query, "", []) |> Enum.map(&Enum.sort(Map.keys(&1["data"]["numbers"]))) end

    assert pages.("?page_size=2&filter_state=in_service") ==
             [["+14158550002", "+14158550004"], ["+14158550006", "+14158550008"]]

    assert pages.("?page_size=2&filter_cnam.display_name=N7") == [["+14158550007"]]
    all = pages.("?page_size=2&filter_not_state=in_service&created_from=1")
    assert Enum.sort(Enum.concat(all)) == for(n <- [1, 3, 5, 7, 9], do: "+1415855000#{n}")
    assert pages.("?page_size=2&created_to=1") == [[]]
  end

  defp pages(base, query, start, read) do
    json = ask(base, :get, query <> start).json
    read = read ++ [json]
    if key = json["next_start_key"], do: pages(base, query, "&start_key=#{key}", read), else: read
  end
end
