defmodule Numplan.NotedWrites do
  @moduledoc "Writers in a node that may be killed: each notes in a file of its own what the store has acknowledged."

  alias Numplan.{PhoneNumber, Store}

  @account String.duplicate("c", 32)

  @doc "The account that holds all numbers of the load."
  @spec account() :: binary()
  def account, do: @account

  @doc "A record of the load."
  @spec number(pos_integer(), pos_integer()) :: PhoneNumber.t()
  def number(writer, n) do
    id = "+1415#{writer}#{String.pad_leading(Integer.to_string(n), 6, "0")}"
    %PhoneNumber{id: id, state: "in_service", account_id: @account, public: %{"n" => n}}
  end

  @doc """
  Starts writers, which go on until the store fails, or the node ends; call it on that node. A failure
  is noted beside the numbers.
  """
  @spec start(Path.t(), Range.t(), pos_integer()) :: :ok
  def start(dir, writers, first) do
    for writer <- writers do
      spawn(fn ->
        {:ok, noted} = :file.open(Path.join(dir, "acknowledged-#{writer}"), [:raw, :append])
        File.write!(Path.join(dir, "failed-#{writer}"), inspect(write(noted, writer, first)))
      end)
    end

    :ok
  end

  defp write(noted, writer, n) do
    number = number(writer, n)

    with {:ok, _} <- Store.update_number(number.id, fn _ -> {:put, number} end) do
      :ok = :file.write(noted, [number.id, ?\n])
      write(noted, writer, n + 1)
    end
  end

  @doc "The ids that were acknowledged; a node that was killed may have left half a line."
  @spec acknowledged(Path.t()) :: [binary()]
  def acknowledged(dir) do
    for file <- Path.wildcard(Path.join(dir, "acknowledged-*")),
        text = File.read!(file),
        id <- String.split(text, "\n") |> Enum.drop(-1),
        do: id
  end

  @doc "Why writers have ended, by the names of their notes."
  @spec failures(Path.t()) :: [{binary(), binary()}]
  def failures(dir),
    do: for(file <- Path.wildcard(Path.join(dir, "failed-*")), do: {Path.basename(file), File.read!(file)})
end
