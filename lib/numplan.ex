defmodule Numplan do
  @moduledoc ~S"""
  Normalises dialled numbers to E.164 and classifies them by an operator's ordered regexes, in
  native code.

      iex> Numplan.normalize("4158867900")
      "+14158867900"
      iex> Numplan.classify("4158867900")
      "did_us"

  Answers equal those of Kazoo's `knm_converters` for the same configuration, byte for byte.

  A *plan* is a compiled configuration (`Numplan.Plan`). Each node has one active plan:
  `configure/1` sets it, and until then it is compiled from the application environment's
  `:config`, or from the preset `kazoo-3.20`. Functions without a plan argument use the active
  plan. In place of a plan most functions also take options: `:plan`, and `:clean`, which cleans
  the numbers first, as `clean/1` does:

      iex> {Numplan.classify("(415) 886-7900"), Numplan.classify("(415) 886-7900", clean: true)}
      {"unknown", "did_us"}

  A function that takes a number also takes a list of numbers, and returns a list of answers. Any
  bytes of any length are a valid number. An argument of another type raises `ArgumentError`,
  whose message names the argument and what was expected.

  A *source* is what a plan is compiled from: JSON text, `{:file, path}`, `{:preset, name}`, or
  decoded JSON that keeps the order of its members, as `{[{key, value}]}` or lists of pairs. A map
  is refused, because it has no order.

  This module is the Elixir face of the Erlang module `:numplan`, and costs the same.
  """

  alias Numplan.{Arguments, Classification, ConfigError, Diff, Explanation, JsonError, Lookup, ParsedNumber, Plan}
  alias Numplan.{Report, ShortNumber}

  @typedoc "A number as dialled or in E.164: any bytes."
  @type phone_number :: binary()
  @typedoc "The name of a class of numbers."
  @type class :: binary()
  @typedoc "What a plan is compiled from: JSON text, a file, a preset, or decoded JSON in order."
  @type source :: :numplan_source.source()
  @typedoc """
  The plan that answers (default: the active one), and whether numbers are cleaned first, as by
  `clean/1` (default: false).
  """
  @type options :: [plan: Plan.t(), clean: boolean()]
  @typedoc "A region: a code of ISO 3166-1 in upper case, such as `\"GB\"`."
  @type region :: binary()
  @typedoc """
  A way to write a number: `+` and digits; with the calling code, in groups; as it is dialled in its
  country; as a `tel:` URI; as it is dialled from a region, or by a mobile telephone there; as it is
  dialled in its country by a carrier.
  """
  @type form ::
          :e164 | :international | :national | :rfc3966 | {:from | :mobile, region()} | {:carrier, binary()}
  @typedoc "`:otp` is a release of Erlang/OTP from 24 on."
  @type check_options :: [otp: pos_integer()]
  @typedoc "How the entries of a dial plan apply; see `Numplan.Plan.apply_dial_plan/3`."
  @type reading :: :first_match | :full

  @doc ~S"""
  Compiles `source` and makes it the node's active plan.

  A configuration with any fault is refused whole: the error lists all faults, and the plan in
  force stays. Calls under way finish with the plan they began with. Cost: milliseconds, on a
  dirty scheduler.

      iex> Numplan.configure({:preset, "kazoo-3.20"})
      :ok
      iex> {:error, error} = Numplan.configure(~S'{"reconcile_regex": "^+33"}')
      iex> Exception.message(error) =~ "reconcile_regex: nothing to repeat at offset 1 (the quantifier + follows nothing;"
      true
  """
  @spec configure(source()) :: :ok | {:error, ConfigError.t()}
  def configure(source) do
    with {:error, problems} <- :numplan.configure(source), do: {:error, ConfigError.new(problems)}
  end

  @doc """
  As `configure/1`, but raises `Numplan.ConfigError` on a fault.

      iex> Numplan.configure!({:preset, "kazoo-3.20"})
      :ok
  """
  @spec configure!(source()) :: :ok
  def configure!(source) do
    with {:error, error} <- configure(source), do: raise(error)
  end

  @doc """
  A plan compiled from `source`, to pass to other calls; or an error that lists all faults of the
  source.

      iex> {:ok, plan} = Numplan.plan({:preset, "kazoo-4.2"})
      iex> Numplan.classify("01144123456789", plan)
      "international"
      iex> {:error, %Numplan.ConfigError{problems: [problem]}} = Numplan.plan({:preset, "kazoo-9"})
      iex> problem.reason
      {:unknown_preset, "kazoo-9"}
  """
  @spec plan(source()) :: {:ok, Plan.t()} | {:error, ConfigError.t()}
  defdelegate plan(source), to: Plan, as: :new

  @doc """
  As `plan/1`, but returns the plan itself, or raises `Numplan.ConfigError`.

      iex> Numplan.classify("01144123456789", Numplan.plan!({:preset, "kazoo-4.2"}))
      "international"
  """
  @spec plan!(source()) :: Plan.t()
  defdelegate plan!(source), to: Plan, as: :new!

  @doc """
  The active plan's rules, sizes and warnings; see `Numplan.Plan.info/1`.

      iex> Numplan.info().native
      11
  """
  @spec info() :: Plan.info()
  def info, do: Plan.info(Plan.active())

  @doc """
  The number in E.164 by the active plan. A number that starts with `+`, or that no converter
  matches, stays as it is (kazoo-semantics 3.2).

      iex> Numplan.normalize("01144123456789")
      "+44123456789"
      iex> Numplan.normalize(["14158867900", "911"])
      ["+14158867900", "911"]
  """
  @spec normalize(phone_number()) :: phone_number()
  @spec normalize([phone_number()]) :: [phone_number()]
  def normalize(numbers), do: :numplan.normalize(numbers)

  @doc ~S"""
  The number in E.164 by `plan`. If the plan has a dial plan, its first entry that matches is
  applied first (kazoo-semantics 3.3).

      iex> plan = Numplan.plan!(~S'{"dial_plan": {"^(\\d{7})$": {"prefix": "+1415"}}}')
      iex> Numplan.normalize("8867900", plan)
      "+14158867900"
  """
  @spec normalize(phone_number(), Plan.t() | options()) :: phone_number()
  @spec normalize([phone_number()], Plan.t() | options()) :: [phone_number()]
  def normalize(numbers, plan), do: :numplan.normalize(numbers, erlang(plan))

  @doc ~S"""
  The number in E.164 by the dial plan of one plan, then the converters of another, even if it
  starts with `+` (kazoo-semantics 3.3).

  `dial_plan` is a plan that has a dial plan, or `{reading, plan}` with a reading of
  `Numplan.Plan.apply_dial_plan/3`.

      iex> local = Numplan.plan!(~S'{"dial_plan": {"^(\\d{7})$": {"prefix": "415"}}}')
      iex> Numplan.normalize("8867900", Numplan.Plan.active(), local)
      "+14158867900"
  """
  @spec normalize(phone_number(), Plan.t(), Plan.t() | {reading(), Plan.t()}) :: phone_number()
  @spec normalize([phone_number()], Plan.t(), Plan.t() | {reading(), Plan.t()}) :: [phone_number()]
  def normalize(numbers, plan, dial_plan), do: :numplan.normalize(numbers, plan, dial_plan)

  @doc """
  True when normalising leaves the number as it is.

      iex> Numplan.normalized?(["+14158867900", "4158867900"])
      [true, false]
  """
  @spec normalized?(phone_number()) :: boolean()
  @spec normalized?([phone_number()]) :: [boolean()]
  def normalized?(numbers), do: :numplan.is_normalized(numbers)

  @doc """
  The name of the number's class after normalisation; `nil` where no classifier matches
  (kazoo-semantics 3.5).

  Cost: well under a microsecond, independent of the number of rules.

      iex> Numplan.classify("18005551234")
      "tollfree_us"
      iex> Numplan.classify(["911", ""])
      ["emergency", "unknown"]
  """
  @spec classify(phone_number()) :: class() | nil
  @spec classify([phone_number()]) :: [class() | nil]
  def classify(numbers), do: numbers |> :numplan.classify() |> nil_for_undefined()

  @doc ~S"""
  The name of the number's class by `plan`; `nil` where no classifier matches.

      iex> plan = Numplan.plan!(~S'{"classifiers": {"short": "^\\d{3}$"}}')
      iex> Numplan.classify(["311", "4158867900"], plan)
      ["short", nil]
  """
  @spec classify(phone_number(), Plan.t() | options()) :: class() | nil
  @spec classify([phone_number()], Plan.t() | options()) :: [class() | nil]
  def classify(numbers, plan), do: numbers |> :numplan.classify(erlang(plan)) |> nil_for_undefined()

  @doc ~S"""
  The classes of the numbers in `text`, one number a line, in a compact form, after normalisation.

  `places` has one unsigned big-endian integer of `bits` bits for each line: the position of the
  class in `names`, counted from one; 0 is no class. A line ends at a newline or at the end of the
  text; a carriage return before the newline is not part of it. Cost: some ten nanoseconds a
  number; a long text runs on a dirty scheduler.

      iex> %{names: names, bits: 8, places: places} = Numplan.classify_lines("4158867900\n911\n")
      iex> for <<place::8 <- places>>, do: elem(names, place - 1)
      ["did_us", "emergency"]
  """
  @spec classify_lines(binary()) :: :numplan.classified_lines()
  def classify_lines(text), do: :numplan.classify_lines(text)

  @doc "As `classify_lines/1`, by `plan`."
  @spec classify_lines(binary(), Plan.t() | options()) :: :numplan.classified_lines()
  def classify_lines(text, plan), do: :numplan.classify_lines(text, erlang(plan))

  @doc ~S"""
  The numbers in `text`, one number a line, in E.164, each followed by a newline. Lines are as in
  `classify_lines/1`.

      iex> Numplan.normalize_lines("4158867900\r\n911")
      "+14158867900\n911\n"
  """
  @spec normalize_lines(binary()) :: binary()
  def normalize_lines(text), do: :numplan.normalize_lines(text)

  @doc "As `normalize_lines/1`, by `plan`."
  @spec normalize_lines(binary(), Plan.t() | options()) :: binary()
  def normalize_lines(text, plan), do: :numplan.normalize_lines(text, erlang(plan))

  @doc ~S"""
  The results of `normalize_lines/1` and `classify_lines/1` as a pair, both by the same plan.

      iex> {lines, %{places: <<1>>}} = Numplan.normalize_and_classify_lines("18005551234")
      iex> lines
      "+18005551234\n"
  """
  @spec normalize_and_classify_lines(binary()) :: {binary(), :numplan.classified_lines()}
  def normalize_and_classify_lines(text), do: :numplan.normalize_and_classify_lines(text)

  @doc "As `normalize_and_classify_lines/1`, by `plan`."
  @spec normalize_and_classify_lines(binary(), Plan.t() | options()) :: {binary(), :numplan.classified_lines()}
  def normalize_and_classify_lines(text, plan), do: :numplan.normalize_and_classify_lines(text, erlang(plan))

  @doc """
  A stream of `{number, e164, class}` for an enumerable of numbers, in order; a number without a
  class has `nil`.

  Numbers are answered in chunks, on all cores, so the enumerable is read a little ahead. Options:

    * `:plan` - default: the active plan at the time the stream is made
    * `:clean` - whether numbers are cleaned first; `number` stays as it was written. Default:
      false
    * `:chunk` - numbers in a chunk, default 1,000
    * `:max_concurrency` - chunks at once, default the number of schedulers

  For files see `Numplan.Batch`.

      iex> ["4158867900", "911", "x"] |> Numplan.stream() |> Enum.to_list()
      [{"4158867900", "+14158867900", "did_us"}, {"911", "911", "emergency"}, {"x", "x", "unknown"}]
  """
  @spec stream(Enumerable.t(), plan: Plan.t(), clean: boolean(), chunk: pos_integer(), max_concurrency: pos_integer()) ::
          Enumerable.t()
  def stream(numbers, options \\ []) do
    count = {"a positive integer", &(is_integer(&1) and &1 > 0)}

    Arguments.options!(options,
      plan: Arguments.plan(),
      clean: Arguments.boolean(),
      chunk: count,
      max_concurrency: count
    )

    asked = [plan: Keyword.get_lazy(options, :plan, &Plan.active/0), clean: Keyword.get(options, :clean, false)]

    numbers
    |> Stream.with_index(1)
    |> Stream.map(&streamed/1)
    |> Stream.chunk_every(Keyword.get(options, :chunk, 1_000))
    |> Task.async_stream(&Enum.zip([&1, normalize(&1, asked), classify(&1, asked)]),
      max_concurrency: Keyword.get(options, :max_concurrency, System.schedulers_online()),
      timeout: :infinity
    )
    |> Stream.flat_map(fn {:ok, answers} -> answers end)
  end

  # The number of an element. Elements are checked before a task has them, because a task that fails
  # is logged with its numbers.
  defp streamed({number, _place}) when is_binary(number), do: number

  defp streamed({other, place}) do
    raise ArgumentError,
          "expected an enumerable of numbers, each a binary; element #{place} is #{:numplan_badarg.kind(other)}"
  end

  @doc """
  The classifier of a number with all its keys, as the API answers, in a `Numplan.Classification`
  (kazoo-semantics 2.3).

      iex> classification = Numplan.classification("4158551292")
      iex> {classification.name, classification.e164, classification.friendly_name}
      {"did_us", "+14158551292", "US DID"}
  """
  @spec classification(phone_number()) :: Classification.t()
  @spec classification([phone_number()]) :: [Classification.t()]
  def classification(numbers), do: classification(numbers, Plan.active())

  @doc """
  The classifier of a number with all its keys, by `plan`.

      iex> Numplan.classification("311", Numplan.plan!(~S'{"classifiers": {"a": "^x"}}')).name
      nil
  """
  @spec classification(phone_number(), Plan.t() | options()) :: Classification.t()
  @spec classification([phone_number()], Plan.t() | options()) :: [Classification.t()]
  def classification(numbers, plan), do: numbers |> :numplan.classification(erlang(plan)) |> Classification.new()

  @doc """
  The decision of the active plan about a number, step by step: every rule that was tried, in
  order, with its result.

  See `Numplan.Explanation`, whose `text` is the same in words. Cost: some ten microseconds a
  rule, on a dirty scheduler, since each rule is compiled again by itself.

      iex> explanation = Numplan.explain("4158867900")
      iex> {explanation.class, explanation.converters.change.prefix, explanation.converters.change.root}
      {"did_us", "+1", "4158867900"}
      iex> for step <- explanation.layout.steps, step.does == :skip, do: step.takes
      ["+", "1"]
      iex> explanation.text =~ "The class is did_us, the first that matches."
      true
  """
  @spec explain(phone_number()) :: Explanation.t()
  @spec explain([phone_number()]) :: [Explanation.t()]
  def explain(numbers), do: explain(numbers, Plan.active())

  @doc ~S"""
  The decision of `plan` about a number, step by step. If the plan has a dial plan, its first
  entry that matches is applied first (kazoo-semantics 3.3).

      iex> plan = Numplan.plan!(~S'{"classifiers": {"short": "^\\d{3}$", "any": ""}}')
      iex> explanation = Numplan.explain("311", plan)
      iex> for classifier <- explanation.classifiers, classifier.matches, do: classifier.name
      ["short", "any"]
      iex> explanation.class
      "short"
  """
  @spec explain(phone_number(), Plan.t() | options()) :: Explanation.t()
  @spec explain([phone_number()], Plan.t() | options()) :: [Explanation.t()]
  def explain(numbers, plan), do: numbers |> :numplan.explain(erlang(plan)) |> Explanation.new()

  @doc ~S"""
  A report of findings about a configuration: rules that can never match and why, rules that
  compete for a number, numbers of no class, and more.

  Each finding has a witness, a shortest number that shows it. Findings are proved for all
  numbers; nothing is sampled. `docs/check.md` lists all kinds.

  A configuration that would be refused has its faults among the findings. A source that cannot be
  read at all is an error, as of `plan/1`. A plan may be given in place of a source. Cost: some
  ten milliseconds for usual configurations, about a second for 1,000 rules, on a dirty scheduler.
  Time and memory are bounded, and the report names the proofs that met a bound. Thousands of
  rules made to be hard may take half a minute, nearly all of it to compile them.

      iex> {:ok, report} = Numplan.check({:preset, "kazoo-3.20"})
      iex> for %{kind: :never_matches} = finding <- report.findings, do: finding.path
      ["classifiers.international.regex"]
      iex> {:ok, report} = Numplan.check(~S'{"reconcile_regex": "^+33"}')
      iex> hd(report.findings).sentence
      "The regex is refused: nothing to repeat at offset 1."
      iex> {:error, error} = Numplan.check("[]")
      iex> Exception.message(error)
      "expected an object"

  ## Options

    * `:otp` - a release of Erlang/OTP from 24 on: the report then also lists the rules that the
      `re` of this release would refuse, accept or answer otherwise than this node's, and those of
      which that is not proved. Nothing is added if the release has the `re` of this node.

        iex> {:ok, report} = Numplan.check({:preset, "kazoo-4.3"}, otp: 28)
        iex> {report.otp.release, for(%{kind: :otp_differs} = finding <- report.findings, do: finding.path)}
        {28, []}
  """
  @spec check(source() | Plan.t(), check_options()) :: {:ok, Report.t()} | {:error, ConfigError.t()}
  def check(source, options \\ []) do
    case :numplan.check(source, options) do
      {:ok, report} -> {:ok, Report.new(report)}
      {:error, problems} -> {:error, ConfigError.new(problems)}
    end
  end

  @doc ~S"""
  The differences between the answers of two configurations, proved for all numbers, each with a
  number that shows it.

  Sources and cost are as for `check/1`. The error names the source that was refused, `:old` or
  `:new`, and lists its faults.

      iex> {:ok, diff} = Numplan.diff({:preset, "kazoo-4.2"}, {:preset, "kazoo-4.3"})
      iex> for move <- diff.moves, do: {move.old.number, move.old.class, move.new.class}
      [{"988", "unknown", "emergency"}]
      iex> {:error, {:new, error}} = Numplan.diff({:preset, "kazoo-4.2"}, ~S'{"reconcile_regex": "^+33"}')
      iex> Exception.message(error) =~ "nothing to repeat"
      true

  ## Options

    * `:otp` - a release of Erlang/OTP from 24 on, whose `re` answers for `new`. Give one source
      twice to see what the release alone changes. Numbers for which only that `re` has the answer
      are left out, and `missing` has `:unread`.

        iex> {:ok, diff} = Numplan.diff({:preset, "kazoo-4.3"}, {:preset, "kazoo-4.3"}, otp: 28)
        iex> Numplan.Diff.none?(diff)
        true
  """
  @spec diff(source() | Plan.t(), source() | Plan.t(), check_options()) ::
          {:ok, Diff.t()} | {:error, {:old | :new, ConfigError.t()}}
  def diff(old, new, options \\ []) do
    case :numplan.diff(old, new, options) do
      {:ok, diff} -> {:ok, Diff.new(diff)}
      {:error, {which, problems}} -> {:error, {which, ConfigError.new(problems)}}
    end
  end

  @doc """
  The number without formatting: separators, invisible marks and a `tel:` scheme are removed.

  Separators are white space, dashes, brackets, dots and slashes of any width. Digits of other
  scripts and full-width `+`, `*` and `#` become ASCII. With the scheme go the parameters behind
  the number (RFC 3966). Letters and all other bytes stay, and a number that is not UTF-8 stays as
  it is. Digits are never dropped: `+44 (0)20` becomes `+44020`.

  Kazoo never does this: to it, a number with a space is another number. So no other function does
  it unless the option `:clean` is set. Cost: some tens of nanoseconds.

      iex> Numplan.clean(["(415) 886-7900", "tel:+1-415-886-7900;ext=5", "anonymous"])
      ["4158867900", "+14158867900", "anonymous"]
  """
  @spec clean(phone_number()) :: phone_number()
  @spec clean([phone_number()]) :: [phone_number()]
  def clean(numbers), do: :numplan.clean(numbers)

  @doc """
  The classifiers of the active plan, in order: pairs of name and keys; see
  `Numplan.Plan.available_classifiers/1`.

      iex> Numplan.available_classifiers() |> Enum.map(fn {name, _} -> name end) |> Enum.take(2)
      ["tollfree_us", "toll_us"]
  """
  @spec available_classifiers() :: [{class(), [{binary(), term()}]}]
  def available_classifiers, do: Plan.available_classifiers(Plan.active())

  @doc """
  True when the reconcile regex of the active plan matches the normalised number (kazoo-semantics
  3.10).

      iex> Numplan.reconcilable?(["4158867900", "911"])
      [true, false]
  """
  @spec reconcilable?(phone_number()) :: boolean()
  @spec reconcilable?([phone_number()]) :: [boolean()]
  def reconcilable?(numbers), do: :numplan.is_reconcilable(numbers)

  @doc """
  True when the reconcile regex of `plan` matches the normalised number.

      iex> Numplan.reconcilable?("911", Numplan.plan!(~S'{"reconcile_regex": "^911$"}'))
      true
  """
  @spec reconcilable?(phone_number(), Plan.t() | options()) :: boolean()
  @spec reconcilable?([phone_number()], Plan.t() | options()) :: [boolean()]
  def reconcilable?(numbers, plan), do: :numplan.is_reconcilable(numbers, erlang(plan))

  @doc """
  The numbers that are reconcilable by the active plan, and the others, both in order.

      iex> Numplan.split_reconcilable(["4158867900", "911"])
      {["4158867900"], ["911"]}
  """
  @spec split_reconcilable([phone_number()]) :: {[phone_number()], [phone_number()]}
  def split_reconcilable(numbers), do: :numplan.are_reconcilable(numbers)

  @doc """
  The number formatted by the mask of its class in the active plan (kazoo-semantics 3.8).

      iex> Numplan.pretty_print("4158867900")
      "(415) 886 - 7900"
  """
  @spec pretty_print(phone_number()) :: binary()
  @spec pretty_print([phone_number()]) :: [binary()]
  def pretty_print(numbers), do: :numplan.pretty_print(numbers)

  @doc """
  The number formatted by the mask of its class in `plan`; or, where the first argument is a mask,
  the normalised number formatted by that mask.

      iex> Numplan.pretty_print("SS(###) ### - *", "4158867900")
      "(415) 886 - 7900"
  """
  @spec pretty_print(phone_number() | binary(), Plan.t() | options() | phone_number()) :: binary()
  @spec pretty_print([phone_number()], Plan.t() | options()) :: [binary()]
  def pretty_print(numbers, plan), do: :numplan.pretty_print(numbers, erlang(plan))

  @doc """
  The ten national digits of a North American number; any other number stays as it is
  (kazoo-semantics 3.10).

      iex> Numplan.to_npan(["+14158867900", "911"])
      ["4158867900", "911"]
  """
  @spec to_npan(phone_number()) :: phone_number()
  @spec to_npan([phone_number()]) :: [phone_number()]
  def to_npan(numbers), do: :numplan.to_npan(numbers)

  @doc """
  `1` and the ten national digits of a North American number; any other number stays as it is.

      iex> Numplan.to_1npan("+14158867900")
      "14158867900"
  """
  @spec to_1npan(phone_number()) :: phone_number()
  @spec to_1npan([phone_number()]) :: [phone_number()]
  def to_1npan(numbers), do: :numplan.to_1npan(numbers)

  @doc """
  The number normalised by the active plan, without one leading `+`.

      iex> Numplan.to_strip_plus("4158867900")
      "14158867900"
  """
  @spec to_strip_plus(phone_number()) :: phone_number()
  @spec to_strip_plus([phone_number()]) :: [phone_number()]
  def to_strip_plus(numbers), do: :numplan.to_strip_plus(numbers)

  @doc """
  True when `to_npan/1` leaves the number as it is. That includes any text that is not a North
  American number, as in Kazoo 4.

      iex> Numplan.npan?(["4158867900", "+14158867900"])
      [true, false]
  """
  @spec npan?(phone_number()) :: boolean()
  @spec npan?([phone_number()]) :: [boolean()]
  def npan?(numbers), do: :numplan.is_npan(numbers)

  @doc """
  True when `to_1npan/1` leaves the number as it is.

      iex> Numplan.npan_with_1?(["14158867900", "4158867900"])
      [true, false]
  """
  @spec npan_with_1?(phone_number()) :: boolean()
  @spec npan_with_1?([phone_number()]) :: [boolean()]
  def npan_with_1?(numbers), do: :numplan.is_1npan(numbers)

  @doc """
  True when `to_strip_plus/1` leaves the number as it is.

      iex> Numplan.strip_plus?(["911", "+14158867900"])
      [true, false]
  """
  @spec strip_plus?(phone_number()) :: boolean()
  @spec strip_plus?([phone_number()]) :: [boolean()]
  def strip_plus?(numbers), do: :numplan.is_strip_plus(numbers)

  @doc """
  The name of the Kazoo database that holds a number, percent-encoded; `nil` for fewer than five
  bytes (kazoo-semantics 3.10).

      iex> Numplan.to_db("+14158867900")
      "numbers%2F%2B1415"
      iex> Numplan.to_db("911")
      nil
  """
  @spec to_db(phone_number()) :: binary() | nil
  @spec to_db([phone_number()]) :: [binary() | nil]
  def to_db(numbers), do: numbers |> :numplan.to_db() |> nil_for_undefined()

  @doc """
  The place of a number and the carrier of its range, as the API's locality: decoded JSON with
  `nil` for what is not known.

  The configured provider answers (`Numplan.Locality`): an operator's file and the built-in data,
  and a phonebook where one is configured. `source: true` adds where each part is from. Text that
  is not a number has the status `"error"`. Errors come only from a phonebook that is the only
  provider. Cost: some microseconds a number.

      iex> {:ok, locality} = Numplan.locality("+12012001234")
      iex> {locality["geocode"], locality["locality"]["province"], locality["carrier"]["company"]}
      {%{"locality" => "Jersey City, NJ"}, "NJ", nil}
  """
  @spec locality(phone_number() | [phone_number()], keyword()) ::
          {:ok, map() | [map()]} | {:error, Numplan.Locality.reason()}
  def locality(numbers, options \\ [])

  def locality(numbers, options) when is_list(numbers) do
    Arguments.options!(options, source: Arguments.boolean())

    unless Enum.all?(numbers, &is_binary/1),
      do: :numplan_error.badarg(__MODULE__, :locality, [{:number, numbers}, :any])

    with {:ok, {localities}} <- Numplan.Locality.lookup(numbers, options) do
      found = Map.new(localities, fn {number, locality} -> {number, plain(locality)} end)
      {:ok, Enum.map(numbers, &found[&1])}
    end
  end

  def locality(number, _options) when not is_binary(number),
    do: :numplan_error.badarg(__MODULE__, :locality, [{:number, number}, :any])

  def locality(number, options) do
    with {:ok, [locality]} <- locality([number], options), do: {:ok, locality}
  end

  @doc """
  As `locality/2`, but returns the localities themselves, or raises.

      iex> Numplan.locality!("+442079460000")["country"]
      "GB"
  """
  @spec locality!(phone_number() | [phone_number()], keyword()) :: map() | [map()]
  def locality!(numbers, options \\ []) do
    case locality(numbers, options) do
      {:ok, localities} -> localities
      {:error, reason} -> raise "the phonebook returned no localities: #{reason}"
    end
  end

  defp plain({members}), do: Map.new(members, fn {key, value} -> {key, plain(value)} end)
  defp plain(list) when is_list(list), do: Enum.map(list, &plain/1)
  defp plain(:null), do: nil
  defp plain(value), do: value

  @doc """
  The facts about a number from libphonenumber's data: region, type, validity, written forms,
  carrier, time zones, geocode.

  `nil` for text that is not a number. See `Numplan.Lookup`.

      iex> lookup = Numplan.lookup("+442079460000")
      iex> {lookup.region, lookup.type, lookup.national, lookup.geocode}
      {"GB", "FIXED_LINE", "020 7946 0000", "London"}
      iex> Numplan.lookup("+00")
      nil
  """
  @spec lookup(phone_number()) :: Lookup.t() | nil
  @spec lookup([phone_number()]) :: [Lookup.t() | nil]
  def lookup(numbers), do: numbers |> :numplan.lookup() |> looked_up()

  @doc """
  The facts of `lookup/1` about a number as people write it, which is read as by `parse/2`; `nil`
  for text that is not a number.

      iex> Numplan.lookup("(020) 7946 0000", "GB").e164
      "+442079460000"
  """
  @spec lookup(binary(), region() | nil) :: Lookup.t() | nil
  @spec lookup([binary()], region() | nil) :: [Lookup.t() | nil]
  def lookup(texts, region), do: texts |> :numplan.lookup(undefined_for_nil(region)) |> looked_up()

  defp looked_up(found) when is_list(found), do: Enum.map(found, &looked_up/1)
  defp looked_up(:undefined), do: nil
  defp looked_up(found), do: Lookup.new(found)

  @doc ~S"""
  Region and type of the numbers in `text`, one number a line, in a compact form, after
  normalisation.

  `places` has three bytes for each line, `<<region::16, type::8>>`: positions in `regions` and
  `types`, counted from one. A number is valid where it has a type; region 0 is none. Lines are as
  in `classify_lines/1`. Cost: some tens of nanoseconds a number; a long text runs on a dirty
  scheduler.

      iex> found = Numplan.lookup_lines("+442079460000\n911\n")
      iex> for <<region::16, type::8 <- found.places>>, type > 0, do: {elem(found.regions, region - 1), elem(found.types, type - 1)}
      [{"GB", "FIXED_LINE"}]
  """
  @spec lookup_lines(binary()) :: :numplan.lookup_lines()
  def lookup_lines(text), do: :numplan.lookup_lines(text)

  @doc "As `lookup_lines/1`, by `plan`."
  @spec lookup_lines(binary(), Plan.t() | options()) :: :numplan.lookup_lines()
  def lookup_lines(text, plan), do: :numplan.lookup_lines(text, erlang(plan))

  @doc """
  The region of a number, a code of ISO 3166-1; `"001"` for a number without a country, such as
  +800.

  `nil` for text that is not a number, and for a number that is not valid and whose calling code
  several regions share. The number is normalised first. This and the following functions answer by
  libphonenumber's rules and metadata (`docs/world.md`). Cost: some tens of nanoseconds for a number
  in E.164.

      iex> Numplan.region(["+442079460000", "4158867900", "911"])
      ["GB", "US", nil]
  """
  @spec region(phone_number()) :: region() | nil
  @spec region([phone_number()]) :: [region() | nil]
  def region(numbers), do: numbers |> :numplan.region() |> nil_for_undefined()

  @doc """
  The type of a number by libphonenumber's name, `"UNKNOWN"` where it is not valid; `nil` for text
  that is not a number. The number is normalised first. Cost: as `region/1`.

      iex> Numplan.number_type("18005551212")
      "TOLL_FREE"
  """
  @spec number_type(phone_number()) :: binary() | nil
  @spec number_type([phone_number()]) :: [binary() | nil]
  def number_type(numbers), do: numbers |> :numplan.number_type() |> nil_for_undefined()

  @doc """
  True when the number is in its region's numbering plan. False for text that is not a number. The
  number is normalised first. Cost: as `region/1`.

      iex> Numplan.valid?(["+442079460000", "+4420794600"])
      [true, false]
  """
  @spec valid?(phone_number()) :: boolean()
  @spec valid?([phone_number()]) :: [boolean()]
  def valid?(numbers), do: :numplan.is_valid(numbers)

  @doc """
  True when the number is in the numbering plan of `region`. The number is normalised first. Cost:
  as `region/1`.

      iex> {Numplan.valid?("+18765551212", "JM"), Numplan.valid?("+18765551212", "US")}
      {true, false}
  """
  @spec valid?(phone_number(), region()) :: boolean()
  @spec valid?([phone_number()], region()) :: [boolean()]
  def valid?(numbers, region), do: :numplan.is_valid(numbers, region)

  @doc """
  The number in a text as people write it, in a `Numplan.ParsedNumber`, or why it is not one.

  A text may have a calling code or none, punctuation, letters, digits of any script and an
  extension, or be a `tel:` URI. A number that is in no international form is read as it is dialled
  in `region`; with `nil` only international forms are read. The active plan is not applied. That a
  text can be read does not make it a valid number. Cost: a few hundred nanoseconds.

      iex> {:ok, number} = Numplan.parse("(020) 7946 0000 ext. 7", "GB")
      iex> {number.e164, number.extension, number.valid?}
      {"+442079460000", "7", true}
      iex> Numplan.parse("020 7946 0000", nil)
      {:error, :invalid_country_code}
  """
  @spec parse(binary(), region() | nil) :: {:ok, ParsedNumber.t()} | {:error, :numplan.parse_error()}
  @spec parse([binary()], region() | nil) :: [{:ok, ParsedNumber.t()} | {:error, :numplan.parse_error()}]
  def parse(texts, region), do: texts |> :numplan.parse(undefined_for_nil(region)) |> parsed()

  defp parsed({:ok, number}), do: {:ok, ParsedNumber.new(number)}
  defp parsed({:error, reason}), do: {:error, reason}
  defp parsed(answers), do: Enum.map(answers, &parsed/1)

  @doc """
  The number written in a form; `nil` for text that is not a number, and where the number has no
  such form, as one that cannot be dialled from abroad.

  A binary is normalised first. A `Numplan.ParsedNumber` is written with its extension. Cost: a few
  hundred nanoseconds.

      iex> Numplan.format("+14158867900", :national)
      "(415) 886-7900"
      iex> Numplan.format("+442079460000", {:from, "US"})
      "011 44 20 7946 0000"
      iex> {:ok, number} = Numplan.parse("(020) 7946 0000 x7", "GB")
      iex> Numplan.format(number, :rfc3966)
      "tel:+44-20-7946-0000;ext=7"
  """
  @spec format(phone_number() | ParsedNumber.t(), form()) :: binary() | nil
  @spec format([phone_number() | ParsedNumber.t()], form()) :: [binary() | nil]
  def format(numbers, form), do: numbers |> unparsed() |> :numplan.format(form) |> nil_for_undefined()

  defp unparsed(%ParsedNumber{} = number), do: ParsedNumber.to_erlang(number)
  defp unparsed([number | numbers]), do: [unparsed(number) | unparsed(numbers)]
  defp unparsed(number), do: number

  @doc """
  What a text is as a short number in `region`, such as that of an emergency service, in a
  `Numplan.ShortNumber`: whether it is one, and what a call costs. Cost: as `parse/2`.

      iex> number = Numplan.short_number("911", "US")
      iex> {number.valid?, number.emergency?, number.cost}
      {true, true, "TOLL_FREE"}
  """
  @spec short_number(binary(), region()) :: ShortNumber.t()
  @spec short_number([binary()], region()) :: [ShortNumber.t()]
  def short_number(texts, region), do: texts |> :numplan.short_number(region) |> short()

  defp short(found) when is_list(found), do: Enum.map(found, &short/1)
  defp short(found), do: ShortNumber.new(found)

  @doc """
  How much a text as people write it and another one are alike as numbers.

    * `:exact_match` - they are equal
    * `:nsn_match` - they are equal behind the calling code, which one of them lacks
    * `:short_nsn_match` - one may be a shorter form of the other, or lacks its extension
    * `:no_match` - they are different numbers
    * `:not_a_number` - one of them is not a number

  A text without a calling code is read as a number with that of the other one. The active plan is
  not applied. Cost: as of two calls of `parse/2`.

      iex> Numplan.number_match("+44 20 7946 0000", "tel:+44-2079460000")
      :exact_match
      iex> Numplan.number_match(["(020) 7946 0000", "7946 0000", "911"], "+442079460000")
      [:nsn_match, :short_nsn_match, :no_match]
  """
  @spec number_match(binary(), binary()) :: :numplan.number_match()
  @spec number_match([binary()], binary()) :: [:numplan.number_match()]
  def number_match(texts, other), do: :numplan.number_match(texts, other)

  @doc """
  An example of a number of a fixed line in a region, or of a number with a calling code that
  belongs to no country, such as 800. `nil` where there is none. In E.164, from libphonenumber's
  metadata. Cost: as `parse/2`.

      iex> {Numplan.example_number("GB"), Numplan.example_number(800)}
      {"+441212345678", "+80012345678"}
  """
  @spec example_number(region() | integer()) :: phone_number() | nil
  def example_number(region), do: region |> :numplan.example_number() |> nil_for_undefined()

  @doc """
  An example of a number of a type in a region; `nil` where the region has none. The names of types
  are those that `number_types/1` returns. Cost: as `parse/2`.

      iex> Numplan.example_number("GB", "TOLL_FREE")
      "+448001234567"
  """
  @spec example_number(region(), binary()) :: phone_number() | nil
  def example_number(region, type), do: region |> :numplan.example_number(type) |> nil_for_undefined()

  @doc """
  The types of the numbers that a region has, by libphonenumber's names; none for a region that has
  no numbering plan. Cost: some hundred nanoseconds.

      iex> Numplan.number_types("BF")
      ["FIXED_LINE", "MOBILE"]
  """
  @spec number_types(region()) :: [binary()]
  def number_types(region), do: :numplan.number_types(region)

  @doc """
  All regions that have a numbering plan, sorted. Cost: some microseconds.

      iex> Enum.take(Numplan.regions(), 3)
      ["AC", "AD", "AE"]
  """
  @spec regions() :: [region()]
  def regions, do: :numplan.regions()

  @doc """
  The regions that share a calling code, the main one first; `"001"` alone for a code that belongs
  to no country; none for a code that is not in use. Cost: some hundred nanoseconds.

      iex> {Numplan.regions(44), Numplan.regions(800), Numplan.regions(999)}
      {["GB", "GG", "IM", "JE"], ["001"], []}
  """
  @spec regions(integer()) :: [region()]
  def regions(calling_code), do: :numplan.regions(calling_code)

  @doc """
  All country calling codes that are in use, ascending, also those that belong to no country. Cost:
  some microseconds.

      iex> Enum.take(Numplan.calling_codes(), 3)
      [1, 7, 20]
  """
  @spec calling_codes() :: [pos_integer()]
  def calling_codes, do: :numplan.calling_codes()

  @doc """
  The country calling code of a region; `nil` for a region that has no numbering plan. Cost: some
  tens of nanoseconds.

      iex> {Numplan.calling_code("GB"), Numplan.calling_code("ZZ")}
      {44, nil}
  """
  @spec calling_code(region()) :: pos_integer() | nil
  def calling_code(region), do: region |> :numplan.calling_code() |> nil_for_undefined()

  defp undefined_for_nil(nil), do: :undefined
  defp undefined_for_nil(region), do: region

  @doc """
  `term` as JSON text, or an error for a term that JSON cannot express.

  The keys of maps are sorted; `{[{key, value}]}` and keyword lists keep their order. `nil` is
  null.

      iex> Numplan.json_encode(%{"b" => [1, 2.5, nil], a: true})
      {:ok, ~s({"a":true,"b":[1,2.5,null]})}
      iex> {:error, error} = Numplan.json_encode(self())
      iex> Exception.message(error)
      "a term that JSON cannot express"
  """
  @spec json_encode(term()) :: {:ok, binary()} | {:error, JsonError.t()}
  def json_encode(term) do
    with {:error, reason} <- :numplan_json.encode(term), do: {:error, %JsonError{reason: reason}}
  end

  @doc """
  As `json_encode/1`, but returns the text itself, or raises `Numplan.JsonError`.

      iex> Numplan.json_encode!([1, "a"])
      ~s([1,"a"])
  """
  @spec json_encode!(term()) :: binary()
  def json_encode!(term) do
    case json_encode(term) do
      {:ok, text} -> text
      {:error, error} -> raise error
    end
  end

  @doc """
  The decoded term of a JSON text, or an error with the line and column of the first fault. Null
  is `nil`.

  Objects are maps; with the option `:ordered` they are `{[{key, value}]}`, in the order of the
  text and with duplicate keys. Bounds: 16 MiB of text, 127 levels.

      iex> Numplan.json_decode(~s({"b": 1, "a": [null]}))
      {:ok, %{"a" => [nil], "b" => 1}}
      iex> Numplan.json_decode(~s({"b": 1, "a": 2}), [:ordered])
      {:ok, {[{"b", 1}, {"a", 2}]}}
      iex> {:error, error} = Numplan.json_decode(~s([1, ]))
      iex> Exception.message(error)
      "trailing comma at line 1 column 5"
  """
  @spec json_decode(iodata(), [:ordered]) :: {:ok, term()} | {:error, JsonError.t()}
  def json_decode(text, options \\ []) do
    with {:error, reason} <- :numplan_json.decode(text, [{:null, nil} | options]),
         do: {:error, %JsonError{reason: reason}}
  end

  @doc """
  As `json_decode/2`, but returns the term itself, or raises `Numplan.JsonError`.

      iex> Numplan.json_decode!("[1, 2.5]")
      [1, 2.5]
  """
  @spec json_decode!(iodata(), [:ordered]) :: term()
  def json_decode!(text, options \\ []) do
    case json_decode(text, options) do
      {:ok, term} -> term
      {:error, error} -> raise error
    end
  end

  # The plan as Erlang's record. The Erlang functions take the struct too, but their first clause,
  # the fastest, takes the record.
  defp erlang(%Plan{erlang: plan}), do: plan
  defp erlang(asked), do: asked

  defp nil_for_undefined(answers) when is_list(answers), do: Enum.map(answers, &nil_for_undefined/1)
  defp nil_for_undefined(:undefined), do: nil
  defp nil_for_undefined(answer), do: answer
end
