# Tests under a real Cowboy run where it is installed, as on Debian forky; older releases have none.
cowboy = if Code.ensure_loaded?(:cowboy), do: [], else: [:cowboy]
ExUnit.start(capture_log: true, exclude: [:long, :root, :ex_doc, :hex] ++ cowboy)
