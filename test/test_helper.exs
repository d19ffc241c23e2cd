# Tests under a real Cowboy run where it is installed, as on Debian forky; older releases have none.
cowboy = if Code.ensure_loaded?(:cowboy), do: [], else: [:cowboy]
# A message that is awaited may come late on a busy machine: a failure then takes these five seconds.
ExUnit.start(capture_log: true, assert_receive_timeout: 5_000, exclude: [:long, :root, :ex_doc, :hex] ++ cowboy)
