Code.require_file("native/compile.cargo.exs", __DIR__)

defmodule Numplan.MixProject do
  use Mix.Project

  # The engine and its Erlang face need none of these: a pure Erlang node starts without them.
  @services [:elixir, :logger, :crypto, :public_key, :ssl, :inets]

  def project do
    [
      app: :numplan,
      version: "0.1.0",
      elixir: "~> 1.14",
      description: "A phone-number engine: normalises dialled numbers to E.164 and classifies them, natively",
      compilers: [:numplan_cargo] ++ Mix.compilers(),
      erlc_options: erlc_options(Mix.env()),
      elixirc_paths: elixirc_paths(Mix.env()),
      # The store finds and starts Mnesia itself, when it is configured. Mix 1.15 and later would
      # take what the tests use of OTP off the code path.
      prune_code_paths: false,
      releases: [numplan: [applications: [mnesia: :load]]],
      test_coverage: [summary: false],
      package: [licenses: ["Apache-2.0"]],
      docs: docs(),
      deps: []
    ] ++ mnesia(Version.match?(System.version(), ">= 1.15.0"))
  end

  # `application/0` does not name Mnesia, so the compiler must not warn of calls to it. Mix 1.15
  # replaced the option for that.
  defp mnesia(true), do: [elixirc_options: [no_warn_undefined: [:mnesia]]]
  defp mnesia(false), do: [xref: [exclude: [:mnesia]]]

  # For ExDoc, which is not a dependency: `mix docs` where it is installed as an archive.
  defp docs do
    [
      main: "readme",
      extras: ["README.md", "CHANGELOG.md" | Path.wildcard("docs/*.md")],
      groups_for_modules: [
        "Elixir face": [Numplan, Numplan.Plan, Numplan.Batch, Numplan.ConfigError, Numplan.JsonError],
        Answers:
          for(
            name <- ~w(Classification Diff Explanation Finding Lookup Problem Report),
            do: Module.concat(Numplan, name)
          ),
        Numbers: [Numplan.Account, Numplan.PhoneNumber, ~r/^Numplan\.Registry/],
        Stores: ~r/^Numplan\.(Store|ClusterConfig)/,
        Localities: ~r/^Numplan\.Locality/,
        "Phone Numbers API": ~r/^Numplan\.API/,
        "HTTP server": ~r/^Numplan\.(HTTP|Services)/,
        "Files of numbers": ~r/^Numplan\.(Batch\.|Input|Encoding)/,
        "Command line": ~r/^(Numplan\.CLI|Mix\.)/
      ]
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
