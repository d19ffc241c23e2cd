defmodule Numplan.Store.SQLite.Native do
  @moduledoc """
  Loads the native library of `Numplan.Store.SQLite`, and has a stub for each of its functions.

  The library's name contains the hash of its content and is compiled into this module: so the two
  always match. All functions run on dirty I/O schedulers. Each returns `:ok` or `{:ok, answer}`, or
  `{:error, {kind, words}}`; an argument of the wrong type raises `ArgumentError`.
  """

  require Logger

  @header Path.join([Mix.Project.app_path(), "priv", "native", "numplan_store_library.hrl"])
  @external_resource @header
  [_, name] = Regex.run(~r/"(numplan_store_nif-[0-9a-f]{16})"/, File.read!(@header))
  @library name

  @on_load :load

  @typedoc "An open store, which is closed with the last reference to it at the latest."
  @type handle :: reference()
  @typedoc """
  What failed: `:refused` (the file must not be opened), `:full` (the disc has no room), `:damaged`
  (the file is not as it was written), `:io`, `:closed`, `:stale` (the store was opened by another
  build of the library), `:panic`; and why, in words without numbers or names.
  """
  @type failure :: {:error, {kind(), words :: binary()}}
  @type kind :: :refused | :full | :damaged | :io | :closed | :stale | :panic
  @typedoc "A record: id, account, state, used by, created, modified, revision, digest, listed, other fields as JSON."
  @type row ::
          {binary(), binary() | nil, binary(), binary() | nil, integer(), integer(), pos_integer(), <<_::128>>,
           boolean(), binary()}
  @type change ::
          {:put_number, row()}
          | {:delete_number, id :: binary()}
          | {:list, id :: binary(), listed :: boolean()}
          | {:put_copy, account :: binary(), id :: binary(), fields :: binary()}
          | {:delete_copy, account :: binary(), id :: binary()}
          | {:put_account, id :: binary(), ancestors :: [binary()], fields :: binary()}
          | {:put_document, id :: binary(), revision :: binary(), changed :: integer(), content :: binary()}
  @typedoc """
  What is read of a list: the records that it has as they are, with the copies that differ; the
  records in a state or of a user, with all copies; the records that were created from one time to
  another, in that order; the copies alone. Records in a state, of a user or of a time may be
  unlisted.
  """
  @type part ::
          :listed | {:state, binary()} | {:used_by, binary()} | {:created, integer(), integer()} | :copies

  @doc false
  @spec load() :: :ok | {:error, :load_failed}
  def load do
    with {:ok, name, path} <- :numplan_library.path([{:any, to_charlist(@library)}]),
         :ok <- :erlang.load_nif(path, name) do
      _ = :persistent_term.erase(__MODULE__)
      :ok
    else
      {:error, {kind, text}} -> failed("#{@library}.so: #{kind}: #{text}")
      {:error, words} -> failed(IO.chardata_to_string(words))
    end
  end

  # Without an instance in use each call says why; otherwise that instance stays.
  defp failed(words) do
    system = "#{:erlang.system_info(:system_architecture)} with OTP #{:erlang.system_info(:otp_release)}"
    text = "numplan: the native library of the store cannot be loaded on #{system}: #{words}"
    Logger.error(text <> "; docs/install.md says which libraries there are, and how to build one")

    case :erlang.module_loaded(__MODULE__) and failure() == nil do
      true -> {:error, :load_failed}
      false -> :persistent_term.put(__MODULE__, text)
    end
  end

  @doc "Why the library could not be loaded, in words: which file, which symbol, which system; `nil` where it is loaded."
  @spec failure() :: binary() | nil
  def failure, do: :persistent_term.get(__MODULE__, nil)

  @doc "Opens the store in a directory, which is made if the directory has none."
  @spec open(Path.t()) :: {:ok, handle()} | failure()
  def open(_dir), do: not_loaded()

  @doc "Closes a store, once the calls that use it have returned."
  @spec close(handle()) :: :ok | failure()
  def close(_handle), do: not_loaded()

  @doc "Makes all changes, or none; they are on the disc when this returns."
  @spec commit(handle(), [change()]) :: :ok | failure()
  def commit(_handle, _changes), do: not_loaded()

  @doc "Checks that the files are still those that were opened."
  @spec check(handle()) :: :ok | failure()
  def check(_handle), do: not_loaded()

  @doc "Writes to the disc without changing anything: whether commits can succeed."
  @spec probe(handle()) :: :ok | failure()
  def probe(_handle), do: not_loaded()

  @doc "The layout of the file, and the bytes of the file and of its log."
  @spec status(handle()) :: {:ok, {layout :: pos_integer(), non_neg_integer(), non_neg_integer()}} | failure()
  def status(_handle), do: not_loaded()

  @doc "The records of numbers, in the order of the ids."
  @spec numbers(handle(), [binary()]) :: {:ok, [row() | nil]} | failure()
  def numbers(_handle, _ids), do: not_loaded()

  @doc "The first entries of a part of an account's list, from an id on and before another: records, and copies."
  @spec list(handle(), binary(), part(), binary(), binary() | nil, pos_integer()) ::
          {:ok, {[row()], [{binary(), binary()}]}} | failure()
  def list(_handle, _account, _part, _from, _until, _limit), do: not_loaded()

  @doc "The first ids from one on of the numbers whose records are assigned to an account, in order."
  @spec assigned_to(handle(), binary(), binary(), pos_integer()) :: {:ok, [binary()]} | failure()
  def assigned_to(_handle, _account, _from, _limit), do: not_loaded()

  @doc "The first records from an id on, in the order of the ids."
  @spec list_numbers(handle(), binary(), pos_integer()) :: {:ok, [row()]} | failure()
  def list_numbers(_handle, _from, _limit), do: not_loaded()

  @doc "The first accounts from an id on, in the order of the ids: the id, and the fields as JSON."
  @spec list_accounts(handle(), binary(), pos_integer()) :: {:ok, [{binary(), binary()}]} | failure()
  def list_accounts(_handle, _from, _limit), do: not_loaded()

  @doc "All documents, in the order of the ids: the id, the revision, and the content as JSON."
  @spec list_documents(handle()) :: {:ok, [{binary(), binary(), binary()}]} | failure()
  def list_documents(_handle), do: not_loaded()

  @doc "How many entries the lists of the accounts below an account have."
  @spec count_below(handle(), binary()) :: {:ok, non_neg_integer()} | failure()
  def count_below(_handle, _account), do: not_loaded()

  @doc "The fields of an account, as JSON."
  @spec account(handle(), binary()) :: {:ok, binary() | nil} | failure()
  def account(_handle, _id), do: not_loaded()

  @doc "A document: its id, its revision, and its content as JSON."
  @spec document(handle(), binary()) :: {:ok, {binary(), binary(), binary()} | nil} | failure()
  def document(_handle, _id), do: not_loaded()

  @doc "Verifies the pages of the store in a directory; sends the process `{:progress, done, whole}`, in pages."
  @spec verify_pages(Path.t(), pid()) :: :ok | failure()
  def verify_pages(_dir, _receiver), do: not_loaded()

  @doc "Verifies the tables, indices and references of the store in a directory."
  @spec verify_tables(Path.t()) :: :ok | failure()
  def verify_tables(_dir), do: not_loaded()

  @doc "Copies the store in a directory into a file, which is replaced only with `force`; progress as above."
  @spec back_up(Path.t(), Path.t(), force :: boolean(), pid()) :: :ok | failure()
  def back_up(_dir, _file, _force, _receiver), do: not_loaded()

  @doc """
  Makes the store in a directory, which the caller has locked, from a back-up. One that is there is
  moved into the new directory `aside`, or refused where that is `nil`; progress as above.
  """
  @spec restore(Path.t(), Path.t(), aside :: Path.t() | nil, pid()) :: :ok | failure()
  def restore(_file, _dir, _aside, _receiver), do: not_loaded()

  if Mix.env() == :test do
    @doc false
    @spec force_panic() :: failure()
    def force_panic, do: not_loaded()
  end

  # The type is `term()`, so that dialyzer believes the spec of each stub.
  @spec not_loaded() :: term()
  defp not_loaded, do: :erlang.nif_error({:not_loaded, __MODULE__, failure()})
end
