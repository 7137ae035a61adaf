import Config

config :bridge, Bridge.Repo, url: System.fetch_env!("DATABASE_URL")
