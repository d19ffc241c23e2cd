defmodule Mix.Tasks.Numplan.Serve do
  @shortdoc "Serves the Phone Numbers API"

  @moduledoc """
  Serves the Phone Numbers API over HTTP, on an embedded Mnesia, until it is interrupted.

      mix numplan.serve [options]

  ## Options

    * `--port PORT` - default 8000
    * `--ip ADDRESS` - default 127.0.0.1; another one needs tokens (`config :numplan, tokens: …`)
    * `--data DIRECTORY` - where Mnesia keeps its files, default `data/mnesia`
    * `--couchdb URL` - Kazoo's CouchDB as the store in place of Mnesia, as in `http://user@127.0.0.1:5984`; the password is taken from the
      environment, `NUMPLAN_COUCHDB_PASSWORD`
    * `--config SOURCE` - a preset or a file of JSON; default: what the store holds, or the application environment names
    * `--locality URL` - of a phonebook that is asked for what is not known otherwise
    * `--locality-file FILE` - of localities, made by `mix numplan.locality.import`
    * `--help` - this text

  Without a token everybody on this machine may do everything, and nobody else anything.
  """

  use Mix.Task

  @impl true
  def run(arguments) do
    if "--help" in arguments, do: Mix.shell().info(@moduledoc), else: serve(arguments)
  end

  defp serve(arguments) do
    switches = [
      port: :integer,
      ip: :string,
      data: :string,
      couchdb: :string,
      config: :string,
      locality: :string,
      locality_file: :string
    ]

    case OptionParser.parse(arguments, strict: switches) do
      {options, [], []} -> serve_with(options)
      {_, _, [{option, _} | _]} -> Mix.raise("unknown or malformed option #{option}; see mix numplan.serve --help")
      {_, [word | _], _} -> Mix.raise("#{word} is not understood; see mix numplan.serve --help")
    end
  end

  defp serve_with(options) do
    Mix.Task.run("app.config")
    environment(options, address(options[:ip] || "127.0.0.1"))
    start()
  end

  defp address(text) do
    case :inet.parse_address(to_charlist(text)) do
      {:ok, ip} -> ip
      {:error, _} -> Mix.raise("--ip takes an address such as 127.0.0.1 or ::1, not #{text}")
    end
  end

  defp environment(options, ip) do
    put(:store, store(options))
    put(:server, port: options[:port] || 8000, ip: ip)
    if options[:config], do: put(:config, source(options[:config]))
    phonebook = if url = options[:locality], do: [phonebook: [url: url]], else: []
    file = if file = options[:locality_file], do: [file: file], else: []
    if file ++ phonebook != [], do: put(:locality, file ++ phonebook)
  end

  defp store(options) do
    case options[:couchdb] do
      nil -> {Numplan.Store.Mnesia, dir: options[:data] || "data/mnesia"}
      url -> {Numplan.Store.CouchDB, couchdb(URI.parse(url))}
    end
  end

  defp couchdb(%URI{scheme: scheme, host: host} = uri) when scheme in ["http", "https"] and host not in [nil, ""] do
    url = URI.to_string(%{uri | userinfo: nil, authority: nil})
    password = System.get_env("NUMPLAN_COUCHDB_PASSWORD", "")
    if uri.userinfo, do: [url: url, username: uri.userinfo, password: password], else: [url: url]
  end

  defp couchdb(_uri), do: Mix.raise("--couchdb takes a URL such as http://user@127.0.0.1:5984")

  defp put(key, value), do: Application.put_env(:numplan, key, value)

  defp source("kazoo-" <> _ = preset), do: {:preset, preset}
  defp source(file), do: {:file, file}

  defp start do
    case Application.ensure_all_started(:numplan) do
      {:ok, _} -> wait()
      {:error, {:numplan, reason}} -> Mix.raise(words(reason))
    end
  end

  defp wait do
    Mix.shell().info("Serving http://127.0.0.1:#{Numplan.HTTP.port()}/ (interrupt to stop)")
    Process.sleep(:infinity)
  end

  # The reason of a supervisor is nested as deep as its tree; the words are those of the child that failed.
  defp words({:invalid_config, problems}), do: Exception.message(Numplan.ConfigError.new(problems))
  defp words({_, {:invalid_config, _} = reason}), do: words(reason)
  defp words({reason, {:numplan_app, :start, _}}), do: words(reason)
  defp words({:shutdown, {:failed_to_start_child, _child, reason}}), do: words(reason)
  defp words({:failed_to_start_child, _child, reason}), do: words(reason)
  defp words(reason) when is_binary(reason), do: reason
  defp words(reason), do: inspect(reason)
end
