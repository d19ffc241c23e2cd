defmodule Numplan.StoreNode do
  @moduledoc "Real nodes, each an operating-system process, that run the application on a store of their own or a shared one."

  @doc """
  Starts a node with the store in `dir` and a server; further environment of the application in `environment`. `files: N` lets
  its process open so many files (`ulimit -n`).
  """
  @spec start(atom(), Path.t(), keyword(), keyword()) :: %{peer: pid(), node: node()}
  def start(name, dir, environment \\ [], options \\ []) do
    node = boot(name, dir, environment, options)
    {:ok, _} = start_application(node)
    node
  end

  @doc "Starts such a node without the application; without a name if that is `nil`, as `numplan serve` does."
  @spec boot(atom() | nil, Path.t(), keyword(), keyword()) :: %{peer: pid(), node: node()}
  def boot(name, dir, environment \\ [], options \\ []) do
    paths = for path <- :code.get_path(), path != ~c".", argument <- [~c"-pa", path], do: argument

    # The name is unique, because other test runs on this machine start nodes too.
    named = if name, do: %{name: :"numplan_#{name}_#{System.pid()}", host: ~c"127.0.0.1", longnames: true}, else: %{}
    args = [~c"-kernel", ~c"logger", ~c"[{handler,default,undefined}]" | paths]
    started = %{connection: :standard_io, wait_boot: 60_000, args: args, exec: program(options[:files])}
    {:ok, peer, node} = named |> Map.merge(started) |> :peer.start()

    _ = call(peer, :logger, :remove_handler, [:simple])
    {setting, nothing} = console()
    :ok = call(peer, :application, :set_env, [:logger, setting, nothing, [persistent: true]])
    environment = Keyword.merge([store: {Numplan.Store.Mnesia, dir: dir}, server: [port: 0]], environment)
    for {key, value} <- environment, do: :ok = call(peer, :application, :set_env, [:numplan, key, value])
    %{peer: peer, node: node}
  end

  # The setting of Logger by which a node writes nothing to its console, and its value. Elixir 1.15 and
  # later warns of `backends` at each start of Logger.
  defp console do
    if Version.match?(System.version(), ">= 1.15.0"), do: {:default_handler, false}, else: {:backends, []}
  end

  @doc "Starts the application on a node, and returns the result."
  @spec start_application(map()) :: {:ok, [atom()]} | {:error, term()}
  def start_application(node), do: call(node, :application, :ensure_all_started, [:numplan])

  @doc "The process id of a node."
  @spec os_pid(map()) :: binary()
  def os_pid(node), do: node |> call(:os, :getpid, []) |> to_string()

  defp program(nil), do: System.find_executable("erl") |> to_charlist()
  defp program(files), do: {~c"/bin/sh", [~c"-c", ~c'ulimit -n #{files} && exec erl "$@"', ~c"erl"]}

  @doc "Calls a function on a node."
  @spec call(%{peer: pid()} | pid(), module(), atom(), [term()]) :: term()
  def call(%{peer: peer}, module, function, arguments), do: call(peer, module, function, arguments)
  def call(peer, module, function, arguments), do: :peer.call(peer, module, function, arguments, 60_000)

  @doc "Opens a file `count` times on a node, or as often as possible, and keeps it open."
  @spec hold_files(map(), Path.t(), pos_integer()) :: :ok
  def hold_files(node, path, count) do
    {:ok, _} = call(node, Agent, :start, [__MODULE__, :open_files, [path, count]])
    :ok
  end

  @doc false
  @spec open_files(Path.t(), pos_integer()) :: [term()]
  def open_files(path, count), do: for(_ <- 1..count, {:ok, file} <- [:file.open(path, [:raw, :write])], do: file)

  @doc "Writes a number on a node, and returns the store's answer."
  @spec put(map(), Numplan.PhoneNumber.t()) :: term()
  def put(node, number), do: call(node, Numplan.Store, :update_number, [number.id, &__MODULE__.replace(&1, number)])

  @doc "The decision that replaces any record by `number`."
  @spec replace(term(), Numplan.PhoneNumber.t()) :: {:put, Numplan.PhoneNumber.t()}
  def replace(_before, number), do: {:put, number}

  @doc "Kills the operating-system process of a node with signal 9, and waits for its end."
  @spec kill(map()) :: :ok
  def kill(%{peer: peer} = node) do
    monitor = Process.monitor(peer)
    pid = call(node, :os, :getpid, [])
    {_, 0} = System.cmd("kill", ["-9", to_string(pid)])

    receive do
      {:DOWN, ^monitor, :process, ^peer, _} -> :ok
    after
      10_000 -> raise "the node does not end"
    end
  end

  @doc "Shuts a node down."
  @spec stop(map()) :: :ok
  def stop(%{peer: peer} = node) do
    _ = call(node, :application, :stop, [:numplan])
    :peer.stop(peer)
  end
end
