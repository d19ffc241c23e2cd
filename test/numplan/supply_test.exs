defmodule Numplan.SupplyTest do
  @moduledoc """
  What a build says about itself: its bill of materials, which CycloneDX's own library reads and the
  native library confirms, and the checksums of the artefacts.
  """
  use ExUnit.Case, async: true

  alias Numplan.PythonPackages

  @moduletag :tmp_dir
  @moduletag timeout: 300_000

  @sbom Path.expand("scripts/sbom")
  @checksums Path.expand("scripts/checksums")
  @reader "test/support/cyclonedx/read.py"

  defp run(program, arguments, options \\ []) do
    System.cmd(program, arguments, [stderr_to_stdout: true] ++ options)
  end

  defp sbom(folder, arguments) do
    assert {"", 0} = run(@sbom, [folder, "numplan-test" | arguments], env: [{"SOURCE_DATE_EPOCH", "1767225600"}])

    Path.join(folder, "numplan-test.cdx.json")
  end

  # A release without any file in it.
  defp release(folder) do
    for name <- ~w(lib/kernel-8.5.2 lib/elixir-1.14.0 lib/numplan-0.1.0 erts-13.1.5 releases),
        do: File.mkdir_p!(Path.join([folder, "release", name]))

    Path.join(folder, "release")
  end

  describe "the bill of materials" do
    @describetag :pip

    setup %{tmp_dir: folder} do
      file = sbom(folder, [release(folder)])
      %{components: components(file), document: file}
    end

    defp components(file) do
      packages = PythonPackages.install("cyclonedx")
      {printed, status} = run(PythonPackages.python(), [@reader, file], env: [{"PYTHONPATH", packages}])
      assert {status, printed} == {0, printed}
      for line <- String.split(printed, "\n", trim: true), do: String.split(line, "\t")
    end

    test "is CycloneDX 1.5 with SPDX licences, and names crates, data, Rust, Erlang and Elixir", %{components: found} do
      for expected <- [
            ["required", "library", "fst", "0.4.7", "pkg:cargo/fst@0.4.7", "Unlicense OR MIT"],
            ["required", "library", "numplan_nif", "0.1.0", "", "Apache-2.0"],
            ["excluded", "library", "syn", "3.0.10", "pkg:cargo/syn@3.0.10", "MIT OR Apache-2.0"],
            ["required", "data", "libphonenumber-metadata", "9.0.43", "pkg:pypi/phonenumbers@9.0.43", "Apache-2.0"],
            ["required", "library", "kernel", "8.5.2", "pkg:otp/kernel@8.5.2", "Apache-2.0"],
            ["required", "library", "erts", "13.1.5", "pkg:otp/erts@13.1.5", "Apache-2.0"],
            ["required", "library", "elixir", "1.14.0", "pkg:otp/elixir@1.14.0", "Apache-2.0"]
          ],
          do: assert(expected in found)

      assert ["rust-std"] == for([_, _, "rust-std" = name | _] <- found, do: name)
      # What only tests use is in no build.
      names = for [_, _, name | _] <- found, do: name
      for name <- ~w(proptest criterion zip xtask numplan_floor), do: refute(name in names)
    end

    # The lines of a backtrace name the sources of the crates that the linker has taken.
    test "has every crate whose code is in the native library as a part of it", %{components: found} do
      name = :numplan_nif.build_info() |> elem(0)
      library = File.read!(Path.join(:code.priv_dir(:numplan), "native/#{name}.so"))

      linked =
        for [path] <- Regex.scan(~r{registry/src/[\w.-]+/([\w.+-]+?)/src}, library, capture: :all_but_first), do: path

      shipped = for ["required", "library", name, version | _] <- found, do: "#{name}-#{version}"
      assert length(Enum.uniq(linked)) > 15
      assert Enum.uniq(linked) -- shipped == []
    end

    test "of one library has what is in that one alone", %{tmp_dir: folder} do
      [engine, store] = for arguments <- [[], ["--store"]], do: components(sbom(folder, arguments))
      names = &for(["required", _, name | _] <- &1, do: name)
      assert ~w(numplan_nif fst libphonenumber-metadata) -- names.(engine) == []
      assert ~w(numplan_store_nif rusqlite libsqlite3-sys sqlite rust-std) -- names.(store) == []
      assert names.(engine) -- names.(engine) -- ~w(rusqlite sqlite numplan_store) == []
      assert names.(store) -- names.(store) -- ~w(fst numplan_nif libphonenumber-metadata) == []
    end

    test "is the same for the same build", %{tmp_dir: folder, document: file} do
      again = Path.join(folder, "again")
      File.mkdir_p!(again)
      assert File.read!(sbom(again, [release(folder)])) == File.read!(file)
    end
  end

  describe "the checksums" do
    test "are those of each artefact, and show a change", %{tmp_dir: folder} do
      for name <- ~w(numplan-0.1.0-x.tar.gz numplan_0.1.0-1_amd64.deb numplan-0.1.0-x.cdx.json other),
          do: File.write!(Path.join(folder, name), name)

      File.mkdir_p!(Path.join(folder, "numplan"))
      assert {"", 0} = run(@checksums, [folder])
      assert length(String.split(File.read!(Path.join(folder, "SHA256SUMS")), "\n", trim: true)) == 3
      assert {_, 0} = run("sha256sum", ["--check", "SHA256SUMS"], cd: folder)
      File.write!(Path.join(folder, "numplan_0.1.0-1_amd64.deb"), "changed")
      assert {told, 1} = run("sha256sum", ["--check", "--quiet", "SHA256SUMS"], cd: folder)
      assert told =~ "numplan_0.1.0-1_amd64.deb: FAILED"
    end

    test "of a folder without artefacts are refused", %{tmp_dir: folder} do
      assert {told, 1} = run(@checksums, [folder])
      assert told =~ "#{folder} has no artefacts; make dist makes some"
      refute File.exists?(Path.join(folder, "SHA256SUMS"))
    end
  end
end
