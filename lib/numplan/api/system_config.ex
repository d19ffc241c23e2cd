defmodule Numplan.API.SystemConfig do
  @moduledoc """
  The requests about the cluster's `number_manager` document, from which every node compiles its
  active plan: read, replace, check and compare. For superadmins, which `Numplan.API` checks before
  it reads a body.

  A node runs one check or comparison at a time (`Numplan.API.Turn`); a request that gets no turn
  is answered with 429.
  """

  alias Numplan.API.{Context, Envelope, Error, Response, Turn}
  alias Numplan.{Diff, Finding, Plan, Problem, Report, Store}

  @id "number_manager"
  @unchecked "another check is running on this node; POST the document to number_manager/check for further findings"

  @doc "The cluster's `number_manager` document, for superadmins."
  @spec show(Context.t()) :: Response.t()
  def show(context) do
    with {:ok, document, rev} <- Store.get_document(@id) do
      Envelope.success(context, 200, document, revision: rev)
    else
      {:error, :not_found} -> Envelope.failure(context, Error.system(:bad_identifier, cause: @id))
      {:error, reason} -> Envelope.failure(context, Error.store(reason))
    end
  end

  @doc """
  Replaces the `number_manager` document, for superadmins.

  A document with any fault is refused with 400, and nothing changes. The answer lists all faults
  by path, and under `findings` what a check reports besides. Where other checks leave no turn for
  that, `unchecked` says so in its place. Beside the `data` of a document that was saved,
  `numplan_only` names the classes that nodes of Kazoo do not know, if there are any.
  """
  @spec replace(Context.t()) :: Response.t()
  def replace(context) do
    with {:ok, plan} <- compiled(context.data),
         {:ok, rev} <- Store.put_document(@id, context.data) do
      Envelope.success(context, 200, context.data, revision: rev, paging: numplan_only(plan))
    else
      {:error, reason} -> Envelope.failure(context, refusal(reason, context.data))
    end
  end

  @doc "The report of a check of the configuration in force (`Numplan.Report`), for superadmins."
  @spec check_active(Context.t()) :: Response.t()
  def check_active(context) do
    with {:ok, report} <- check_in_turn(Plan.active()) do
      Envelope.success(context, 200, Report.object(report))
    else
      {:error, reason} -> Envelope.failure(context, refusal(reason, context.data))
    end
  end

  @doc """
  The report of a check of the document in the request, which is not saved, for superadmins.
  """
  @spec check(Context.t()) :: Response.t()
  def check(context) do
    with {:ok, document} <- document(context.data),
         {:ok, report} <- check_in_turn(document) do
      Envelope.success(context, 200, Report.object(report))
    else
      {:error, reason} -> Envelope.failure(context, refusal(reason, context.data))
    end
  end

  @doc """
  The differences between the configuration in force and the document in the request
  (`Numplan.Diff`), for superadmins.

  The document is not saved.
  """
  @spec diff(Context.t()) :: Response.t()
  def diff(context) do
    with {:ok, plan} <- compiled(context.data),
         {:ok, diff} <- Turn.run(fn -> Numplan.diff(Plan.active(), plan) end) do
      Envelope.success(context, 200, Diff.object(diff))
    else
      {:error, {_old_or_new, error}} -> Envelope.failure(context, refusal(error, context.data))
      {:error, reason} -> Envelope.failure(context, refusal(reason, context.data))
    end
  end

  defp numplan_only(plan) do
    case Plan.info(plan).numplan_only do
      [] -> []
      names -> [{"numplan_only", names}]
    end
  end

  defp check_in_turn(configuration), do: Turn.run(fn -> Numplan.check(configuration) end)

  defp compiled(data) do
    with {:ok, document} <- document(data), do: Plan.new(document)
  end

  defp document({_} = document), do: {:ok, document}
  defp document(_list), do: {:error, Error.validation("data", "type", "data must be an object", [{"target", "object"}])}

  defp refusal(%Numplan.ConfigError{problems: problems}, document) do
    fields = for problem <- problems, do: {field(problem.path), {[{"invalid", details(problem)}]}}
    %Error{status: 400, message: "validation error", data: {fields ++ findings(check_in_turn(document))}}
  end

  defp refusal(reason, _document), do: Error.store(reason)

  defp findings({:ok, report}), do: [{"findings", Enum.map(report.findings, &Finding.object/1)}]
  defp findings({:error, %Numplan.ConfigError{}}), do: []
  defp findings({:error, %Error{status: 429}}), do: [{"unchecked", @unchecked}]
  defp findings({:error, %Error{data: {[{"message", text} | _]}}}), do: [{"unchecked", text}]

  defp field(""), do: "data"
  defp field(path), do: path

  defp details(problem) do
    offset = if problem.offset, do: [{"offset", problem.offset}], else: []
    hint = if problem.hint, do: [{"hint", problem.hint}], else: []
    {[{"message", Problem.message(%{problem | path: ""})}] ++ offset ++ hint}
  end
end
