defmodule Numplan.Bench.Localities do
  @moduledoc false

  alias Numplan.Bench.{Measure, Scale}

  @library "priv/native"

  @doc "The name of the row with the size of the native library."
  def library_row, do: "the native library, without debug information"

  @doc "The name of the row with the memory of the tables: as native/numplan_locality/examples/cost.rs prints it."
  def resident_row, do: "resident memory of the tables, all of them used"

  # Rows of measure, value and unit.
  def run do
    american =
      for number <- 1..Scale.count(10_000),
          do: "+1#{200 + rem(number, 250)}#{200 + rem(number * 7, 800)}#{1_000 + rem(number, 9_000)}"

    {milliseconds, bytes} = snapshot()
    shared = Measure.shared(american)

    loop = {:operator, fn -> :loops.locality(Measure.given(shared)) end, length(american)}
    times = Measure.interleaved([loop], Scale.rounds(9))

    :numplan_locality.unload()
    alone = alone()

    [{"numplan:locality/1, North America, operator's file", Measure.median(times.operator), "ns"}] ++
      alone ++
      [
        {"an operator's file of 200,000 codes, loading", milliseconds, "ms"},
        {"an operator's file of 200,000 codes, size", bytes / 1.0e6, "MB"},
        {library_row(), library() / 1.0e6, "MB"}
      ]
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
end
