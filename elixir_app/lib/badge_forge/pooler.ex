defmodule BadgeForge.Pooler do
  @moduledoc """
  Notices a connection pooler, such as PgBouncer, before the app starts.

  In a pooler's transaction mode, each transaction of a connection may run in another session of the server, which
  does not know what a former one prepared. So no statement is prepared under a name then. Python's `session.py` does
  the same.
  """

  alias BadgeForge.{Repo, Statements}

  @doc "Prepare no named statements if a pooler is in between. Call it while the repo runs; it acts on the next start."
  @spec adapt() :: :ok
  def adapt do
    if Statements.pooled?() do
      config = Application.fetch_env!(:badge_forge, Repo)
      Application.put_env(:badge_forge, Repo, Keyword.put(config, :prepare, :unnamed))
    end

    :ok
  end
end
