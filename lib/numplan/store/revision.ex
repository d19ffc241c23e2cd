defmodule Numplan.Store.Revision do
  @moduledoc """
  Revisions of records and documents, in the form of CouchDB's: a count and a digest of the content.
  """

  alias Numplan.PhoneNumber

  # The Gregorian seconds at the start of 1970.
  @unix_epoch 62_167_219_200

  @doc "The time, in Gregorian seconds, as Kazoo has it."
  @spec now() :: non_neg_integer()
  def now, do: System.os_time(:second) + @unix_epoch

  @doc """
  The record as it is written in place of `before`: with the next revision, `created` as it was, and
  `modified` as of now, but never before any of the two, whatever the clock says. A new record keeps
  the times that it brings along.

  One that does not change keeps its revision, so that clients' ETags stay valid.
  """
  @spec stamped(PhoneNumber.t(), PhoneNumber.t() | nil) :: PhoneNumber.t()
  def stamped(number, before) do
    if before && %{number | rev: before.rev, modified: before.modified, created: before.created} == before,
      do: before,
      else: revised(number, before)
  end

  defp revised(number, nil) do
    created = number.created || now()
    number = %{number | created: created, modified: max(number.modified || now(), created), rev: nil}
    %{number | rev: next(nil, number)}
  end

  defp revised(number, before) do
    number = %{number | created: before.created, modified: max(now(), before.modified), rev: nil}
    %{number | rev: next(before.rev, number)}
  end

  @doc """
  The revision of a content that comes after `rev`.

      iex> "2-" <> digest = Numplan.Store.Revision.next("1-e3ae8d3a1e3ae8d3a1e3ae8d3a1e3ae8", {[]})
      iex> byte_size(digest)
      32
  """
  @spec next(binary() | nil, term()) :: binary()
  def next(rev, content) do
    count = if rev, do: rev |> String.split("-") |> hd() |> String.to_integer(), else: 0
    digest = content |> :erlang.term_to_binary() |> :erlang.md5() |> Base.encode16(case: :lower)
    "#{count + 1}-#{digest}"
  end
end
