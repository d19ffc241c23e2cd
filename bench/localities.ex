defmodule Numplan.Bench.Localities do
  @moduledoc false

  alias Numplan.Bench.{Measure, Scale}

  @vectors "testdata/locality/vectors.tsv.gz"
  @library "priv/native"

  # Rows of measure, value and unit; or why the value is missing.
  def run do
    numbers = numbers()
    few = Enum.take(numbers, Scale.count(10_000))

    american =
      for number <- 1..Scale.count(10_000),
          do: "+1#{200 + rem(number, 250)}#{200 + rem(number * 7, 800)}#{1_000 + rem(number, 9_000)}"

    {milliseconds, bytes} = snapshot()

    times =
      Measure.interleaved(
        [
          {:locality, fn -> for(number <- few, do: :numplan.locality(number)) end, length(few)},
          {:lookup, fn -> for(number <- few, do: :numplan.lookup(number)) end, length(few)},
          {:operator, fn -> for(number <- american, do: :numplan.locality(number)) end, length(american)}
        ],
        Scale.rounds(9)
      )

    :numplan_locality.unload()
    alone = alone()

    [
      {"numplan:locality/1, all countries", Measure.median(times.locality), "ns"},
      {"numplan:locality/1, North America, operator's file", Measure.median(times.operator), "ns"},
      {"numplan:lookup/1, all countries", Measure.median(times.lookup), "ns"}
    ] ++
      alone ++
      [
        {"an operator's file of 200,000 codes, loading", milliseconds, "ms"},
        {"an operator's file of 200,000 codes, size", bytes / 1.0e6, "MB"},
        {"the native library, without debug information", library() / 1.0e6, "MB"}
      ] ++ [cpp(few)]
  end

  defp numbers do
    lines = @vectors |> File.read!() |> :zlib.gunzip() |> String.split("\n", trim: true)
    :rand.seed(:exsss, {1, 2, 3})
    lines |> Enum.map(&hd(String.split(&1, "\t"))) |> Enum.shuffle()
  end

  # Invented data.
  defp snapshot do
    path = Path.join(System.tmp_dir!(), "numplan-bench-#{System.pid()}.locality")
    importer = :numplan_nif.importer()
    :ok = :numplan_nif.import_begin(importer, "2026-01-01", :none)

    rows =
      for row <- 0..199_999,
          do: "#{200 + div(row, 800)},#{200 + rem(row, 800)},9#{100 + rem(row, 900)},COMPANY,CA,CORTE MADERA\n"

    {:ok, _, _, []} =
      :numplan_nif.import_feed(importer, IO.iodata_to_binary(["NPA,NXX,OCN,Company,State,RC\n" | rows]), true)

    bytes = :numplan_nif.import_finish(importer)
    File.write!(path, bytes)
    nanoseconds = Measure.nanoseconds(fn -> :ok = :numplan_locality.load(path) end)
    File.rm!(path)
    {nanoseconds / 1.0e6, byte_size(bytes)}
  end

  # The parts, and the crate that reads numbers on its own, without the VM.
  defp alone do
    arguments = ~w(run --locked --quiet --release --package numplan_locality --example cost)
    {printed, 0} = System.cmd("cargo", arguments)

    for line <- String.split(printed, "\n", trim: true) do
      [name, value, unit] = String.split(line, "\t")
      {name, value |> Float.parse() |> elem(0), unit}
    end
  end

  defp library do
    {build, _} = :numplan_nif.build_info()
    [path] = Path.wildcard(Path.join([:code.lib_dir(:numplan), @library, Path.basename(build, ".so") <> ".so"]))
    stripped = Path.join(System.tmp_dir!(), "numplan-bench-#{System.pid()}.so")
    {_, 0} = System.cmd("strip", ["-o", stripped, path])
    size = File.stat!(stripped).size
    File.rm!(stripped)
    size
  end

  # Debian's libphonenumber, where its headers are: apt-get install g++ libphonenumber-dev
  # libicu-dev
  defp cpp(numbers) do
    name = "libphonenumber in C++: read, valid, region, type, geocode"
    folder = Path.join(System.tmp_dir!(), "numplan-bench-cpp-#{System.pid()}")
    File.mkdir_p!(folder)
    [program, input] = for file <- ~w(peer numbers), do: Path.join(folder, file)
    File.write!(input, Enum.intersperse(numbers, ?\n))
    source = Path.join(__DIR__, "contenders/libphonenumber.cc")

    try do
      with compiler when compiler != nil <- System.find_executable("g++"),
           {_, 0} <-
             System.cmd(compiler, ["-O2", "-o", program, source, "-lgeocoding", "-lphonenumber", "-licuuc"],
               stderr_to_stdout: true
             ),
           {printed, 0} <- System.cmd(program, [input]) do
        {name, printed |> Float.parse() |> elem(0), "ns"}
      else
        _ -> {name, nil, "not here: it needs g++ and libphonenumber-dev"}
      end
    after
      File.rm_rf!(folder)
    end
  end
end
