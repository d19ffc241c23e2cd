defmodule Numplan.HTTP.Capacity do
  @moduledoc """
  The limit of open connections, chosen so that they never exhaust the file descriptors of the
  process: Mnesia terminates when it cannot open its files.

  A quarter of the descriptors, at least 64 and at most 512, is reserved for the store and
  everything else. Where a request opens a connection of its own, to CouchDB or a phonebook, each
  connection counts twice.
  """

  @default 4_096
  @reserve 64..512

  @doc """
  The number of connections within a limit of descriptors, if each connection may need `each`.

      iex> Enum.map([128, 1024, 4096, 65_536], &Numplan.HTTP.Capacity.connections(&1, 1))
      [64, 768, 3584, 65024]
      iex> Numplan.HTTP.Capacity.connections(1024, 2)
      384
  """
  @spec connections(pos_integer(), 1 | 2) :: pos_integer()
  def connections(limit, each) do
    reserve = limit |> div(4) |> max(@reserve.first) |> min(@reserve.last)
    max(div(limit - reserve, each), 1)
  end

  @doc """
  The limit of connections for this process: `wanted`, or 4,096 for `nil`, unless the limit of
  descriptors or ports allows fewer. Then the second element is a warning for the log.
  """
  @spec cap(pos_integer() | nil) :: {pos_integer(), binary() | nil}
  def cap(wanted) do
    limit = limit()
    wanted = wanted || @default
    possible = connections(limit, each())
    if possible >= wanted, do: {wanted, nil}, else: {possible, lowered(wanted, possible, limit)}
  end

  defp lowered(wanted, possible, limit) do
    "numplan: at most #{possible} connections instead of #{wanted}: this process may open #{limit} files, and some are " <>
      "kept for the store; raise the limit (ulimit -n, or LimitNOFILE= of systemd) for more"
  end

  # The most files that the VM may open, sockets included. The runtime reads the limit of the
  # process when it starts; sockets also count as ports.
  defp limit do
    for(pollset <- :erlang.system_info(:check_io), max = pollset[:max_fds], do: max)
    |> Enum.min()
    |> min(:erlang.system_info(:port_limit))
  end

  defp each, do: if(couchdb?() or phonebook?(), do: 2, else: 1)

  defp couchdb?, do: match?({Numplan.Store.CouchDB, _}, Numplan.Store.configured())

  # True when look-ups of localities may open connections: to the configured phonebook, or by any
  # other provider.
  defp phonebook? do
    case Application.get_env(:numplan, :locality, []) do
      options when is_list(options) -> options[:phonebook] != nil
      _provider -> true
    end
  end
end
