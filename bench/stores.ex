defmodule Numplan.Bench.Stores do
  @moduledoc """
  The embedded stores: writes of SQLite beside Mnesia's, then import, start, pages and `fix` of SQLite.

  A store of `size` numbers has 1,000 accounts, and one with a tenth of them, which is repaired.
  """

  alias Numplan.{Account, PhoneNumber}
  alias Numplan.Bench.{Measure, Scale}
  alias Numplan.CLI.StoreName
  alias Numplan.Store.{Filter, Mnesia, SQLite}

  @large String.duplicate("f", 32)
  @created 63_900_000_000
  @writers 64
  @page 50

  @doc "What each measure of a run took; the sizes are those of the scale."
  def run do
    folder = Path.join(System.tmp_dir!(), "numplan-bench-stores-#{System.pid()}")
    File.mkdir_p!(folder)

    try do
      size = Scale.of(full: 10_000_000, usual: 300_000, tiny: 2_000)
      dir = Path.join(folder, "large")
      writes = writes(folder)
      import = imported(folder, Scale.of(full: 1_000_000, usual: 100_000, tiny: 10_000))
      pages = with_sqlite(dir, fn -> filled(size) && pages(size) end)
      %{size: size, writes: writes, import: import, pages: pages, start: start(dir), fix: fix(dir, div(size, 10))}
    after
      File.rm_rf!(folder)
    end
  end

  defp with_sqlite(dir, fun), do: StoreName.with_store({SQLite, dir: dir}, fun)

  # Writes a second of each store, by one writer and by many, in interleaved rounds.
  defp writes(folder) do
    StoreName.with_store({Mnesia, dir: Path.join(folder, "mnesia/store")}, fn ->
      with_sqlite(Path.join(folder, "sqlite/store"), fn ->
        rates =
          for round <- 1..Scale.rounds(5),
              {store, writers} <-
                Enum.shuffle(for store <- [Mnesia, SQLite], writers <- [1, @writers], do: {store, writers}) do
            each = Scale.of(usual: if(writers == 1, do: 500, else: 40), tiny: 3)
            {{store, writers}, rate(store, writers, each, round)}
          end

        rates |> Enum.group_by(&elem(&1, 0), &elem(&1, 1)) |> Map.new(fn {key, all} -> {key, Measure.median(all)} end)
      end)
    end)
  end

  defp rate(store, writers, each, round) do
    writer = :atomics.new(1, [])

    write = fn ->
      from = (round * @writers + :atomics.add_get(writer, 1, 1)) * 1_000_000 + writers * 1_000

      for n <- from..(from + each - 1) do
        number = number(n, @large)
        {:ok, _} = store.update_number(number.id, fn nil -> {:put, number} end)
      end
    end

    writers * each * 1.0e9 / Measure.together(write, writers)
  end

  defp number(n, account_id) do
    %PhoneNumber{
      id: id(n),
      state: if(rem(n, 10) == 0, do: "port_in", else: "in_service"),
      account_id: account_id,
      used_by: if(rem(n, 2) == 0, do: "callflow"),
      created: @created + div(n, 1_000),
      modified: @created + div(n, 1_000),
      features: %{"cnam" => %{"display_name" => "Example"}}
    }
  end

  defp id(n), do: "+1#{2_000_000_000 + n}"

  defp account(n), do: n |> rem(Scale.of(usual: 1_000, tiny: 10)) |> Integer.to_string() |> String.pad_leading(32, "0")

  # Fills the store that is open; one number in ten of the large account lacks its copy.
  defp filled(size) do
    large = div(size, 10)
    :ok = SQLite.put_account(%Account{id: @large})

    for numbers <- Enum.chunk_every(0..(size - 1), 1_000) do
      changes =
        for n <- numbers do
          number = number(n, if(n < large, do: @large, else: account(n)))
          {number.id, fn nil -> {:put, number} end}
        end

      {:ok, _} = SQLite.update_numbers(changes)
    end

    for numbers <- Enum.chunk_every(0..(large - 1)//10, 1_000),
        do: :ok = SQLite.delete_copies(@large, Enum.map(numbers, &id/1))

    true
  end

  # Pages from random places, in microseconds: the median and the 99th percentile of each kind.
  defp pages(size) do
    :rand.seed(:exsss, {1, 2, 3})

    for kind <- [:plain, :state, :used_by, :prefix, :created], into: %{} do
      times =
        for _ <- 1..Scale.count(2_000) do
          {account_id, from, conditions} = page(kind, :rand.uniform(size) - 1, div(size, 10))
          started = :erlang.monotonic_time(:nanosecond)
          {:ok, _, _} = SQLite.list_copies(account_id, from, @page, %Filter{conditions: conditions})
          (:erlang.monotonic_time(:nanosecond) - started) / 1_000
        end

      sorted = times |> Enum.sort() |> List.to_tuple()
      {kind, %{median: Measure.percentile(sorted, 0.5), p99: Measure.percentile(sorted, 0.99)}}
    end
  end

  defp page(kind, n, large) do
    number = number(n, if(n < large, do: @large, else: account(n)))

    case kind do
      :plain -> {number.account_id, number.id, []}
      :state -> {number.account_id, number.id, [{:is, [:state], [number.state]}]}
      :used_by -> {number.account_id, number.id, [{:is, [:used_by], ["callflow"]}]}
      :prefix -> {number.account_id, nil, [{:prefix, binary_part(number.id, 0, 8)}]}
      :created -> {number.account_id, nil, [{:from, :created, number.created}]}
    end
  end

  # Importing a file of CSV into a new store.
  defp imported(folder, count) do
    [file, dir] = for name <- ["numbers.csv", "imported"], do: Path.join(folder, name)
    rows = Stream.map(0..(count - 1), &"#{id(&1)},in_service,#{account(&1)},callflow\n")

    rows
    |> then(&Stream.concat(["number,state,account_id,used_by\n"], &1))
    |> Stream.into(File.stream!(file))
    |> Stream.run()

    work = "{:ok, %{rows: #{count}, rejected: 0}} = Numplan.Transfer.Import.run(#{inspect(file)}, make_accounts: true)"

    Map.merge(alone(dir, work), %{count: count, bytes: File.stat!(Path.join(dir, "numplan.db")).size / count})
  end

  defp start(dir), do: alone(dir, "{:ok, _} = Numplan.Store.get_number(#{inspect(id(0))})")

  defp fix(dir, count), do: Map.put(alone(dir, ":ok = Numplan.Store.Repair.fix(#{inspect(@large)})"), :count, count)

  # What opening a store, this work and closing it take, in a process of the operating system of
  # their own: seconds, and megabytes with those of the VM.
  defp alone(dir, work) do
    code = """
    {:ok, _} = Application.ensure_all_started(:numplan)
    Logger.configure(level: :warning)
    store = {Numplan.Store.SQLite, dir: #{inspect(dir)}}
    {time, {:ok, _}} = :timer.tc(fn -> Numplan.CLI.StoreName.with_store(store, fn -> {:ok, #{work}} end) end)
    [_, memory] = Regex.run(~r/VmHWM:\\s+(\\d+)/, File.read!("/proc/self/status"))
    IO.puts("measured \#{time} \#{memory}")
    """

    {printed, 0} =
      System.cmd("mix", ["run", "--no-compile", "--no-start", "-e", code], env: [{"MIX_ENV", to_string(Mix.env())}])

    [_, time, memory] = Regex.run(~r/^measured (\d+) (\d+)$/m, printed)
    %{seconds: String.to_integer(time) / 1.0e6, megabytes: String.to_integer(memory) / 1_024}
  end

  @doc "Rows of measure, value and unit."
  def rows(%{writes: writes, pages: pages, size: size}) do
    for({{store, writers}, rate} <- Enum.sort(writes), do: {"#{inspect(store)}, writers: #{writers}", rate, "writes/s"}) ++
      for {kind, times} <- Enum.sort(pages),
          {share, time} <- Enum.sort(times),
          do: {"a page of #{@page} of #{size} numbers, #{kind}, #{share}", time, "us"}
  end

  @doc "The ratios and figures that have targets, by name."
  def ratios(%{writes: writes}) do
    %{
      alone: writes[{Mnesia, 1}] / writes[{SQLite, 1}],
      together: writes[{SQLite, @writers}] / writes[{Mnesia, @writers}],
      rate: writes[{SQLite, @writers}]
    }
  end
end
