defmodule Numplan.Bench.Kazoo do
  @moduledoc false

  alias Numplan.Bench.{Measure, Scale}

  @doubles ~w(kapps_config kapps_account_config kzd_accounts)
  @account String.duplicate("a", 32)
  @plans [
    {"1 rule", "us_sf_7digit_dial_plan_patch__master.json"},
    {"4 rules", "netherlands_amsterdam__master.json"},
    {"56 rules", "ireland_local_national_mobile__master.json"}
  ]

  # Rows of measure, value and unit. Kazoo's modules are the tests' doubles, whose reads cost as
  # much as an ETS look-up.
  def run do
    for name <- @doubles, do: load(name)
    :ok = :kapps_config.start()

    plans = for {_, file} <- @plans, do: {file, dial_plan(file)}

    contenders =
      [{:converters, fn -> calls(fn -> :knm_converter_numplan.normalize("4158867900") end) end, count()}] ++
        for(
          {file, plan} <- plans,
          do: {{:cached, file}, fn -> calls(fn -> :numplan_plan_cache.plan(:dial_plan, plan) end) end, count()}
        ) ++
        for {file, plan} <- plans do
          {{:whole, file}, fn -> calls(fn -> :knm_converter_numplan.normalize("8867900", @account, plan) end) end,
           count()}
        end

    times = Measure.interleaved([{:loop, fn -> calls(fn -> :ok end) end, count()} | contenders], Scale.rounds(9))
    loop = Measure.median(times.loop)

    for {name, file} <- [{"configuration read, converters cached: normalize/1", :converters} | named()] do
      {name, Measure.median(times[file]) - loop, "ns"}
    end
  after
    for name <- @doubles, module = String.to_atom(name), do: {:code.delete(module), :code.purge(module)}
  end

  defp named do
    Enum.flat_map(@plans, fn {rules, file} ->
      [{"a dial plan of #{rules}, cached: found again", {:cached, file}}, {"the same: normalize/3", {:whole, file}}]
    end)
  end

  defp load(name) do
    file = "test/support/kazoo/#{name}.erl"
    {:ok, module, code} = :compile.file(to_charlist(file), [:binary, :return_errors])
    {:module, ^module} = :code.load_binary(module, to_charlist(file), code)
  end

  defp dial_plan(file) do
    {:ok, {members}} = Path.join("testdata/configs", file) |> File.read!() |> :numplan_json.decode([:ordered])
    {_, plan} = List.keyfind(members, "dial_plan", 0)
    plan
  end

  defp calls(fun), do: calls(fun, count())
  defp count, do: Scale.count(50_000)

  defp calls(_fun, 0), do: :ok

  defp calls(fun, left) do
    fun.()
    calls(fun, left - 1)
  end
end
