defmodule Numplan.Locality.Import do
  @moduledoc """
  Imports files about codes and blocks of the North American numbering plan into one snapshot,
  which `:numplan_locality.load/1` loads.

  The layout of a file is recognised by its header: NANPA's reports of central office codes and
  thousands blocks, Canada's (CNAC), commercial NPA-NXX lists with a row for each ZIP code,
  NALENND, LERG 6 with LERG 1. Names that end in `.gz` are decompressed. An earlier file takes
  precedence over a later one, and blocks over codes.

  Memory is bounded by the number of codes and blocks; a file may have any size.
  """

  alias Numplan.{Encoding, Input}
  alias Numplan.Locality.Import.Report

  # The bytes of a part of a file; few, because every row of a part may be rejected.
  @part 262_144
  @stale "the native library was upgraded during the import: import again"

  @doc """
  Reads `files`, writes the snapshot to `output`, and rejected rows to `output` with `.rejects`
  appended. An existing `output` is replaced atomically, and only on success.

  Options:

    * `:format` - of files without a header: `npa_nxx_city_state`
    * `:as_of` - the date of the data; default: the one in a file's header, or that of its last
      change
    * `:tell` - a function that is called now and then with the rows, and the bytes of all, that
      have been read
  """
  @spec run([Path.t()], Path.t(), keyword()) :: {:ok, Report.t()} | {:error, binary()}
  def run(files, output, options \\ []) do
    rejects = output <> ".rejects"

    with :ok <- no_input(files, [output, rejects, temporary(output)]),
         {:ok, written} <- open(rejects),
         {:ok, importer, reports} <- read_all(files, written, options) do
      _ = File.close(written)
      _ = if Enum.all?(reports, &(&1.rejected == 0)), do: File.rm(rejects)
      finish(importer, output, reports)
    end
  catch
    {:batch, message} -> {:error, message}
    {:import, message} -> {:error, message}
  end

  defp no_input(files, written) do
    case for(file <- files, path <- written, Input.same?(file, path), do: path) do
      [] -> :ok
      [path | _] -> {:error, "#{path} is an input, and would be overwritten; name another output"}
    end
  end

  defp open(path) do
    with {:error, reason} <- File.open(path, [:write, :raw, :binary, :delayed_write]),
         do: {:error, "#{path}: #{:file.format_error(reason)}"}
  end

  defp read_all(files, rejects, options) do
    importer = :numplan_nif.importer()
    whole = files |> Enum.map(&size/1) |> Enum.sum()
    tell = options[:tell] || fn _rows, _part, _whole -> :ok end

    {reports, _} =
      Enum.map_reduce(files, {0, 0}, fn file, {rows, read} ->
        report = read(importer, file, rejects, options, &tell.(rows + &1, read + &2, whole))
        {report, {rows + report.rows, read + size(file)}}
      end)

    {:ok, importer, reports}
  end

  defp size(file) do
    case File.stat(file) do
      {:ok, %{size: size}} -> size
      {:error, reason} -> throw({:import, "#{file}: #{:file.format_error(reason)}"})
    end
  end

  defp read(importer, file, rejects, options, tell) do
    with {:ok, input} <- Input.open(file), :ok <- begin(importer, options[:as_of] || date(file), options[:format]) do
      report = parts(input, &feed(importer, file, &1, &2), rejects, %Report{file: file}, tell)
      Input.close(input)
      report
    else
      {:error, message} -> throw({:import, message})
    end
  end

  defp begin(importer, as_of, format) do
    case :numplan_nif.import_begin(importer, as_of, format || :none) do
      :ok -> :ok
      {:error, :unknown_format} -> {:error, "unknown format #{format}: the only one is npa_nxx_city_state"}
      :stale -> {:error, @stale}
    end
  end

  defp date(file), do: file |> File.stat!() |> Map.fetch!(:mtime) |> elem(0) |> Date.from_erl!() |> Date.to_iso8601()

  defp parts(input, feed, rejects, report, tell) do
    case Input.read(input, @part) do
      {:eof, _input} ->
        note(feed.("", true), rejects, report)

      {part, input} ->
        report = note(feed.(part, false), rejects, report)
        tell.(report.rows, Input.position(input))
        parts(input, feed, rejects, report, tell)
    end
  end

  defp feed(importer, file, part, last?) do
    case :numplan_nif.import_feed(importer, part, last?) do
      {:ok, layout, counts, rejected} ->
        {layout, counts, rejected}

      :stale ->
        throw({:import, @stale})

      {:error, {:encoding, encoding}} ->
        throw({:import, Encoding.refusal(file, encoding)})

      {:error, :no_header} ->
        throw(
          {:import,
           "#{file}: none of its first lines names known columns (NPA and NXX, or NPA-NXX; " <>
             "or OCN and company). For rows of area code, code, city and state without a header give --format npa_nxx_city_state"}
        )
    end
  end

  defp note({layout, {rows, used, unassigned, rejected, latin1}, rejected_rows}, rejects, report) do
    lines =
      for {line, reason, row} <- rejected_rows,
          do: [report.file, ?\t, Integer.to_string(line), ?\t, reason, ?\t, row, ?\n]

    with {:error, reason} <- :file.write(rejects, lines),
         do: throw({:import, "the rejects cannot be written: #{:file.format_error(reason)}"})

    reasons =
      Enum.reduce(rejected_rows, report.reasons, fn {_, reason, _}, reasons ->
        Map.update(reasons, reason, 1, &(&1 + 1))
      end)

    %{
      report
      | layout: if(layout == :undefined, do: nil, else: layout),
        rows: rows,
        used: used,
        unassigned: unassigned,
        rejected: rejected,
        latin1: latin1,
        reasons: reasons
    }
  end

  defp finish(_importer, _output, []), do: {:error, "no file to import"}

  defp finish(importer, output, reports) do
    if Enum.all?(reports, &(&1.used == 0)) do
      {:error, "no row could be used: see #{output}.rejects"}
    else
      bytes = finished(:numplan_nif.import_finish(importer))
      {:ok, entries, _files} = :numplan_nif.snapshot(bytes)
      replace(output, bytes, %{files: reports, entries: entries, bytes: byte_size(bytes)})
    end
  end

  defp finished(:stale), do: throw({:import, @stale})
  defp finished(bytes), do: bytes

  # Puts the new file in place of the old one: a reader sees the one or the other, never a part.
  defp replace(output, bytes, report) do
    temporary = temporary(output)

    with :ok <- File.write(temporary, bytes, [:sync]), :ok <- File.rename(temporary, output) do
      {:ok, report}
    else
      {:error, reason} ->
        _ = File.rm(temporary)
        {:error, "#{output}: #{:file.format_error(reason)}"}
    end
  end

  defp temporary(output), do: output <> ".new"
end
