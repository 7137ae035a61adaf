defmodule MyApp.Repo do
  use Ecto.Repo, otp_app: :my_app, adapter: Ecto.Adapters.Postgres
end

defmodule MyApp.Application do
  @moduledoc false
  use Application

  @impl Application
  def start(_type, _args) do
    oban = Application.fetch_env!(:my_app, Oban)
    asking = {Registry, keys: :unique, name: MyApp.Asking}
    Supervisor.start_link([MyApp.Repo, asking, {Oban, oban}], strategy: :one_for_one)
  end
end
