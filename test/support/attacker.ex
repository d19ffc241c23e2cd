defmodule Numplan.Attacker do
  @moduledoc """
  A web server of somebody else: every address of it is a page whose script sends another server what browsers let pages send. When all of it
  was sent and answered, the page's title is `done`.
  """

  use Task

  @doc "Starts a server whose pages attack `target`, an origin such as `http://127.0.0.1:8000`; returns its port."
  @spec start(binary()) :: :inet.port_number()
  def start(target) do
    {:ok, listening} = :gen_tcp.listen(0, [:binary, active: false, ip: {127, 0, 0, 1}, reuseaddr: true])
    {:ok, port} = :inet.port(listening)
    {:ok, pid} = ExUnit.Callbacks.start_supervised({__MODULE__, {listening, page(target)}}, id: {__MODULE__, port})
    :ok = :gen_tcp.controlling_process(listening, pid)
    port
  end

  @doc false
  def start_link({listening, page}), do: Task.start_link(fn -> accept(listening, page) end)

  defp accept(listening, page) do
    {:ok, socket} = :gen_tcp.accept(listening)
    # Each connection serves one page; a browser may open connections that it never uses.
    spawn_link(fn -> answer(page) end) |> give(socket)
    accept(listening, page)
  end

  defp give(pid, socket) do
    :ok = :gen_tcp.controlling_process(socket, pid)
    send(pid, {:yours, socket})
  end

  defp answer(page) do
    socket = receive do: ({:yours, socket} -> socket)
    _ = :gen_tcp.recv(socket, 0)

    head =
      "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: #{byte_size(page)}\r\nconnection: close\r\n\r\n"

    _ = :gen_tcp.send(socket, head <> page)
    :gen_tcp.close(socket)
  end

  # The script sends simple requests, requests that need a preflight, a form in a frame, a form in a
  # sandboxed frame (whose origin is `null`), and an image. A body of text/plain, and one of a form
  # with that encoding, can be JSON.
  defp page(target) do
    """
    <!doctype html><title>attack</title><body><script>
    const target = "#{target}", account = "0".repeat(32)
    const saved = target + "/v2/system_configs/number_manager"
    const numbers = target + "/v2/accounts/" + account + "/phone_numbers/"
    const body = '{"data":{"reconcile_regex":"^attacked$"}}'
    const form = (sandbox) => new Promise((done) => {
      const frame = document.createElement("iframe")
      if (sandbox) frame.sandbox = "allow-scripts allow-forms"
      frame.srcdoc = `<form method=post enctype="text/plain" action="${saved}">
        <input name='{"data":{"reconcile_regex":"^attacked$"},"x":"' value='"}'></form>
        <script>document.forms[0].submit()</` + `script>`
      let loads = 0
      frame.onload = () => { if (++loads == 2) done() }
      document.body.append(frame)
      setTimeout(done, 3000)
    })
    const image = (url) => new Promise((done) => {
      const image = new Image()
      image.onload = image.onerror = done
      image.src = url
    })
    const send = (url, options) => fetch(url, options).then((answer) => answer.text(), () => {})
    const types = ["text/plain", "application/x-www-form-urlencoded"]
    Promise.all([
      ...types.map((type) => send(saved, {method: "POST", mode: "no-cors", headers: {"content-type": type}, body})),
      ...types.map((type) => send(saved, {method: "POST", headers: {"content-type": type}, body})),
      send(saved, {method: "POST", headers: {"content-type": "application/json"}, body}),
      send(numbers + "%2B14158551292", {method: "PUT", body: '{"data":{}}'}),
      send(numbers + "%2B14158551292?verb=put", {method: "POST", mode: "no-cors", body: '{"data":{}}'}),
      send(numbers + "classifiers").then((text) => window.read = text),
      image(numbers + "fix"),
      form(false),
      form(true)
    ]).then(() => document.title = "done")
    </script>
    """
  end
end
