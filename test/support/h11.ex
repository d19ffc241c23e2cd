defmodule Numplan.H11 do
  @moduledoc """
  Python's HTTP library `h11` as another reader of requests: what it makes of some bytes. Installed from PyPI into `_build`, as
  `test/support/h11/requirements.txt` pins it.
  """

  alias Numplan.PythonPackages

  @reader Path.expand("h11/read.py", __DIR__)

  @type request :: %{
          version: binary(),
          method: binary(),
          target: binary(),
          headers: %{binary() => binary()},
          body: binary() | nil
        }
  @type ended :: :more | :closed | {:refused, binary()}

  @doc "Starts a reader that ends with the calling process."
  @spec start() :: port()
  def start do
    packages = PythonPackages.install("h11")
    options = [:binary, packet: 4, args: [@reader], env: [{~c"PYTHONPATH", to_charlist(packages)}]]
    Port.open({:spawn_executable, PythonPackages.python()}, options)
  end

  @doc "The requests in some bytes, and how reading ended. The last body is `nil` if it is incomplete."
  @spec read(port(), [binary()]) :: [{[request()], ended()}]
  def read(port, cases) do
    for bytes <- cases, do: Port.command(port, bytes)

    for _ <- cases do
      receive do
        {^port, {:data, answer}} -> requests(answer, [])
      after
        60_000 -> raise "h11 does not answer"
      end
    end
  end

  defp requests("." <> ended, requests), do: {Enum.reverse(requests), ended(ended)}

  defp requests(<<mark, rest::binary>>, requests) when mark in ~c"rR" do
    {[version, method, target, fields, body], rest} = Enum.map_reduce(1..5, rest, fn _, rest -> field(rest) end)
    body = if mark == ?R, do: body
    request = %{version: version, method: method, target: target, headers: headers(fields, %{}), body: body}
    requests(rest, [request | requests])
  end

  defp headers("", headers), do: headers

  defp headers(fields, headers) do
    {name, rest} = field(fields)
    {value, rest} = field(rest)
    headers(rest, Map.put(headers, name, value))
  end

  defp field(<<length::32, bytes::binary-size(length), rest::binary>>), do: {bytes, rest}

  defp ended("m"), do: :more
  defp ended("c"), do: :closed
  defp ended("e" <> error), do: {:refused, error}
end
