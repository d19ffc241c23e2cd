defmodule Numplan.CLI.StoreName do
  @moduledoc """
  The stores of commands, by name: `sqlite:DIRECTORY`, `mnesia:DIRECTORY` and `couchdb:URL`; and the
  store of a command, which runs as long as the command does.
  """

  alias Numplan.{ConfigError, Log, Plan, Store}
  alias Numplan.CLI.Source

  @typedoc "A store and its options, as `config :numplan, store: …` has them."
  @type store :: {module(), keyword()}

  @doc """
  The store with a name.

      iex> Numplan.CLI.StoreName.read("sqlite:data/sqlite")
      {:ok, {Numplan.Store.SQLite, [dir: "data/sqlite"]}}
      iex> Numplan.CLI.StoreName.read("mnesia:data/mnesia")
      {:ok, {Numplan.Store.Mnesia, [dir: "data/mnesia"]}}
      iex> Numplan.CLI.StoreName.read("couchdb:http://127.0.0.1:5984")
      {:ok, {Numplan.Store.CouchDB, [url: "http://127.0.0.1:5984"]}}
      iex> Numplan.CLI.StoreName.read("mongo:x")
      {:usage, "there is no store mongo: name sqlite:DIRECTORY, mnesia:DIRECTORY or couchdb:URL"}
  """
  @spec read(binary()) :: {:ok, store()} | {:usage, binary()}
  def read("mnesia:" <> directory) when directory != "", do: {:ok, {Store.Mnesia, dir: directory}}
  def read("sqlite:" <> directory) when directory != "", do: {:ok, {Store.SQLite, dir: directory}}

  # What is not understood may hold a password, and is not repeated.
  def read("couchdb:" <> url) do
    with :error <- couchdb(url), do: {:usage, "couchdb: takes a URL such as http://user@127.0.0.1:5984"}
  end

  def read(name) do
    kind = name |> String.split(":") |> hd()
    {:usage, "there is no store #{kind}: name sqlite:DIRECTORY, mnesia:DIRECTORY or couchdb:URL"}
  end

  @doc """
  The store on the CouchDB at a URL, which may name a user; `:error` for what is no such URL. The
  password comes from the environment: arguments are visible to everybody on the machine.

      iex> Numplan.CLI.StoreName.couchdb("http://admin:secret@127.0.0.1:5984")
      {:usage, "--couchdb takes no password: set NUMPLAN_COUCHDB_PASSWORD in the environment"}
  """
  @spec couchdb(binary()) :: {:ok, store()} | :error | {:usage, binary()}
  def couchdb(url) do
    with %URI{scheme: scheme, host: host} = uri when scheme in ["http", "https"] and host not in [nil, ""] <-
           URI.parse(url),
         {:ok, user} <- user(uri.userinfo) do
      {:ok, {Store.CouchDB, [url: URI.to_string(%{uri | userinfo: nil, authority: nil})] ++ user}}
    else
      %URI{} -> :error
      usage -> usage
    end
  end

  defp user(nil), do: {:ok, []}

  defp user(name) do
    if String.contains?(name, ":"),
      do: {:usage, "--couchdb takes no password: set NUMPLAN_COUCHDB_PASSWORD in the environment"},
      else: {:ok, [username: URI.decode(name), password: System.get_env("NUMPLAN_COUCHDB_PASSWORD", "")]}
  end

  @doc """
  The store of a command: of `--store`, else of the application environment, else the default one,
  `sqlite:data/sqlite`.
  """
  @spec given(keyword()) :: {:ok, store()} | {:usage, binary()}
  def given(options) do
    case {options[:store], Store.configured()} do
      {nil, nil} -> {:ok, default()}
      {nil, configured} -> {:ok, configured}
      {name, _configured} -> read(name)
    end
  end

  defp default, do: {Store.SQLite, dir: "data/sqlite"}

  @doc """
  The store of `--data`: a store's name, or a directory, which is Mnesia's if its files are there,
  and else SQLite's; without it the default one.

      iex> Numplan.CLI.StoreName.data("data/numbers")
      {:ok, {Numplan.Store.SQLite, [dir: "data/numbers"]}}
      iex> Numplan.CLI.StoreName.data("mnesia:data/numbers")
      {:ok, {Numplan.Store.Mnesia, [dir: "data/numbers"]}}
      iex> Numplan.CLI.StoreName.data(nil)
      {:ok, {Numplan.Store.SQLite, [dir: "data/sqlite"]}}
  """
  @spec data(binary() | nil) :: {:ok, store()} | {:usage, binary()} | {:error, binary()}
  def data(nil), do: {:ok, default()}
  def data("sqlite:" <> _ = name), do: read(name)
  def data("mnesia:" <> _ = name), do: read(name)

  def data(directory) do
    case File.ls(directory) do
      {:ok, names} -> found(directory, Enum.any?(names, &sqlite?/1), Enum.any?(names, &mnesia?/1))
      # The store says why it cannot make it.
      {:error, reason} when reason in [:enoent, :enotdir] -> {:ok, {Store.SQLite, dir: directory}}
      {:error, reason} -> {:error, "#{Path.expand(directory)} cannot be read: #{:file.format_error(reason)}"}
    end
  end

  defp found(directory, true, true) do
    {:usage,
     "#{directory} has files of SQLite and of Mnesia: name one store, sqlite:#{directory} or mnesia:#{directory}"}
  end

  defp found(directory, false, true), do: {:ok, {Store.Mnesia, dir: directory}}
  defp found(directory, _sqlite, false), do: {:ok, {Store.SQLite, dir: directory}}

  defp sqlite?(name), do: String.starts_with?(name, "numplan.db")

  # Also where the schema is missing: Mnesia then says what to do.
  defp mnesia?(name), do: name == "LATEST.LOG" or String.ends_with?(name, [".DAT", ".DCD", ".DCL"])

  @doc """
  A store in words, without credentials.

      iex> Numplan.CLI.StoreName.shown({Numplan.Store.Mnesia, dir: "data/mnesia"})
      "mnesia:data/mnesia"
  """
  @spec shown(store()) :: binary()
  def shown({Store.SQLite, options}), do: "sqlite:#{Keyword.get(options, :dir, "data/sqlite")}"
  def shown({Store.Mnesia, options}), do: "mnesia:#{Keyword.get(options, :dir, "data/mnesia")}"
  def shown({Store.CouchDB, options}), do: "couchdb:#{options[:url]}"
  def shown({store, _options}), do: inspect(store)

  @doc """
  The directory of a store of SQLite; other stores have back-ups and checks of their own.

      iex> Numplan.CLI.StoreName.sqlite_directory({Numplan.Store.SQLite, dir: "/var/lib/numplan/sqlite"})
      {:ok, "/var/lib/numplan/sqlite"}
      iex> Numplan.CLI.StoreName.sqlite_directory({Numplan.Store.Mnesia, dir: "data/mnesia"})
      {:error, "mnesia:data/mnesia is not a store of SQLite: docs/store.md says how others are backed up"}
  """
  @spec sqlite_directory(store()) :: {:ok, Path.t()} | {:error, binary()}
  def sqlite_directory({Store.SQLite, options}), do: {:ok, Store.SQLite.directory(options)}

  def sqlite_directory(store),
    do: {:error, "#{shown(store)} is not a store of SQLite: docs/store.md says how others are backed up"}

  @doc """
  A store in words that mean the same one in every folder, without a password.

      iex> Numplan.CLI.StoreName.absolute({Numplan.Store.SQLite, dir: "/srv/data/../numplan"})
      "sqlite:/srv/numplan"
      iex> Numplan.CLI.StoreName.absolute({Numplan.Store.CouchDB, url: "http://127.0.0.1:5984", username: "a@b", password: "c"})
      "couchdb:http://a%40b@127.0.0.1:5984"
  """
  @spec absolute(store()) :: binary()
  def absolute({Store.CouchDB, options}) do
    user = options[:username] && URI.encode_www_form(options[:username])
    "couchdb:" <> URI.to_string(%{URI.parse(options[:url]) | userinfo: user, authority: nil})
  end

  def absolute({module, options}), do: shown({module, dir: module.directory(options)})

  @doc """
  The result of `fun`, while the store runs and is the configured one. The error of a store that
  does not start is its reason, which names the holder of a directory that is in use. With
  `existing: true` a directory without files is an error, and none is made.
  """
  @spec with_store(store(), [existing: boolean()], (() -> result)) :: result | {:error, binary()} when result: term()
  def with_store(store, options \\ [], fun) do
    if options[:existing] && empty?(store), do: missing(store), else: run(store, fun)
  end

  defp missing(store) do
    with :ok <- nothing_to_move(store),
         do: {:error, "there is no store #{shown(store)}: its directory has none of its files"}
  end

  defp nothing_to_move({Store.SQLite, options}) do
    with {:error, "numplan: " <> words} <- Store.SQLite.Writer.nothing_to_move(Store.SQLite.directory(options)),
         do: {:error, words}
  end

  defp nothing_to_move(_store), do: :ok

  # True for a store of this machine whose directory has none of its files. SQLite would make one
  # among those of something else.
  defp empty?({module, options}) do
    Code.ensure_loaded?(module) and function_exported?(module, :directory, 1) and
      not match?({:ok, [_ | _]}, files(module, module.directory(options)))
  end

  defp files(Store.SQLite, directory) do
    with {:ok, names} <- File.ls(directory), do: {:ok, Enum.filter(names, &sqlite?/1)}
  end

  defp files(_module, directory), do: File.ls(directory)

  defp run(store, fun) do
    configured = Store.configured()
    trapping = Process.flag(:trap_exit, true)
    Application.put_env(:numplan, :store, store)

    try do
      with {:ok, pid} <- start(store) do
        try do
          fun.()
        after
          stop(pid)
        end
      end
    after
      if configured,
        do: Application.put_env(:numplan, :store, configured),
        else: Application.delete_env(:numplan, :store)

      Process.flag(:trap_exit, trapping)
    end
  end

  defp start({module, options} = store) do
    for application <- [:crypto, :inets, :ssl], do: {:ok, _} = Application.ensure_all_started(application)
    %{start: {starter, function, arguments}} = Supervisor.child_spec({module, options}, [])

    with {:error, reason} <- Log.quietly(fn -> apply(starter, function, arguments) end) do
      # Its exit may come after its error. What was started already does not exit.
      receive do
        {:EXIT, _pid, ^reason} -> :ok
      after
        1_000 -> :ok
      end

      words = reason |> :numplan_start.words() |> IO.chardata_to_string()
      {:error, "the store #{shown(store)} does not start: #{words}"}
    end
  end

  defp stop(pid) do
    :ok = GenServer.stop(pid, :shutdown, 60_000)

    receive do
      {:EXIT, ^pid, _reason} -> :ok
    after
      1_000 -> :ok
    end
  end

  @doc """
  The plan of `--config`, else of the running store's document `number_manager`, else the active
  one: the one in force where the store is served.
  """
  @spec plan(keyword()) :: {:ok, Plan.t()} | {:error, binary()}
  def plan(options) do
    case options[:config] || Store.get_document("number_manager") do
      {:ok, document, _rev} -> compiled(document)
      {:error, :unavailable} -> {:error, "the store does not answer"}
      _named_or_none -> Source.plan(options)
    end
  end

  defp compiled(document) do
    with {:error, error} <- Plan.new(document),
         do:
           {:error,
            "the store's number_manager is refused; name a configuration with --config:\n#{ConfigError.message(error)}"}
  end
end
