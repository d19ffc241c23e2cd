defmodule Numplan.H11 do
  @moduledoc """
  Python's HTTP library `h11` as another reader of requests: what it makes of some bytes. Installed from PyPI into `_build`, as
  `test/support/h11/requirements.txt` pins it.
  """

  @files Path.expand("h11", __DIR__)
  @folder Path.expand("../../_build/h11", __DIR__)

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
    install()
    python = System.find_executable("python3") || raise "python3 was not found: scripts/setup tests installs it"
    options = [:binary, packet: 4, args: [Path.join(@files, "read.py")], env: [{~c"PYTHONPATH", to_charlist(@folder)}]]
    Port.open({:spawn_executable, python}, options)
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

  # A folder of another version of the requirements is installed again.
  defp install do
    :global.trans({__MODULE__, self()}, fn ->
      requirements = File.read!(Path.join(@files, "requirements.txt"))
      unless File.read(Path.join(@folder, "installed")) == {:ok, requirements}, do: install(requirements)
    end)
  end

  defp install(requirements) do
    File.rm_rf!(@folder)

    arguments =
      ~w(-m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes --only-binary :all:) ++
        ["--target", @folder, "--requirement", Path.join(@files, "requirements.txt")]

    {_, 0} = System.cmd("python3", arguments, into: IO.stream(:stderr, :line))
    File.write!(Path.join(@folder, "installed"), requirements)
  end
end
