defmodule Numplan.Registry.Lifecycle do
  @moduledoc """
  The state machine of a number: which transitions there are, who may make them, and the record
  afterwards (kazoo-semantics 2.9).

  The functions are pure: each takes a record, or `nil` for none, and returns the decision for
  `Numplan.Store.update_number/2`.
  """

  alias Numplan.PhoneNumber

  @typedoc """
  The rights of a request, and the account it acts for; `above?` is true of accounts it has
  authority over.
  """
  @type actor :: %{
          account_id: binary(),
          superadmin: boolean(),
          allow_number_additions: boolean(),
          above?: (binary() -> boolean())
        }
  @type refusal :: {:error, {atom(), cause :: term()}}
  @type decision :: {:put, PhoneNumber.t()} | :delete | refusal()

  @created_by_superadmin ~w(aging available in_service port_in reserved)
  @created_by_others ~w(in_service reserved)
  @released_from ~w(released reserved port_in in_service)
  @local_carriers ~w(knm_local knm_mdn)

  @doc "Creates a number; refused if it exists, or if the actor may not add numbers."
  @spec create(PhoneNumber.t() | nil, binary(), map(), binary() | nil, actor()) :: decision()
  def create(nil, id, public, state, actor) do
    state = state || "reserved"

    with :ok <- may_create(state, actor) do
      number = %PhoneNumber{id: id, state: "discovery", public: public}
      {:put, settle(number, state, actor)}
    end
  end

  def create(%PhoneNumber{}, id, _public, _state, _actor), do: refuse(:number_exists, id)

  defp may_create(state, %{superadmin: true}) when state in @created_by_superadmin, do: :ok
  defp may_create(state, %{allow_number_additions: true}) when state in @created_by_others, do: :ok
  defp may_create(state, %{superadmin: true}), do: refuse(:invalid_state_transition, "from discovery to #{state}")
  defp may_create(_state, _actor), do: refuse(:unauthorized, "number additions are not allowed")

  defp settle(number, state, _actor) when state in ~w(aging available), do: %{number | state: state}
  defp settle(number, "reserved", actor), do: reserved(number, actor)
  defp settle(number, state, actor), do: %{number | state: state, account_id: actor.account_id}

  @doc "Changes the public fields of a number by the function `change`."
  @spec update(PhoneNumber.t() | nil, (map() -> map()), actor()) :: decision()
  def update(number, change, actor) do
    with :ok <- held(number, actor), do: {:put, %{number | public: change.(number.public)}}
  end

  @doc "`:ok` when the actor's account holds the number, or the actor is a superadmin."
  @spec held(PhoneNumber.t() | nil, actor()) :: :ok | refusal()
  def held(nil, _actor), do: refuse(:not_found, nil)
  def held(%PhoneNumber{account_id: holder}, %{account_id: holder}), do: :ok
  def held(%PhoneNumber{account_id: nil} = number, %{superadmin: false}), do: refuse(:not_found, number.id)
  def held(%PhoneNumber{}, %{superadmin: true}), do: :ok
  def held(%PhoneNumber{} = number, _actor), do: refuse(:unauthorized, number.id)

  @doc "Reserves the number for the actor's account."
  @spec reserve(PhoneNumber.t() | nil, actor()) :: decision()
  def reserve(nil, _actor), do: refuse(:not_found, nil)
  def reserve(%{state: "reserved", account_id: own}, %{account_id: own}), do: refuse(:no_change_required, "reserved")
  def reserve(%{state: "available"} = number, actor), do: {:put, reserved(number, actor)}

  def reserve(%{state: state} = number, actor) when state in ~w(reserved discovery in_service) do
    with :ok <- over_holder(number, actor), do: {:put, reserved(number, actor)}
  end

  def reserve(number, _actor), do: no_transition(number, "reserved")

  defp reserved(number, actor) do
    assigned(%{number | state: "reserved", reserve_history: [actor.account_id | number.reserve_history]}, actor)
  end

  @doc "Puts the number in service for the actor's account."
  @spec activate(PhoneNumber.t() | nil, actor()) :: decision()
  def activate(nil, _actor), do: refuse(:not_found, nil)
  def activate(%{state: "in_service", account_id: own} = number, %{account_id: own}), do: {:put, number}

  def activate(%{state: state} = number, actor) when state in ~w(available aging),
    do: {:put, assigned(%{number | state: "in_service"}, actor)}

  def activate(%{state: state} = number, actor) when state in ~w(in_service discovery port_in reserved) do
    with :ok <- over_holder(number, actor), do: {:put, assigned(%{number | state: "in_service"}, actor)}
  end

  def activate(number, _actor), do: no_transition(number, "in_service")

  defp over_holder(%{account_id: nil}, _actor), do: :ok

  defp over_holder(number, actor) do
    if actor.above?.(number.account_id), do: :ok, else: refuse(:unauthorized, number.id)
  end

  defp assigned(%{account_id: holder} = number, %{account_id: holder}), do: number

  defp assigned(number, actor),
    do: %{number | account_id: actor.account_id, previous_account_id: number.account_id, used_by: nil}

  @doc """
  Releases the number: to the account that reserved it before, else to no account.

  A number without an account is deleted if it has no carrier (`knm_local`), as in Kazoo, else it
  becomes available.
  """
  @spec release(PhoneNumber.t() | nil, actor()) :: decision()
  def release(nil, _actor), do: refuse(:not_found, nil)

  def release(%{state: state, carrier_module: carrier} = number, _actor)
      when state not in @released_from and carrier not in @local_carriers,
      do: no_transition(number, "released")

  def release(number, actor) do
    with :ok <- held(number, actor), do: number |> bare() |> unwind(earlier(number))
  end

  defp earlier(number), do: Enum.drop_while(number.reserve_history, &(&1 == number.account_id))

  defp bare(number), do: %{number | features: %{}, public: %{}, used_by: nil, previous_account_id: number.account_id}

  defp unwind(number, [holder | _] = history) do
    {:put, %{number | state: "reserved", account_id: holder, reserve_history: history}}
  end

  defp unwind(%{carrier_module: carrier}, []) when carrier in @local_carriers, do: :delete
  defp unwind(number, []), do: {:put, %{number | state: "available", account_id: nil, reserve_history: []}}

  @doc "Deletes the number in any state; for superadmins."
  @spec delete(PhoneNumber.t() | nil, actor()) :: decision()
  def delete(nil, _actor), do: refuse(:not_found, nil)
  def delete(_number, %{superadmin: true}), do: :delete
  def delete(number, _actor), do: refuse(:unauthorized, number.id)

  defp no_transition(number, state), do: refuse(:invalid_state_transition, "from #{number.state} to #{state}")

  defp refuse(reason, cause), do: {:error, {reason, cause}}
end
