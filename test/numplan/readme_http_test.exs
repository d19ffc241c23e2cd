defmodule Numplan.ReadmeHttpTest do
  @moduledoc "The README's curl lines, by curl, against a server as `make run` starts it."
  use ExUnit.Case

  alias Numplan.HTTP

  @moduletag :tmp_dir
  @server "http://127.0.0.1:8000"

  setup %{tmp_dir: folder} do
    Application.put_env(:numplan, :store, {Numplan.Store.Mnesia, dir: Path.join(folder, "mnesia")})
    Application.put_env(:numplan, :server, port: 0)
    start_supervised!(Numplan.Services)
    on_exit(fn -> for key <- [:store, :server], do: Application.delete_env(:numplan, key) end)
  end

  test "give what they say" do
    [block] = Regex.run(~r/^```sh\n(A=.*?)^```$/ms, File.read!("README.md"), capture: :all_but_first)
    assert block =~ @server

    [base | lines] =
      block |> String.replace(@server, "http://127.0.0.1:#{HTTP.port()}") |> String.split("\n", trim: true)

    answers = for line <- lines, do: curl(base, line)

    assert [classifiers, classified, explained, listed, made, got, list, fixed, locality] = answers
    assert Map.keys(classifiers) == Enum.sort(~w(tollfree_us toll_us emergency caribbean did_us international unknown))

    assert %{"friendly_name" => "US DID", "e164" => "+14158551292", "number" => "4158551292", "name" => "did_us"} =
             classified

    assert {%{"text" => _}, ^classified} = Map.pop(explained, "explanation")
    assert [^classified, %{"number" => "911", "name" => "emergency"}] = listed
    assert %{"id" => "+14158551292", "state" => "reserved"} = made
    assert got == made
    assert %{"numbers" => %{"+14158551292" => _}, "cascade_quantity" => 0} = list
    assert fixed == list
    assert %{"+14158551292" => %{"country" => "US", "geocode" => %{"locality" => "California"}}} = locality
  end

  defp curl(base, line) do
    {printed, 0} = System.cmd("bash", ["-c", base <> "\n" <> line])
    Numplan.json_decode!(printed)["data"]
  end
end
