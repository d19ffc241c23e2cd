defmodule Numplan.HostProjectTest do
  @moduledoc """
  Numplan as a dependency of another project: by its path, in an umbrella, in a release, beside a
  project's own Mnesia, and on a bare Erlang node. Mix of the release at hand decides which
  applications are on the code path and which are started.
  """
  use ExUnit.Case

  @moduletag :tmp_dir
  @moduletag timeout: 900_000

  @root Path.expand("../..", __DIR__)
  @hosts Path.join(@root, "tmp/hosts")
  @account String.duplicate("0", 32)

  setup_all do
    File.rm_rf!(@hosts)
    host(:plain, [:logger], @hosts)
    host(:mnesia_user, [:logger, :mnesia], @hosts)
    umbrella(:sheltered)
    {_, 0} = mix("plain", ["compile"], [])
    :ok
  end

  test "by its path: the engine answers, and Mnesia is neither started nor loaded" do
    assert {printed, 0} = mix("plain", ["run", "-e", "Plain.engine()"], [])
    assert printed =~ "class emergency"
    assert "numplan" in applications(printed, "started")
    assert "mnesia" not in applications(printed, "loaded")
  end

  test "by its path: store and server work", %{tmp_dir: folder} do
    assert_serves(mix("plain", ["run", "-e", "Plain.services()"], store(folder)))
  end

  test "in an umbrella: store and server work", %{tmp_dir: folder} do
    assert_serves(mix("sheltered", ["run", "-e", "Sheltered.services()"], store(folder)))
  end

  test "in a release, with Mnesia loaded: store and server work", %{tmp_dir: folder} do
    program = release("plain", folder)
    assert_serves(run(program, ["eval", start(:plain) <> "Plain.services()"], store(folder)))
  end

  test "beside a project's own Mnesia: both work, and a store of Numplan's is refused", %{tmp_dir: folder} do
    own = "MnesiaUser.own_table(); MnesiaUser.engine()"

    for {printed, code} <- [
          mix("mnesia_user", ["run", "-e", own], []),
          run(release("mnesia_user", folder), ["eval", start(:mnesia_user) <> own], [])
        ] do
      assert {printed, code} == {printed, 0}
      assert printed =~ "own table {:own, 1, 2}" and printed =~ "class emergency"
    end

    assert {printed, 1} = mix("mnesia_user", ["run", "-e", own], store(folder))
    assert printed =~ "numplan: Mnesia runs already; the store starts it itself, in its own directory"
  end

  test "on an Erlang node without Elixir, as Mix has built it: the engine answers alone" do
    ebin = Path.join(@hosts, "build/dev/lib/numplan/ebin")

    program = """
    {ok, Started} = application:ensure_all_started(numplan),
    Loaded = [Name || {Name, _, _} <- application:loaded_applications()],
    [] = [Name || Name <- [elixir, logger, mnesia], lists:member(Name, Started) orelse lists:member(Name, Loaded)],
    io:format("class ~s~n", [numplan:classify(<<"911">>)]), halt().
    """

    assert {"class emergency\n", 0} =
             System.cmd("erl", ["-noshell", "-pa", ebin, "-eval", program], stderr_to_stdout: true)
  end

  defp store(folder), do: [{"HOST_STORE", Path.join(folder, "mnesia")}]

  defp assert_serves({printed, code}) do
    assert {printed, code} == {printed, 0}
    assert printed =~ "created 201\n" and printed =~ "read 200\n"
    assert "mnesia" in applications(printed, "started")
  end

  defp applications(printed, kind) do
    [_, names] = Regex.run(~r/^#{kind} (.*)$/m, printed)
    String.split(names)
  end

  defp mix(project, arguments, environment) do
    environment = [
      {"MIX_ENV", "dev"},
      {"MIX_BUILD_ROOT", Path.join(@hosts, "build")},
      {"MIX_BUILD_PATH", nil},
      # The library of the archives' tests, so that it is built once.
      {"CARGO_TARGET_DIR", Path.join(@root, "target/archive")},
      {"NUMPLAN_BUILD_TAG", "archived"}
      | environment
    ]

    System.cmd("mix", arguments, cd: Path.join(@hosts, project), env: environment, stderr_to_stdout: true)
  end

  defp release(project, folder) do
    path = Path.join(folder, project)
    assert {printed, 0} = mix(project, ["release", "--path", path], [])
    assert printed =~ "Release created"
    Path.join(path, "bin/#{project}")
  end

  defp run(program, arguments, environment),
    do: System.cmd(program, arguments, env: environment, stderr_to_stdout: true)

  # `eval` of a release starts nothing.
  defp start(application), do: "{:ok, _} = Application.ensure_all_started(#{inspect(application)}); "

  defp host(name, extra_applications, folder) do
    module = name |> Atom.to_string() |> Macro.camelize()

    write([folder, "#{name}/mix.exs"], """
    defmodule #{module}.MixProject do
      use Mix.Project

      def project do
        [
          app: :#{name},
          version: "1.0.0",
          deps: [{:numplan, path: #{inspect(@root)}, env: :dev}],
          releases: [#{name}: [applications: [mnesia: :load] -- #{inspect(for app <- extra_applications, do: {app, :load})}]]
        ]
      end

      def application, do: [extra_applications: #{inspect(extra_applications)}]
    end
    """)

    write([folder, "#{name}/config/runtime.exs"], runtime())
    write([folder, "#{name}/lib/#{name}.ex"], code(module))
  end

  defp umbrella(name) do
    write([@hosts, "#{name}/mix.exs"], """
    defmodule Umbrella.MixProject do
      use Mix.Project
      def project, do: [apps_path: "apps", version: "1.0.0"]
    end
    """)

    write([@hosts, "#{name}/config/runtime.exs"], runtime())
    host(name, [:logger], Path.join([@hosts, "#{name}", "apps"]))
  end

  defp runtime do
    """
    import Config
    dir = System.get_env("HOST_STORE")
    if dir, do: config(:numplan, store: {Numplan.Store.Mnesia, dir: dir}, server: [port: 0])
    """
  end

  defp code(module) do
    """
    defmodule #{module} do
      def engine do
        IO.puts("class " <> Numplan.classify("911"))
        names("started", Application.started_applications())
        names("loaded", Application.loaded_applications())
      end

      def services do
        engine()
        IO.puts("created \#{request("PUT", ~S({"data":{}}))}")
        IO.puts("read \#{request("GET", "")}")
      end

      def own_table do
        {:atomic, :ok} = :mnesia.create_table(:own, attributes: [:key, :value])
        :ok = :mnesia.dirty_write({:own, 1, 2})
        IO.puts("own table \#{inspect(hd(:mnesia.dirty_read(:own, 1)))}")
      end

      defp names(kind, applications), do: IO.puts([kind, for({name, _, _} <- applications, do: " \#{name}")])

      defp request(method, body) do
        port = Numplan.HTTP.port()
        {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])

        :ok =
          :gen_tcp.send(socket, [
            method,
            " /v2/accounts/#{@account}/phone_numbers/%2B14158867900 HTTP/1.1\\r\\nhost: 127.0.0.1:\#{port}\\r\\n",
            "content-type: application/json\\r\\ncontent-length: \#{byte_size(body)}\\r\\nconnection: close\\r\\n\\r\\n",
            body
          ])

        {:ok, "HTTP/1.1 " <> <<status::binary-size(3)>> <> _} = :gen_tcp.recv(socket, 0)
        status
      end
    end
    """
  end

  defp write(path, text) do
    path = Path.join(path)
    File.mkdir_p!(Path.dirname(path))
    File.write!(path, text)
  end
end
