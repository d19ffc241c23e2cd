defmodule Numplan.API.Guard do
  @moduledoc """
  Runs the work of a request: an exception in it is logged in one line, without values, and answered
  with 500.
  """

  require Logger

  alias Numplan.API.{Context, Envelope, Error, Response}
  alias Numplan.Fault

  @doc """
  What `work` returns, or the response 500 where it raises, exits or throws. The response has the
  request's id, under which the log has the exception, and the exception as its `fault`.

      iex> context = Numplan.API.Context.new(%Numplan.API.Request{method: "GET", target: "/"})
      iex> Numplan.API.Guard.run(context, fn -> exit(:gone) end).status
      500
  """
  @spec run(Context.t(), (() -> result)) :: result | Response.t() when result: term()
  def run(context, work) do
    work.()
  catch
    kind, reason ->
      fault = Fault.new(kind, reason, __STACKTRACE__)
      Logger.error("numplan: request #{context.request_id} failed: #{Fault.to_text(fault)}")
      %{Envelope.failure(context, Error.system(:unspecified_fault)) | fault: fault}
  end
end
