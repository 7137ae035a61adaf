import Config

# Everything that depends on where the app runs comes from environment variables. A wrong one ends the program with
# one line.

stop = fn line ->
  IO.puts(:stderr, line)
  System.halt(1)
end

# An empty variable counts as not set.
env = fn variable ->
  with "" <- System.get_env(variable), do: nil
end

positive = fn variable, default ->
  value = env.(variable) || to_string(default)

  case Integer.parse(value) do
    {number, ""} when number > 0 -> number
    _other -> stop.("#{variable} must be a whole number from 1 up, got: #{inspect(value)}")
  end
end

command = if env.("RELEASE_ROOT"), do: "badge-forge", else: "bin/badge-forge"

# Relative folders are relative to the checkout, as for the Python worker, or to the folder of a release.
checkout = env.("RELEASE_ROOT") || Path.expand("../..", __DIR__)
var = Path.expand(env.("BADGE_FORGE_VAR") || "var", checkout)

folder = fn variable, default ->
  Path.expand(env.(variable) || Path.join(var, default), checkout)
end

# A container gets its secrets as files.
url_in_file = fn ->
  if file = env.("DATABASE_URL_FILE") do
    case File.read(file) do
      {:ok, url} ->
        String.trim(url)

      {:error, reason} ->
        stop.("DATABASE_URL_FILE: can't read #{file}: #{:file.format_error(reason)}")
    end
  end
end

url =
  env.("DATABASE_URL") || url_in_file.() ||
    stop.(
      "neither DATABASE_URL nor DATABASE_URL_FILE is set: run `make iex`, or " <>
        "export DATABASE_URL=$(#{command} db url --role print-center)"
    )

# Ecto's own parser knows neither IPv6 nor sockets, and takes the port of a URL without one from PGPORT. Of this, the
# Python worker understands the same.
uri = URI.parse(url)
decoded = fn text -> if text not in [nil, ""], do: URI.decode(text) end
[user | password] = String.split(uri.userinfo || "", ":", parts: 2)

parts =
  Map.merge(
    %{
      "user" => decoded.(user),
      "password" => decoded.(List.first(password)),
      "host" => decoded.(uri.host),
      "port" => to_string(uri.port || 5432),
      "dbname" => decoded.(String.trim_leading(uri.path || "", "/"))
    },
    URI.decode_query(uri.query || "")
  )

unknown = Map.keys(parts) -- ~w(user password host port dbname sslmode sslrootcert)

hosts = [parts["host"], parts["port"], List.last(String.split(uri.authority || "", "@"))]

if Enum.any?(hosts, &String.contains?(&1 || "", ",")) do
  stop.(
    "DATABASE_URL has several hosts, which only one of the two applications could use: name one, for example that " <>
      "of a proxy"
  )
end

if uri.scheme not in ["postgres", "postgresql"] or parts["host"] in [nil, ""] or
     (uri.path || "") =~ ~r"\A/.*/" or parts["dbname"] in [nil, ""] or
     not (parts["port"] =~ ~r/\A[0-9]+\z/) do
  stop.("DATABASE_URL must look like postgres://user:password@host:port/database")
end

if unknown != [] do
  stop.(
    "DATABASE_URL has the parameter #{hd(unknown)}, which only one of the two applications could use: use none but " <>
      "sslmode and sslrootcert"
  )
end

sslmode = parts["sslmode"] || "prefer"

if sslmode not in ~w(disable allow prefer require verify-ca verify-full) do
  stop.("DATABASE_URL: sslmode must be one of PostgreSQL's, got: #{inspect(sslmode)}")
end

# A host with a / is the folder of a socket.
server =
  if String.starts_with?(parts["host"], "/"),
    do: [socket_dir: parts["host"]],
    else: [hostname: parts["host"]]

family = if String.contains?(parts["host"], ":"), do: [:inet6], else: []

levels = ~w(debug info warning error)
level = String.downcase(env.("LOG_LEVEL") || "info")

if level not in levels do
  stop.("LOG_LEVEL must be one of #{Enum.join(levels, ", ")}, got: #{inspect(level)}")
end

# The same values as for the Python worker.
log_args =
  case String.downcase(env.("LOG_ARGS") || "true") do
    yes when yes in ~w(true t yes y on 1) -> true
    no when no in ~w(false f no n off 0) -> false
    _other -> stop.("LOG_ARGS must be true or false, got: #{inspect(env.("LOG_ARGS"))}")
  end

# The same variables turn tracing on in the Python worker.
exporter = String.downcase(String.trim(env.("OTEL_TRACES_EXPORTER") || "none"))
sdk_disabled = String.downcase(String.trim(env.("OTEL_SDK_DISABLED") || "false")) == "true"

{:ok, host} = :inet.gethostname()

config :logger, level: String.to_existing_atom(level)

# Postgrex, unlike libpq, ignores sslmode in the URL and would connect in plain text. It trusts the system's
# certificates, as sslrootcert=system says.
authorities =
  if parts["sslrootcert"] in [nil, "system"] do
    true
  else
    case File.read(parts["sslrootcert"]) do
      {:ok, pem} ->
        [cacerts: for({:Certificate, der, _encrypted} <- :public_key.pem_decode(pem), do: der)]

      {:error, reason} ->
        stop.(
          "DATABASE_URL: can't read sslrootcert #{parts["sslrootcert"]}: #{:file.format_error(reason)}"
        )
    end
  end

ssl =
  case sslmode do
    "require" -> [verify: :verify_none]
    verified when verified in ["verify-ca", "verify-full"] -> authorities
    _not_asked_for -> false
  end

# After a network cut, the kernel would hold a dead connection for a quarter of an hour. These limits are those of
# the Python worker: TCP_USER_TIMEOUT (18), TCP_KEEPIDLE (4), TCP_KEEPINTVL (5) and TCP_KEEPCNT (6) of Linux, which
# are options of level 6, TCP.
keepalive =
  for {option, value} <- [{18, 10_000}, {4, 5}, {5, 2}, {6, 3}],
      :os.type() == {:unix, :linux},
      do: {:raw, 6, option, <<value::native-32>>}

config :badge_forge,
       BadgeForge.Repo,
       server ++
         [
           username: parts["user"],
           password: parts["password"],
           port: String.to_integer(parts["port"]),
           database: parts["dbname"],
           sslmode: sslmode,
           sslrootcert: parts["sslrootcert"],
           ssl: ssl,
           pool_size: positive.("POOL_SIZE", 10),
           # Milliseconds: to connect again soon after a cut has ended.
           backoff_max: 2_000,
           connect_timeout: 5_000,
           after_connect: {BadgeForge.Session, :prepare, []},
           socket_options:
             family ++ if(server[:socket_dir], do: [], else: [{:keepalive, true} | keepalive])
         ]

# Ecto logs statements with their parameters at the level debug.
if not log_args, do: config(:badge_forge, BadgeForge.Repo, log: false)

config :badge_forge,
  log_args: log_args,
  badges_dir: folder.("BADGES_DIR", "badges"),
  health_file: env.("HEALTH_FILE"),
  spool_dir: folder.("SPOOL_DIR", "spool"),
  print_timeout_s: positive.("PRINT_TIMEOUT_S", 900),
  tracing: exporter != "none" and not sdk_disabled

# The node's name has the process id, so that two processes on one host are two nodes.
config :badge_forge, Oban, node: "#{host}.#{System.pid()}"

config :badge_forge, :queues, printing: [limit: positive.("PRINT_LIMIT", 5)]
