defmodule Numplan.CouchDBServer do
  @moduledoc """
  A server that speaks CouchDB's protocol: npm's `pouchdb-server`, installed once into `_build` as `pouchdb-server/package-lock.json` pins
  it; or the one that the environment names (`NUMPLAN_COUCHDB=http://admin:password@127.0.0.1:5984`), whose databases `numbers…`,
  `account…` and `system_config` are then removed.
  """

  alias Numplan.NodePackages

  @tries 100

  @doc "Starts the server that tests share, in memory; returns its URL without credentials, and the store's options."
  @spec start() :: map()
  def start do
    case System.get_env("NUMPLAN_COUCHDB") do
      nil -> start(free_port(), ["--in-memory"])
      url -> named(URI.parse(url))
    end
  end

  @doc "Starts a server at a port, with further arguments (`--dir FOLDER` keeps its data there). It ends with the test, or the tests of the module."
  @spec start(:inet.port_number(), [binary()]) :: map()
  def start(port, arguments) do
    folder = NodePackages.install("pouchdb-server")
    node = System.find_executable("node") || raise "node was not found: scripts/setup tests installs it"
    run = Path.join(folder, "run-#{port}")
    File.mkdir_p!(run)
    program = Path.join(folder, "node_modules/.bin/pouchdb-server")
    arguments = [program, "--host", "127.0.0.1", "--port", "#{port}" | arguments]
    options = [:binary, :exit_status, :stderr_to_stdout, {:line, 4096}, cd: run, args: arguments]
    pid = started(node, options, @tries)
    url = "http://127.0.0.1:#{port}"
    %{pid: pid, port: port, url: url, options: [url: url]}
  end

  defp named(uri) do
    [username, password] = String.split(uri.userinfo || ":", ":", parts: 2)
    url = URI.to_string(%{uri | userinfo: nil, authority: nil, path: nil})
    %{pid: nil, port: uri.port, url: url, options: [url: url, username: username, password: password]}
  end

  # The program ends at once if an earlier listener still has the port, so it is started again.
  defp started(node, options, tries) do
    process = Port.open({:spawn_executable, node}, options)
    {:os_pid, pid} = Port.info(process, :os_pid)
    # The program outlives the Erlang port, so it is killed.
    ExUnit.Callbacks.on_exit({__MODULE__, pid}, fn -> kill(%{pid: pid}) end)

    case await_started(process, []) do
      :ok -> pid
      {:ended, _said} when tries > 1 -> started(node, options, tries - 1)
      {:ended, said} -> raise "pouchdb-server ends: #{said |> Enum.reverse() |> Enum.join("; ")}"
    end
  end

  defp await_started(process, said) do
    receive do
      {^process, {:data, {_, line}}} -> if line =~ "has started", do: :ok, else: await_started(process, [line | said])
      {^process, {:exit_status, _}} -> {:ended, said}
    after
      60_000 -> raise "pouchdb-server does not start"
    end
  end

  @doc "A port that nobody listens on."
  @spec free_port() :: :inet.port_number()
  def free_port do
    {:ok, socket} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(socket)
    :ok = :gen_tcp.close(socket)
    port
  end

  @doc "Kills the server, and waits for its end."
  @spec kill(map()) :: :ok
  def kill(%{pid: pid}) do
    _ = System.cmd("kill", ["-9", "#{pid}"], stderr_to_stdout: true)
    await_gone(pid)
  end

  defp await_gone(pid) do
    if File.exists?("/proc/#{pid}/stat") and not zombie?(pid) do
      receive do
      after
        10 -> await_gone(pid)
      end
    else
      :ok
    end
  end

  defp zombie?(pid) do
    case File.read("/proc/#{pid}/stat") do
      {:ok, stat} -> stat =~ ") Z "
      _ -> true
    end
  end

  @doc "Sends a request with a JSON body; returns the status and the decoded JSON, objects as maps."
  @spec request(map(), atom(), binary(), term()) :: {pos_integer(), term()}
  def request(server, method, path, body \\ nil) do
    url = to_charlist(server.url <> path)
    headers = authorization(server.options)

    request =
      if body,
        do: {url, headers, ~c"application/json", elem(:numplan_json.encode(body), 1)},
        else: {url, headers}

    {:ok, {{_, status, _}, _, text}} = :httpc.request(method, request, [], body_format: :binary)

    case :numplan_json.decode(text) do
      {:ok, json} -> {status, json}
      {:error, _} -> {status, text}
    end
  end

  @doc "Adds an administrator. From the first administrator on, requests of anybody else are refused."
  @spec add_admin(map(), binary(), binary()) :: :ok
  def add_admin(server, name, password) do
    {200, _} = request(server, :put, "/_config/admins/" <> name, password)
    :ok
  end

  defp authorization(options) do
    if options[:username],
      do: [{~c"authorization", to_charlist("Basic " <> Base.encode64("#{options[:username]}:#{options[:password]}"))}],
      else: []
  end

  @doc "Removes the databases that tests write to."
  @spec empty(map()) :: :ok
  def empty(server) do
    {200, names} = request(server, :get, "/_all_dbs")

    for name <- names, String.starts_with?(name, ["numbers", "account", "system_config"]) do
      {200, _} = request(server, :delete, "/" <> URI.encode(name, &URI.char_unreserved?/1))
    end

    :ok
  end
end
