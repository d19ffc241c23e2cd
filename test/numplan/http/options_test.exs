defmodule Numplan.HTTP.OptionsTest do
  @moduledoc "Options of a server are refused before it starts, in words with their name, their value and what they may be."
  use ExUnit.Case

  alias Numplan.API.RateLimit
  alias Numplan.HTTP
  alias Numplan.HTTP.Options

  @moduletag :tmp_dir

  # A password that no message may hold.
  @secret "s3cret-of-tls"

  setup %{tmp_dir: folder} do
    %{server_config: server} = :public_key.pkix_test_data(%{server_chain: chain(), client_chain: chain()})
    {type, key} = server[:key]

    files = %{
      "cert.pem" => :public_key.pem_encode([{:Certificate, server[:cert], :not_encrypted}]),
      "key.pem" => :public_key.pem_encode([{type, key, :not_encrypted}]),
      "empty.pem" => ""
    }

    files = Map.put(files, "both.pem", files["cert.pem"] <> files["key.pem"])
    for {name, text} <- files, do: File.write!(Path.join(folder, name), text)
    %{path: &Path.join(folder, &1)}
  end

  defp chain, do: %{root: signing(), intermediates: [], peer: signing()}
  defp signing, do: [digest: :sha256, key: {:namedCurve, :secp256r1}]

  test "numbers outside of their range, and values of another kind" do
    port = "the option :port is an integer from 0 to 65535, where 0 takes a free one, not "
    time = " is a number of milliseconds from 1 to 2147483647, not "

    for {options, words} <- [
          {[port: 80_800], port <> "80800"},
          {[port: 65_536], port <> "65536"},
          {[port: -1], port <> "-1"},
          {[port: "8000"], port <> ~s("8000")},
          {[port: nil], port <> "nil"},
          {[ip: "127.0.0.1"], ~s(the option :ip is an address such as {127, 0, 0, 1}, not "127.0.0.1")},
          {[ip: {127, 0, 0, 256}], "the option :ip is an address such as {127, 0, 0, 1}, not {127, 0, 0, 256}"},
          {[max_connections: 0], "the option :max_connections is an integer of at least 1, not 0"},
          {[body_budget: 7_999_999],
           "the option :body_budget is an integer of at least 8000000, the longest body, not 7999999"},
          {[idle_timeout: 0], "the option :idle_timeout" <> time <> "0"},
          {[idle_timeout: :infinity], "the option :idle_timeout" <> time <> ":infinity"},
          {[request_timeout: 2_147_483_648], "the option :request_timeout" <> time <> "2147483648"},
          {[name: "numplan"], ~s(the option :name is a name of a process, not "numplan")},
          {[name: {1, 2}], "the option :name is a name of a process, not {1, 2}"},
          {[tls: [{:certfile, "x"}, :inet6]],
           "the option :tls is a keyword list of options of :ssl.listen/2, not a list"},
          {[tls: true], "the option :tls is a keyword list of options of :ssl.listen/2, not the atom true"}
        ] do
      assert {options, Options.check(options)} == {options, {:error, words}}
    end
  end

  test "values at the ends of their ranges are taken" do
    for options <-
          [[], [port: 0], [port: 65_535], [max_connections: 1], [body_budget: 8_000_000]] ++
            [[idle_timeout: 2_147_483_647], [ip: {0, 0, 0, 0, 0, 0, 0, 1}], [tls: nil]] ++
            [[name: {:global, 1}], [name: {:via, Registry, {A, 1}}]],
        do: assert({options, Options.check(options)} == {options, :ok})
  end

  test "files of TLS that are missing, or hold something else", %{path: file, tmp_dir: folder} do
    for {tls, words} <- [
          {[], "the option :tls has no certificate: it needs certfile: and keyfile:"},
          {[keyfile: file.("key.pem")], "the option :tls has no certificate: it needs certfile: and keyfile:"},
          {[certfile: file.("none.pem"), keyfile: file.("key.pem")],
           "the certfile of the option :tls is #{folder}/none.pem: no such file or directory"},
          {[certfile: folder, keyfile: file.("key.pem")],
           "the certfile of the option :tls is #{folder}: illegal operation on a directory"},
          {[certfile: file.("key.pem"), keyfile: file.("key.pem")],
           "the certfile of the option :tls is #{folder}/key.pem: holds no certificate in PEM"},
          {[certfile: file.("cert.pem"), keyfile: to_charlist(file.("none.pem"))],
           "the keyfile of the option :tls is #{folder}/none.pem: no such file or directory"},
          {[certfile: file.("cert.pem"), keyfile: file.("cert.pem")],
           "the keyfile of the option :tls is #{folder}/cert.pem: holds no private key in PEM"},
          {[certfile: file.("cert.pem")],
           "the certfile of the option :tls is #{folder}/cert.pem: holds no private key in PEM, and there is no keyfile"},
          {[certfile: file.("both.pem"), cacertfile: file.("empty.pem")],
           "the cacertfile of the option :tls is #{folder}/empty.pem: holds no certificate in PEM"},
          {[certs_keys: [%{certfile: file.("cert.pem"), keyfile: file.("none.pem")}]],
           "the keyfile of the option :tls is #{folder}/none.pem: no such file or directory"},
          {[certfile: 1, keyfile: 2], "the certfile of the option :tls is 1: bad argument"}
        ] do
      assert {tls, Options.check(tls: [password: @secret] ++ tls)} == {tls, {:error, words}}
    end
  end

  test "files of TLS that are what they should be start a server", %{path: file} do
    for tls <- [[certfile: file.("cert.pem"), keyfile: file.("key.pem")], [certfile: to_charlist(file.("both.pem"))]] do
      start_supervised!({HTTP, port: 0, name: __MODULE__, tls: tls})
      options = [:binary, active: false, verify: :verify_none]
      assert {:ok, socket} = :ssl.connect({127, 0, 0, 1}, HTTP.port(__MODULE__), options, 10_000)
      :ok = :ssl.close(socket)
      :ok = stop_supervised(__MODULE__)
    end
  end

  test "options of TLS that ssl refuses are named, without their values", %{path: file} do
    Process.flag(:trap_exit, true)

    for {option, words} <- [
          {{:versions, [:"tlsv1.9"]}, "the option :tls is refused by :ssl.listen/2, for its :versions"},
          {{:password, {@secret}}, "the option :tls is refused by :ssl.listen/2, for its :password"},
          {{:cretfile, @secret}, "the option :tls is refused by :ssl.listen/2, for its :cretfile"},
          {{:ciphers, :none}, "the option :tls is refused by :ssl.listen/2, for its :ciphers"}
        ] do
      tls = [option, certfile: file.("both.pem")]
      assert {:error, reason} = HTTP.start_link(port: 0, name: __MODULE__, tls: tls)
      words = "cannot listen on 127.0.0.1 port 0: " <> words
      assert {option, inspect(reason) =~ words} == {option, true}
      refute inspect(reason) =~ @secret or inspect(reason) =~ "badarg"
    end
  end

  test "a rate limit that is no number is refused, and lets nobody pass" do
    on_exit(fn -> Application.delete_env(:numplan, :rate_limit) end)

    for wrong <- ["100", -1, 1.5, :infinity] do
      Application.put_env(:numplan, :rate_limit, wrong)
      words = "numplan: the setting rate_limit is a number of requests a second, 0 or more, not #{inspect(wrong)}"
      assert RateLimit.start_link([]) == {:error, words}
    end

    Application.delete_env(:numplan, :rate_limit)
    start_supervised!(RateLimit)
    Application.put_env(:numplan, :rate_limit, "100")
    assert {:error, %{status: 429}} = RateLimit.count(String.duplicate("0", 32))
  end
end
