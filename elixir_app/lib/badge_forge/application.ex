defmodule BadgeForge.Application do
  @moduledoc false

  use Application

  @impl true
  def start(_type, _args) do
    with {:error, line} <- BadgeForge.StartUp.check(), do: BadgeForge.StartUp.refuse(line)

    oban = Application.fetch_env!(:badge_forge, Oban)
    oban = Keyword.put(oban, :queues, BadgeForge.Queues.run_here())

    children = [
      BadgeForge.Repo,
      {Oban, oban},
      {BadgeForge.QueueWatch, oban ++ [health_file: BadgeForge.Settings.get().health_file]}
    ]

    Supervisor.start_link(children, strategy: :one_for_one, name: BadgeForge.Supervisor)
  end
end
