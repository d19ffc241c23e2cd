defmodule Numplan.API.Error do
  @moduledoc """
  The errors of the API: HTTP status, message and data, in Kazoo 5's words (kazoo-semantics 1.2,
  1.3, 2.9).
  """

  alias Numplan.Store

  @enforce_keys [:status, :message]
  defstruct [:status, :message, data: {[]}, headers: []]

  @type t :: %__MODULE__{status: 400..599, message: binary(), data: term(), headers: [{binary(), binary()}]}

  @system %{
    too_many_requests: {429, "too many requests"},
    unspecified_fault: {500, "unspecified fault"},
    faulty_request: {404, "faulty request"},
    bad_identifier: {404, "bad identifier"},
    forbidden: {403, "forbidden"},
    invalid_credentials: {401, "invalid credentials"},
    datastore_conflict: {409, "conflicting documents"},
    datastore_unreachable: {503, "datastore unreachable"},
    parse_error: {400, "failed to parse request body"},
    invalid_method: {405, "method not allowed"},
    not_found: {404, "not found"},
    not_acceptable: {406, "not acceptable"},
    unsupported_media_type: {415, "unsupported media type"},
    uri_too_long: {414, "uri too long"},
    headers_too_large: {431, "request header fields too large"},
    request_timeout: {408, "request timeout"},
    expectation_failed: {417, "expectation failed"},
    not_implemented: {501, "not implemented"},
    service_unavailable: {503, "service unavailable"},
    version_not_supported: {505, "http version not supported"}
  }

  @number %{
    number_exists: {409, "number_exists", "number already exists"},
    not_found: {404, "not_found", "number not found"},
    not_reconcilable: {404, "not_reconcilable", "number is not reconcilable"},
    unauthorized: {403, "forbidden", "requestor is unauthorized to perform operation"},
    no_change_required: {400, "no_change_required", "no change required"},
    invalid_state_transition: {400, "invalid_state_transition", "invalid state transition"},
    assign_failure: {400, "assign_failure", "invalid account to assign to"}
  }

  @doc """
  A system error (kazoo-semantics 1.2). Options: `:text`, which replaces the usual text; `:cause`
  and `:data`, which are added to `data`; and `:headers`.

      iex> Numplan.API.Error.system(:forbidden)
      %Numplan.API.Error{status: 403, message: "forbidden", data: {[{"message", "forbidden"}]}}
  """
  @spec system(atom(), keyword()) :: t()
  def system(name, options \\ []) do
    {status, text} = Map.fetch!(@system, name)
    cause = if options[:cause], do: [{"cause", options[:cause]}], else: []
    data = [{"message", options[:text] || text}] ++ cause ++ (options[:data] || [])
    %__MODULE__{status: status, message: Atom.to_string(name), data: {data}, headers: options[:headers] || []}
  end

  @doc """
  The error for an invalid field of a request (kazoo-semantics 1.3). Its `data` maps the field to
  the code of the error, and the code to a message and details.

      iex> Numplan.API.Error.validation("numbers", "required", "list of numbers missing").data
      {[{"numbers", {[{"required", {[{"message", "list of numbers missing"}]}}]}}]}
  """
  @spec validation(binary(), binary(), binary(), [{binary(), term()}], binary()) :: t()
  def validation(field, code, text, details \\ [], message \\ "validation error") do
    data = {[{String.replace(field, ".", "%2E"), {[{code, {[{"message", text} | details]}}]}}]}
    %__MODULE__{status: 400, message: message, data: data}
  end

  @doc """
  An error about a number (kazoo-semantics 2.9): `data` has `code`, `error`, `cause` and
  `message`.

      iex> Numplan.API.Error.number(:invalid_state_transition, "from aging to reserved").message
      "invalid_state_transition"
  """
  @spec number(atom(), term()) :: t()
  def number(name, cause) do
    {status, message, text} = Map.fetch!(@number, name)
    data = {[{"code", status}, {"error", Atom.to_string(name)}, {"cause", cause}, {"message", text}]}
    %__MODULE__{status: status, message: message, data: data}
  end

  @doc """
  The error for a number that is not found under its path (kazoo-semantics 2.4).

      iex> Numplan.API.Error.no_number().message
      "bad_identifier"
  """
  @spec no_number() :: t()
  def no_number, do: system(:bad_identifier, data: [{"not_found", "The number could not be found"}])

  @doc """
  The error for a failure of the store, with the reason as its cause where the store says one.

      iex> Numplan.API.Error.store(:unavailable).status
      503
  """
  @spec store(term()) :: t()
  def store(:not_found), do: no_number()
  def store(:conflict), do: system(:datastore_conflict)
  def store(%__MODULE__{} = error), do: error
  def store(:unavailable), do: system(:datastore_unreachable, cause: Store.fault())
  def store(:no_store), do: system(:datastore_unreachable)

  @no_services "Numplan's services do not run on this node: set config :numplan, services: true, " <>
                 "or start Numplan.Services under a supervisor (docs/mounts.md)"

  @doc """
  The error for a request whose bounds are kept by `Numplan.Services`, on a node where these do not
  run.

      iex> {[{"message", text}]} = Numplan.API.Error.no_services().data
      iex> text =~ "config :numplan, services: true"
      true
  """
  @spec no_services() :: t()
  def no_services, do: system(:service_unavailable, text: @no_services, headers: [{"retry-after", "1"}])
end
