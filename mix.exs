Code.require_file("native/compile.cargo.exs", __DIR__)
Code.require_file("scripts/docs/compile.chunks.exs", __DIR__)

defmodule Numplan.MixProject do
  use Mix.Project

  # The engine and its Erlang face need none of these: a pure Erlang node starts without them.
  @services [:elixir, :logger, :crypto, :public_key, :ssl, :inets]

  # Libraries that Numplan works with in projects that have them.
  @optional [cowboy: "~> 2.9", plug: "~> 1.14", telemetry: "~> 0.4 or ~> 1.0"]

  def project do
    [
      app: :numplan,
      name: "Numplan",
      version: "0.1.0",
      elixir: "~> 1.14",
      description: "A phone-number engine: normalises dialled numbers to E.164 and classifies them, natively",
      compilers: [:numplan_cargo] ++ Mix.compilers() ++ [:numplan_chunks],
      erlc_options: erlc_options(Mix.env()),
      elixirc_paths: elixirc_paths(Mix.env()),
      # The store finds and starts Mnesia itself, when it is configured. Mix 1.15 and later would
      # take what the tests use of OTP off the code path.
      prune_code_paths: false,
      releases: [numplan: [applications: [mnesia: :load]]],
      test_coverage: [summary: false],
      source_url: source_url(),
      homepage_url: source_url(),
      package: package(System.argv()),
      docs: docs(),
      deps: deps(System.argv())
    ] ++ mnesia(Version.match?(System.version(), ">= 1.15.0"))
  end

  # `application/0` does not name Mnesia, so the compiler must not warn of calls to it. Mix 1.15
  # replaced the option for that.
  defp mnesia(true), do: [elixirc_options: [no_warn_undefined: [:mnesia]]]
  defp mnesia(false), do: [xref: [exclude: [:mnesia]]]

  # The repository's address, of which there is no public one yet: who publishes the package names
  # it, and it is linked from the package and from each function in the documentation.
  defp source_url, do: System.get_env("NUMPLAN_SOURCE_URL")

  # Only a package names what is optional: Mix asks Hex for each dependency that is named, also for
  # an optional one, and a build here needs neither. Hex compiles the project for its documentation.
  defp deps([task | rest]) when task in ["hex.build", "hex.publish"] do
    if "docs" in rest, do: [], else: for({name, versions} <- @optional, do: {name, versions, optional: true})
  end

  defp deps(_arguments), do: []

  defp package(arguments) do
    # ExDoc would link to the package's page on Hex, and there is none yet.
    if List.first(arguments) == "docs", do: nil, else: package()
  end

  # What a project needs to compile the library, and to read about it. Cargo wants all members of
  # the workspace, so bench/floor and the benches are among them.
  defp package do
    [
      licenses: ["Apache-2.0"],
      links: if(source_url(), do: %{"Source" => source_url()}, else: %{}),
      files:
        ~w(mix.exs rebar.config Cargo.toml Cargo.lock lib src native bench/floor docs) ++
          ~w(scripts/build-erlang scripts/docs/chunks scripts/docs/compile.chunks.exs) ++
          ~w(README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE NOTICE),
      exclude_patterns: [~r{^native/[^/]+/tests(/|$)}, ~r{^native/prebuilts(/|$)}]
    ]
  end

  # For ExDoc, which is not a dependency: scripts/docs/site has it from the system.
  defp docs do
    [
      main: "readme",
      formatters: ["html"],
      # docs/README.md would take README's place; the groups here are its sections.
      extras: Enum.map(["README.md"] ++ Enum.flat_map(documents(), &elem(&1, 1)) ++ ["NOTICE", "LICENSE"], &page/1),
      groups_for_extras: documents(),
      assets: %{"docs/images" => "docs/images", "docs/performance" => "performance"},
      groups_for_modules: modules()
    ]
  end

  # The page of the Erlang module has the notebook's name.
  defp page("docs/numplan.livemd" = file), do: {file, filename: "notebook"}
  defp page(file), do: file

  defp documents do
    [
      "To use Numplan":
        ~w(docs/getting-started.md docs/install.md docs/cheatsheet.cheatmd docs/numplan.livemd docs/command-line.md) ++
          ~w(docs/api.md docs/reference.md docs/locality.md),
      "To run it":
        ~w(docs/operators.md docs/configuration.md docs/presets.md docs/check.md docs/kazoo.md docs/access.md) ++
          ~w(docs/http.md docs/mounts.md docs/store.md docs/upgrade.md docs/versions.md docs/limits.md CHANGELOG.md),
      "To change it":
        ~w(CONTRIBUTING.md SECURITY.md docs/engine.md docs/world.md docs/kazoo-semantics.md docs/decisions.md docs/performance.md)
    ]
  end

  defp modules do
    [
      "Elixir face": [Numplan, Numplan.Plan, Numplan.Batch, Numplan.ConfigError, Numplan.JsonError],
      "Erlang face": [:numplan, :numplan_upgrade, :numplan_counts],
      Answers:
        for(
          name <- ~w(Classification Diff Explanation Finding Lookup ParsedNumber Problem Report ShortNumber),
          do: Module.concat(Numplan, name)
        ),
      Numbers: [Numplan.Account, Numplan.PhoneNumber, ~r/^Numplan\.Registry/],
      Stores: ~r/^Numplan\.(Store|ClusterConfig)/,
      Localities: ~r/^Numplan\.Locality/,
      "Phone Numbers API": ~r/^Numplan\.API/,
      "HTTP server": ~r/^Numplan\.(HTTP|Services|Telemetry)/,
      Mounts: [Numplan.Mount, Numplan.Plug, :numplan_cowboy],
      "Files of numbers": ~r/^Numplan\.(Batch\.|Transfer\.|Input|Encoding)/,
      "Command line": ~r/^(Numplan\.CLI|Mix\.)/,
      "In a Kazoo node": ~r/^(knm_converter_numplan|numplan_(kazoo\w*|classifiers|plan_cache|uncompiled))$/,
      "Inside the Erlang half": ~r/^numplan_/
    ]
  end

  def application do
    [mod: {:numplan_app, []}] ++ services(Version.match?(System.version(), ">= 1.15.0"))
  end

  # Mix 1.15 and later writes `optional_applications` from the pairs in `applications`, and drops a
  # key of that name; Mix 1.14 takes the key and no pairs.
  defp services(true), do: [applications: [:kernel, :stdlib | Enum.map(@services, &{&1, :optional})]]
  defp services(false), do: [applications: [:kernel, :stdlib | @services], optional_applications: @services]

  defp erlc_options(:test), do: [:warnings_as_errors, :debug_info, {:d, :FAULT_INJECTION}]
  defp erlc_options(_env), do: [:debug_info]

  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp elixirc_paths(_env), do: ["lib"]
end
