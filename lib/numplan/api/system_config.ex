defmodule Numplan.API.SystemConfig do
  @moduledoc """
  The cluster's `number_manager` document: the source of the active plan on every node. For superadmins.
  """

  alias Numplan.API.{Context, Envelope, Error, Response}
  alias Numplan.{Plan, Problem, Store}

  @id "number_manager"

  @doc "`GET system_configs/number_manager`: the document in force."
  @spec show(Context.t()) :: Response.t()
  def show(context) do
    with :ok <- superadmin(context), {:ok, document, rev} <- Store.get_document(@id) do
      Envelope.success(context, 200, document, revision: rev)
    else
      {:error, :not_found} -> Envelope.failure(context, Error.system(:bad_identifier, cause: @id))
      {:error, reason} -> Envelope.failure(context, Error.store(reason))
    end
  end

  @doc "`POST system_configs/number_manager`: another document; refused whole, with all that is wrong with it."
  @spec replace(Context.t()) :: Response.t()
  def replace(context) do
    with :ok <- superadmin(context),
         {:ok, _plan} <- compiled(context.data),
         {:ok, rev} <- Store.put_document(@id, context.data) do
      Envelope.success(context, 200, context.data, revision: rev)
    else
      {:error, %Numplan.ConfigError{problems: problems}} -> Envelope.failure(context, invalid(problems))
      {:error, reason} -> Envelope.failure(context, Error.store(reason))
    end
  end

  defp superadmin(%{auth: %{superadmin: true}}), do: :ok
  defp superadmin(_context), do: {:error, Error.system(:forbidden)}

  defp compiled({_} = document), do: Plan.new(document)
  defp compiled(_list), do: {:error, Error.validation("data", "type", "data must be an object", [{"target", "object"}])}

  defp invalid(problems) do
    fields = for problem <- problems, do: {field(problem.path), {[{"invalid", details(problem)}]}}
    %Error{status: 400, message: "validation error", data: {fields}}
  end

  defp field(""), do: "data"
  defp field(path), do: path

  defp details(problem) do
    offset = if problem.offset, do: [{"offset", problem.offset}], else: []
    hint = if problem.hint, do: [{"hint", problem.hint}], else: []
    {[{"message", Problem.message(%{problem | path: ""})}] ++ offset ++ hint}
  end
end
