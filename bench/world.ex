defmodule Numplan.Bench.World do
  @moduledoc """
  The world's numbering plans, against the empty native call and libphonenumber in C++: E.164 numbers of all countries, and national ones
  as people write them.
  """

  alias Numplan.Bench.{Measure, Scale}

  @vectors "testdata/locality/vectors.tsv.gz"
  @names [:floor, :region, :number_type, :is_valid, :lookup, :locality]

  @doc "Nanoseconds a call, less the loop's; million lines a second; and the peer's nanoseconds, `nil` where it is not here."
  def run do
    numbers = numbers(Scale.count(20_000))
    written = written(numbers)
    [e164, national] = Enum.map([numbers, written], &Measure.shared/1)
    text = Enum.join(numbers, "\n")
    plan = Numplan.Plan.active().erlang

    calls =
      for name <- [:empty | @names],
          do: {name, fn -> apply(:loops, name, [Measure.given(e164)]) end, length(numbers)}

    others = [
      {:parse_and_format, fn -> :loops.parse_and_format(Measure.given(national)) end, length(written)},
      {:lines, fn -> :numplan.lookup_lines(text, plan) end, length(numbers)}
    ]

    times =
      (calls ++ others)
      |> Measure.interleaved(Scale.rounds(15))
      |> Map.new(fn {name, all} -> {name, Measure.median(all)} end)

    times
    |> Map.new(fn {name, time} -> {name, if(name == :lines, do: time, else: time - times.empty)} end)
    |> Map.put(:cpp, cpp(numbers, written))
  end

  @doc "Numbers of all countries, in an order that has nothing to do with theirs."
  def numbers(count) do
    lines = @vectors |> File.read!() |> :zlib.gunzip() |> String.split("\n", trim: true)
    :rand.seed(:exsss, {1, 2, 3})
    lines |> Enum.map(&:binary.copy(hd(String.split(&1, "\t")))) |> Enum.shuffle() |> Enum.take(count)
  end

  # Numbers in national form, with a region of their calling code.
  defp written(numbers) do
    for number <- numbers,
        %{is_valid: true, national: national, region: region} when region != "001" <- [:numplan.lookup(number)],
        match?({:ok, %{e164: ^number}}, :numplan.parse(national, region)),
        do: {national, region}
  end

  # Debian's libphonenumber, where its headers are: apt-get install g++ libphonenumber-dev libicu-dev
  defp cpp(numbers, written) do
    folder = Path.join(System.tmp_dir!(), "numplan-bench-cpp-#{System.pid()}")
    File.mkdir_p!(folder)
    [program, e164, national] = for file <- ~w(peer e164 national), do: Path.join(folder, file)
    File.write!(e164, Enum.intersperse(numbers, ?\n))
    File.write!(national, for({text, region} <- written, do: [text, ?\t, region, ?\n]))
    source = Path.join(__DIR__, "contenders/libphonenumber.cc")
    libraries = ~w(-lgeocoding -lphonenumber -licuuc)

    try do
      with compiler when compiler != nil <- System.find_executable("g++"),
           {_, 0} <- System.cmd(compiler, ["-O2", "-o", program, source | libraries], stderr_to_stdout: true),
           {printed, 0} <- System.cmd(program, [e164, national]) do
        [lookup, parse, megabytes] = for word <- String.split(printed), do: word |> Float.parse() |> elem(0)
        %{lookup: lookup, parse_and_format: parse, megabytes: megabytes}
      else
        _ -> nil
      end
    after
      File.rm_rf!(folder)
    end
  end
end
