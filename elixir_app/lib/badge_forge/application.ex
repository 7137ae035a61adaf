defmodule BadgeForge.Application do
  @moduledoc false

  use Application

  @impl true
  def start(_type, _args) do
    BadgeForge.Schema.silence_pool()

    oban = Application.fetch_env!(:badge_forge, Oban)

    children = [
      BadgeForge.Plugins,
      BadgeForge.Repo,
      BadgeForge.Schema,
      BadgeForge.Printer.Spool,
      {Oban, oban},
      {BadgeForge.QueueWatch, oban}
    ]

    Supervisor.start_link(children, strategy: :one_for_one, name: BadgeForge.Supervisor)
  end
end
