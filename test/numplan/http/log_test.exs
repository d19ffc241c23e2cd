defmodule Numplan.HTTP.LogTest do
  @moduledoc "The log of a server whose parts fail has neither options, nor tokens, nor what clients sent."
  use ExUnit.Case

  alias Numplan.{HTTP, HTTPClient, LogCollector}

  @secret "s3cret-of-options"
  @sent "s3cret-of-a-client"
  @account String.duplicate("0", 32)

  setup do
    start_supervised!({HTTP, port: 0, name: __MODULE__})
    LogCollector.start()
    %{port: HTTP.port(__MODULE__)}
  end

  defp request(line, fields), do: "#{line} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-auth-token: #{@sent}\r\n#{fields}\r\n"

  defp refute_secrets(texts) do
    for text <- texts, do: assert({text, text =~ @secret, text =~ @sent} == {text, false, false})
  end

  defp gone(pid) do
    monitor = Process.monitor(pid)
    assert_receive {:DOWN, ^monitor, :process, ^pid, _}, 5_000
  end

  test "clients that expect 100 Continue and reset the connection are nothing to log", %{port: port} do
    head =
      request("POST /v2/accounts/#{@account}/phone_numbers/locality", "expect: 100-continue\r\ncontent-length: 5\r\n")

    for _ <- 1..500 do
      {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
      :ok = :inet.setopts(socket, linger: {true, 0})
      :ok = :gen_tcp.send(socket, head)
      :ok = :gen_tcp.close(socket)
    end

    # Answered after those before it have been accepted.
    assert [%{status: 200}] =
             HTTPClient.raw(port, request("GET /v2/accounts/#{@account}/phone_numbers/classifiers/911", ""))

    # The VM reports some time later that Mnesia has ended, which an earlier test may have stopped.
    assert Enum.reject(LogCollector.texts(), &(&1 =~ "serving" or &1 =~ "application: :mnesia, exited: :stopped")) == []
  end

  test "a connection that fails is logged once, with places in the code and no values", %{port: port} do
    connections = HTTP.child(__MODULE__, HTTP.Connections)
    :sys.replace_state(connections, &put_in(&1.settings.request_timeout, @secret))
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false])
    :ok = :gen_tcp.send(socket, request("GET /", ""))
    assert {:error, :closed} = :gen_tcp.recv(socket, 0, 5_000)
    assert_receive {:logged, text}, 5_000
    assert text =~ "a connection failed: ArithmeticError at" and text =~ "Numplan.HTTP.Connection"
    refute_secrets([text | LogCollector.texts()])
  end

  test "neither the listener nor the connections log options when they are killed" do
    start_supervised!({HTTP, port: 0, name: __MODULE__.TLS, tls: [password: @secret] ++ certificate()})

    for child <- [HTTP.Listener, HTTP.Connections] do
      {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, HTTP.port(__MODULE__), [:binary, active: false])
      :ok = :gen_tcp.send(socket, request("GET /v2", ""))

      # Without a connection by TLS: OTP's ssl reports the start of each with the options.
      for server <- [__MODULE__, __MODULE__.TLS] do
        pid = HTTP.child(server, child)
        Process.exit(pid, :kill)
        gone(pid)
        assert_receive {:logged, text}, 5_000
        refute_secrets([text | LogCollector.texts()])
      end
    end
  end

  defp certificate do
    signing = [digest: :sha256, key: {:namedCurve, :secp256r1}]
    parts = %{root: signing, intermediates: [], peer: signing}
    %{server_config: config} = :public_key.pkix_test_data(%{server_chain: parts, client_chain: parts})
    Keyword.take(config, [:cert, :key, :cacerts])
  end
end
