defmodule Numplan.Plan do
  @moduledoc """
  A compiled configuration: immutable, and kept by the caller, such as one for each account
  beside the node's active one.

  A plan may be kept in a process, an ETS table or a persistent term, sent to processes of the
  same node, and kept across hot upgrades of the native library. It cannot be used on another
  node: send its source there.

  The struct wraps the plan of the Erlang face, in `erlang`; functions of `:numplan` take either.
  `inspect/1` shows the preset, or the first digits of the source's digest, and counts the
  classifiers and the rules that run on OTP's `re`.
  """

  alias Numplan.ConfigError

  @enforce_keys [:erlang]
  defstruct [:erlang]

  @typedoc "A compiled configuration. Its fields are private."
  @type t :: %__MODULE__{erlang: :numplan_plan.plan()}

  @typedoc "The regions and types of a class by the world's plan; what is not there is not asked for."
  @type selection :: %{optional(:region) => [binary()], optional(:type) => [binary()]}

  @typedoc "A plan's rules, sizes and warnings; see `info/1`."
  @type info :: %{
          build: binary(),
          classes: [binary()],
          rules: [
            %{
              required(:path) => binary(),
              required(:regex) => binary(),
              optional(:prefixes) => pos_integer(),
              optional(:world) => selection(),
              required(:runs) => :native | :re,
              required(:why) => binary() | nil
            }
          ],
          native: non_neg_integer(),
          re: non_neg_integer(),
          states: non_neg_integer(),
          memory: non_neg_integer(),
          numplan_only: [binary()],
          warnings: [Numplan.Problem.t()]
        }

  @doc """
  A plan compiled from `source`, or an error that lists all faults of the source. See
  `Numplan.plan/1`.

      iex> {:ok, plan} = Numplan.Plan.new({:preset, "kazoo-4.3"})
      iex> Numplan.classify("988", plan)
      "emergency"
  """
  @spec new(Numplan.source()) :: {:ok, t()} | {:error, ConfigError.t()}
  def new(source) do
    case :numplan.plan(source) do
      {:ok, plan} -> {:ok, %__MODULE__{erlang: plan}}
      {:error, problems} -> {:error, ConfigError.new(problems)}
    end
  end

  @doc """
  As `new/1`, but returns the plan itself, or raises `Numplan.ConfigError`.

      iex> Numplan.classify("988", Numplan.Plan.new!({:preset, "kazoo-4.3"}))
      "emergency"
  """
  @spec new!(Numplan.source()) :: t()
  def new!(source) do
    case new(source) do
      {:ok, plan} -> plan
      {:error, error} -> raise error
    end
  end

  @doc """
  The node's active plan.

      iex> Numplan.classify("911", Numplan.Plan.active())
      "emergency"
  """
  @spec active() :: t()
  def active, do: %__MODULE__{erlang: :numplan_plan.active()}

  @doc """
  Makes `plan` the node's active plan, for all calls that begin afterwards.

      iex> Numplan.Plan.activate(Numplan.Plan.new!({:preset, "kazoo-3.20"}))
      :ok
  """
  @spec activate(t()) :: :ok
  def activate(plan), do: :numplan_plan.activate(plan)

  @doc """
  The digest of the configuration that `plan` was compiled from, 32 hexadecimal digits.

  Plans with equal digests give equal answers, whichever build compiled them, so a cache of
  answers is valid as long as the digest of the plan in force is the same. The digest is computed
  when the plan is compiled, and is the same on all nodes of one release of OTP.

      iex> Numplan.Plan.digest(Numplan.Plan.new!({:preset, "kazoo-3.20"})) == Numplan.Plan.digest(Numplan.Plan.active())
      true
      iex> Numplan.Plan.digest(Numplan.Plan.new!({:preset, "kazoo-4.3"})) == Numplan.Plan.digest(Numplan.Plan.active())
      false
  """
  @spec digest(t()) :: binary()
  def digest(plan) do
    case :numplan_plan.read(plan) do
      {:ok, read} -> read |> :numplan_plan.digest() |> Base.encode16(case: :lower)
      :error -> :numplan_error.badarg(__MODULE__, :digest, held_plan: plan)
    end
  end

  @doc ~S"""
  The plan's classes and rules in order, sizes and warnings.

  Each rule says where it runs: `:native`, or `:re` and `why`. `build` is that of the native
  library that runs the plan, `states` counts automaton states, and `memory` is in bytes. A rule
  that is a list has the number of its `prefixes`, one by the world's plan its regions and types as
  `world`; `numplan_only` names the classes that nodes of Kazoo do not know.

      iex> plan = Numplan.Plan.new!(~S'{"reconcile_regex": "^\\+(\\d)\\1+$"}')
      iex> for rule <- Numplan.Plan.info(plan).rules, rule.runs == :re, do: {rule.path, rule.why}
      [{"reconcile_regex", "a back-reference"}]
  """
  @spec info(t()) :: info()
  def info(plan) do
    info = :numplan.info(plan)

    %{
      info
      | rules: Enum.map(info.rules, &%{&1 | why: if(&1.why == :undefined, do: nil, else: &1.why)}),
        warnings: Enum.map(info.warnings, &Numplan.Problem.new/1)
    }
  end

  @doc """
  The classifiers of `plan` in order, as pairs of name and keys (kazoo-semantics 2.2, 3.6).

      iex> plan = Numplan.Plan.new!(~S'{"classifiers": {"short": "^...$"}}')
      iex> Numplan.Plan.available_classifiers(plan)
      [{"short", [{"regex", "^...$"}, {"friendly_name", "short"}]}]
  """
  @spec available_classifiers(t()) :: [{binary(), [{binary(), term()}]}]
  def available_classifiers(plan) do
    {classifiers} = :numplan.available_classifiers(plan)
    for {name, {keys}} <- classifiers, do: {name, keys}
  end

  @doc ~S"""
  The number after the dial plan of `plan`, without any converter (kazoo-semantics 3.3, 3.4).

  With the reading `:first_match` the first entry that matches is applied, as by Kazoo's
  converter. With `:full`, the reading of outbound calls, every entry that matches is applied to
  the result of those before it, and `regex`, nested `dialplan` and `system` are honoured.

      iex> plan = Numplan.Plan.new!(~S'{"dial_plan": {"^9(\\d+)$": {}, "^(\\d{7})$": {"prefix": "+1415"}}}')
      iex> Numplan.Plan.apply_dial_plan("98867900", plan, :first_match)
      "8867900"
      iex> Numplan.Plan.apply_dial_plan("98867900", plan, :full)
      "+14158867900"
  """
  @spec apply_dial_plan(Numplan.phone_number(), t(), Numplan.reading()) :: Numplan.phone_number()
  @spec apply_dial_plan([Numplan.phone_number()], t(), Numplan.reading()) :: [Numplan.phone_number()]
  def apply_dial_plan(numbers, plan, reading), do: :numplan.apply_dial_plan(numbers, plan, reading)

  defimpl Inspect do
    require Record

    Record.defrecordp(
      :plan,
      :numplan_plan,
      Record.extract(:numplan_plan, from: Path.expand("../../src/numplan_plan.hrl", __DIR__))
    )

    def inspect(%{erlang: plan() = plan}, _options) do
      "#Numplan.Plan<#{Enum.join([name(plan), classifiers(tuple_size(plan(plan, :names))) | foreign(plan)], ", ")}>"
    end

    # A struct that was not made by this module.
    def inspect(_struct, _options), do: "#Numplan.Plan<>"

    defp name(plan) do
      case :numplan_plan.preset(plan) do
        :undefined -> plan |> plan(:id) |> Base.encode16(case: :lower) |> binary_part(0, 8)
        preset -> preset
      end
    end

    defp classifiers(1), do: "1 classifier"
    defp classifiers(count), do: "#{count} classifiers"

    defp foreign(plan) do
      case plan(plan, :foreign) do
        :none -> []
        rules -> [foreign_rules(count(rules))]
      end
    end

    defp count(rules) do
      reconcile = if rules.reconcile == :none, do: 0, else: 1
      length(rules.converters) + length(rules.dial_plan) + length(rules.classes) + reconcile
    end

    defp foreign_rules(1), do: "1 rule run by re"
    defp foreign_rules(count), do: "#{count} rules run by re"
  end
end
