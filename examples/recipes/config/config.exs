import Config

config :my_app, ecto_repos: [MyApp.Repo]
config :logger, level: :info

# region
config :my_app, Oban,
  repo: MyApp.Repo,
  plugins: [{Oban.Plugins.Cron, crontab: [{"* * * * *", MyApp.EveryMinute}]}]

# endregion
