defmodule NumplanTest do
  use ExUnit.Case

  doctest Numplan
  doctest Numplan.Plan
  doctest Numplan.Classification
  doctest Numplan.Problem
  doctest Numplan.ConfigError
  doctest Numplan.Batch
  doctest Numplan.Batch.Layout
  doctest Numplan.PhoneNumber
end
