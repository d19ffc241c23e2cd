defmodule Numplan.PrebuiltDownloadTest do
  @moduledoc """
  When a native library is fetched, and by which way: not again where it is there already, through the
  proxies that the environment names, and over TLS from nobody but the server that was asked.

  What is fetched is no library, since nothing here loads it.
  """
  use ExUnit.Case, async: true

  alias Numplan.{ForwardProxy, Relay}

  @moduletag :tmp_dir
  @moduletag timeout: 300_000

  @root Path.expand("../..", __DIR__)
  @host "files.example.com"
  @name "libnumplan_nif-v#{Mix.Project.config()[:version]}-nif-2.15-here.so"
  @archive @name <> ".tar.gz"
  @variables for name <- ~w(http_proxy https_proxy no_proxy), name <- [name, String.upcase(name)], do: name

  setup %{tmp_dir: folder} do
    for file <- ~w(native/library native/prebuilt src/numplan.app.src) do
      copy = Path.join([folder, "source", file])
      File.mkdir_p!(Path.dirname(copy))
      File.cp!(Path.join(@root, file), copy)
    end

    File.mkdir_p!(Path.join(folder, "served"))
    offer(folder, "first")
    :ok
  end

  # Makes an archive with this content, and its checksum that of the source tree.
  defp offer(folder, content) do
    served = Path.join(folder, "served")
    File.write!(Path.join(served, @name), content)
    {_, 0} = System.cmd("tar", ["czf", @archive, @name], cd: served)
    {sums, 0} = System.cmd("sha256sum", [@archive], cd: served)
    File.write!(Path.join(folder, "source/native/SHA256SUMS"), sums)
  end

  defp taken(folder, url, environment \\ []) do
    unset = for name <- ["SSL_CERT_FILE" | @variables], not List.keymember?(environment, name, 0), do: {name, nil}
    environment = [{"NUMPLAN_PREBUILT", url}, {"NUMPLAN_PREBUILT_TARGET", "here"} | unset ++ environment]
    options = [env: environment, stderr_to_stdout: true]
    System.cmd(Path.join(folder, "source/native/library"), ["dev", Path.join(folder, "native")], options)
  end

  # The content of the library that is in place.
  defp placed(folder) do
    [_, name] = Regex.run(~r/"(.*)"/, File.read!(Path.join(folder, "native/numplan_library.hrl")))
    File.read!(Path.join(folder, "native/#{name}.so"))
  end

  # OTP's own web server; returns its port.
  defp serve(folder) do
    options = [port: 0, bind_address: {127, 0, 0, 1}, server_name: ~c"localhost"]
    root = to_charlist(Path.join(folder, "served"))
    {:ok, server} = :inets.start(:httpd, options ++ [server_root: root, document_root: root])
    on_exit(fn -> :inets.stop(:httpd, server) end)
    :httpd.info(server)[:port]
  end

  defp stop(port), do: :ok = :inets.stop(:httpd, {{127, 0, 0, 1}, port})

  describe "a library that is there" do
    test "is not fetched again, also where the server is gone", %{tmp_dir: folder} do
      port = serve(folder)
      url = "http://127.0.0.1:#{port}"
      assert {printed, 0} = taken(folder, url)
      assert printed =~ "numplan: takes #{@archive} from #{url}\n"
      [name] = Regex.run(~r/^numplan_nif-[0-9a-f]{16}$/m, printed)
      stop(port)
      assert taken(folder, url) == {name <> "\n", 0}
      assert placed(folder) == "first"
    end

    test "is fetched again where another one is expected", %{tmp_dir: folder} do
      url = "http://127.0.0.1:#{serve(folder)}"
      assert {_, 0} = taken(folder, url)
      offer(folder, "second")
      assert {printed, 0} = taken(folder, url)
      assert printed =~ "numplan: takes"
      assert placed(folder) == "second"
    end

    test "is fetched again where its file was changed or removed, and no other one is taken for it", context do
      folder = context.tmp_dir
      port = serve(folder)
      assert {_, 0} = taken(folder, "http://127.0.0.1:#{port}")
      [library] = Path.wildcard(Path.join(folder, "native/*.so"))

      for damage <- [&File.write!(&1, "changed"), &File.rm!/1] do
        damage.(library)
        assert {printed, 0} = taken(folder, "http://127.0.0.1:#{port}")
        assert printed =~ "numplan: takes"
        assert placed(folder) == "first"
      end

      File.write!(library, "changed")
      stop(port)
      assert {printed, 1} = taken(folder, "http://127.0.0.1:#{port}")

      assert printed =~ "no native library was taken: http://127.0.0.1:#{port}/#{@archive}: " and
               printed =~ "econnrefused"
    end
  end

  # A server that sends clients elsewhere; it has the head of each request sent to the test.
  defp redirect(location) do
    test = self()
    {:ok, listening} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}, packet: :http_bin])
    {:ok, port} = :inet.port(listening)
    start_supervised!({Task, fn -> redirecting(listening, location, test) end}, id: {:redirect, port})
    port
  end

  defp redirecting(listening, location, test) do
    {:ok, client} = :gen_tcp.accept(listening)
    send(test, {:asked, fields(client)})
    answer = "HTTP/1.1 302 Found\r\nlocation: #{location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    :ok = :gen_tcp.send(client, answer)
    :gen_tcp.close(client)
    redirecting(listening, location, test)
  end

  defp fields(client) do
    case :gen_tcp.recv(client, 0) do
      {:ok, {:http_header, _, name, _, value}} -> [{to_string(name), value} | fields(client)]
      {:ok, :http_eoh} -> []
      {:ok, _request} -> fields(client)
    end
  end

  describe "a redirect" do
    test "is followed, but the user and password are for the server that was named", %{tmp_dir: folder} do
      basic = "Basic " <> Base.encode64("me:p@ss:word")
      proxy = ForwardProxy.start(serve(folder))
      # The proxy stands for the other server: it shows what it is asked.
      port = redirect("http://127.0.0.1:#{proxy}/#{@archive}")
      assert {printed, 0} = taken(folder, "http://me:p%40ss:word@127.0.0.1:#{port}")
      assert_received {:asked, fields}
      assert {"Authorization", basic} in fields
      assert_received {:proxied, "GET /" <> _ = head}
      refute head =~ ~r/^authorization:/mi
      refute printed =~ "p@ss" or printed =~ "p%40ss"
      assert placed(folder) == "first"
    end

    test "without end, or to what cannot be fetched, is an error that names the server", %{tmp_dir: folder} do
      for {location, words} <- [{"/again", "302 Found"}, {"ftp://files.example.com/x", "no address of the web"}] do
        url = "http://127.0.0.1:#{redirect(location)}"
        assert {printed, 1} = taken(folder, url)
        assert printed =~ "no native library was taken: #{url}/" and printed =~ words
      end
    end
  end

  test "a list of checksums may have the line ends of Windows", %{tmp_dir: folder} do
    sums = Path.join(folder, "source/native/SHA256SUMS")
    File.write!(sums, String.replace(File.read!(sums), "\n", "\r\n"))
    assert {_, 0} = taken(folder, "http://127.0.0.1:#{serve(folder)}")
  end

  describe "NUMPLAN_PREBUILT" do
    test "with a user and password sends them to the server, and to no message", %{tmp_dir: folder} do
      proxy = ForwardProxy.start(serve(folder))
      environment = [{"HTTP_PROXY", "http://127.0.0.1:#{proxy}"}]
      assert {printed, 0} = taken(folder, "http://me:s3cret@#{@host}/", environment)
      assert printed =~ "numplan: takes #{@archive} from http://#{@host}/\n"
      assert_received {:proxied, fields}
      assert fields =~ ~r/^authorization: Basic #{Base.encode64("me:s3cret")}\r$/mi
      refute printed =~ "s3cret"

      File.rm!(Path.join([folder, "served", @archive]))
      File.rm_rf!(Path.join(folder, "native"))
      assert {printed, 1} = taken(folder, "http://me:s3cret@#{@host}", environment)
      assert printed =~ "no native library was taken: http://#{@host}/#{@archive}: 404"
      refute printed =~ "s3cret"

      File.rm!(Path.join(folder, "source/native/SHA256SUMS"))
      assert {printed, 1} = taken(folder, "http://me:s3cret@#{@host}", environment)
      assert printed =~ "to compare what http://#{@host} serves with"
      refute printed =~ "s3cret"
    end

    test "that is no URL with a host is refused in words", %{tmp_dir: folder} do
      for url <- ["http://", "https://me:s3cret@", "https://#{@host}/a b", "https://me:s3/cret@#{@host}"] do
        assert {printed, 1} = taken(folder, url)
        words = "NUMPLAN_PREBUILT is not a URL such as https://files.example.com/numplan\n"
        assert {url, printed} == {url, "numplan: no native library was taken: " <> words}
      end
    end

    test "and the folder for it may have names that are not ASCII, in each encoding", %{tmp_dir: folder} do
      source = Path.join(folder, "źródło/é")
      File.mkdir_p!(Path.dirname(source))
      File.cp_r!(Path.join(folder, "served"), source)

      for encoding <- ~w(C C.UTF-8) do
        here = Path.join(folder, "é-ź-#{encoding}")
        File.mkdir_p!(here)
        File.cp_r!(Path.join(folder, "source"), Path.join(here, "source"))
        assert {printed, 0} = taken(here, source, [{"LC_ALL", encoding}])
        assert printed =~ "numplan: takes #{@archive} from #{source}\n"
        assert placed(here) == "first"
        # And the one that is there is found.
        assert {"numplan_nif-" <> _, 0} = taken(here, source, [{"LC_ALL", encoding}])
      end
    end
  end

  describe "through a proxy" do
    test "goes what HTTP_PROXY is for, with its user and password", %{tmp_dir: folder} do
      proxy = ForwardProxy.start(serve(folder))

      for {variable, value} <- [
            {"HTTP_PROXY", "http://me:p%40ss@127.0.0.1:#{proxy}"},
            {"http_proxy", "me:p%40ss@127.0.0.1:#{proxy}/"}
          ] do
        File.rm_rf!(Path.join(folder, "native"))
        assert {printed, 0} = taken(folder, "http://#{@host}", [{variable, value}])
        refute printed =~ "p%40ss" or printed =~ "p@ss"
        assert_received {:proxied, "GET http://#{@host}/#{@archive} HTTP/1.1\r\n" <> fields}
        assert fields =~ ~r/^proxy-authorization: Basic #{Base.encode64("me:p@ss")}\r$/mi
        assert placed(folder) == "first"
      end
    end

    test "goes what HTTPS_PROXY is for, as a tunnel to a server whose certificate is checked", context do
      folder = context.tmp_dir
      {server, authorities} = certificates(folder, @host)
      proxy = ForwardProxy.start(Relay.start(serve(folder), server))

      for variable <- ["HTTPS_PROXY", "https_proxy"] do
        File.rm_rf!(Path.join(folder, "native"))
        environment = [{variable, "http://me:p%40ss@127.0.0.1:#{proxy}"}, {"SSL_CERT_FILE", authorities}]
        assert {printed, 0} = taken(folder, "https://#{@host}", environment)
        refute printed =~ "p%40ss" or printed =~ "p@ss"
        assert_received {:proxied, "CONNECT #{@host}:443 HTTP/1.1\r\n" <> fields}
        assert fields =~ ~r/^proxy-authorization: Basic #{Base.encode64("me:p@ss")}\r$/mi
        assert placed(folder) == "first"
      end
    end

    test "does not go what NO_PROXY names, nor what a variable is not for", %{tmp_dir: folder} do
      port = serve(folder)
      proxy = "http://127.0.0.1:#{ForwardProxy.start(port)}"
      names = ["*", "a.example, LOCALHOST", "10.0.0.0/8,127.0.0.0/8", "127.0.0.1/32", "0.0.0.0/0"]
      direct = [{"no_proxy", "example.com,127.0.0.1"} | for(no <- names, do: {"NO_PROXY", no})]

      for environment <- [[{"HTTPS_PROXY", proxy}] | for(no <- direct, do: [{"HTTP_PROXY", proxy}, no])] do
        File.rm_rf!(Path.join(folder, "native"))
        host = if {"NO_PROXY", "a.example, LOCALHOST"} in environment, do: "localhost", else: "127.0.0.1"
        assert {_, 0} = taken(folder, "http://#{host}:#{port}", environment)
        refute_received {:proxied, _}
      end

      # Networks of other addresses, and what is none.
      for no <- ["10.0.0.0/8", "127.0.0.0/33", "127.0.0.2/32", "::/0", "127.0.0.0/x"] do
        File.rm_rf!(Path.join(folder, "native"))
        assert {_, 0} = taken(folder, "http://127.0.0.1:#{port}", [{"HTTP_PROXY", proxy}, {"NO_PROXY", no}])
        assert_received {:proxied, _}
      end

      for no <- ["example.org", "s.example.com", "iles.example.com"] do
        File.rm_rf!(Path.join(folder, "native"))
        assert {_, 0} = taken(folder, "http://#{@host}", [{"HTTP_PROXY", proxy}, {"NO_PROXY", no}])
        assert_received {:proxied, _}
      end
    end

    test "a domain in NO_PROXY covers all names below it", %{tmp_dir: folder} do
      proxy = "http://127.0.0.1:#{ForwardProxy.start(serve(folder))}"

      for no <- ["invalid", ".invalid", "*.invalid", "files.invalid"] do
        assert {printed, 1} = taken(folder, "http://files.invalid", [{"HTTP_PROXY", proxy}, {"NO_PROXY", no}])
        assert printed =~ "no connection to files.invalid:80: "
        refute_received {:proxied, _}
      end
    end

    test "one that refuses, and one that cannot be used, are named, without a password", %{tmp_dir: folder} do
      for {variable, value, words} <- [
            {"HTTPS_PROXY", "http://127.0.0.1:#{ForwardProxy.start(1, 407)}",
             "https://#{@host}/#{@archive}: the proxy opens no tunnel: 407"},
            {"HTTPS_PROXY", "http://me:s3cret@127.0.0.1:#{ForwardProxy.start(1, 407)}",
             "https://#{@host}/#{@archive}: the proxy opens no tunnel: 407"},
            {"HTTPS_PROXY", "socks5://me:s3cret@127.0.0.1:1",
             "HTTPS_PROXY is not the address of a proxy such as http://proxy.example.com:3128"},
            {"https_proxy", "http://127.0.0.1:s3cret", "HTTPS_PROXY is not the address of a proxy"}
          ] do
        assert {printed, 1} = taken(folder, "https://#{@host}", [{variable, value}])
        assert {value, printed =~ "no native library was taken: " <> words} == {value, true}
        refute printed =~ "s3cret"
      end
    end
  end

  describe "over TLS" do
    test "a certificate of an authority that is not trusted is refused", %{tmp_dir: folder} do
      {server, authorities} = certificates(folder, "localhost")
      url = "https://localhost:#{Relay.start(serve(folder), server)}"
      assert {printed, 1} = taken(folder, url)
      assert printed =~ "no native library was taken: #{url}/#{@archive}: no connection to localhost:"
      assert printed =~ ~r/unknown ca/i
      refute File.exists?(Path.join(folder, "native/numplan_library.hrl"))
      # And with the authority it is taken.
      assert {_, 0} = taken(folder, url, [{"SSL_CERT_FILE", authorities}])
      assert placed(folder) == "first"
    end

    test "a certificate for another host is refused, directly and through a proxy", %{tmp_dir: folder} do
      {server, authorities} = certificates(folder, "other.example.com")
      port = Relay.start(serve(folder), server)
      proxy = {"HTTPS_PROXY", "http://127.0.0.1:#{ForwardProxy.start(port)}"}

      for {url, environment} <- [{"https://localhost:#{port}", []}, {"https://#{@host}", [proxy]}] do
        assert {printed, 1} = taken(folder, url, [{"SSL_CERT_FILE", authorities} | environment])
        assert printed =~ ~r/no connection to .*(hostname|handshake)/i
        # The reasons of OTP's client hold every authority that is trusted.
        assert byte_size(printed) < 1_000
      end
    end
  end

  # A server's options, with a certificate for this host, and the file of the authority that signed it.
  defp certificates(folder, host) do
    name = {:Extension, {2, 5, 29, 17}, false, [dNSName: to_charlist(host)]}
    signing = [digest: :sha256, key: {:namedCurve, :secp256r1}]
    chain = %{root: signing, intermediates: [], peer: [{:extensions, [name]} | signing]}

    %{server_config: server, client_config: client} =
      :public_key.pkix_test_data(%{server_chain: chain, client_chain: chain})

    authorities = Path.join(folder, "authorities.pem")

    File.write!(
      authorities,
      :public_key.pem_encode(for der <- client[:cacerts], do: {:Certificate, der, :not_encrypted})
    )

    {key, der} = server[:key]
    files = [certfile: [{:Certificate, server[:cert], :not_encrypted}], keyfile: [{key, der, :not_encrypted}]]

    options =
      for {option, entries} <- files do
        file = Path.join(folder, "#{option}.pem")
        File.write!(file, :public_key.pem_encode(entries))
        {option, to_charlist(file)}
      end

    {options, authorities}
  end
end
