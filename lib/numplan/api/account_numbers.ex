defmodule Numplan.API.AccountNumbers do
  @moduledoc """
  The requests about all numbers of an account: the list (kazoo-semantics 2.5), and its repair,
  `fix` (2.7).
  """

  alias Numplan.API.{Context, Envelope, Error, ListFilter, Presentation, Response}
  alias Numplan.Store
  alias Numplan.Store.Repair

  @page_size 50
  @max_page_size 2_000

  @doc """
  A page of the account's numbers, in order.

  In the query `page_size` (50, at most 2,000) and `start_key`, the `next_start_key` of the page
  before, choose the page, and Crossbar's filters the numbers (`Numplan.API.ListFilter`): pages are
  cut after filtering, and one that had to read 100,000 numbers has those that it found. A locality
  is shown where the record has one; none is looked up.
  """
  @spec list(Context.t()) :: Response.t()
  def list(context) do
    with {:ok, size} <- page_size(context.query["page_size"]),
         {:ok, from} <- start_key(context.query["start_key"]),
         {:ok, numbers, next} <- Store.list_copies(context.account_id, from, size, ListFilter.read(context.query)),
         {:ok, below} <- Store.count_below(context.account_id) do
      entries = for number <- numbers, do: {number.id, Presentation.entry(number)}
      data = {[{"numbers", {entries}}, {"cascade_quantity", below}]}
      Envelope.success(context, 200, data, paging: paging(length(entries), from, next))
    else
      {:error, %Error{} = error} -> Envelope.failure(context, error)
      {:error, reason} -> Envelope.failure(context, Error.store(reason))
    end
  end

  defp page_size(nil), do: {:ok, @page_size}

  defp page_size(text) do
    case Integer.parse(text) do
      {size, ""} when size in 1..@max_page_size ->
        {:ok, size}

      {size, ""} when size > @max_page_size ->
        invalid("page_size", "maximum", "at most #{@max_page_size}", @max_page_size)

      {_size, ""} ->
        invalid("page_size", "minimum", "at least 1", 1)

      _ ->
        invalid("page_size", "type", "page_size must be an integer", "integer")
    end
  end

  defp start_key(nil), do: {:ok, nil}

  defp start_key(text) do
    case Base.url_decode64(text, padding: false) do
      {:ok, id} -> {:ok, id}
      :error -> invalid("start_key", "invalid", "start_key is not one that a list has returned", "next_start_key")
    end
  end

  defp invalid(field, code, text, target), do: {:error, Error.validation(field, code, text, [{"target", target}])}

  defp paging(size, from, next) do
    [{"page_size", size}] ++ key("start_key", from) ++ key("next_start_key", next)
  end

  defp key(_name, nil), do: []
  defp key(name, id), do: [{name, Base.url_encode64(id, padding: false)}]

  @doc """
  Repairs the account's copies of its numbers from the number records, then answers with the list.
  """
  @spec fix(Context.t()) :: Response.t()
  def fix(context) do
    case Repair.fix(context.account_id) do
      :ok -> list(context)
      {:error, reason} -> Envelope.failure(context, Error.store(reason))
    end
  end

  @doc "Repairs the account's copy of one number; answers with empty data."
  @spec fix_number(Context.t(), binary()) :: Response.t()
  def fix_number(context, path) do
    case Repair.fix_number(context.account_id, Numplan.normalize(path)) do
      :ok -> Envelope.success(context, 200, {[]})
      {:error, reason} -> Envelope.failure(context, Error.store(reason))
    end
  end
end
