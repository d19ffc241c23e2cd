defmodule Numplan.Account do
  @moduledoc """
  An account. `id` has 32 bytes; `tree` lists the ids of its ancestors, the topmost first (Kazoo's
  `pvt_tree`).
  """

  @enforce_keys [:id]
  defstruct [:id, name: "", tree: [], enabled: true]

  @doc """
  The account that an open server acts for.

      iex> byte_size(Numplan.Account.default().id)
      32
  """
  @spec default() :: t()
  def default, do: %__MODULE__{id: String.duplicate("0", 32), name: "default"}

  @type t :: %__MODULE__{id: binary(), name: binary(), tree: [binary()], enabled: boolean()}
end
