defmodule BadgeForge.Application do
  @moduledoc false

  use Application

  @impl true
  def start(_type, _args) do
    with {:error, line} <- BadgeForge.StartUp.check(), do: BadgeForge.StartUp.refuse(line)

    oban = :badge_forge |> Application.fetch_env!(Oban) |> BadgeForge.Queues.put_into()

    children = [
      BadgeForge.Repo,
      Supervisor.child_spec({Oban, oban}, start: {BadgeForge.Queues, :start_oban, [oban]}),
      {BadgeForge.QueueWatch, oban ++ [health_file: BadgeForge.Settings.get().health_file]}
    ]

    Supervisor.start_link(children, strategy: :one_for_one, name: BadgeForge.Supervisor)
  end
end
