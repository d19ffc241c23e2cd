defmodule Numplan.Site do
  @moduledoc "The links of a folder of HTML pages: what a page links to, embeds, or lists in ExDoc's navigation."

  @type broken :: {page :: binary(), link :: binary(), reason :: :no_file | :no_anchor}

  @doc """
  The links that lead nowhere within the folder, in order of pages. Links to other hosts are not followed.

  Pages are those of the folder itself; what ExDoc's script builds from `dist/sidebar_items-….js` counts as linked from there.
  """
  @spec broken(Path.t()) :: [broken()]
  def broken(folder) do
    pages =
      for file <- Path.wildcard(Path.join(folder, "*.html")), into: %{}, do: {Path.basename(file), File.read!(file)}

    anchors = Map.new(pages, fn {name, html} -> {name, MapSet.new(anchors(html))} end)

    for {page, link} <- Enum.sort(links(pages)) ++ navigation(folder),
        reason = reason(URI.parse(link), page, folder, anchors),
        do: {page, link, reason}
  end

  @doc "The links of all pages, each with its page; without those to other hosts."
  @spec links(%{binary() => binary()}) :: [{binary(), binary()}]
  def links(pages) do
    for {name, html} <- pages, link <- targets(html), not external?(link), uniq: true, do: {name, link}
  end

  @doc "The hosts that pages link to."
  @spec hosts(%{binary() => binary()}) :: [binary()]
  def hosts(pages) do
    for {_name, html} <- pages, link <- targets(html), host = URI.parse(link).host, uniq: true, do: host
  end

  defp targets(html), do: attributes(html, ~r/\s(?:href|src)="([^"]*)"/)

  defp attributes(html, pattern),
    do: for([value] <- Regex.scan(pattern, html, capture: :all_but_first), do: unescape(value))

  defp external?(link), do: link =~ ~r/^([a-z][a-z0-9+.-]*:|\/\/)/i

  defp anchors(html), do: attributes(html, ~r/\s(?:id|name)="([^"]*)"/)

  defp reason(%URI{path: path, fragment: fragment}, page, folder, anchors) do
    file = if path in [nil, ""], do: page, else: URI.decode(path)

    cond do
      not File.regular?(Path.join(folder, file)) -> :no_file
      fragment in [nil, ""] or anchored?(anchors[file], fragment) -> nil
      true -> :no_anchor
    end
  end

  # What is no page of the folder has no anchors to look at, such as a picture.
  defp anchored?(nil, _fragment), do: true
  # ExDoc writes an id as it is, and encodes what is no part of a fragment.
  defp anchored?(anchors, fragment), do: fragment in anchors or URI.decode(fragment) in anchors

  defp navigation(folder) do
    for file <- Path.wildcard(Path.join(folder, "dist/sidebar_items-*.js")),
        {:ok, nodes} = file |> File.read!() |> String.replace(~r/^\s*sidebarNodes\s*=\s*/, "") |> Numplan.json_decode(),
        {_kind, entries} <- nodes,
        entry <- entries,
        link <- entry_links(entry),
        do: {Path.basename(file), link}
  end

  defp entry_links(%{"id" => id} = entry) do
    anchors =
      for(%{"anchor" => anchor} <- List.wrap(entry["headers"]) ++ List.wrap(entry["sections"]), do: anchor) ++
        for %{"nodes" => nodes} <- List.wrap(entry["nodeGroups"]), %{"anchor" => anchor} <- nodes, do: anchor

    [id <> ".html" | for(anchor <- anchors, do: "#{id}.html##{anchor}")]
  end

  defp entry_links(_other), do: []

  defp unescape(text) do
    Enum.reduce([{"&quot;", "\""}, {"&#39;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}], text, fn {from, to},
                                                                                                           text ->
      String.replace(text, from, to)
    end)
  end
end
