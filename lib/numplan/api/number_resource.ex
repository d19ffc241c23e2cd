defmodule Numplan.API.NumberResource do
  @moduledoc """
  The requests about one number under its path, and about several at once under `collection`
  (kazoo-semantics 2.4, 2.8, 2.9).
  """

  alias Numplan.API.{Access, Context, Envelope, Error, NumberList, Presentation, Response}
  alias Numplan.{PhoneNumber, Store}
  alias Numplan.Registry.Lifecycle

  @doc """
  A number that the account holds: its public fields, its state, and `_read_only`, what clients
  cannot set.
  """
  @spec show(Context.t(), binary()) :: Response.t()
  def show(context, path) do
    with {:ok, id} <- id(path), {:ok, number} <- found(id, context), :ok <- readable(number, context) do
      respond(context, 200, number)
    else
      {:error, reason} -> Envelope.failure(context, error(reason, path))
    end
  end

  # The record of a number. A concealed one is answered as one that does not exist; see
  # `Numplan.API.Access.conceals?/2`.
  defp found(id, context) do
    with {:ok, number} <- Store.get_number(id) do
      if visible(number, context), do: {:ok, number}, else: {:error, :not_found}
    end
  end

  defp visible(nil, _context), do: nil
  defp visible(number, context), do: if(Access.conceals?(context.auth, number.account_id), do: nil, else: number)

  defp readable(number, context), do: Lifecycle.held(number, actor(context))

  @doc "Creates a number for the account."
  @spec create(Context.t(), binary()) :: Response.t()
  def create(context, path), do: path |> change(creation(context)) |> answer(context, path, 201)

  defp creation(context), do: &created(&1, &2, context)

  defp created(number, id, context) do
    with {:ok, fields} <- fields(context.data) do
      create = &Lifecycle.create(&1, id, Presentation.public_fields(fields), text(fields, "state"), actor(context))
      created_beside(create, number, visible(number, context))
    end
  end

  # Creates a number that may exist already, visible to the client or not. A client that may add
  # numbers must learn that the number is taken. A client that may not add numbers is refused for
  # that reason, whether the number is taken or not.
  defp created_beside(create, number, visible) when visible != nil or number == nil, do: create.(number)
  defp created_beside(create, number, nil), do: with({:put, _} <- create.(nil), do: create.(number))

  defp text(fields, key) do
    case List.keyfind(fields, key, 0) do
      {_, value} when is_binary(value) -> value
      _ -> nil
    end
  end

  @doc "Replaces the public fields of a number."
  @spec replace(Context.t(), binary()) :: Response.t()
  def replace(context, path), do: path |> change(replacement(context)) |> answer(context, path)

  defp replacement(context), do: seen(context, &updated(&1, context, fn _old, new -> new end))

  @doc "Merges public fields into those of a number."
  @spec merge(Context.t(), binary()) :: Response.t()
  def merge(context, path), do: path |> change(merging(context)) |> answer(context, path)

  defp merging(context), do: seen(context, &updated(&1, context, fn old, new -> Map.merge(old, new) end))

  defp updated(number, context, change) do
    with {:ok, fields} <- fields(context.data) do
      Lifecycle.update(number, &change.(&1, Presentation.public_fields(fields)), actor(context))
    end
  end

  @doc "Releases a number; with `hard=true`, for superadmins, deletes it."
  @spec delete(Context.t(), binary()) :: Response.t()
  def delete(context, path), do: path |> change(deletion(context)) |> answer(context, path)

  defp deletion(context), do: seen(context, &release(&1, context))

  defp release(number, %{query: %{"hard" => "true"}} = context), do: Lifecycle.delete(number, actor(context))
  defp release(number, context), do: Lifecycle.release(number, actor(context))

  @doc "Puts a number in service for the account."
  @spec activate(Context.t(), binary()) :: Response.t()
  def activate(context, path), do: path |> change(activation(context)) |> answer(context, path, 201)

  defp activation(context), do: seen(context, &Lifecycle.activate(&1, actor(context)))

  @doc "Reserves a number for the account."
  @spec reserve(Context.t(), binary()) :: Response.t()
  def reserve(context, path) do
    path |> change(seen(context, &Lifecycle.reserve(&1, actor(context)))) |> answer(context, path, 201)
  end

  @doc """
  The account that holds a number, if it is in service.

  Any account may ask about any number, as in Kazoo (`cb_phone_numbers`, 3.18 and later).
  """
  @spec identify(Context.t(), binary()) :: Response.t()
  def identify(context, path) do
    with {:ok, id} <- id(path), {:ok, number} <- found(id, context), :ok <- in_service(number) do
      Envelope.success(context, 200, {[{"account_id", number.account_id}, {"number", number.id}]})
    else
      {:error, %Error{} = error} -> Envelope.failure(context, error)
      {:error, reason} -> Envelope.failure(context, error(reason, path))
    end
  end

  defp in_service(%{state: "in_service", account_id: account_id} = number) when account_id != nil do
    case Store.get_account(account_id) do
      {:ok, %{enabled: false}} -> {:error, client_error("account_disabled", number)}
      _ -> :ok
    end
  end

  defp in_service(number), do: {:error, client_error("not_in_service", number)}

  defp client_error(cause, number) do
    data = {[{"cause", cause}, {"account_id", number.account_id}, {"number", number.id}]}
    %Error{status: 400, message: "client error", data: data}
  end

  @doc """
  Creates each number of a list, with the other fields of the body; lists successes and failures
  by number.
  """
  @spec create_all(Context.t()) :: Response.t()
  def create_all(context), do: each(context, &creation/1)

  @doc """
  Replaces the public fields of each number of a list; lists successes and failures by number.
  """
  @spec replace_all(Context.t()) :: Response.t()
  def replace_all(context), do: each(context, &replacement/1)

  @doc """
  Merges public fields into those of each number of a list; lists successes and failures by
  number.
  """
  @spec merge_all(Context.t()) :: Response.t()
  def merge_all(context), do: each(context, &merging/1)

  @doc """
  Releases each number of a list, or deletes it, under the same condition as `delete/2`; lists
  successes and failures by number.
  """
  @spec delete_all(Context.t()) :: Response.t()
  def delete_all(context), do: each(context, &deletion/1)

  @doc """
  Puts each number of a list in service for the account; lists successes and failures by number.
  """
  @spec activate_all(Context.t()) :: Response.t()
  def activate_all(context), do: each(context, &activation/1)

  defp each(context, decision) do
    with {:ok, paths} <- NumberList.read(context.data) do
      {members} = context.data
      rest = Enum.reject(members, fn {key, _} -> key == "numbers" end)
      decide = decision.(%{context | data: {rest}})
      summary(context, Enum.zip(paths, change_all(paths, decide)))
    else
      {:error, error} -> Envelope.failure(context, error)
    end
  end

  # Changes numbers together, in one transaction of a store that has them. Returns the result of
  # each, in order.
  defp change_all(paths, decide) do
    paths = Enum.map(paths, &id/1)
    ids = for {:ok, id} <- paths, do: id

    with {:ok, before} <- Store.get_numbers(ids),
         {:ok, results} <- Store.update_numbers(for id <- ids, do: {id, &decide.(&1, id)}) do
      results = ids |> Enum.zip(results) |> Map.new(fn {id, result} -> {id, changed(result, before[id], id)} end)
      for path <- paths, do: with({:ok, id} <- path, do: results[id])
    else
      failure -> for path <- paths, do: with({:ok, _id} <- path, do: failure)
    end
  end

  defp changed({:ok, nil}, before, id), do: {:ok, gone(before, id)}
  defp changed({:raised, exception, stacktrace}, _before, _id), do: reraise(exception, stacktrace)
  defp changed(result, _before, _id), do: result

  defp summary(context, [{path, {:error, reason}}]), do: Envelope.failure(context, error(reason, path))

  defp summary(context, results) do
    success = for {path, {:ok, number}} <- results, do: {path, Presentation.number(number)}
    failed = for {path, {:error, reason}} <- results, do: {path, number_error(reason, path).data}
    failed = if failed == [], do: [], else: {failed}
    Envelope.success(context, 200, {[{"success", {success}}, {"error", failed}]})
  end

  # The error for a number of a collection, where every failure has the shape of an error about a
  # number.
  defp number_error(:not_found, path), do: Error.number(:not_found, path)
  defp number_error({:not_found, _}, path), do: Error.number(:not_found, path)
  defp number_error(:not_reconcilable, path), do: Error.number(:not_reconcilable, path)
  defp number_error(reason, path), do: error(reason, path)

  # A decision about a number, from a function of the record that the client may see.
  defp seen(context, decide), do: fn number, _id -> decide.(visible(number, context)) end

  # Changes a number as `decide` says, of its record and its id. The store may run the decision more
  # than once. The record is read before, because a deleted number is shown in the answer.
  defp change(path, decide) do
    with {:ok, id} <- id(path), {:ok, before} <- current(id) do
      with {:ok, nil} <- Store.update_number(id, &decide.(&1, id)), do: {:ok, gone(before, id)}
    end
  end

  defp current(id) do
    case Store.get_number(id) do
      {:ok, number} -> {:ok, number}
      {:error, :not_found} -> {:ok, nil}
      failure -> failure
    end
  end

  defp gone(nil, id), do: %PhoneNumber{id: id, state: "deleted"}
  defp gone(number, _id), do: %{number | state: "deleted", public: %{}, features: %{}, used_by: nil}

  defp answer(result, context, path, status \\ 200)
  defp answer({:ok, number}, context, _path, 201), do: respond(context, 201, number, [location(context, number)])
  defp answer({:ok, number}, context, _path, status), do: respond(context, status, number)
  defp answer({:error, reason}, context, path, _status), do: Envelope.failure(context, error(reason, path))

  defp location(context, number) do
    {"location", "/v2/accounts/#{context.account_id}/phone_numbers/#{URI.encode_www_form(number.id)}"}
  end

  defp respond(context, status, number, headers \\ []) do
    Envelope.success(context, status, Presentation.number(number), revision: number.rev, headers: headers)
  end

  defp error(:not_found, _path), do: Error.no_number()
  defp error({:not_found, _}, _path), do: Error.no_number()
  defp error(:not_reconcilable, _path), do: Error.no_number()
  defp error({reason, cause}, path), do: Error.number(reason, cause || path)
  defp error(%Error{} = error, _path), do: error
  defp error(reason, _path), do: Error.store(reason)

  # The number in a path, in E.164. One that is not reconcilable does not exist, as in Kazoo.
  defp id(path) do
    e164 = Numplan.normalize(path)
    if Numplan.reconcilable?(e164), do: {:ok, e164}, else: {:error, :not_reconcilable}
  end

  defp fields({members}), do: {:ok, members}
  defp fields(_list), do: {:error, Error.validation("data", "type", "data must be an object", [{"target", "object"}])}

  defp actor(context) do
    Map.merge(context.auth, %{account_id: context.account_id, above?: &Access.above?(context.auth, &1)})
  end
end
