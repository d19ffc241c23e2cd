defmodule Numplan.CLI.Serve do
  @moduledoc "`numplan serve`: the HTTP server of the API, on an embedded store or CouchDB."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{ServerAccess, Source, StoreName, Terminal}

  @impl true
  def name, do: "serve"

  @impl true
  def summary, do: "Serves the Phone Numbers API"

  @impl true
  def help do
    """
    Serves the Phone Numbers API over HTTP, on an embedded store or on Kazoo's CouchDB, until it is interrupted.

        numplan serve [options]

    ## Options

      * `--port PORT` - default 8000; 0 takes a free one
      * `--ip ADDRESS` - default 127.0.0.1; another address needs a token, or `--open`
      * `--token-file FILE` - a file with a token for a superadmin of the account of 32 zeros; without a file the environment variable
        `NUMPLAN_TOKEN` may hold one. More tokens are configured with `config :numplan, tokens: …`
      * `--open` - every client may do everything, on any address, even if the server has had tokens before
      * `--hosts NAMES` - host names of an open server besides those of loopback, separated by commas
      * `--data STORE` - `sqlite:DIRECTORY`, `mnesia:DIRECTORY`, or a directory, whose files say which of them it is, SQLite if there are
        none; default `sqlite:data/sqlite`
      * `--couchdb URL` - CouchDB in place of that store, as in `http://user@127.0.0.1:5984`; the password is read from the environment
        variable `NUMPLAN_COUCHDB_PASSWORD`
      * `--state DIRECTORY` - the directory of the mark that the server has had tokens; default: the directory of the data, with CouchDB
        `data/state`
      * `--config SOURCE` - a preset or a file of JSON; default: the store's document, or what the application environment names
      * `--locality URL` - of a phonebook for localities that are not known otherwise
      * `--locality-file FILE` - of localities, made by `numplan locality import`
      * `--help` - this text

    Without a token everybody on this machine may do everything, and nobody else anything. Once there was a token, only `--open` opens the
    server again. See `docs/access.md`.

    ## Examples

        $ numplan serve --port 0 --data numbers --config kazoo-4.3

    ## Exit codes

    1: it cannot serve: the configuration is refused, the port is taken, or the store does not start. 2: wrong usage.
    """
  end

  @impl true
  def options do
    [
      port: :integer,
      ip: :string,
      token_file: :string,
      open: :boolean,
      hosts: :string,
      state: :string,
      data: :string,
      couchdb: :string,
      config: :string,
      locality: :string,
      locality_file: :string
    ]
  end

  @impl true
  def run(_options, [word | _]), do: {:usage, "#{word} is not understood"}

  def run(options, []) do
    with {:ok, ip} <- address(options[:ip] || "127.0.0.1"),
         :ok <- port(options[:port] || 0),
         {:ok, source} <- source(options[:config]),
         {:ok, store} <- store(options[:couchdb], options[:data]),
         {:ok, access} <- ServerAccess.environment(options) do
      put(:store, store)
      for {key, value} <- access, do: put(key, value)
      environment(options, ip, source)
      serve(ip)
    end
  end

  defp address(text) do
    case :inet.parse_address(to_charlist(text)) do
      {:ok, ip} -> {:ok, ip}
      {:error, _} -> {:usage, "--ip takes an address such as 127.0.0.1 or ::1, not #{text}"}
    end
  end

  defp port(port) when port in 0..65_535, do: :ok
  defp port(port), do: {:usage, "--port takes a number from 0 to 65535, not #{port}"}

  defp source(nil), do: {:ok, nil}
  defp source(name), do: Source.named(name)

  defp store(nil, data), do: StoreName.data(data)
  defp store(_url, data) when data != nil, do: {:usage, "--data names an embedded store, and --couchdb replaces it"}

  defp store(url, nil) do
    with :error <- StoreName.couchdb(url), do: {:usage, "--couchdb takes a URL such as http://user@127.0.0.1:5984"}
  end

  defp environment(options, ip, source) do
    put(:server, port: options[:port] || 8000, ip: ip)
    if source, do: put(:config, source)
    phonebook = if url = options[:locality], do: [phonebook: [url: url]], else: []
    file = if file = options[:locality_file], do: [file: file], else: []
    if file ++ phonebook != [], do: put(:locality, file ++ phonebook)
  end

  defp put(key, value), do: Application.put_env(:numplan, key, value)

  defp serve(ip) do
    # The reason of a failure is reported below; reports of the applications that end with it are
    # noise.
    :ok = :numplan_start.mute_exits()

    case Application.ensure_all_started(:numplan) do
      {:ok, _} ->
        :ok = :numplan_start.unmute_exits()
        wait(ip)

      {:error, {:numplan, reason}} ->
        {:error, reason |> :numplan_start.words() |> IO.chardata_to_string()}
    end
  end

  defp wait(ip) do
    Terminal.print("Serving http://#{host(ip)}:#{Numplan.HTTP.port()}/ (interrupt to stop)\n")
    Process.sleep(:infinity)
  end

  # The host in the server's URL. A browser cannot be sent to "any address"; loopback is one of
  # them.
  defp host({0, 0, 0, 0}), do: "127.0.0.1"
  defp host({0, 0, 0, 0, 0, 0, 0, 0}), do: "[::1]"
  defp host(ip) when tuple_size(ip) == 8, do: "[#{:inet.ntoa(ip)}]"
  defp host(ip), do: :inet.ntoa(ip)
end
