defmodule Numplan.Bench.Workload do
  @moduledoc "Dialled numbers, and configurations of any size, the same in every run."

  @seed {1, 2, 3}

  @doc """
  So many numbers: 40 % ten digits, 15 % `+1`, 10 % `1NPANXX`, 10 % `011…`, 5 % toll-free, 5 % Caribbean, 2 % `911`, 5 % extensions,
  3 % `00…`, 5 % garbage, unicode and star codes.
  """
  def numbers(count) do
    :rand.seed(:exsss, @seed)
    for _ <- 1..count, do: number(:rand.uniform(100))
  end

  defp number(n) when n <= 40, do: npan()
  defp number(n) when n <= 55, do: "+1" <> npan()
  defp number(n) when n <= 65, do: "1" <> npan()
  defp number(n) when n <= 75, do: "011" <> digits(11)
  defp number(n) when n <= 80, do: Enum.random(~w(1800 +1888 877 866)) <> digits(7)
  defp number(n) when n <= 85, do: Enum.random(~w(1242 +1876 809)) <> digits(7)
  defp number(n) when n <= 87, do: "911"
  defp number(n) when n <= 92, do: digits(4)
  defp number(n) when n <= 95, do: "00" <> digits(10)

  defp number(_n),
    do: Enum.random(["anonymous", "*97", "*67" <> digits(4), "", "+", "sip:alice@example.com", "٤١٥", "(415) 886-7900"])

  defp npan, do: "#{Enum.random(2..9)}#{digits(2)}#{Enum.random(2..9)}#{digits(6)}"
  defp digits(count), do: for(_ <- 1..count, into: "", do: <<Enum.random(?0..?9)>>)

  @doc "The default preset's `{Converters, Classifiers}`, preceded by `further` classifiers, each for one exchange."
  def settings(further) do
    {:ok, text} = :numplan_nif.preset("kazoo-3.20")
    {:ok, {document}} = :numplan_json.decode(text, [:ordered])
    {_, converters} = List.keyfind(document, "e164_converters", 0)
    {_, {classifiers}} = List.keyfind(document, "classifiers", 0)
    {converters, {further(further) ++ classifiers}}
  end

  defp further(count) do
    :rand.seed(:exsss, @seed)

    fn -> "#{Enum.random(2..9)}#{digits(2)}#{Enum.random(2..9)}#{digits(2)}" end
    |> Stream.repeatedly()
    |> Stream.uniq()
    |> Enum.take(count)
    |> Enum.map(&{"exchange_" <> &1, {[{"regex", "^\\+?1?(" <> &1 <> "\\d{4})$"}]}})
  end

  @doc "These settings as a source."
  def source({converters, classifiers}), do: {[{"e164_converters", converters}, {"classifiers", classifiers}]}
end
