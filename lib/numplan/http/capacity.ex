defmodule Numplan.HTTP.Capacity do
  @moduledoc """
  The limit of open connections, chosen so that they never exhaust the file descriptors of the
  process: Mnesia ends when it cannot open its files, and requests get 503 until it is started
  again.

  A quarter of the descriptors, at least 64 and at most 512, is reserved for the store and
  everything else. Where a request opens a connection of its own, to CouchDB or a phonebook, each
  connection counts twice. Servers of one node share what there is, in proportion to what each
  wants.
  """

  @default 4_096
  @reserve 64..512
  @servers {__MODULE__, :servers}

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
    possible = possible()
    if possible >= wanted, do: {wanted, nil}, else: {possible, lowered(wanted, possible, limit)}
  end

  defp lowered(wanted, possible, limit) do
    "numplan: at most #{possible} connections instead of #{wanted}: this process may open #{limit} files, and some are " <>
      "kept for the store; raise the limit (ulimit -n, or LimitNOFILE= of systemd) for more"
  end

  @doc "The limit of connections of all servers of this node together."
  @spec possible() :: pos_integer()
  def possible, do: connections(limit(), each())

  @doc """
  Registers the calling process as a server that wants so many connections, until it ends. Returns
  the processes of the others, whose parts are now smaller.
  """
  @spec join(pos_integer()) :: [pid()]
  def join(wanted) do
    others = List.keydelete(servers(), self(), 0)
    :persistent_term.put(@servers, [{self(), wanted} | others])
    for {pid, _wanted} <- others, do: pid
  end

  @doc """
  The part of the calling process, a server that wants `wanted` of the `possible` connections: all
  that it wants, if there are as many as all servers want.
  """
  @spec part(pos_integer(), pos_integer()) :: pos_integer()
  def part(wanted, possible) do
    # Of two servers that start at the same moment, one may have overwritten the other.
    _ = unless List.keymember?(servers(), self(), 0), do: join(wanted)
    part(wanted, Enum.sum(for {_pid, wanted} <- servers(), do: wanted), possible)
  end

  @doc """
  The part of a server where all together want `total`.

      iex> [Numplan.HTTP.Capacity.part(300, 400, 768), Numplan.HTTP.Capacity.part(768, 1_024, 768)]
      [300, 576]
  """
  @spec part(pos_integer(), non_neg_integer(), pos_integer()) :: pos_integer()
  def part(wanted, total, possible) when total <= possible, do: wanted
  def part(wanted, total, possible), do: max(div(possible * wanted, total), 1)

  defp servers, do: for({pid, _} = server <- :persistent_term.get(@servers, []), Process.alive?(pid), do: server)

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
