defmodule Numplan.Locality.Layered do
  @moduledoc """
  The default provider of localities: an operator's file, the built-in data and a phonebook, in
  this order.

  Options:

    * `:file` - the operator's file, which is loaded when the application starts
    * `:phonebook` - options of `Numplan.Locality.Phonebook`, with a default `:timeout` of 2,000
      milliseconds; without it no phonebook is called
    * `:lifetime` - of the phonebook's answers in the cache, in seconds, default 86,400
    * `:entries` - of the cache, default 100,000

  The phonebook is called for numbers whose city or company is not known yet, and fills in what is
  `null`. If it fails, the answer is that of the other layers: a request does not fail for want of
  a locality. After three consecutive failures it is not called for ten seconds
  (`Numplan.Locality.Breaker`).
  """

  @behaviour Numplan.Locality.Provider

  alias Numplan.Locality.{Breaker, Cache, Phonebook}

  @timeout 2_000
  @parts ~w(geocode locality carrier)

  @impl true
  def lookup(numbers, options) do
    known = Enum.zip(numbers, :numplan.locality(numbers, for(:source <- asked(options), do: :source)))
    {:ok, {complete(known, options[:phonebook], options)}}
  end

  defp asked(options), do: if(options[:source], do: [:source], else: [])

  defp complete(known, nil, _options), do: known

  defp complete(known, phonebook, options) do
    wanted = for {number, object} <- known, incomplete?(object), do: number
    found = remote(wanted, Keyword.merge([timeout: @timeout], phonebook), options)
    for {number, object} <- known, do: {number, fill(object, found[number], options[:source])}
  end

  defp incomplete?(object) do
    value(object, ["status"]) == "success" and
      (value(object, ["locality", "locality"]) == :null or value(object, ["carrier", "company"]) == :null)
  end

  # Cached answers, and the phonebook's for the others.
  defp remote([], _phonebook, _options), do: %{}

  defp remote(numbers, phonebook, options) do
    kept =
      for number <- numbers, {:ok, object} <- [Cache.fetch(number, lifetime(options))], into: %{}, do: {number, object}

    Map.merge(kept, numbers |> Enum.reject(&is_map_key(kept, &1)) |> ask(phonebook, options))
  end

  defp lifetime(options), do: options[:lifetime] || 86_400

  defp ask([], _phonebook, _options), do: %{}

  defp ask(numbers, phonebook, options) do
    case Breaker.run(phonebook[:url], fn -> Phonebook.lookup(numbers, phonebook) end) do
      {:ok, {entries}} ->
        found = for {number, {_} = object} <- entries, number in numbers, into: %{}, do: {number, object}

        for {number, object} <- found,
            value(object, ["status"]) == "success",
            do: Cache.put(number, object, options[:entries])

        found

      {:error, _reason} ->
        %{}
    end
  end

  defp fill(object, nil, _with_source), do: object

  defp fill({members}, found, with_source) do
    {members, filled} = Enum.map_reduce(members, [], &fill_part(&1, &2, found))
    {if(with_source, do: Enum.map(members, &tell(&1, Enum.reverse(filled))), else: members)}
  end

  defp fill_part({part, {fields}}, filled, found) when part in @parts do
    new = for {field, :null} <- fields, text = value(found, [part, field]), is_binary(text), do: {field, text}

    {{part, {Enum.map(fields, fn {field, old} -> List.keyfind(new, field, 0, {field, old}) end)}},
     filled(part, new, filled)}
  end

  defp fill_part(member, filled, _found), do: {member, filled}

  defp filled(part, new, filled),
    do: Enum.reduce(new, filled, fn {field, _}, filled -> ["#{part}.#{field}" | filled] end)

  defp tell({"source", {sources}}, filled), do: {"source", {sources ++ [{"phonebook", filled}]}}
  defp tell(member, _filled), do: member

  defp value({members}, [key | keys]) do
    case List.keyfind(members, key, 0) do
      {_, value} -> value(value, keys)
      nil -> nil
    end
  end

  defp value(value, []), do: value
  defp value(_other, _keys), do: nil
end
