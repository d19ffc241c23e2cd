defmodule Numplan.CLI.Check do
  @moduledoc "`numplan check`: the report of a check of a configuration."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Options, Picture, Progress, Source, Terminal}
  alias Numplan.{ConfigError, Finding, Input, Plan, Report}

  @impl true
  def name, do: "check"

  @impl true
  def summary, do: "Checks a configuration before it is saved"

  @impl true
  def help do
    """
    Checks a configuration: which rules can never match and why, which compete for a number, which numbers fall to no class, and more.
    Findings are proved for all numbers, and come with a shortest number that shows them. `docs/check.md` lists all kinds.

        numplan check [options] FILE

    FILE is JSON as Kazoo has it, or the name of a preset (`kazoo-3.18`, `kazoo-3.20`, `kazoo-4.1`, `kazoo-4.2`, `kazoo-4.3`).

    ## Options

      * `--format json` - one JSON object, instead of the text
      * `--fail-on error|warning|info` - the least severity of a finding that makes the exit code 1 (default `warning`)
      * `--otp RELEASE` - also which rules the `re` of that release of Erlang/OTP, such as 28, refuses or answers otherwise
      * `--graph PICTURE` - draws the order of the classifiers and their overlaps: SVG, or Graphviz if the name ends in `.dot`
      * `--help` - this text

    ## Examples

        $ echo '{"classifiers": {"any": "^[0-9]+$", "short": "^[0-9]{3}$"}, "e164_converters": {}}' > plan.json
        $ numplan check plan.json --fail-on error
        warning  no_class
          Some numbers fall to no class, such as +.
          such as +, which falls to no class
          End the classifiers with one that matches all numbers, such as unknown with ^.*$.
        warning  never_matches  classifiers.short
          short never matches: any (000) takes all that it matches.
          see classifiers.any, such as 000, which falls to any
          Put the rule before those, or take it out.
        2 warnings
        $ numplan check kazoo-4.3 --otp 28 --format json | grep -q '"kind":"otp_' || echo "OTP 28 answers alike"
        OTP 28 answers alike
        $ numplan check kazoo-4.3 --format json --graph order.svg | grep -c '"kind":"overlap"'
        1

    ## Exit codes

    0: no finding of that severity. 1: there is one, the configuration is refused, or a file cannot be read. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [format: :string, fail_on: :string, graph: :string, otp: :integer]

  @severities ~w(error warning info)

  @impl true
  def run(options, [name]) do
    with {:ok, format} <- Options.format(options, ["text", "json"]),
         {:ok, failing} <- failing(options[:fail_on] || "warning"),
         {:ok, otp} <- Options.otp(options),
         {:ok, source} <- Source.named(name),
         {:ok, report} <- checked(name, source, otp),
         :ok <- draw(options[:graph], source, report) do
      print(report, format)
      if Enum.any?(report.findings, &(&1.severity in failing)), do: 1, else: 0
    end
  end

  def run(_options, []), do: {:usage, "name the configuration: a file or a preset"}
  def run(_options, [_, word | _]), do: {:usage, "#{word} is one configuration too many"}

  defp failing(severity) when severity in @severities do
    {:ok,
     @severities
     |> Enum.take(1 + Enum.find_index(@severities, &(&1 == severity)))
     |> Enum.map(&String.to_existing_atom/1)}
  end

  defp failing(other), do: {:usage, "--fail-on takes error, warning or info, not #{other}"}

  defp checked(name, source, otp) do
    with {:error, error} <- Progress.during("checking #{name}", fn -> Numplan.check(source, otp) end),
         do: {:error, "#{name} cannot be read:\n#{ConfigError.message(error)}"}
  end

  defp draw(nil, _source, _report), do: :ok

  defp draw(file, source, report) do
    with :ok <- no_source(file, source),
         {:ok, plan} <- Plan.new(source),
         :ok <- File.write(file, picture(Path.extname(file), report, plan)) do
      :ok
    else
      {:error, message} when is_binary(message) ->
        {:error, message}

      {:error, %ConfigError{}} ->
        {:error, "--graph draws configurations that are not refused; check it without --graph"}

      {:error, reason} ->
        {:error, "#{file}: #{:file.format_error(reason)}"}
    end
  end

  defp no_source(file, {:file, source}) do
    if Input.same?(file, source), do: {:error, "#{file} is the configuration; draw to another file"}, else: :ok
  end

  defp no_source(_file, _preset), do: :ok

  defp picture(".dot", report, plan), do: Picture.dot(report, Picture.classifiers(plan))
  defp picture(_svg, report, plan), do: Picture.svg(report, Picture.classifiers(plan))

  defp print(report, "json"), do: Terminal.print([report |> Report.object() |> Numplan.json_encode!(), "\n"])

  defp print(report, "text") do
    Enum.each(report.findings, &Terminal.print(finding(&1)))
    Terminal.print([same_re(report.otp), notes(report), total(Report.counts(report)), "\n"])
  end

  defp same_re(%{release: release, dialect: dialect, node: dialect}) do
    "OTP #{release} has the re of this node, #{re(dialect)}: no rule answers otherwise there.\n"
  end

  defp same_re(_other), do: []

  defp re(:pcre), do: "PCRE 8"
  defp re(:pcre2), do: "PCRE2"

  @colours %{error: :red, warning: :yellow, info: :cyan}

  defp finding(finding) do
    severity = finding.severity |> Atom.to_string() |> String.pad_trailing(7)
    where = if finding.path == "", do: [], else: ["  ", Finding.shown(finding.path)]

    [
      [
        Terminal.coloured(severity, @colours[finding.severity], :stdio),
        "  ",
        Atom.to_string(finding.kind),
        where,
        "\n"
      ],
      ["  ", finding.sentence, "\n"],
      witness(finding.witness),
      Enum.map(finding.related, &related/1),
      if(finding.fix, do: ["  ", Terminal.coloured(Finding.shown(finding.fix), :faint, :stdio), "\n"], else: [])
    ]
  end

  defp witness(nil), do: []
  defp witness(witness), do: ["  such as ", shown(witness), "\n"]

  defp related(%{path: path, witness: nil}), do: ["  see ", Finding.shown(path), "\n"]
  defp related(%{path: path, witness: witness}), do: ["  see ", Finding.shown(path), ", such as ", shown(witness), "\n"]

  @doc """
  A witness in words.

      iex> Numplan.CLI.Check.shown(%{number: "011", e164: "+", class: "unknown"})
      "011, which becomes + and falls to unknown"
  """
  @spec shown(Finding.witness()) :: binary()
  def shown(%{number: number, e164: e164, class: class}) do
    becomes = if number == e164, do: "", else: ", which becomes #{text(e164)}"
    falls = if class, do: "falls to #{Finding.shown(class)}", else: "falls to no class"
    text(number) <> becomes <> if(becomes == "", do: ", which ", else: " and ") <> falls
  end

  defp text(""), do: "the empty number"
  defp text(number), do: if(String.trim(number) == number, do: Finding.shown(number), else: inspect(number))

  defp notes(report) do
    [
      if(report.more_overlaps > 0, do: "#{report.more_overlaps} more overlaps are not shown.\n", else: []),
      for(
        path <- report.unread,
        do: [
          "Not analysed, since only OTP's re runs it, or its set of numbers is too large: ",
          Finding.shown(path),
          "\n"
        ]
      ),
      for(%{proof: proof, reason: reason} <- report.cut, do: ["Not proved: ", proof, ", as ", reason, ".\n"])
    ]
  end

  defp total(%{error: 0, warning: 0, info: 0}), do: Terminal.coloured("nothing odd", :green, :stdio)

  defp total(counts) do
    for(severity <- [:error, :warning, :info], counts[severity] > 0, do: counted(counts[severity], severity))
    |> Enum.join(", ")
  end

  defp counted(1, :info), do: "1 note"
  defp counted(count, :info), do: "#{count} notes"
  defp counted(1, severity), do: "1 #{severity}"
  defp counted(count, severity), do: "#{count} #{severity}s"
end
