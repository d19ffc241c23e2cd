defmodule Numplan.API.AccountNumbers do
  @moduledoc """
  An account's numbers: the list (kazoo-facts 2.5), and its repair, `fix` (2.7, the column of 4.3 and 5.x).
  """

  alias Numplan.API.{Context, Envelope, Error, Presentation, Response}
  alias Numplan.{PhoneNumber, Store}

  @page_size 50
  @max_page_size 2_000
  @held ~w(reserved in_service port_in port_out)

  @doc """
  `GET`: a page of the numbers, in order. `page_size` and `start_key` page; `filter_KEY=VALUE` leaves out what differs.

  Localities that are not known are not looked up behind the caller's back.
  """
  @spec list(Context.t()) :: Response.t()
  def list(context) do
    with {:ok, size} <- page_size(context.query["page_size"]),
         {:ok, from} <- start_key(context.query["start_key"]),
         {:ok, numbers, next} <- Store.list_copies(context.account_id, from, size),
         {:ok, below} <- Store.count_below(context.account_id) do
      entries =
        for number <- numbers, entry = Presentation.entry(number), wanted?(entry, context.query), do: {number.id, entry}

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
      :error -> invalid("start_key", "invalid", "start_key is none that a list has given", "next_start_key")
    end
  end

  defp invalid(field, code, text, target), do: {:error, Error.validation(field, code, text, [{"target", target}])}

  defp wanted?({members}, query) do
    Enum.all?(query, fn
      {"filter_" <> key, value} -> match?({_, ^value}, List.keyfind(members, key, 0))
      _ -> true
    end)
  end

  defp paging(size, from, next) do
    [{"page_size", size}] ++ key("start_key", from) ++ key("next_start_key", next)
  end

  defp key(_name, nil), do: []
  defp key(name, id), do: [{name, Base.url_encode64(id, padding: false)}]

  @doc """
  `GET|POST fix`: makes the account's copies what the number records say, then answers with the list.

  A record that the account holds is copied into it again; a copy of what it does not hold is removed.
  """
  @spec fix(Context.t()) :: Response.t()
  def fix(context) do
    account_id = context.account_id

    with {:ok, assigned} <- Store.assigned_to(account_id),
         {:ok, copied} <- copies(account_id, nil, []),
         :ok <- each(Enum.uniq(assigned ++ copied), &repair(account_id, &1)) do
      list(context)
    else
      {:error, reason} -> Envelope.failure(context, Error.store(reason))
    end
  end

  @doc "`GET|POST fix/{N}`: the same for one number; answers with empty data."
  @spec fix_number(Context.t(), binary()) :: Response.t()
  def fix_number(context, path) do
    case repair(context.account_id, Numplan.normalize(path)) do
      :ok -> Envelope.success(context, 200, {[]})
      {:error, reason} -> Envelope.failure(context, Error.store(reason))
    end
  end

  defp copies(account_id, from, read) do
    case Store.list_copies(account_id, from, @max_page_size) do
      {:ok, numbers, nil} -> {:ok, ids(numbers, read)}
      {:ok, numbers, next} -> copies(account_id, next, ids(numbers, read))
      failure -> failure
    end
  end

  defp ids(numbers, read), do: Enum.reduce(numbers, read, &[&1.id | &2])

  defp each([], _repair), do: :ok

  defp each([id | ids], repair) do
    with :ok <- repair.(id), do: each(ids, repair)
  end

  defp repair(account_id, id) do
    case Store.get_number(id) do
      {:ok, %PhoneNumber{account_id: ^account_id, state: state} = number} when state in @held ->
        Store.put_copy(account_id, number)

      {:ok, _elsewhere} ->
        Store.delete_copy(account_id, id)

      {:error, :not_found} ->
        Store.delete_copy(account_id, id)

      failure ->
        failure
    end
  end
end
