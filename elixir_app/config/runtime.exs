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
url_of = fn variable ->
  file = env.("#{variable}_FILE")

  case env.(variable) || (file && File.read(file)) do
    {:ok, url} ->
      String.trim(url)

    {:error, reason} ->
      stop.("#{variable}_FILE: can't read #{file}: #{:file.format_error(reason)}")

    url_or_nil ->
      url_or_nil
  end
end

options_of = fn variable, url ->
  case BadgeForge.DatabaseURL.options(variable, url) do
    {:ok, options} -> options
    {:error, line} -> stop.(line)
  end
end

url =
  url_of.("DATABASE_URL") ||
    stop.(
      "neither DATABASE_URL nor DATABASE_URL_FILE is set: run `make iex`, or " <>
        "export DATABASE_URL=$(#{command} db url --role print-center)"
    )

repo = options_of.("DATABASE_URL", url)

# Through a pooler in transaction mode, notifications do not arrive: this URL goes around it.
if listen_url = url_of.("LISTEN_DATABASE_URL") do
  config :badge_forge, BadgeForge.Notifier, options_of.("LISTEN_DATABASE_URL", listen_url)
end

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

# A crash dump contains the password of the database, and the names of attendees.
if env.("ERL_CRASH_DUMP") == nil and env.("ERL_CRASH_DUMP_SECONDS") == nil do
  System.put_env("ERL_CRASH_DUMP_SECONDS", "0")
end

{:ok, host} = :inet.gethostname()

config :logger, level: String.to_existing_atom(level)

config :badge_forge,
       BadgeForge.Repo,
       repo ++
         [
           pool_size: positive.("POOL_SIZE", 10),
           # Milliseconds: to connect again soon after a cut has ended.
           backoff_max: 2_000,
           connect_timeout: 5_000,
           after_connect: {BadgeForge.Session, :prepare, []}
         ]

# Ecto logs statements with their parameters at the level debug.
if not log_args, do: config(:badge_forge, BadgeForge.Repo, log: false)

config :badge_forge,
  log_args: log_args,
  badges_dir: folder.("BADGES_DIR", "badges"),
  health_file: env.("HEALTH_FILE"),
  sheets_dir: folder.("SHEETS_DIR", "sheets"),
  spool_dir: folder.("SPOOL_DIR", "spool"),
  print_timeout_s: positive.("PRINT_TIMEOUT_S", 900),
  tracing: exporter != "none" and not sdk_disabled

# The node's name has the process id, so that two processes on one host are two nodes.
config :badge_forge, Oban, node: "#{host}.#{System.pid()}"

# Printers that speak IPP instead of the spool. A print waits for its printer, so more of them are under way.
printers = env.("PRINTERS")

if printers,
  do: config(:badge_forge, printer: {BadgeForge.Printer.IPP, printers: printers})

config :badge_forge, :queues,
  printing: [limit: positive.("PRINT_LIMIT", if(printers, do: 20, else: 5))]
