defmodule Numplan.Store.CouchDB.Layout do
  @moduledoc """
  Converts between records and Kazoo's documents in CouchDB, and names Kazoo's databases
  (kazoo-semantics 4).

  Documents are written as Kazoo 4 and 5 write them; those of 3.x are read too. Unknown fields are
  kept.
  """

  alias Numplan.{Account, PhoneNumber}

  @known ~w(_id _rev id pvt_state pvt_number_state pvt_assigned_to pvt_previously_assigned_to pvt_used_by used_by
            pvt_reserve_history pvt_features pvt_module_name pvt_created pvt_modified pvt_db_name pvt_type pvt_record_rev)

  @doc """
  The name of a number's database, not percent-encoded; `nil` for a number of fewer than five
  bytes, or one that begins with bytes that no database name may have.

      iex> Numplan.Store.CouchDB.Layout.number_database("+14158867900")
      "numbers/+1415"
      iex> Numplan.Store.CouchDB.Layout.number_database("*98 1234")
      nil
  """
  @spec number_database(binary()) :: binary() | nil
  def number_database(<<prefix::binary-size(5), _::binary>>) do
    if prefix =~ ~r"\A[a-z0-9_$()+/-]*\z", do: "numbers/" <> prefix
  end

  def number_database(_short), do: nil

  @doc """
  The prefix of the numbers in a database, from its name in the forms that servers list: some
  encode or replace the slash. `nil` for a database of something else.

      iex> Enum.map(["numbers/+1415", "numbers%2F%2B1415", "accounts"], &Numplan.Store.CouchDB.Layout.number_prefix/1)
      ["+1415", "+1415", nil]
  """
  @spec number_prefix(binary()) :: binary() | nil
  def number_prefix("numbers/" <> prefix), do: prefix
  def number_prefix("numbers+" <> prefix), do: prefix
  def number_prefix("numbers%2f" <> prefix), do: URI.decode(prefix)
  def number_prefix("numbers%2F" <> prefix), do: URI.decode(prefix)
  def number_prefix(_other), do: nil

  @doc """
  The name of an account's database, not percent-encoded.

      iex> Numplan.Store.CouchDB.Layout.account_database("0123456789abcdef0123456789abcdef")
      "account/01/23/456789abcdef0123456789abcdef"
  """
  @spec account_database(binary()) :: binary()
  def account_database(<<a::binary-size(2), b::binary-size(2), rest::binary>>), do: "account/#{a}/#{b}/#{rest}"
  def account_database(short), do: "account/#{short}"

  @doc "Converts a document of a number database to a record; `nil` for a document that is not a number."
  @spec number({list()}) :: PhoneNumber.t() | nil
  def number({members}) do
    fields = Map.new(members, fn {key, value} -> {key, plain(value)} end)
    state = fields["pvt_state"] || fields["pvt_number_state"]
    if state, do: number(fields, state)
  end

  defp number(fields, state) do
    {private, public} = fields |> Map.drop(@known) |> Enum.split_with(fn {key, _} -> private?(key) end)

    %PhoneNumber{
      id: fields["_id"],
      state: state,
      account_id: fields["pvt_assigned_to"],
      previous_account_id: fields["pvt_previously_assigned_to"],
      used_by: used(fields["pvt_used_by"] || fields["used_by"]),
      created: fields["pvt_created"],
      modified: fields["pvt_modified"],
      rev: fields["_rev"],
      reserve_history: fields["pvt_reserve_history"] || [],
      features: features(fields["pvt_features"]),
      carrier_module: fields["pvt_module_name"] || "knm_local",
      public: Map.new(public),
      private: Map.new(private)
    }
  end

  defp private?("pvt_" <> _), do: true
  # These are CouchDB's own fields, such as attachments.
  defp private?("_" <> _), do: true
  defp private?(_key), do: false

  defp used(""), do: nil
  defp used(app), do: app

  # The features of a number, by name. Kazoo 3.x has a list of names. The name `local` stands for
  # what is the carrier module later.
  defp features(names) when is_list(names), do: for(name <- names, name != "local", into: %{}, do: {name, %{}})
  defp features(%{} = features), do: features
  defp features(_none), do: %{}

  defp plain({members}), do: Map.new(members, fn {key, value} -> {key, plain(value)} end)
  defp plain(list) when is_list(list), do: Enum.map(list, &plain/1)
  defp plain(:null), do: nil
  defp plain(value), do: value

  @doc """
  Converts an account's copy of a number to a record, with the record's revision; `nil` for a
  document that is not a number.
  """
  @spec copied_number({list()}) :: PhoneNumber.t() | nil
  def copied_number({members}) do
    case List.keyfind(members, "pvt_record_rev", 0) do
      {_, rev} when is_binary(rev) -> number({List.keystore(members, "_rev", 0, {"_rev", rev})})
      # Kazoo's copies do not have the record's revision.
      _ -> number({members})
    end
  end

  @doc "Converts a record to its document, without the revision."
  @spec document(PhoneNumber.t()) :: %{binary() => term()}
  def document(number) do
    number.public
    |> Map.merge(number.private)
    |> Map.merge(%{
      "_id" => number.id,
      "id" => number.id,
      "pvt_type" => "number",
      "pvt_db_name" => String.replace(number_database(number.id) || "", "/", "%2F") |> String.replace("+", "%2B"),
      "pvt_state" => number.state,
      "pvt_assigned_to" => number.account_id,
      "pvt_previously_assigned_to" => number.previous_account_id,
      "pvt_used_by" => number.used_by,
      "pvt_reserve_history" => number.reserve_history,
      "pvt_features" => number.features,
      "pvt_module_name" => number.carrier_module,
      "pvt_created" => number.created,
      "pvt_modified" => number.modified
    })
    |> Map.reject(fn {key, value} -> value == nil and match?("pvt_" <> _, key) end)
  end

  @doc """
  Converts a record to the document of an account's copy, with the record's revision and without
  attachments.
  """
  @spec copy(PhoneNumber.t()) :: %{binary() => term()}
  def copy(number) do
    number
    |> document()
    |> Map.reject(fn {key, _} -> match?("_" <> _, key) and key != "_id" end)
    |> Map.put("pvt_record_rev", number.rev)
  end

  @doc "True when a document that was read equals a map, apart from its revision."
  @spec same?({list()}, map()) :: boolean()
  def same?({_} = read, document), do: Map.delete(plain(read), "_rev") == document

  @doc "The numbers in an account's document `phone_numbers`. Kazoo 3.x keeps them all in it, as keys."
  @spec legacy_numbers({list()}) :: [PhoneNumber.t()]
  def legacy_numbers({members}) do
    for {id, {_} = entry} <- members, entry = plain(entry), is_binary(entry["state"]) do
      %PhoneNumber{
        id: id,
        state: entry["state"],
        account_id: entry["assigned_to"],
        used_by: used(entry["used_by"]),
        created: entry["created"],
        modified: entry["updated"],
        features: features(entry["features"]),
        public: Map.take(entry, ["locality"])
      }
    end
  end

  @doc """
  Converts a document of the database `accounts` to an account; `nil` for an account that Kazoo has
  marked as deleted.
  """
  @spec account({list()}) :: Account.t() | nil
  def account({_} = document) do
    fields = plain(document)
    if fields["pvt_deleted"] != true, do: live_account(fields)
  end

  defp live_account(fields) do
    %Account{
      id: fields["_id"],
      name: fields["name"] || "",
      tree: fields["pvt_tree"] || [],
      enabled: fields["pvt_enabled"] != false
    }
  end

  @doc """
  Converts an account to its document. `members` are those of the existing document; they stay
  unless the account sets them. A mark of deletion is removed.
  """
  @spec account_document(list(), Account.t()) :: {list()}
  def account_document(members, account) do
    own = [
      {"_id", account.id},
      {"name", account.name},
      {"pvt_account_id", account.id},
      {"pvt_account_db", account_database(account.id)},
      {"pvt_type", "account"},
      {"pvt_tree", account.tree},
      {"pvt_enabled", account.enabled}
    ]

    members = List.keydelete(members, "pvt_deleted", 0)
    {Enum.reduce(own, members, fn {key, value}, members -> List.keystore(members, key, 0, {key, value}) end)}
  end

  @views %{
    "assigned_to" => %{
      "map" =>
        "function(doc) { if (doc.pvt_type == 'number' && doc.pvt_assigned_to) emit([doc.pvt_assigned_to, doc._id], null); }"
    },
    # The numbers of a database. A document without a state holds no record; pages are counted in
    # records.
    "numbers" => %{
      "map" =>
        "function(doc) { if (doc.pvt_type == 'number' && (doc.pvt_state || doc.pvt_number_state)) emit(doc._id, null); }"
    },
    # The numbers of an account: those of the view `numbers`, and those that `legacy_numbers/1`
    # reads.
    "kept" => %{
      "map" => """
      function(doc) {
        if (doc._id == 'phone_numbers') {
          for (var id in doc) if (doc[id] && typeof doc[id].state == 'string') emit(['legacy', id], null);
        } else if (doc.pvt_type == 'number' && (doc.pvt_state || doc.pvt_number_state)) emit(['copy', doc._id], null);
      }
      """,
      "reduce" => "_count"
    },
    "below" => %{
      "map" => """
      function(doc) {
        if (doc.pvt_type == 'account' && doc.pvt_deleted !== true)
          (doc.pvt_tree || []).forEach(function(id) { emit(id, null); });
      }
      """
    }
  }

  @doc """
  The id and content of the design document with Numplan's views. Kazoo's own design documents are
  not changed.
  """
  @spec design() :: {binary(), map()}
  def design do
    {"_design/numplan", %{"language" => "javascript", "views" => @views}}
  end
end
