defmodule Numplan.ReadmeHttpTest do
  @moduledoc """
  The curl lines of README and docs/api.md, by curl: against a server as `make run` starts it, and as the block of
  tokens in docs/configuration.md configures it.
  """
  use ExUnit.Case

  alias Numplan.{Document, HTTP, Services}

  @moduletag :tmp_dir
  @server "http://127.0.0.1:8000"

  setup do
    on_exit(fn ->
      for key <- [:store, :server, :tokens, :locality, :rate_limit], do: Application.delete_env(:numplan, key)
      Numplan.API.Access.reload()
      # After the services, which apply what a test has stored when the store sends its notice.
      :ok = Numplan.configure({:preset, "kazoo-3.20"})
    end)
  end

  test "of docs/api.md answer what it says", %{tmp_dir: folder} do
    Application.put_env(:numplan, :store, {Numplan.Store.Mnesia, dir: Path.join(folder, "mnesia")})
    Application.put_env(:numplan, :server, port: 0)
    start_supervised!(Services)
    [base | lines] = lines("docs/api.md")
    answers = for line <- lines, do: curl(base, line)

    assert [classifiers, classified, explained, cleaned, listed, made, got, list, some, fixed, locality] = answers
    assert Map.keys(classifiers) == Enum.sort(~w(tollfree_us toll_us emergency caribbean did_us international unknown))

    assert %{"friendly_name" => "US DID", "e164" => "+14158551292", "number" => "4158551292", "name" => "did_us"} =
             classified

    assert {%{"text" => _}, ^classified} = Map.pop(explained, "explanation")
    assert cleaned == classified
    assert [^classified, %{"number" => "911", "name" => "emergency"}] = listed
    assert %{"id" => "+14158551292", "state" => "reserved"} = made
    assert got == made
    assert %{"numbers" => %{"+14158551292" => _}, "cascade_quantity" => 0} = list
    # The number is reserved, and used by nothing.
    assert %{"numbers" => none} = some
    assert none == %{}
    assert fixed == list
    assert %{"+14158551292" => %{"country" => "US", "geocode" => %{"locality" => "California"}}} = locality
  end

  test "of README answer what it says", %{tmp_dir: folder} do
    Application.put_env(:numplan, :store, {Numplan.Store.Mnesia, dir: Path.join(folder, "mnesia")})
    Application.put_env(:numplan, :server, port: 0)
    start_supervised!(Services)
    [base | lines] = lines("README.md")
    assert [classified, listed, made] = for(line <- lines, do: curl(base, line))
    assert %{"e164" => "+14158551292", "number" => "4158551292", "name" => "did_us"} = classified
    assert [^classified, %{"number" => "911", "name" => "emergency"}] = listed
    assert %{"id" => "+14158551292", "state" => "reserved"} = made
  end

  test "answer whoever has the token that docs/configuration.md configures, and nobody else", %{tmp_dir: folder} do
    configuration = File.read!("docs/configuration.md")
    [block] = for block <- Document.blocks(configuration, "elixir"), block =~ "tokens:", do: block
    System.put_env("NUMPLAN_TOKEN", "a long secret")
    on_exit(fn -> System.delete_env("NUMPLAN_TOKEN") end)
    # Its directory and its port are this test's.
    here = block |> String.replace("/var/lib/numplan", folder) |> String.replace("port: 8000", "port: 0")
    [numplan: environment] = Config.Reader.eval!("docs/configuration.md", "import Config\n" <> here)
    for {key, value} <- environment, do: Application.put_env(:numplan, key, value)
    start_supervised!(Services)

    [base | lines] = lines("docs/api.md")
    with_token = ~s(curl -s -H "X-Auth-Token: $NUMPLAN_TOKEN")
    # The last asks the phonebook that the block names, which is not there.
    lines = Enum.reject(lines, &(&1 =~ "locality"))

    assert [_classifiers, classified, _explained, _cleaned, _listed, made, got, list, _some, fixed] =
             for(line <- lines, do: curl(base, String.replace(line, "curl -s", with_token)))

    assert %{"name" => "did_us"} = classified
    assert %{"id" => "+14158551292", "state" => "reserved"} = made
    assert got == made
    assert %{"numbers" => %{"+14158551292" => _}} = list
    assert fixed == list

    for line <- lines, headers <- ["", ~s(-H "X-Auth-Token: guess")] do
      assert %{"message" => "invalid credentials"} = curl(base, String.replace(line, "curl -s", "curl -s " <> headers))
    end

    config = String.replace(base, ~r/accounts.*/, "system_configs/number_manager")
    document = ~s({"data":{"reconcile_regex":"^1$"}})
    assert curl(config, "#{with_token} -X POST $A -d '#{document}'") == %{"reconcile_regex" => "^1$"}
  end

  # The first line sets the address, which becomes this server's.
  defp lines(document) do
    [block] = Regex.run(~r/^```sh\n(A=.*?)^```$/ms, File.read!(document), capture: :all_but_first)
    assert block =~ @server
    block |> String.replace(@server, "http://127.0.0.1:#{HTTP.port()}") |> String.split("\n", trim: true)
  end

  defp curl(base, line) do
    {printed, 0} = System.cmd("bash", ["-c", base <> "\n" <> line])
    Numplan.json_decode!(printed)["data"]
  end
end
