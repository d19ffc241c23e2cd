defmodule Numplan.HTTP.Options do
  @moduledoc """
  Checks the options of `Numplan.HTTP` before anything starts: their names, their ranges, and the
  files of TLS. OTP would find some of these faults only with the first client, such as a
  certificate that cannot be read, and call others `badarg`.
  """

  alias Numplan.API.Body
  alias Numplan.Arguments

  # The longest time that OTP waits for is 4,294,967,295 ms, and a body may take twice its setting.
  @milliseconds 1..2_147_483_647

  # Options of :ssl.listen/2 that supply a certificate, or serve without one.
  @identities [:cert, :certfile, :certs_keys, :sni_hosts, :sni_fun, :user_lookup_fun]

  @certificate ~r/^-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/m
  @private_key ~r/^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/m

  @doc """
  `:ok` for options that a server can start with, else words that name the option, its value and
  what it may be. Of the values of `:tls` only names of files are shown: another may be a password.

      iex> Numplan.HTTP.Options.check(port: 8000, ip: {127, 0, 0, 1})
      :ok
      iex> Numplan.HTTP.Options.check(port: 80_800)
      {:error, "the option :port is an integer from 0 to 65535, where 0 takes a free one, not 80800"}
      iex> Numplan.HTTP.Options.check(tls: [certfile: "/no/such.pem", keyfile: "/no/such.pem"])
      {:error, "the certfile of the option :tls is /no/such.pem: no such file or directory"}
  """
  @spec check(term()) :: :ok | {:error, binary()}
  def check(options) do
    Arguments.options!(options, kinds(), &shown/2)
    tls(options[:tls])
  rescue
    error in ArgumentError -> {:error, Exception.message(error)}
  end

  # A misspelt `tls` would otherwise serve without TLS.
  defp kinds do
    [
      port: integer(0..65_535, ", where 0 takes a free one"),
      ip: {"an address such as {127, 0, 0, 1}", &:inet.is_ip_address/1},
      tls: {"a keyword list of options of :ssl.listen/2", &(is_nil(&1) or Keyword.keyword?(&1))},
      max_connections: {"an integer of at least 1", &(is_integer(&1) and &1 > 0)},
      body_budget:
        {"an integer of at least #{Body.max_bytes()}, the longest body", &(is_integer(&1) and &1 >= Body.max_bytes())},
      idle_timeout: milliseconds(),
      request_timeout: milliseconds(),
      name: {"a name of a process", &name?/1}
    ]
  end

  defp integer(range, more),
    do: {"an integer from #{range.first} to #{range.last}#{more}", &(is_integer(&1) and &1 in range)}

  @doc """
  The kind of options that are a time in milliseconds, as `Numplan.Arguments.options!/3` takes it.

      iex> {_words, fits?} = Numplan.HTTP.Options.milliseconds()
      iex> Enum.map([1, 0, :infinity], fits?)
      [true, false, false]
  """
  @spec milliseconds() :: Arguments.kind()
  def milliseconds do
    {"a number of milliseconds from #{@milliseconds.first} to #{@milliseconds.last}",
     &(is_integer(&1) and &1 in @milliseconds)}
  end

  defp name?({:global, _term}), do: true
  defp name?({:via, module, _term}), do: is_atom(module)
  defp name?(name), do: is_atom(name) and name != nil

  defp shown(:tls, value), do: :numplan_badarg.kind(value)
  defp shown(_name, value), do: inspect(value, limit: 20, printable_limit: 100)

  # -- TLS --

  defp tls(nil), do: :ok

  defp tls(options) do
    if Enum.any?(@identities, &Keyword.has_key?(options, &1)),
      do: first_fault([Map.new(options) | identities(options)], &files/1),
      else: {:error, "the option :tls has no certificate: it needs certfile: and keyfile:"}
  end

  # Several certificates, such as one for RSA and one for ECDSA (OTP 25 and later).
  defp identities(options), do: for(identity <- List.wrap(options[:certs_keys]), is_map(identity), do: identity)

  defp files(options) do
    first_fault(
      [
        {:certfile, options[:certfile], @certificate, "holds no certificate in PEM"},
        {:cacertfile, options[:cacertfile], @certificate, "holds no certificate in PEM"},
        key_file(options)
      ],
      &file/1
    )
  end

  # Without a key ssl looks for one in the file of the certificate.
  defp key_file(%{key: _key}), do: {:keyfile, nil, nil, nil}
  defp key_file(%{keyfile: file}), do: {:keyfile, file, @private_key, "holds no private key in PEM"}

  defp key_file(options),
    do: {:certfile, options[:certfile], @private_key, "holds no private key in PEM, and there is no keyfile"}

  defp file({_name, nil, _pattern, _words}), do: :ok

  defp file({name, path, pattern, words}) do
    case read(path) do
      {:ok, text} -> if text =~ pattern, do: :ok, else: fault(name, path, words)
      {:error, reason} -> fault(name, path, :file.format_error(reason))
    end
  end

  defp read(path), do: if(path?(path), do: File.read(path), else: {:error, :badarg})

  defp path?(path), do: is_binary(path) or :io_lib.printable_unicode_list(path)

  defp fault(name, path, words) do
    {:error, "the #{name} of the option :tls is #{if path?(path), do: path, else: inspect(path)}: #{words}"}
  end

  defp first_fault(things, check) do
    Enum.find_value(things, :ok, fn thing ->
      with :ok <- check.(thing), do: nil
    end)
  end
end
