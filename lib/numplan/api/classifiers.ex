defmodule Numplan.API.Classifiers do
  @moduledoc """
  The classifiers in force, and the class of a number (kazoo-facts 2.2, 2.3).
  """

  alias Numplan.API.{Context, Envelope, Response}
  alias Numplan.{Explanation, Plan}

  @doc "`GET classifiers`: all of them, in order, with every key they carry."
  @spec list(Context.t()) :: Response.t()
  def list(context) do
    classifiers = :numplan.available_classifiers()
    {:ok, text} = :numplan_json.encode(classifiers)
    Envelope.success(context, 200, classifiers, revision: text |> :erlang.md5() |> Base.encode16(case: :lower))
  end

  @doc """
  `GET classifiers/{N}`: the classifier's keys, then `e164`, `number` and `name`; with `explain=true` in the query also `explanation`,
  the whole decision as data and as `text` (`Numplan.Explanation`). With `clean=true` the answer is that for the number as
  `Numplan.clean/1` makes it, which `number` then is.
  """
  @spec classify(Context.t(), binary()) :: Response.t()
  def classify(%{query: %{"explain" => "true"}} = context, number) do
    options = [plan: Plan.active()] ++ options(context)
    {members} = :numplan.classification(number, options)
    explanation = number |> Numplan.explain(options) |> Explanation.object()
    Envelope.success(context, 200, {members ++ [{"explanation", explanation}]})
  end

  def classify(context, number), do: Envelope.success(context, 200, :numplan.classification(number, options(context)))

  defp options(context), do: [clean: context.query["clean"] == "true"]
end
