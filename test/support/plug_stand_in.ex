defmodule Plug.Conn.Unfetched do
  @moduledoc "What `body_params` is until a parser has read the body."
  defstruct [:aspect]
end

defmodule Plug.Conn do
  @moduledoc """
  A stand-in for the library Plug, which cannot be had from Debian: the documented fields and functions
  of `Plug.Conn` that `Numplan.Plug` uses. Its client is a list of pieces of a body, and its response is
  what the fields hold.
  """

  defstruct method: "GET",
            path_info: [],
            script_name: [],
            query_string: "",
            host: "localhost",
            port: 80,
            req_headers: [],
            body_params: %Plug.Conn.Unfetched{aspect: :body_params},
            resp_headers: [{"cache-control", "max-age=0, private, must-revalidate"}],
            resp_body: nil,
            status: nil,
            state: :unset,
            halted: false,
            private: %{body: [], reads: []}

  @doc "The next piece of the body, and the options that it was asked for with, in `private`."
  def read_body(%__MODULE__{private: %{body: body, reads: reads} = private} = conn, options) do
    conn = %{conn | private: %{private | reads: [options | reads]}}

    case body do
      [] -> {:ok, "", conn}
      [{:error, reason} | _] -> {:error, reason}
      [last] -> {:ok, last, put_in(conn.private.body, [])}
      [piece | rest] -> {:more, piece, put_in(conn.private.body, rest)}
    end
  end

  @doc "The connection with these headers, in place of those of the same names."
  def merge_resp_headers(%__MODULE__{state: :unset} = conn, headers) do
    for {name, value} <- headers do
      true = is_binary(name) and is_binary(value) and name == String.downcase(name)
      false = value =~ ~r/[\r\n]/
    end

    merged =
      Enum.reduce(headers, conn.resp_headers, fn {name, _} = header, all -> List.keystore(all, name, 0, header) end)

    %{conn | resp_headers: merged}
  end

  @doc "Sends the response; for HEAD servers send no body, and the length that it would have."
  def send_resp(%__MODULE__{state: :unset} = conn, status, body) when status in 100..599 do
    body = IO.iodata_to_binary(body)
    length = {"content-length", Integer.to_string(byte_size(body))}

    headers =
      if status == 304, do: conn.resp_headers, else: List.keystore(conn.resp_headers, "content-length", 0, length)

    sent = if conn.method == "HEAD", do: "", else: body
    %{conn | status: status, resp_body: sent, resp_headers: headers, state: :sent}
  end

  @doc "Keeps the plugs behind from being called."
  def halt(%__MODULE__{} = conn), do: %{conn | halted: true}
end
