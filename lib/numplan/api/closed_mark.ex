defmodule Numplan.API.ClosedMark do
  @moduledoc """
  A persistent flag: a file that records that a server has had tokens, so that it refuses requests
  without a token even when its tokens are lost.

  The file is `closed` in the directory that `config :numplan, state_dir: "…"` names. By default
  that is the directory of a store that keeps its files on this machine
  (`c:Numplan.Store.directory/1`), or `data/state` with a store elsewhere. Without a store no
  tokens can be lost, and no mark is kept unless `state_dir` is set. Numplan never removes the
  file; a running node also remembers it in memory, and writes it again if somebody removes it.
  """

  require Logger

  alias Numplan.Store

  @name "closed"
  @default_dir "data/state"
  @text """
  This server has had tokens (see docs/access.md). Without any it answers 401, and does not open.
  Configure a token, or open it with `config :numplan, access: :open` or `numplan serve --open`.
  """

  @doc "The path of the mark; `nil` where none is kept."
  @spec path() :: Path.t() | nil
  def path do
    case Application.get_env(:numplan, :state_dir) || Store.directory() || remote_default() do
      nil -> nil
      folder -> folder |> Path.expand() |> Path.join(@name)
    end
  end

  defp remote_default, do: if(Store.configured(), do: @default_dir)

  @doc """
  True when the server has had tokens. A mark that cannot be read counts as set, and is logged.
  """
  @spec set?() :: boolean()
  def set?, do: set?(path())

  defp set?(nil), do: false

  defp set?(path) do
    case File.stat(path) do
      {:ok, _} -> true
      {:error, :enoent} -> remembered?(path) and put(path) == :ok
      {:error, reason} -> remembered?(path) or unreadable(path, reason)
    end
  end

  defp unreadable(path, reason) do
    Logger.error(
      "numplan: #{path} cannot be read: #{:file.format_error(reason)}; the server counts as closed by a token"
    )

    true
  end

  @doc """
  Writes the mark; it is on disc when this returns. If the file cannot be written, that is logged
  once, and the mark holds as long as the node runs.
  """
  @spec put() :: :ok
  def put, do: put(path())

  defp put(nil), do: :ok

  defp put(path) do
    with false <- File.regular?(path), {:error, reason} <- write(path), do: complain(path, reason)
    :persistent_term.put({__MODULE__, path}, true)
  end

  @doc """
  Sets the mark in the directory `to` of a store's files if it is set in that of another store, or
  cannot be read there; an error in words if it cannot be written.
  """
  @spec copy(Path.t(), Path.t()) :: :ok | {:error, binary()}
  def copy(from, to) do
    path = Path.join(to, @name)

    with true <- File.stat(Path.join(from, @name)) != {:error, :enoent}, {:error, reason} <- write(path) do
      {:error, "numplan: #{path} cannot be written: #{:file.format_error(reason)}"}
    else
      _not_set_or_written -> :ok
    end
  end

  defp complain(path, reason) do
    unless remembered?(path) do
      Logger.error(
        "numplan: #{path} cannot be written: #{:file.format_error(reason)}; without it the server may be open after a " <>
          "restart, if its tokens are gone then: name a directory with config :numplan, state_dir: …, or set access: :tokens"
      )
    end
  end

  defp remembered?(path), do: :persistent_term.get({__MODULE__, path}, false)

  defp write(path) do
    with :ok <- File.mkdir_p(Path.dirname(path)), {:ok, file} <- :file.open(path, [:write, :raw]) do
      written = with :ok <- :file.write(file, @text), do: :file.sync(file)
      with :ok <- :file.close(file), :ok <- written, do: sync_directory(Path.dirname(path))
    end
  end

  # Brings a new name in a directory to the disc: before that, a power failure may lose it.
  defp sync_directory(path) do
    with {:ok, directory} <- :file.open(path, [:read, :raw, :directory]) do
      synced = :file.sync(directory)
      with :ok <- :file.close(directory), do: synced
    end
  end
end
