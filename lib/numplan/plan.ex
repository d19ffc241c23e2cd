defmodule Numplan.Plan do
  @moduledoc """
  Compiled configurations to hold: one for each account, say, beside the node's active one.

  A plan is immutable. It may be kept in a process, an ETS table or a persistent term, be sent to processes of the same node,
  and be held over hot upgrades of the native library. It is no use on another node: send its source there.

  It is a struct around the plan that Erlang has, which is `erlang` in it, and each of Erlang's functions takes the one or the other. Inspected,
  it is a line: the preset or the first digits of a digest of its source, and how many classifiers and rules that only `re` runs it has.
  """

  alias Numplan.ConfigError

  @enforce_keys [:erlang]
  defstruct [:erlang]

  @typedoc "A compiled configuration, to be taken as a whole."
  @type t :: %__MODULE__{erlang: :numplan_plan.plan()}

  @typedoc "What a plan holds; see `info/1`."
  @type info :: %{
          build: binary(),
          classes: [binary()],
          rules: [%{path: binary(), regex: binary(), runs: :native | :re, why: binary() | nil}],
          native: non_neg_integer(),
          re: non_neg_integer(),
          states: non_neg_integer(),
          memory: non_neg_integer(),
          warnings: [Numplan.Problem.t()]
        }

  @doc """
  A plan compiled from `source`, or all that is wrong with it. See `Numplan.plan/1`.

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
  As `new/1`, but gives the plan itself, or raises `Numplan.ConfigError`.

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
  Makes `plan` the node's active one, for all calls that begin from now on.

      iex> Numplan.Plan.activate(Numplan.Plan.new!({:preset, "kazoo-3.20"}))
      :ok
  """
  @spec activate(t()) :: :ok
  def activate(plan), do: :numplan_plan.activate(plan)

  @doc """
  The digest of the configuration that `plan` was compiled from, 32 hexadecimal digits.

  Plans of equal digests answer alike, whatever build compiled them: who keeps answers learns by it whether they are still those
  of the plan in force. It is computed when the plan is made, and is the same on all nodes of one release of OTP.

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
  What `plan` holds: the build of the native library that runs it, the classes in order, every rule with where it runs (`:native`,
  or `:re` and why), its sizes in automaton states and bytes, and warnings.

      iex> plan = Numplan.Plan.new!(~S'{"reconcile_regex": "^(?!911)"}')
      iex> for rule <- Numplan.Plan.info(plan).rules, rule.runs == :re, do: {rule.path, rule.why}
      [{"reconcile_regex", "look-around"}]
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
  The classifiers of `plan`, in order: pairs of name and keys (kazoo-facts 2.2, 3.6).

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
  What the dial plan in `plan` makes of the number, without any converter (kazoo-facts 3.3, 3.4).

  In the reading `:first_match` the first entry that matches decides, as in Kazoo's converter. In the reading `:full`, that of
  outbound calls, each entry works on what those before it made, and `regex`, nested `dialplan` and `system` count.

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

    # A struct that somebody else has made.
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
