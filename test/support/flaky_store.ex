defmodule Numplan.FlakyStore do
  @moduledoc "The store on Mnesia with reads of documents that a test can make fail, and that are counted."

  @behaviour Numplan.Store

  alias Numplan.Store.Mnesia

  @counter {__MODULE__, :reads}

  @doc """
  Makes `get_document/1` return `answer` from now on, of one document or of all; `nil`: what Mnesia
  returns.
  """
  @spec answer(term(), binary() | :all) :: :ok
  def answer(answer, id \\ :all), do: Application.put_env(:numplan, __MODULE__, answer && {id, answer})

  @doc "The number of reads of the document `tokens` since the store was started."
  @spec reads() :: non_neg_integer()
  def reads, do: :counters.get(:persistent_term.get(@counter), 1)

  @impl true
  def child_spec(options) do
    :persistent_term.put(@counter, :counters.new(1, []))
    Mnesia.child_spec(options)
  end

  @impl true
  def get_document(id) do
    if id == "tokens", do: :counters.add(:persistent_term.get(@counter), 1, 1)

    case Application.get_env(:numplan, __MODULE__) do
      {of, answer} when of in [:all, id] -> answer
      _none -> Mnesia.get_document(id)
    end
  end

  @impl true
  defdelegate directory(options), to: Mnesia

  @impl true
  defdelegate get_number(id), to: Mnesia

  @impl true
  defdelegate update_number(id, decide), to: Mnesia

  @impl true
  defdelegate update_numbers(changes), to: Mnesia

  @impl true
  defdelegate list_numbers(from, limit), to: Mnesia

  @impl true
  defdelegate list_accounts(from, limit), to: Mnesia

  @impl true
  defdelegate list_documents, to: Mnesia

  @impl true
  defdelegate list_copies(account_id, from, limit, filter), to: Mnesia

  @impl true
  defdelegate assigned_to(account_id, from, limit), to: Mnesia

  @impl true
  defdelegate get_numbers(ids), to: Mnesia

  @impl true
  defdelegate put_copies(account_id, numbers), to: Mnesia

  @impl true
  defdelegate delete_copies(account_id, ids), to: Mnesia

  @impl true
  defdelegate count_below(account_id), to: Mnesia

  @impl true
  defdelegate get_account(id), to: Mnesia

  @impl true
  defdelegate put_account(account), to: Mnesia

  @impl true
  defdelegate put_document(id, document, rev), to: Mnesia

  @impl true
  defdelegate subscribe, to: Mnesia
end
