defmodule Numplan.WorldMetadataTest do
  @moduledoc """
  The age of libphonenumber's metadata. An old version answers for numbers of new ranges as if they
  were not valid; that is a warning, since a build must not fail by the day on which it is made.
  """
  use ExUnit.Case, async: true

  @manifest "native/numplan_world/data/manifest.tsv"
  @old 120

  test "the day of the metadata is known, and an old version is named" do
    rows = for line <- @manifest |> File.read!() |> String.split("\n", trim: true), do: String.split(line, "\t")
    assert [["source", "phonenumbers " <> version, _sum], ["date", written]] = Enum.take(rows, 2)
    assert {:ok, day} = Date.from_iso8601(written)

    age = Date.diff(Date.utc_today(), day)
    if age > @old, do: IO.puts("libphonenumber #{version} is #{age} days old: docs/world.md updates it")
  end
end
