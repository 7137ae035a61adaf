defmodule Bridge.Repo do
  use Ecto.Repo, otp_app: :bridge, adapter: Ecto.Adapters.Postgres
end

defmodule Bridge.Application do
  @moduledoc false
  use Application

  @impl Application
  def start(_type, _args) do
    children = [Bridge.Repo, {Oban, Application.fetch_env!(:bridge, Oban)}]
    Supervisor.start_link(children, strategy: :one_for_one)
  end
end
