defmodule Numplan.API.Body do
  @moduledoc """
  Decodes the body of a request: a JSON envelope with `data` in it (kazoo-semantics 1.5, as in
  Kazoo 4.2 and later).
  """

  alias Numplan.API.{Error, Request}

  @types ["application/json", "application/x-json", "application/x-www-form-urlencoded", "text/json"]

  # JSON is read and written to 127 levels; a store, a page of records and an answer each put some
  # around what they are given.
  @deepest 100

  @doc "The longest body that is read, in bytes, as in Kazoo."
  @spec max_bytes() :: pos_integer()
  def max_bytes, do: 8_000_000

  @doc """
  `data` of a body, and the method that its `verb` names in place of POST, if any. An empty body
  is empty data.

  A body may have at most `max_values` JSON values, which bounds the cost of decoding, storing and
  answering it: 8 MB can hold 3.9 million. Its data may be nested up to 100 levels.
  """
  @spec read(Request.t(), pos_integer() | :infinity) ::
          {:ok, data :: term(), verb :: binary() | nil} | {:error, Error.t()}
  def read(request, max_values \\ :infinity)

  def read(%Request{body: :too_large}, _max_values) do
    error = Error.validation("file", "maxSize", "file is too large", [{"target", max_bytes()}])
    {:error, %{error | status: 413}}
  end

  def read(%Request{body: ""}, _max_values), do: {:ok, {[]}, nil}

  def read(%Request{} = request, max_values) do
    with :ok <- content_type(Request.header(request, "content-type")),
         {:ok, envelope} <- decode(request.body, max_values) do
      data(envelope)
    end
  end

  defp content_type(nil), do: :ok

  defp content_type(header) do
    type = header |> String.split(";") |> hd() |> String.trim() |> String.downcase()
    if type in @types, do: :ok, else: {:error, Error.system(:unsupported_media_type, data: [{"accepted", @types}])}
  end

  defp decode(body, max_values) do
    case :numplan_json.decode(body, [:ordered, {:max_values, max_values}]) do
      {:ok, {members}} ->
        {:ok, Map.new(members, fn {key, value} -> {normal(key), value} end)}

      {:ok, _other} ->
        {:error, Error.validation("json", "invalid", "All JSON must be valid", [{"target", "body"}])}

      {:error, {:invalid_json, place}} ->
        text = "#{place.message} around #{place.offset}"
        details = [{"target", "body"}, {"line", place.line}, {"column", place.column}]
        {:error, Error.validation("json", "invalid", text, details)}

      {:error, {:too_many_values, %{limit: limit}}} ->
        error = Error.validation("json", "maxItems", "more than #{limit} values", [{"target", limit}])
        {:error, %{error | status: 413}}

      {:error, {:too_large, %{limit: limit}}} ->
        {:error, Error.validation("file", "maxSize", "file is too large", [{"target", limit}])}
    end
  end

  defp normal(key), do: key |> String.downcase() |> String.replace("-", "_")

  defp data(%{"data" => data} = envelope) when is_tuple(data) or is_list(data) do
    if within?(data, @deepest),
      do: {:ok, data, if(is_binary(envelope["verb"]), do: envelope["verb"])},
      else: {:error, too_deep()}
  end

  defp data(%{"data" => _other}) do
    {:error, envelope_error("type", "data must be an object or a list", [{"target", ["object", "array"]}])}
  end

  defp data(_envelope), do: {:error, envelope_error("required", "data key mandatory", [{"target", "data"}])}

  defp too_deep,
    do: Error.validation("data", "maxDepth", "nested deeper than #{@deepest} levels", [{"target", @deepest}])

  defp within?({members}, levels),
    do: levels > 0 and Enum.all?(members, fn {_key, value} -> within?(value, levels - 1) end)

  defp within?(list, levels) when is_list(list), do: levels > 0 and Enum.all?(list, &within?(&1, levels - 1))
  defp within?(_scalar, _levels), do: true

  defp envelope_error(code, text, details) do
    Error.validation("data", code, text, details, "invalid request envelope")
  end
end
