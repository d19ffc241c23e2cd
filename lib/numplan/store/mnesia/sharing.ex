defmodule Numplan.Store.Mnesia.Sharing do
  @moduledoc "Shares the tables with other nodes, and finds what to keep after a split of the network."

  alias Numplan.{Account, PhoneNumber}
  alias Numplan.Store.Mnesia.{Runtime, Schema, SplitFile}

  # The milliseconds in which another node answers.
  @answer_within 30_000

  @doc """
  Joins the store of `other`: forgets the tables here, and copies those of `other`. See
  `Numplan.Store.Mnesia.Node.join/2`.
  """
  @spec join(node(), :theirs | nil) :: :ok | {:error, binary()}
  def join(other, force) do
    with :ok <- connected(other),
         :ok <- nothing_here(other, force),
         :ok <- forget(),
         :ok <- share(other),
         do: Schema.loaded()
  end

  defp connected(other) do
    case other != node() and Elixir.Node.connect(other) do
      true -> :ok
      _ -> {:error, "numplan: #{other} is not reached: is it running, with the same cookie?"}
    end
  end

  defp nothing_here(_other, :theirs), do: :ok

  defp nothing_here(other, nil) do
    numbers = :mnesia.table_info(Schema.numbers(), :size)
    accounts = length(lost(other, Schema.accounts()) -- made_at_start())
    documents = length(lost(other, Schema.documents()))

    own =
      for {count, kind} <- [{numbers, "numbers"}, {accounts, "accounts"}, {documents, "documents"}],
          count > 0,
          do: "#{count} #{kind}"

    if own == [],
      do: :ok,
      else:
        {:error,
         "numplan: this node has #{Enum.join(own, ", ")} of its own, which would be lost: " <>
           "join the other way round, or with force: :theirs"}
  end

  # The rows of a table that the other node does not have in the same way. Where it does not answer,
  # that is all.
  defp lost(other, table) do
    everything = [{table, :_, :_}]

    theirs =
      case :rpc.call(other, :mnesia, :dirty_match_object, everything, @answer_within) do
        rows when is_list(rows) -> MapSet.new(rows)
        _no_answer -> MapSet.new()
      end

    Enum.reject(apply(:mnesia, :dirty_match_object, everything), &(&1 in theirs))
  end

  # The rows of accounts that this node makes at its start where they are missing.
  defp made_at_start do
    configured = for account <- Application.get_env(:numplan, :accounts, []), do: struct!(Account, account)
    of_tokens = for id <- token_accounts(Application.get_env(:numplan, :tokens)), do: %Account{id: id}

    for account <- [Account.default() | configured ++ of_tokens],
        do: {Schema.accounts(), account.id, Map.from_struct(account)}
  end

  defp token_accounts(tokens) when is_list(tokens),
    do: for(token <- tokens, is_map(token) or Keyword.keyword?(token), do: token[:account_id])

  defp token_accounts(_none), do: []

  defp forget do
    _ = :mnesia.stop()
    :ok = :mnesia.delete_schema([node()])
    Runtime.run()
  end

  defp share(other) do
    with {:ok, [_ | _]} <- :mnesia.change_config(:extra_db_nodes, [other]),
         :ok <- kept(:mnesia.change_table_copy_type(:schema, node(), :disc_copies)) do
      Enum.reduce_while(Schema.tables(), :ok, fn table, :ok ->
        case kept(:mnesia.add_table_copy(table, node(), :disc_copies)) do
          :ok -> {:cont, :ok}
          failure -> {:halt, failure}
        end
      end)
    else
      {:ok, []} -> {:error, "numplan: #{other} runs no store"}
      failure -> {:error, "numplan: the store of #{other} cannot be shared: #{inspect(failure)}"}
    end
  end

  defp kept({:atomic, :ok}), do: :ok
  defp kept({:aborted, {:already_exists, _, _}}), do: :ok
  defp kept({:aborted, {:already_exists, _, _, _}}), do: :ok
  defp kept({:aborted, reason}), do: {:error, "numplan: a table cannot be shared: #{inspect(reason)}"}

  @doc """
  The node whose tables are taken after a split of the network: of those that are reached, the one
  with the lowest name.
  """
  @spec winner() :: node()
  def winner do
    reached = for other <- :mnesia.system_info(:db_nodes), other in Elixir.Node.list(), do: other
    Enum.min([node() | reached])
  end

  @doc """
  Brings the numbers of this node to the split file, before it takes another's tables. Numbers that
  an earlier split has left in the file stay, unless this node has a later record.
  """
  @spec keep_numbers(Path.t()) :: :ok | {:error, binary()}
  def keep_numbers(dir) do
    with {:ok, left} <- SplitFile.read(dir), do: SplitFile.write(dir, latest(left, own_numbers()))
  end

  defp latest([], ours), do: ours

  defp latest(left, ours) do
    for number <- left ++ ours, reduce: %{} do
      found -> Map.update(found, number.id, number, &if(number.modified >= &1.modified, do: number, else: &1))
    end
    |> Map.values()
  end

  defp own_numbers do
    for {_table, _id, _account_id, fields} <- :mnesia.dirty_match_object({Schema.numbers(), :_, :_, :_}),
        do: struct(PhoneNumber, fields)
  end

  @doc "Stops Mnesia, and starts it in `dir` with the tables of another node, for this start alone."
  @spec load_from(node(), Path.t()) :: :ok | {:error, term()}
  def load_from(other, dir) do
    _ = :mnesia.stop()
    loaded = with :ok <- :mnesia.set_master_nodes([other]), :ok <- Runtime.start(dir), do: Schema.loaded()
    with :ok <- :mnesia.set_master_nodes([]), do: loaded
  end
end
