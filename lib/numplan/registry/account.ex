defmodule Numplan.Account do
  @moduledoc """
  An account. `id` has 32 bytes; `tree` lists the ids of its ancestors, the topmost first (Kazoo's
  `pvt_tree`).
  """

  @enforce_keys [:id]
  defstruct [:id, name: "", tree: [], enabled: true]

  @type t :: %__MODULE__{id: binary(), name: binary(), tree: [binary()], enabled: boolean()}
end
