defmodule Numplan.StoreNode do
  @moduledoc "Real nodes, each an operating-system process, that run the application on a store of their own or a shared one."

  @doc "Starts a node with the store in `dir` and a server; further environment of the application in `environment`."
  @spec start(atom(), Path.t(), keyword()) :: %{peer: pid(), node: node()}
  def start(name, dir, environment \\ []) do
    node = boot(name, dir, environment)
    {:ok, _} = start_application(node)
    node
  end

  @doc "Starts such a node without the application; and with no name where that is nil, as `numplan serve` does."
  @spec boot(atom() | nil, Path.t(), keyword()) :: %{peer: pid(), node: node()}
  def boot(name, dir, environment \\ []) do
    paths = for path <- :code.get_path(), path != ~c".", argument <- [~c"-pa", path], do: argument

    # Other runs on this machine have nodes of their own.
    named = if name, do: %{name: :"numplan_#{name}_#{System.pid()}", host: ~c"127.0.0.1", longnames: true}, else: %{}
    args = [~c"-kernel", ~c"logger", ~c"[{handler,default,undefined}]" | paths]
    {:ok, peer, node} = named |> Map.merge(%{connection: :standard_io, args: args}) |> :peer.start()

    _ = call(peer, :logger, :remove_handler, [:simple])
    :ok = call(peer, :application, :set_env, [:logger, :backends, [], [persistent: true]])
    environment = Keyword.merge([store: {Numplan.Store.Mnesia, dir: dir}, server: [port: 0]], environment)
    for {key, value} <- environment, do: :ok = call(peer, :application, :set_env, [:numplan, key, value])
    %{peer: peer, node: node}
  end

  @doc "Starts the application there; gives what starting it gives."
  @spec start_application(map()) :: {:ok, [atom()]} | {:error, term()}
  def start_application(node), do: call(node, :application, :ensure_all_started, [:numplan])

  @doc "The process id of a node."
  @spec os_pid(map()) :: binary()
  def os_pid(node), do: node |> call(:os, :getpid, []) |> to_string()

  @doc "Calls a function there."
  @spec call(%{peer: pid()} | pid(), module(), atom(), [term()]) :: term()
  def call(%{peer: peer}, module, function, arguments), do: call(peer, module, function, arguments)
  def call(peer, module, function, arguments), do: :peer.call(peer, module, function, arguments, 60_000)

  @doc "Puts a number there; gives what the store gives."
  @spec put(map(), Numplan.PhoneNumber.t()) :: term()
  def put(node, number), do: call(node, Numplan.Store, :update_number, [number.id, &__MODULE__.replace(&1, number)])

  @doc "Replaces whatever there is by `number`."
  @spec replace(term(), Numplan.PhoneNumber.t()) :: {:put, Numplan.PhoneNumber.t()}
  def replace(_before, number), do: {:put, number}

  @doc "Kills the operating-system process of a node with signal 9, and waits until it is gone."
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

  @doc "Stops a node in order."
  @spec stop(map()) :: :ok
  def stop(%{peer: peer} = node) do
    _ = call(node, :application, :stop, [:numplan])
    :peer.stop(peer)
  end
end
