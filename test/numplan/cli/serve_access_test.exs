defmodule Numplan.CLI.ServeAccessTest do
  @moduledoc "`numplan serve` and tokens, as people start it: a release, in a shell."
  use ExUnit.Case

  import Numplan.CommandLine, only: [shell: 2]

  alias Numplan.{CommandLine, HTTPClient}

  @moduletag timeout: 300_000
  @moduletag :tmp_dir

  @account String.duplicate("0", 32)

  setup_all do: CommandLine.release()

  defp status(address, token) do
    headers = if token, do: [{"x-auth-token", token}], else: []
    HTTPClient.request(:get, "#{address}/v2/accounts/#{@account}/phone_numbers/classifiers", headers: headers).status
  end

  defp serve(line, context) do
    {port, address} = CommandLine.serve(line, context)
    statuses = for token <- [nil, "guess", "s3cret"], do: status(address, token)
    :ok = CommandLine.interrupt(port)
    {statuses, File.read!(Path.join(context.tmp_dir, "told"))}
  end

  test "a token from the environment or a file closes the server, on every address, and reaches its account", context do
    File.write!(Path.join(context.tmp_dir, "token"), "s3cret\n")
    File.chmod!(Path.join(context.tmp_dir, "token"), 0o600)

    for line <- [
          "env NUMPLAN_TOKEN=s3cret numplan serve --port 0 --ip 0.0.0.0 --data a",
          "env NUMPLAN_TOKEN=other numplan serve --port 0 --ip 0.0.0.0 --data b --token-file token"
        ] do
      {statuses, told} = serve(line, context)
      assert {line, statuses} == {line, [401, 401, 200]}
      refute told =~ "s3cret" or told =~ "[error]" or told =~ "can be read"
    end
  end

  test "a file that everybody on the machine can read is used, and the operator is warned", context do
    File.write!(Path.join(context.tmp_dir, "token"), "s3cret")
    File.chmod!(Path.join(context.tmp_dir, "token"), 0o644)
    {statuses, told} = serve("numplan serve --port 0 --token-file token", context)
    assert statuses == [401, 401, 200]
    assert told =~ "numplan: token can be read by everybody on this machine; chmod 600 token"
  end

  test "a directory of data that was served with a token is served open again by --open alone", context do
    assert {[401, 401, 200], _} = serve("env NUMPLAN_TOKEN=s3cret numplan serve --port 0 --data d", context)
    assert {[401, 401, 401], told} = serve("numplan serve --port 0 --data d", context)
    assert told =~ "--open" and told =~ "NUMPLAN_TOKEN"
    assert {[200, 200, 200], _} = serve("numplan serve --port 0 --data d --open", context)
  end

  test "--open opens another address, where --hosts names what else than loopback leads there", context do
    {port, address} =
      CommandLine.serve("numplan serve --port 0 --ip 0.0.0.0 --open --hosts 'a.example, b.example'", context)

    %{port: number} = URI.parse(address)

    for {host, status} <- [{"a.example", 200}, {"B.example:1", 200}, {"localhost", 200}, {"c.example", 403}] do
      [answer] = HTTPClient.raw(number, "GET / HTTP/1.1\r\nhost: #{host}\r\nconnection: close\r\n\r\n")
      assert {host, answer.status} == {host, status}
    end

    :ok = CommandLine.interrupt(port)
  end

  test "the address that is printed is one that is served", context do
    for {ip, printed} <- [
          {"::1", "http://[::1]:"},
          {"127.0.0.2", "http://127.0.0.2:"},
          {"0.0.0.0", "http://127.0.0.1:"}
        ] do
      {port, address} =
        CommandLine.serve("env NUMPLAN_TOKEN=s3cret numplan serve --port 0 --data d --ip #{ip}", context)

      assert {ip, address} == {ip, printed <> to_string(URI.parse(address).port)}
      assert {_, 0} = System.cmd("curl", ["-sf", "-o", "/dev/null", address <> "/"])
      :ok = CommandLine.interrupt(port)
    end
  end

  test "a fault is reported with its fix, and nothing is served", context do
    for {line, code, words} <- [
          {"NUMPLAN_TOKEN= numplan serve", 2, "NUMPLAN_TOKEN is set and empty: give it a token, or unset it"},
          {"NUMPLAN_TOKEN='two words' numplan serve", 2,
           "NUMPLAN_TOKEN is not a token: one word of visible ASCII characters"},
          {"numplan serve --token-file none", 1, "none: no such file or directory"},
          {"numplan serve --token-file .", 1, ".: illegal operation on a directory"},
          {"echo > empty; numplan serve --token-file empty", 1, "empty holds no token: write one into it"},
          {"printf 'a\\nb\\n' > two; numplan serve --token-file two", 1, "two holds no token: one word of visible"},
          {"NUMPLAN_TOKEN=x numplan serve --open", 2, "--open is for a server without tokens"},
          {"echo x > token; numplan serve --open --token-file token", 2, "--open is for a server without tokens"},
          {"numplan serve --port 0 --ip 0.0.0.0", 1, "no token is configured"},
          {"numplan serve --token x", 2, "there is no option --token; did you mean --token-file?"}
        ] do
      # One that serves would not end.
      {printed, told, ended} = shell(String.replace(line, "numplan serve", "timeout 20 numplan serve"), context)
      assert {line, "", code} == {line, printed, ended}
      assert told =~ words
    end
  end
end
