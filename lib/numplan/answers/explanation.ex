defmodule Numplan.Explanation do
  @moduledoc """
  The decision about a number, step by step: the result of `Numplan.explain/1`.

    * `text` - all of it in words; `to_string/1` returns it too
    * `dial_plan` and `converters` - the rules that were tried, and the change; `nil` where none
      were: the plan has no dial plan, or the number starts with `+` (`plus?`)
    * `classifiers` - all of them, in order; the first that matches names the `class`, which is
      `nil` where none does; one by a list has the number of its `prefixes`, and as `regex` the
      prefix that was found; one by the world's plan has its regions and types as `world`
    * `hint` - characters of the number that no rule removes, such as spaces, and its class
      without them
    * `reconcile` - the reconcile regex
    * `layout` - how the mask prints the number, symbol by symbol

  `t::numplan.explanation/0` has the details; `nil` replaces `:undefined`. `inspect/1` leaves the
  numbers out, so that they stay out of logs.
  """

  @derive {Inspect, only: [:plus?, :class, :reconcilable?]}
  @fields [
    :number,
    :plus?,
    :dial_plan,
    :converters,
    :e164,
    :classifiers,
    :class,
    :reconcile,
    :reconcilable?,
    :layout,
    :pretty_print,
    :hint,
    :text
  ]
  @enforce_keys @fields
  defstruct @fields

  @type tried :: %{path: binary(), regex: binary(), runs: :native | :re, matches: boolean()}

  @type rewriting :: %{
          number: binary(),
          tried: [tried()],
          change:
            %{
              group: non_neg_integer(),
              start: non_neg_integer(),
              root: binary(),
              prefix: binary(),
              suffix: binary()
            }
            | nil,
          result: binary()
        }

  @type step :: %{symbol: binary(), does: :skip | :emit | :rest | :literal, takes: binary(), prints: binary()}

  @type layout :: %{
          from: :class | :nanp | :none,
          mask: binary() | nil,
          steps: [step()],
          more_steps: non_neg_integer(),
          dropped: binary()
        }

  @type t :: %__MODULE__{
          number: binary(),
          plus?: boolean(),
          dial_plan: rewriting() | nil,
          converters: rewriting() | nil,
          e164: binary(),
          classifiers: [
            %{
              required(:name) => binary(),
              required(:path) => binary(),
              required(:regex) => binary(),
              optional(:prefixes) => pos_integer(),
              optional(:world) => Numplan.Plan.selection(),
              required(:runs) => :native | :re,
              required(:matches) => boolean()
            }
          ],
          class: binary() | nil,
          reconcile: tried(),
          reconcilable?: boolean(),
          layout: layout(),
          pretty_print: binary(),
          hint: binary() | nil,
          text: binary()
        }

  @doc """
  The struct of a result of `:numplan.explain/1`, or of each of a list.

      iex> Numplan.Explanation.new(:numplan.explain("911")).class
      "emergency"
  """
  @spec new(:numplan.explanation()) :: t()
  @spec new([:numplan.explanation()]) :: [t()]
  def new(explanations) when is_list(explanations), do: Enum.map(explanations, &new/1)

  def new(explanation) do
    {plus?, explanation} = Map.pop!(explanation, :plus)
    {reconcilable?, explanation} = Map.pop!(explanation, :reconcilable)
    struct!(__MODULE__, explanation |> nil_for_undefined() |> Map.merge(%{plus?: plus?, reconcilable?: reconcilable?}))
  end

  defp nil_for_undefined(%{} = map), do: Map.new(map, fn {key, value} -> {key, nil_for_undefined(value)} end)
  defp nil_for_undefined(list) when is_list(list), do: Enum.map(list, &nil_for_undefined/1)
  defp nil_for_undefined(:undefined), do: nil
  defp nil_for_undefined(value), do: value

  @keys [
    explanation: [
      :number,
      :plus,
      :dial_plan,
      :converters,
      :e164,
      :classifiers,
      :class,
      :reconcilable,
      :reconcile,
      :layout,
      :pretty_print,
      :hint,
      :text
    ],
    rewriting: [:number, :tried, :change, :result],
    change: [:group, :start, :root, :prefix, :suffix],
    rule: [:name, :path, :regex, :prefixes, :world, :runs, :matches],
    world: [:region, :type],
    layout: [:from, :mask, :steps, :more_steps, :dropped],
    step: [:symbol, :does, :takes, :prints]
  ]

  @doc """
  The explanation as an ordered JSON object. In text that is not UTF-8, `\\xNN` replaces each byte
  that is not printable.

      iex> {[{"number", "911"}, {"plus", false} | _]} = Numplan.Explanation.object(Numplan.explain("911"))
  """
  @spec object(t()) :: {[{binary(), term()}]}
  def object(%__MODULE__{} = explanation) do
    explanation
    |> Map.from_struct()
    |> Map.merge(%{plus: explanation.plus?, reconcilable: explanation.reconcilable?})
    |> ordered(@keys[:explanation])
  end

  defp ordered(map, keys),
    do: {for(key <- keys, is_map_key(map, key), do: {Atom.to_string(key), value(key, Map.fetch!(map, key))})}

  defp value(_key, nil), do: nil
  defp value(key, map) when key in [:dial_plan, :converters], do: ordered(map, @keys[:rewriting])
  defp value(key, rules) when key in [:tried, :classifiers], do: Enum.map(rules, &ordered(&1, @keys[:rule]))
  defp value(:steps, steps), do: Enum.map(steps, &ordered(&1, @keys[:step]))
  defp value(:reconcile, rule), do: ordered(rule, @keys[:rule])
  defp value(key, %{} = map), do: ordered(map, @keys[key])
  defp value(_key, bytes) when is_binary(bytes), do: if(String.valid?(bytes), do: bytes, else: escaped(bytes))
  defp value(_key, flag) when is_boolean(flag), do: flag
  defp value(_key, word) when is_atom(word), do: Atom.to_string(word)
  defp value(_key, number), do: number

  defp escaped(bytes) do
    for <<byte <- bytes>>,
      into: "",
      do: if(byte in 0x20..0x7E, do: <<byte>>, else: "\\x" <> Base.encode16(<<byte>>))
  end

  defimpl String.Chars do
    def to_string(explanation), do: explanation.text
  end
end
