import Config

config :bridge, ecto_repos: [Bridge.Repo]

# No Pruner and no Lifeline: both act on the whole table, and the Python side runs them (python/oban.toml).
config :bridge, Oban, repo: Bridge.Repo, queues: [elixir: 5], plugins: []

# At debug, Ecto logs each statement.
config :logger, level: :info
