defmodule Numplan.LibraryTest do
  @moduledoc "Which native library a node takes, and what it says where none can be loaded."
  use ExUnit.Case

  alias Numplan.Builds

  @moduletag :tmp_dir

  # What erlang:system_info(system_architecture) is on systems that people run, and Rust's names.
  test "the target is found from the name that OTP has for the system" do
    for {architecture, target} <- [
          {~c"x86_64-pc-linux-gnu", ~c"x86_64-unknown-linux-gnu"},
          {~c"x86_64-redhat-linux-gnu", ~c"x86_64-unknown-linux-gnu"},
          {~c"x86_64-unknown-linux-gnu", ~c"x86_64-unknown-linux-gnu"},
          {~c"x86_64-pc-linux-musl", ~c"x86_64-unknown-linux-musl"},
          {~c"x86_64-alpine-linux-musl", ~c"x86_64-unknown-linux-musl"},
          {~c"aarch64-unknown-linux-gnu", ~c"aarch64-unknown-linux-gnu"},
          {~c"x86_64-apple-darwin23.6.0", ~c"x86_64-apple-darwin"},
          {~c"aarch64-apple-darwin24.1.0", ~c"aarch64-apple-darwin"},
          # macOS has called its 64-bit ARM so.
          {~c"arm64-apple-darwin23.1.0", ~c"aarch64-apple-darwin"},
          {~c"arm-apple-darwin20.6.0", ~c"aarch64-apple-darwin"},
          # On Linux that is ARM of 32 bits, which loads no library for 64.
          {~c"arm-unknown-linux-gnueabihf", ~c"arm-unknown-linux-gnueabihf"},
          {~c"armv7l-unknown-linux-gnueabihf", ~c"armv7l-unknown-linux-gnueabihf"},
          {~c"arm-alpine-linux-musleabihf", ~c"arm-unknown-linux-musleabihf"},
          {~c"arm64-unknown-linux-gnu", ~c"aarch64-unknown-linux-gnu"},
          {~c"riscv64-unknown-linux-gnu", ~c"riscv64-unknown-linux-gnu"},
          {~c"win32", ~c"win32"}
        ],
        do: assert(:numplan_library.target(architecture) == target)
  end

  test "of several libraries that for this system is chosen; without one those that are there are named" do
    target = :numplan_library.target(:erlang.system_info(:system_architecture))
    assert {:ok, "b", path} = :numplan_library.path([{~c"other", ~c"a"}, {target, ~c"b"}])
    assert to_string(path) =~ "/priv/native/#{target}/b"
    assert {:error, words} = :numplan_library.path([{~c"one-os", ~c"a"}, {~c"other-os", ~c"b"}])
    assert IO.chardata_to_string(words) == "there is none for #{target}; there are those for one-os, other-os"
  end

  test "without a library each call says why, it is logged once, and the application starts once it is there", %{
    tmp_dir: folder
  } do
    app = Builds.one_build(folder)
    {library, content} = damaged_library(app)
    peer = Builds.start_node(app)
    Builds.load_erlang(peer, "upgrade_load.erl")
    :ok = Builds.call(peer, :logger, :add_handler, [:kept, :upgrade_load, %{level: :warning}])

    for _ <- 1..3 do
      assert {:not_loaded, :numplan_nif, words} = error(fn -> Builds.call(peer, :numplan, :normalize, ["911"]) end)
      assert words =~ "the native library cannot be loaded on #{:erlang.system_info(:system_architecture)} with OTP "
      assert words =~ Path.rootname(library) and words =~ "file too short"
    end

    assert [logged] = Builds.call(peer, :persistent_term, :get, [:logged, []])
    assert logged =~ "file too short" and logged =~ "docs/install.md"

    assert {:error, {:numplan, {<<"numplan: the native library cannot be loaded", _::binary>>, _}}} =
             Builds.call(peer, :application, :ensure_all_started, [:numplan])

    File.write!(library, content)
    assert {:ok, _} = Builds.call(peer, :application, :ensure_all_started, [:numplan])
    assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"
  end

  test "an upgrade of a node that has no build yet is refused without a library, and done once it is there", %{
    tmp_dir: folder
  } do
    app = Builds.erlang_half(folder)
    {library, content} = damaged_library(app)
    peer = Builds.start_node(app)
    refusal = {:error, {:not_loadable, [numplan_nif: :on_load_failure]}}
    for _ <- 1..2, do: assert(Builds.call(peer, :numplan_upgrade, :to, [app]) == refusal)

    File.write!(library, content)
    assert Builds.call(peer, :numplan_upgrade, :to, [app]) == :ok
    assert Builds.call(peer, :numplan, :classify, ["911"]) == "emergency"
  end

  # The path of the library, which holds no library any more, and what it held.
  defp damaged_library(app) do
    [library] = Path.wildcard(Path.join(app, "priv/native/*.so"))
    content = File.read!(library)
    File.write!(library, "no library")
    {library, content}
  end

  defp error(call) do
    case catch_error(call.()) do
      {:exception, reason, _stack} -> reason
      reason -> reason
    end
  end
end
