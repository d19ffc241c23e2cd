defmodule Numplan.API.Classifiers do
  @moduledoc """
  The requests about classifiers and the classes of numbers.

  `GET classifiers` and `GET classifiers/{number}` answer as Kazoo's `cb_phone_numbers` does
  (5.x). `POST classifiers`, for many numbers at once, is Numplan's own; Kazoo has none.
  """

  alias Numplan.API.{Context, Envelope, Error, NumberList, Response}
  alias Numplan.{Explanation, Plan}

  @max_explained 10
  # The bound of a request body (`Numplan.API.Body`).
  @max_bytes 8_000_000

  @doc """
  The classifiers in force, in order, with every key they carry.

  The revision, also the ETag, is the digest of the whole configuration (`Numplan.Plan.digest/1`):
  with `If-None-Match` a client learns whether its cached answers of `POST classifiers` are still
  valid.
  """
  @spec list(Context.t()) :: Response.t()
  def list(context) do
    plan = Plan.active()
    Envelope.success(context, 200, :numplan.available_classifiers(plan), revision: Plan.digest(plan))
  end

  @doc """
  The class of a number: the classifier's keys, then `e164`, `number` and `name`.

  `explain=true` in the query adds `explanation`, the whole decision as data and as `text`
  (`Numplan.Explanation`). With `clean=true` the number is cleaned first (`Numplan.clean/1`), and
  `number` is the cleaned one.
  """
  @spec classify(Context.t(), binary()) :: Response.t()
  def classify(context, number) do
    Envelope.success(context, 200, answer(number, options(context, Plan.active()), explain?(context)))
  end

  @doc """
  The classes of up to 1,000 numbers, as a list in the order of `numbers`.

  Each answer is that of `classify/2`, with the same `explain=true` (for up to 10 numbers) and
  `clean=true`. A number may occur more than once, and may be one that no path can hold (`..`).
  One plan answers all, and its digest is the `revision`. An answer contains its classifier's
  regex: a list of several numbers whose answers would exceed 8,000,000 bytes together is refused
  with 413.
  """
  @spec classify_all(Context.t()) :: Response.t()
  def classify_all(context) do
    plan = Plan.active()

    with {:ok, numbers} <- NumberList.read(context.data, repeated: true),
         :ok <- few_enough(numbers, explain?(context)),
         {:ok, answers} <- answers(numbers, options(context, plan), explain?(context)) do
      Envelope.success(context, 200, answers, revision: Plan.digest(plan))
    else
      {:error, error} -> Envelope.failure(context, error)
    end
  end

  defp options(context, plan), do: [plan: plan, clean: context.query["clean"] == "true"]

  defp explain?(context), do: context.query["explain"] == "true"

  defp few_enough(numbers, true) when length(numbers) > @max_explained do
    text = "at most #{@max_explained} numbers with explain=true"
    {:error, Error.validation("numbers", "maxItems", text, [{"target", @max_explained}])}
  end

  defp few_enough(_numbers, _explain?), do: :ok

  defp answers([number], options, explain?), do: {:ok, [answer(number, options, explain?)]}

  # The answers for several numbers, or an error. Sizes are summed up on the way, so that an answer
  # that is too large is never held in memory whole.
  defp answers(numbers, options, explain?) do
    Enum.reduce_while(numbers, {[], 0}, fn number, {answers, bytes} ->
      answer = answer(number, options, explain?)
      bytes = bytes + :erlang.external_size(answer)
      if bytes > @max_bytes, do: {:halt, :too_large}, else: {:cont, {[answer | answers], bytes}}
    end)
    |> case do
      {answers, _bytes} -> {:ok, Enum.reverse(answers)}
      :too_large -> {:error, too_large()}
    end
  end

  defp too_large do
    text = "the answers would be over #{@max_bytes} bytes: ask for fewer numbers at once"
    %{Error.validation("numbers", "maxSize", text, [{"target", @max_bytes}]) | status: 413}
  end

  defp answer(number, options, false), do: :numplan.classification(number, options)

  defp answer(number, options, true) do
    {members} = :numplan.classification(number, options)
    {members ++ [{"explanation", number |> Numplan.explain(options) |> Explanation.object()}]}
  end
end
