defmodule Numplan.Store.SQLiteTest do
  use ExUnit.Case

  @moduletag :tmp_dir

  def store_options(%{tmp_dir: folder}), do: [dir: Path.join(folder, "sqlite")]

  use Numplan.StoreContract, store: Numplan.Store.SQLite
end
