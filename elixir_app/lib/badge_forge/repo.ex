defmodule BadgeForge.Repo do
  @moduledoc "The database that holds `oban_jobs`, which this app and the Python worker share."

  use Ecto.Repo, otp_app: :badge_forge, adapter: Ecto.Adapters.Postgres
end
