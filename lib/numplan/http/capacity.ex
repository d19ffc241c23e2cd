defmodule Numplan.HTTP.Capacity do
  @moduledoc """
  How many connections a server may have open, so that they never use up the descriptors of the
  process: Mnesia ends for good when it cannot open its files.

  A reserve is kept for the store and everything else: a quarter of the limit, at least 64 and at most
  512. Where requests make connections of their own, to CouchDB or a phonebook, each connection counts
  twice.
  """

  @default 4_096
  @reserve 64..512

  @doc """
  The number of connections under a limit of descriptors, each of which may need `each`.

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
  The cap on connections for this process: `wanted`, or 4,096 where it is `nil`, unless the limit of
  descriptors or ports allows fewer. In that case also what the log should say.
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

  # What the runtime took from the limit of the process when it started; sockets are ports, too.
  defp limit do
    for(pollset <- :erlang.system_info(:check_io), max = pollset[:max_fds], do: max)
    |> Enum.min()
    |> min(:erlang.system_info(:port_limit))
  end

  defp each, do: if(couchdb?() or phonebook?(), do: 2, else: 1)

  defp couchdb?, do: match?({Numplan.Store.CouchDB, _}, Numplan.Store.configured())

  # Another provider than the built-in one may connect to anything.
  defp phonebook? do
    case Application.get_env(:numplan, :locality, []) do
      options when is_list(options) -> options[:phonebook] != nil
      _provider -> true
    end
  end
end
