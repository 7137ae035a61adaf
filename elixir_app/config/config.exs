import Config

# The printer: a module, or {module, options}, of the behaviour BadgeForge.Printer.
config :badge_forge, printer: BadgeForge.Printer.Spool

# The queues of both applications, and their workers: BadgeForge.Queues. A module runs here, a string in Python. The
# Python side's registry has them too. Add yours at the end (docs/a-queue-of-your-own.md).
config :badge_forge, :queues,
  badges: [worker: "badge_forge.generator.GenerateBadge", contract: :generate_badge],
  printing: [worker: BadgeForge.PrintCenter, contract: :print_center],
  printers: [worker: BadgeForge.Printers, contract: :printers, limit: 2, timeout_s: 900]

# Without a pruner and a lifeline: the Python worker prunes and rescues for both applications, and the app does
# not start with one (BadgeForge.Plugins). A print that outlasts the grace period is killed. Its heartbeat ends,
# and 30 seconds later the Python worker rescues the job.
config :badge_forge, Oban,
  name: Oban,
  repo: BadgeForge.Repo,
  notifier: BadgeForge.Notifier,
  plugins: [],
  shutdown_grace_period: :timer.seconds(15)

# The Python worker's leader counts all jobs for Oban Web. A second count would double every number, and
# creating the function for it needs the owner's rights.
config :oban_met, reporter: [auto_migrate: false, check_interval: :timer.hours(1000)]

# Elixir 1.14 reads the first, newer ones the second.
log = [format: {BadgeForge.LogFormat, :format}, metadata: [:trace_id]]
config :logger, :console, log
config :logger, :default_formatter, log

# Tests start the queues that they need.
if config_env() == :test do
  config :badge_forge, Oban, testing: :manual
end
