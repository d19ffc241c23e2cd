defmodule Numplan.CLI.Diff do
  @moduledoc "`numplan diff`: the differences between the answers of two configurations."

  @behaviour Numplan.CLI.Command

  alias Numplan.CLI.{Check, Numbers, Options, Progress, Source, Table, Terminal}
  alias Numplan.{ConfigError, Diff, Plan}

  @impl true
  def name, do: "diff"

  @impl true
  def summary, do: "Compares the answers of two configurations"

  @impl true
  def help do
    """
    Compares two configurations: between which classes some number moves, which numbers have another E.164 form, and which are no longer
    reconcilable. Differences are proved for all numbers, and come with a shortest number that shows them.

        numplan diff [options] OLD NEW
        numplan diff --otp RELEASE [options] CONFIGURATION

    OLD and NEW are files of JSON or names of presets (`kazoo-3.18`, `kazoo-3.20`, `kazoo-4.1`, `kazoo-4.2`, `kazoo-4.3`).

    ## Options

      * `--numbers FILE` - a file with a number in each line; counts how many of these move
      * `--otp RELEASE` - NEW, or the one CONFIGURATION, comes to a node of that release of Erlang/OTP, such as 28; not with `--numbers`
      * `--format json` - one JSON object, instead of the text
      * `--help` - this text

    ## Examples

        $ printf '988\\n911\\n988\\n' > numbers.txt
        $ numplan diff kazoo-4.2 kazoo-4.3 --numbers numbers.txt || echo "exit code $?"
        unknown -> emergency
          988, which falls to unknown; now 988, which falls to emergency
        Of 3 numbers 2 move:
        FROM     TO         NUMBERS
        unknown  emergency  2
        exit code 1
        $ numplan diff kazoo-4.3 kazoo-4.3
        nothing changes
        $ numplan diff --otp 28 kazoo-4.3
        nothing changes

    ## Exit codes

    0: nothing changes. 1: something does, a configuration is refused, or a file cannot be read. 2: wrong usage.
    """
  end

  @impl true
  def options, do: [numbers: :string, format: :string, otp: :integer]

  @impl true
  def run(options, [old, new]) do
    with {:ok, format} <- Options.format(options, ["text", "json"]),
         {:ok, otp} <- otp(options),
         {:ok, was} <- plan(old),
         {:ok, is} <- new(new, otp),
         {:ok, counts} <- counts(options[:numbers], was, is),
         {:ok, diff} <- compared(old, new, {was, is}, otp) do
      print(diff, counts, format)
      if Diff.none?(diff), do: 0, else: 1
    end
  end

  def run(_options, [_, _, word | _]), do: {:usage, "#{word} is one configuration too many"}

  def run(options, words) do
    case {words, options[:otp]} do
      {[one], release} when release != nil -> run(options, [one, one])
      {_fewer, _} -> {:usage, "name two configurations: the old one and the new one"}
    end
  end

  # The option for another release. It is refused beside a file of numbers, whose answers would be
  # those of this node.
  defp otp(options) do
    if options[:otp] && options[:numbers],
      do: {:usage, "--numbers counts by the re of this node; leave it out beside --otp"},
      else: Options.otp(options)
  end

  defp compared(old, new, {was, is}, otp) do
    case Progress.during("comparing #{old} and #{new}", fn -> Numplan.diff(was, is, otp) end) do
      {:error, {:new, error}} -> {:error, "#{new} is refused on OTP #{otp[:otp]}:\n#{ConfigError.message(error)}"}
      {:ok, diff} -> {:ok, diff}
    end
  end

  # What this node refuses, another release may accept.
  defp new(name, []), do: plan(name)
  defp new(name, _otp), do: Source.named(name)

  defp plan(name) do
    with {:ok, source} <- Source.named(name), {:error, error} <- Plan.new(source) do
      {:error, "#{name} is refused:\n#{ConfigError.message(error)}"}
    end
  end

  defp counts(nil, _was, _is), do: {:ok, nil}

  defp counts(file, was, is) do
    with {:ok, numbers} <- Numbers.read([file: file], []), {:ok, %{size: size}} <- File.stat(file) do
      {:ok, Diff.count(was, is, Progress.lines(numbers, "numbers", size))}
    end
  end

  defp print(diff, counts, "json") do
    {members} = Diff.object(diff)
    counted = if counts, do: [{"counts", counts_object(counts)}], else: []
    Terminal.print([Numplan.json_encode!({members ++ counted}), "\n"])
  end

  defp print(diff, counts, "text") do
    Enum.each(diff.moves, fn move -> Terminal.print([title(move), both(move)]) end)

    for change <- diff.rewritten,
        do: Terminal.print([bright("#{class(change.old)}, in E.164"), "\n", both(change)])

    if diff.gained, do: Terminal.print([bright("reconcilable now"), "\n", both(diff.gained)])
    if diff.lost, do: Terminal.print([bright("no longer reconcilable"), "\n", both(diff.lost)])
    Enum.each(diff.missing, &Terminal.print([missing(&1), "\n"]))
    if Diff.none?(diff), do: Terminal.print([Terminal.coloured("nothing changes", :green, :stdio), "\n"])
    if counts, do: print_counts(counts)
  end

  defp title(move), do: [bright("#{class(move.old)} -> #{class(move.new)}"), "\n"]
  defp bright(text), do: Terminal.coloured(text, :bright, :stdio)
  defp both(change), do: ["  ", Check.shown(change.old), "; now ", Check.shown(change.new), "\n"]

  defp class(%{class: nil}), do: "no class"
  defp class(%{class: class}), do: Numplan.Finding.shown(class)

  defp missing(:unread),
    do: "Not analysed: numbers of rules that only OTP's re runs, and of very large sets of numbers."

  defp missing(:too_far_apart), do: "Not proved: some numbers have E.164 forms too far apart to be compared."
  defp missing(%{proof: proof, reason: reason}), do: "Not proved: #{proof}, as #{reason}."

  defp print_counts(counts) do
    moved = counts.moves |> Map.values() |> Enum.sum()
    rewritten = if counts.rewritten > 0, do: ", #{counts.rewritten} become another number in their class", else: ""
    end_of_line = if counts.moves == %{}, do: ".", else: ":"
    Terminal.print("Of #{counts.numbers} numbers #{moved} move#{rewritten}#{end_of_line}\n")

    rows =
      for {{from, to}, count} <- largest(counts.moves), do: [class(%{class: from}), class(%{class: to}), "#{count}"]

    if rows != [], do: Table.print(~w(FROM TO NUMBERS), rows)
  end

  defp largest(moves), do: Enum.sort_by(moves, fn {move, count} -> {-count, move} end)

  defp counts_object(counts) do
    moves = for {{from, to}, count} <- largest(counts.moves), do: {[{"from", from}, {"to", to}, {"numbers", count}]}
    {[{"numbers", counts.numbers}, {"moves", moves}, {"rewritten", counts.rewritten}]}
  end
end
