defmodule Numplan.SmallDisc do
  @moduledoc "A file system of a few megabytes in memory, which a test fills; only root may mount one."

  @doc "Mounts one of a size such as `12m` in a folder, until the test ends, and returns its path."
  @spec mount(Path.t(), binary()) :: Path.t()
  def mount(folder, size) do
    disc = Path.join(folder, "disc")
    File.mkdir_p!(disc)
    {_, 0} = System.cmd("mount", ["-t", "tmpfs", "-o", "size=#{size}", "none", disc])
    ExUnit.Callbacks.on_exit(fn -> System.cmd("umount", ["--lazy", disc]) end)
    disc
  end
end
