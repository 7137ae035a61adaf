defmodule BadgeForge.DatabaseURL do
  @moduledoc """
  Turns a database URL into the options of a connection, of Ecto's repo or of Postgrex.

  Ecto's own parser knows neither IPv6 nor sockets, and takes the port of a URL without one from PGPORT. What differs
  from Python's parser, as `#` in a password does, is refused by both.
  """

  # The same as in Python's `url.py`.
  @text "(?:[^\\x00-\\x20\\x7f-\\x9f%:/?#\\[\\]@]|%[0-9A-Fa-f]{2})"
  @value "(?:[^\\x00-\\x20\\x7f-\\x9f%?#\\[\\]@+&=]|%[0-9A-Fa-f]{2})"
  @shape "\\Apostgres(?:ql)?://#{@text}+(?::(?:#{@text}|:)*)?@(?:#{@text}*|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{1,5})?" <>
           "/#{@text}*(?:\\?[a-z]+=#{@value}+(?:&[a-z]+=#{@value}+)*)?\\z"

  @names ~w(user password host port dbname sslmode sslrootcert)
  @sslmodes ~w(disable allow prefer require verify-ca verify-full)

  # After a network cut, the kernel would hold a dead connection for a quarter of an hour. These limits are those of
  # the Python worker: TCP_USER_TIMEOUT (18), TCP_KEEPIDLE (4), TCP_KEEPINTVL (5) and TCP_KEEPCNT (6) of Linux, which
  # are options of level 6, TCP.
  @keepalive [{18, 10_000}, {4, 5}, {5, 2}, {6, 3}]

  @doc """
  Return `{:ok, options}` for the URL of the environment variable `variable`, or `{:error, line}`, without the
  password.

  The options are Postgrex's, and `:sslmode` and `:sslrootcert` as in the URL.
  """
  @spec options(String.t(), String.t()) :: {:ok, keyword} | {:error, String.t()}
  def options(variable, url) do
    uri = URI.parse(url)
    parts = parts(uri)

    with :ok <- check(variable, url, uri, parts),
         {:ok, ssl} <- ssl(variable, parts["sslmode"], parts["sslrootcert"]) do
      {:ok, server(parts["host"]) ++ login(parts) ++ [ssl: ssl]}
    end
  end

  defp parts(uri) do
    [user | password] = String.split(uri.userinfo || "", ":", parts: 2)

    Map.merge(
      %{
        "user" => decoded(user),
        "password" => decoded(List.first(password)),
        "host" => decoded(uri.host),
        "port" => to_string(uri.port || 5432),
        "dbname" => decoded(String.trim_leading(uri.path || "", "/")),
        "sslmode" => "prefer"
      },
      URI.decode_query(uri.query || "")
    )
  end

  defp decoded(text), do: if(text not in [nil, ""], do: URI.decode(text))

  defp check(variable, url, uri, parts) do
    unknown = Map.keys(parts) -- @names

    cond do
      several_hosts?(uri, parts) ->
        {:error,
         "#{variable} has several hosts, which only one of the two applications could use: name one, for example " <>
           "that of a proxy"}

      not postgresql?(url, parts) ->
        {:error,
         "#{variable} must look like postgresql://user:password@host:5432/database, with special characters " <>
           "percent-encoded, such as %23 for #"}

      unknown != [] ->
        {:error,
         "#{variable} has the parameter #{hd(unknown)}, which only one of the two applications could use: use none " <>
           "but sslmode and sslrootcert"}

      parts["sslmode"] not in @sslmodes ->
        {:error,
         "#{variable}: sslmode must be one of PostgreSQL's, got: #{inspect(parts["sslmode"])}"}

      true ->
        :ok
    end
  end

  defp several_hosts?(uri, parts) do
    # By `Map.get/2`, since the field's type is opaque.
    authority = Map.get(uri, :authority) || ""
    places = [parts["host"], parts["port"], List.last(String.split(authority, "@"))]
    Enum.any?(places, &String.contains?(&1 || "", ","))
  end

  defp postgresql?(url, parts) do
    String.valid?(url) and url =~ Regex.compile!(@shape, "u") and
      parts["host"] not in [nil, ""] and parts["dbname"] not in [nil, ""] and
      port?(parts["port"]) and Enum.all?(parts, &part?/1)
  end

  defp port?(text), do: text =~ ~r/\A[0-9]{1,5}\z/ and String.to_integer(text) in 1..65_535

  # The Python worker takes an @ for a part of the password.
  defp part?({name, text}) when name not in ["user", "password"] and is_binary(text),
    do: plain?(text) and not String.contains?(text, "@")

  defp part?({_name, text}), do: plain?(text)

  defp plain?(text),
    do: text == nil or (String.valid?(text) and not (text =~ ~r/[\x00-\x1f\x7f-\x{9f}]/u))

  # A host with a / is the folder of a socket.
  defp server("/" <> _rest = folder), do: [socket_dir: folder, socket_options: []]

  defp server(host) do
    family = if String.contains?(host, ":"), do: [:inet6], else: []
    [hostname: host, socket_options: family ++ [{:keepalive, true} | keepalive()]]
  end

  defp keepalive do
    for {option, value} <- @keepalive,
        :os.type() == {:unix, :linux},
        do: {:raw, 6, option, <<value::native-32>>}
  end

  defp login(parts) do
    [
      username: parts["user"],
      password: parts["password"],
      port: String.to_integer(parts["port"]),
      database: parts["dbname"],
      sslmode: parts["sslmode"],
      sslrootcert: parts["sslrootcert"]
    ]
  end

  # Postgrex, unlike libpq, ignores sslmode in the URL and would connect in plain text. It trusts the system's
  # certificates, as sslrootcert=system says.
  defp ssl(variable, verified, file) when verified in ["verify-ca", "verify-full"],
    do: authorities(variable, file)

  defp ssl(_variable, "require", _file), do: {:ok, [verify: :verify_none]}
  defp ssl(_variable, _not_asked_for, _file), do: {:ok, false}

  defp authorities(_variable, file) when file in [nil, "system"], do: {:ok, true}

  defp authorities(variable, file) do
    case File.read(file) do
      {:ok, pem} ->
        {:ok,
         [cacerts: for({:Certificate, der, _encrypted} <- :public_key.pem_decode(pem), do: der)]}

      {:error, reason} ->
        {:error, "#{variable}: can't read sslrootcert #{file}: #{:file.format_error(reason)}"}
    end
  end
end
