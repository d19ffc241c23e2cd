defmodule Numplan.API.Routes do
  @moduledoc """
  The route table of the API: for each method and path the function that answers.

  It is the only list of routes. `Numplan.API` dispatches by it, the `Allow` header of a 405 is
  made from it, and so are the requests in `docs/reference.md`, which takes each description from
  the documentation of the function.

  To add a route, add a line to the table. A part of a path in braces matches any one segment. The
  function takes a `Numplan.API.Context`, and after it what the parts in braces matched, decoded,
  without `{account_id}`: a token is checked against that before the function is called.
  """

  alias Numplan.API.{AccountNumbers, Classifiers, Localities, NumberResource, SystemConfig}

  @numbers "/v2/accounts/{account_id}/phone_numbers"
  @configuration "/v2/system_configs/number_manager"

  # The first path that matches decides: literal segments stand before `{number}`.
  @table [
    {"GET", @numbers, {AccountNumbers, :list}},
    {"GET", @numbers <> "/classifiers", {Classifiers, :list}},
    {"POST", @numbers <> "/classifiers", {Classifiers, :classify_all}},
    {"GET", @numbers <> "/classifiers/{number}", {Classifiers, :classify}},
    {"POST", @numbers <> "/locality", {Localities, :lookup}},
    {"GET", @numbers <> "/fix", {AccountNumbers, :fix}},
    {"POST", @numbers <> "/fix", {AccountNumbers, :fix}},
    {"GET", @numbers <> "/fix/{number}", {AccountNumbers, :fix_number}},
    {"POST", @numbers <> "/fix/{number}", {AccountNumbers, :fix_number}},
    {"PUT", @numbers <> "/collection", {NumberResource, :create_all}},
    {"POST", @numbers <> "/collection", {NumberResource, :replace_all}},
    {"PATCH", @numbers <> "/collection", {NumberResource, :merge_all}},
    {"DELETE", @numbers <> "/collection", {NumberResource, :delete_all}},
    {"PUT", @numbers <> "/collection/activate", {NumberResource, :activate_all}},
    {"GET", @numbers <> "/{number}", {NumberResource, :show}},
    {"PUT", @numbers <> "/{number}", {NumberResource, :create}},
    {"POST", @numbers <> "/{number}", {NumberResource, :replace}},
    {"PATCH", @numbers <> "/{number}", {NumberResource, :merge}},
    {"DELETE", @numbers <> "/{number}", {NumberResource, :delete}},
    {"PUT", @numbers <> "/{number}/activate", {NumberResource, :activate}},
    {"PUT", @numbers <> "/{number}/reserve", {NumberResource, :reserve}},
    {"GET", @numbers <> "/{number}/identify", {NumberResource, :identify}},
    {"GET", @configuration, {SystemConfig, :show}},
    {"POST", @configuration, {SystemConfig, :replace}},
    {"GET", @configuration <> "/check", {SystemConfig, :check_active}},
    {"POST", @configuration <> "/check", {SystemConfig, :check}},
    {"POST", @configuration <> "/diff", {SystemConfig, :diff}}
  ]

  # [{path, its segments, [{method, handler}]}], in the order of the table.
  @resources @table
             |> Enum.chunk_by(fn {_method, path, _handler} -> path end)
             |> Enum.map(fn [{_, path, _} | _] = routes ->
               {path, String.split(path, "/", trim: true), for({method, _, handler} <- routes, do: {method, handler})}
             end)

  @enforce_keys [:path, :handlers]
  defstruct [:path, :handlers, :account_id, values: []]

  @typedoc "The function that answers: a name, and the module it is in."
  @type handler :: {module(), atom()}
  @type route :: {method :: binary(), path :: binary(), handler()}

  @typedoc """
  What a path leads to: the path of the table, the handlers by method, and what the parts of the
  path in braces matched.
  """
  @type t :: %__MODULE__{
          path: binary(),
          handlers: [{binary(), handler()}],
          account_id: binary() | nil,
          values: [binary()]
        }

  @doc """
  All routes, in the order in which their paths are tried.

      iex> {"GET", "/v2/accounts/{account_id}/phone_numbers", handler} = hd(Numplan.API.Routes.all())
      iex> handler
      {Numplan.API.AccountNumbers, :list}
  """
  @spec all() :: [route()]
  def all, do: @table

  @doc """
  What the decoded segments of a path lead to; `:error` where no path of the table matches.

      iex> {:ok, found} = Numplan.API.Routes.find(~w(v2 accounts a phone_numbers classifiers 911))
      iex> {found.account_id, found.values}
      {"a", ["911"]}
      iex> Numplan.API.Routes.find(["v2", "nowhere"])
      :error
  """
  @spec find([binary()]) :: {:ok, t()} | :error
  def find(segments) do
    Enum.find_value(@resources, :error, fn {path, pattern, handlers} ->
      with %__MODULE__{} = found <- match(pattern, segments, %__MODULE__{path: path, handlers: handlers}),
           do: {:ok, found}
    end)
  end

  defp match([], [], found), do: %{found | values: Enum.reverse(found.values)}
  defp match(["{account_id}" | pattern], [id | rest], found), do: match(pattern, rest, %{found | account_id: id})
  defp match(["{" <> _ | pattern], [value | rest], found), do: match(pattern, rest, push(found, value))
  defp match([same | pattern], [same | rest], found), do: match(pattern, rest, found)
  defp match(_pattern, _segments, _found), do: nil

  defp push(found, value), do: %{found | values: [value | found.values]}

  @doc """
  The function that answers `method` here, or the methods that are allowed instead.

      iex> {:ok, found} = Numplan.API.Routes.find(~w(v2 accounts a phone_numbers locality))
      iex> Numplan.API.Routes.handler(found, "POST")
      {:ok, {Numplan.API.Localities, :lookup}}
      iex> Numplan.API.Routes.handler(found, "GET")
      {:error, ["POST", "OPTIONS"]}
  """
  @spec handler(t(), binary()) :: {:ok, handler()} | {:error, [binary()]}
  def handler(%__MODULE__{handlers: handlers}, method) do
    case List.keyfind(handlers, method, 0) do
      {^method, handler} -> {:ok, handler}
      nil -> {:error, allowed(Enum.map(handlers, &elem(&1, 0)))}
    end
  end

  # The methods for the header `Allow`: with GET also HEAD, and always OPTIONS.
  defp allowed(methods), do: methods ++ if("GET" in methods, do: ["HEAD"], else: []) ++ ["OPTIONS"]
end
