defmodule Numplan.PhoneNumber do
  @moduledoc """
  The record of a number: its state, the account that holds it, and its public fields
  (kazoo-semantics 4).

  `account_id` is the account it is assigned to, `reserve_history` the accounts that reserved it,
  newest first. `public` holds the public fields as decoded JSON, `private` the fields of other
  software, which Numplan keeps and does not read. `created` and `modified` are Gregorian seconds,
  as in Kazoo. `rev` identifies the version of a record; only a store sets it. `inspect/1` leaves
  the number and its fields out, so that they stay out of logs.
  """

  @states ~w(discovery available reserved in_service released aging port_in port_out disconnected deleted)
  @held ~w(reserved in_service port_in port_out)

  @derive {Inspect, only: [:state, :account_id, :carrier_module, :rev]}
  @enforce_keys [:id, :state]
  defstruct [
    :id,
    :state,
    :account_id,
    :previous_account_id,
    :used_by,
    :created,
    :modified,
    :rev,
    reserve_history: [],
    features: %{},
    carrier_module: "knm_local",
    public: %{},
    private: %{}
  ]

  @type state :: binary()
  @type t :: %__MODULE__{
          id: Numplan.phone_number(),
          state: state(),
          account_id: binary() | nil,
          previous_account_id: binary() | nil,
          used_by: binary() | nil,
          created: non_neg_integer() | nil,
          modified: non_neg_integer() | nil,
          rev: binary() | nil,
          reserve_history: [binary()],
          features: %{binary() => term()},
          carrier_module: binary(),
          public: %{binary() => term()},
          private: %{binary() => term()}
        }

  @doc """
  The states of a number (kazoo-semantics 2.9).

      iex> "in_service" in Numplan.PhoneNumber.states()
      true
  """
  @spec states() :: [state()]
  def states, do: @states

  @doc """
  True for a number that an account holds, and has a copy of: it is assigned, and reserved, in
  service or being ported (kazoo-semantics 4).

      iex> Numplan.PhoneNumber.held?(%Numplan.PhoneNumber{id: "+14158550001", state: "port_in", account_id: "a"})
      true
      iex> Numplan.PhoneNumber.held?(%Numplan.PhoneNumber{id: "+14158550001", state: "released", account_id: "a"})
      false
      iex> Numplan.PhoneNumber.held?(%Numplan.PhoneNumber{id: "+14158550001", state: "in_service"})
      false
  """
  @spec held?(t()) :: boolean()
  def held?(%__MODULE__{account_id: account_id, state: state}), do: account_id != nil and state in @held
end
