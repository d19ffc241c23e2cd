defmodule Numplan.API.SystemConfig do
  @moduledoc """
  The cluster's `number_manager` document: the source of the active plan on every node; and what is odd about it, or about one that is not
  saved yet. For superadmins, which `Numplan.API` sees to before it reads a body.

  Checks and differences are made one at a time on a node (`Numplan.API.Turn`): a request that had no turn is answered with 429.
  """

  alias Numplan.API.{Context, Envelope, Error, Response, Turn}
  alias Numplan.{Diff, Finding, Plan, Problem, Report, Store}

  @id "number_manager"
  @unchecked "another check is being made on this node; POST the document to number_manager/check for what else is odd about it"

  @doc "`GET system_configs/number_manager`: the document in force."
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
  `POST system_configs/number_manager`: another document; refused whole, with all that is wrong with it, and under `findings` with what else
  is odd about it. Where other checks leave no turn for that, `unchecked` says so in place of `findings`.
  """
  @spec replace(Context.t()) :: Response.t()
  def replace(context) do
    with {:ok, _plan} <- compiled(context.data),
         {:ok, rev} <- Store.put_document(@id, context.data) do
      Envelope.success(context, 200, context.data, revision: rev)
    else
      {:error, reason} -> Envelope.failure(context, refusal(reason, context.data))
    end
  end

  @doc "`GET system_configs/number_manager/check`: what is odd about the configuration in force (`Numplan.Report`)."
  @spec check_active(Context.t()) :: Response.t()
  def check_active(context) do
    with {:ok, report} <- check_in_turn(Plan.active()) do
      Envelope.success(context, 200, Report.object(report))
    else
      {:error, reason} -> Envelope.failure(context, refusal(reason, context.data))
    end
  end

  @doc "`POST system_configs/number_manager/check`: the same of the document that is sent, which is not saved."
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
  `POST system_configs/number_manager/diff`: what would change if the document that is sent took the place of the configuration in force
  (`Numplan.Diff`). It is not saved.
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
  defp findings({:error, %Error{}}), do: [{"unchecked", @unchecked}]

  defp field(""), do: "data"
  defp field(path), do: path

  defp details(problem) do
    offset = if problem.offset, do: [{"offset", problem.offset}], else: []
    hint = if problem.hint, do: [{"hint", problem.hint}], else: []
    {[{"message", Problem.message(%{problem | path: ""})}] ++ offset ++ hint}
  end
end
