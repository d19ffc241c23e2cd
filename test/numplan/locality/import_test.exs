defmodule Numplan.Locality.ImportTest do
  @moduledoc "Files of an operator, at size, in every layout; and what is done with those that are wrong."
  use ExUnit.Case

  import ExUnit.CaptureIO

  alias Numplan.Locality.Import
  alias Numplan.{LocalityFiles, TaskExit}

  @moduletag :tmp_dir
  @moduletag timeout: 300_000
  @rows 200_000

  setup do
    on_exit(&:numplan_locality.unload/0)
  end

  defp imported(files, folder, options \\ []) do
    output = Path.join(folder, "numbers.locality")
    assert {:ok, report} = Import.run(files, output, options)
    assert :ok = :numplan_locality.load(output)
    report
  end

  defp locality(number) do
    {members} = :numplan.locality(number)
    Map.new(members)
  end

  defp value(number, part, field) do
    {members} = locality(number)[part]
    Map.new(members)[field]
  end

  for layout <- LocalityFiles.layouts() do
    test "#{@rows} rows of #{layout} give the same look-ups as any other", %{tmp_dir: folder} do
      file = LocalityFiles.write(folder, unquote(layout), @rows)
      format = unquote(if layout == :headerless, do: [format: "npa_nxx_city_state"], else: [])

      {microseconds, report} =
        :timer.tc(fn -> imported([file, LocalityFiles.write_companies(folder)], folder, format) end)

      [counts, companies] = report.files
      assert {counts.rows, counts.used, counts.rejected} == {@rows, @rows, 0}
      assert companies.used == 100

      if System.get_env("CI"),
        do: IO.puts("#{unquote(layout)}: #{@rows} rows in #{div(microseconds, 1_000)} ms, #{report.bytes} bytes")

      for code <- [0, 1, 799, 800, 19_999] do
        {npa, nxx} = LocalityFiles.code(code)
        number = "+1#{npa}#{nxx}5678"
        assert value(number, "locality", "locality") == "Corte Madera"
        assert value(number, "locality", "province") == "CA"
        assert value(number, "locality", "postal_code") == "94925"
        assert_company_if_listed(unquote(layout), number, LocalityFiles.ocn(code))
      end
    end
  end

  # That layout has no companies.
  defp assert_company_if_listed(:headerless, _number, _ocn), do: :ok
  defp assert_company_if_listed(_layout, number, ocn), do: assert_company(number, ocn)

  defp assert_company(number, "9" <> place = ocn) do
    assert value(number, "carrier", "id") == ocn

    assert value(number, "carrier", "company") ==
             "COMPANY #{String.to_integer(place)} DBA NAME #{String.to_integer(place)}"

    assert value(number, "carrier", "dba") == "NAME #{String.to_integer(place)}"
    assert value(number, "carrier", "type") == "CLEC"
    assert value(number, "locality", "type") == "LANDLINE"
  end

  test "rejects are counted by reason and written with their lines", %{tmp_dir: folder} do
    file = Path.join(folder, "codes.csv")

    File.write!(
      file,
      "\uFEFFNPA,NXX,OCN,State\r\n115,855,9001,CA\r\n415,855,901,CA\r\n415,856,9001,CA\r\n415,856,9002,CA\r\n"
    )

    report = imported([file], folder)
    assert [%{rows: 4, used: 1, rejected: 3, reasons: reasons, layout: "codes"}] = report.files

    assert reasons == %{
             "NPA that is not 200 to 999" => 1,
             "OCN that is not four letters or digits" => 1,
             "code or block that an earlier row has" => 1
           }

    rejects = File.read!(Path.join(folder, "numbers.locality.rejects"))
    assert rejects =~ "#{file}\t3\tOCN that is not four letters or digits\t415,855,901,CA"
    assert length(String.split(rejects, "\n", trim: true)) == 3
  end

  test "however many rejects there are, each is written", %{tmp_dir: folder} do
    file = Path.join(folder, "codes.csv")
    File.write!(file, ["NPA,NXX\n415,855\n", List.duplicate("1,2\n", 300_000)])
    assert [%{rejected: 300_000, reasons: %{"NPA that is not 200 to 999" => 300_000}}] = imported([file], folder).files
    rejects = File.stream!(Path.join(folder, "numbers.locality.rejects"))
    assert Enum.count(rejects) == 300_000
    assert rejects |> Enum.at(-1) =~ "\t300002\tNPA that is not 200 to 999\t1,2"
  end

  test "gzip is read, and a date in the header is the data's", %{tmp_dir: folder} do
    file = LocalityFiles.write(folder, :co_codes, 10)
    File.write!(file <> ".gz", :zlib.gzip(File.read!(file)))
    imported([file <> ".gz"], folder)
    assert %{entries: 10, files: [%{layout: "codes", as_of: "2026-07-06"}]} = :numplan_locality.info()
    {members} = :numplan.locality("+12002001234", [:source])
    {"source", {source}} = List.last(members)
    assert {"carrier", {carrier}} = List.keyfind(source, "carrier", 0)
    assert {"by", "nxx"} in carrier and {"as_of", "2026-07-06"} in carrier
  end

  test "what cannot be read is refused and replaces nothing", %{tmp_dir: folder} do
    output = Path.join(folder, "numbers.locality")
    imported([LocalityFiles.write(folder, :co_codes, 10)], folder)
    before = File.read!(output)
    write = fn name, text -> folder |> Path.join(name) |> tap(&File.write!(&1, text)) end

    for {file, options, message} <- [
          {Path.join(folder, "missing"), [], "no such file"},
          {write.("plain", "415,855,City,CA\n"), [], "none of its first lines names known columns"},
          {write.("plain", "415,855,City,CA\n"), [format: "any"], "unknown format any"},
          {write.("utf16", <<0xFF, 0xFE, "N", 0, "P", 0>>), [], "UTF-16"},
          {write.("none", "NPA,NXX,OCN\n1,2,3\n"), [], "no row could be used"},
          {write.("bad.gz", "no gzip"), [], "not a gzip file"},
          {write.("empty", ""), [], "none of its first lines"}
        ] do
      assert {:error, text} = Import.run([file], output, options)
      assert text =~ message
      assert File.read!(output) == before
    end

    assert {:error, text} = Import.run([write.("ok", "NPA,NXX\n415,855\n")], Path.join(folder, "no/such/folder"))
    assert text =~ "no such file or directory"
  end

  test "a full disk leaves the old file", %{tmp_dir: folder} do
    file = LocalityFiles.write(folder, :co_codes, 10)
    output = Path.join(folder, "numbers.locality")
    imported([file], folder)
    before = File.read!(output)
    # What is written to this device never fits.
    File.ln_s!("/dev/full", output <> ".new")
    assert {:error, text} = Import.run([file], output)
    assert text =~ "no space left on device"
    assert File.read!(output) == before
  end

  test "the task says what it did", %{tmp_dir: folder} do
    file = LocalityFiles.write(folder, :co_codes, 10)
    output = Path.join(folder, "numbers.locality")
    run = fn arguments -> capture_io(fn -> Mix.Tasks.Numplan.Locality.Import.run(arguments) end) end
    printed = run.([file, "--out", output, "--quiet"])
    assert printed =~ "10 rows, 10 used, 0 unassigned, 0 rejected"
    assert printed =~ "10 codes and blocks"
    assert run.(["--help"]) =~ "mix numplan.locality.import FILE"

    for {arguments, message} <- [
          {[file], "--out"},
          {["--out", output], "at least one file"},
          {["--what", file], "there is no option --what; see mix numplan.locality.import --help"}
        ] do
      TaskExit.assert_exit(2, message, fn -> run.(arguments) end)
    end
  end

  test "snapshots are exchanged under load, and damaged ones are refused", %{tmp_dir: folder} do
    [one, other] =
      for ocn <- ["9001", "9002"] do
        file = Path.join(folder, ocn)
        File.write!(file, "NPA,NXX,OCN,State\n415,855,#{ocn},CA\n")
        output = Path.join(folder, "#{ocn}.locality")
        {:ok, _} = Import.run([file], output)
        output
      end

    :ok = :numplan_locality.load(one)
    test = self()
    callers = for _ <- 1..4, do: spawn_link(fn -> look_up(test, 0) end)

    damaged = damaged(folder, File.read!(one))

    for _ <- 1..100 do
      :ok = :numplan_locality.load(other)
      for {file, reason} <- damaged, do: assert(:numplan_locality.load(file) == {:error, reason})
      assert value("+14158551292", "carrier", "id") == "9002"
      :ok = :numplan_locality.load(one)
      assert value("+14158551292", "carrier", "id") == "9001"
    end

    for caller <- callers, do: send(caller, :stop)
    counts = for caller <- callers, do: assert_receive({^caller, count} when count > 100, 5_000) |> elem(1)
    if System.get_env("CI"), do: IO.puts("snapshot swaps: 200, #{Enum.sum(counts)} look-ups, 0 failed")
  end

  defp look_up(test, count) do
    assert value("+14158551292", "carrier", "id") in ["9001", "9002"]

    receive do
      :stop -> send(test, {self(), count})
    after
      0 -> look_up(test, count + 1)
    end
  end

  defp damaged(folder, <<first::binary-size(60), byte, rest::binary>> = bytes) do
    <<magic::binary-size(8), 1::32-little, after_version::binary>> = bytes

    for {name, text, reason} <- [
          {"cut", binary_part(bytes, 0, byte_size(bytes) - 1), :length},
          {"flipped", <<first::binary, Bitwise.bxor(byte, 1), rest::binary>>, :changed},
          {"newer", <<magic::binary, 2::32-little, after_version::binary>>, {:version, 2}},
          {"foreign", "PK", :foreign},
          {"none", "", :foreign}
        ] do
      file = Path.join(folder, name)
      File.write!(file, text)
      assert IO.iodata_to_binary(:numplan_locality.format_error(reason)) != ""
      {file, reason}
    end
  end
end
