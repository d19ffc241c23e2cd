defmodule Numplan.CLI.Explain do
  @moduledoc "`numplan explain`: the decision about a number, step by step."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Numbers, Options, Source, Terminal}
  alias Numplan.Explanation

  @impl true
  def name, do: "explain"

  @impl true
  def summary, do: "Explains the decision about a number"

  @impl true
  def help do
    """
    Explains the decision about a number: which rules were tried, in which order, what each did, which one decided, and which later ones
    would have matched too.

        numplan explain [options] NUMBER …

    Without a number, those in the lines of `--file` are explained, or of standard input, if it is a pipe or a file.

    ## Options

      * `--config SOURCE` - a preset (`kazoo-3.18`, `kazoo-3.20`, `kazoo-4.1`, `kazoo-4.2`, `kazoo-4.3`) or a file of JSON;
        default: what the application environment names, or `kazoo-3.20`
      * `--file FILE` - a file with a number in each line
      * `--clean` - strips separators, invisible marks and a `tel:` scheme from the number first (see `numplan classify --help`)
      * `--format json` - a JSON object in each line, instead of the text
      * `--help` - this text

    ## Examples

        $ echo '{"classifiers": {"short": "^[0-9]{3}$", "any": ""}, "e164_converters": {}}' > plan.json
        $ numplan explain 311 --config plan.json
        311
        It does not start with +, so the converters are tried, but there is no rule: it stays as it is.
        The classifiers are tried, in order; the first that matches 311 names the class:
          yes   short  ^[0-9]{3}$
          (yes) any    ""
        The class is short, the first that matches.
        any matches too and stands later: the order decides.
        It is not reconcilable: the reconcile regex does not match 311:
          no    ^\\+?1?\\d{10}$|^\\+[2-9]\\d{7,}$|^011\\d*$|^00\\d*$
        The class short has no mask, and it does not start with +1: it is printed as dialled, 311.
        $ numplan explain 4158867900 --format json | grep -o '"group":1,"start":0,"root":"4158867900","prefix":"+1"'
        "group":1,"start":0,"root":"4158867900","prefix":"+1"

    ## Exit codes

    0: success. 1: the configuration is refused, or a file cannot be read. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [config: :string, file: :string, format: :string, clean: :boolean]

  @impl true
  def run(options, arguments) do
    with {:ok, format} <- Options.format(options, ["text", "json"]),
         {:ok, plan} <- Source.plan(options),
         {:ok, numbers} <- Numbers.read(options, arguments) do
      asked = [plan: plan, clean: options[:clean] == true]
      numbers |> Stream.map(&Numplan.explain(&1, asked)) |> Stream.with_index() |> Enum.each(&print(&1, format))
      0
    else
      :none -> {:usage, "name a number"}
      refused -> refused
    end
  end

  defp print({explanation, _place}, "json") do
    Terminal.print([explanation |> Explanation.object() |> Numplan.json_encode!(), "\n"])
  end

  defp print({explanation, place}, "text") do
    if place > 0, do: Terminal.print("\n")
    [number | lines] = String.split(explanation.text, "\n")
    Terminal.print([Terminal.coloured(number, :bright, :stdio), "\n", Enum.intersperse(Enum.map(lines, &line/1), "\n")])
  end

  defp line("  yes " <> _ = line), do: Terminal.coloured(line, :green, :stdio)
  defp line("  no  " <> _ = line), do: Terminal.coloured(line, :faint, :stdio)
  defp line(line), do: line
end
