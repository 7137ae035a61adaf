defmodule BadgeForge.Session do
  @moduledoc """
  Sets what a session relies on, whatever the database or the role set.

  Python's `session.py` is the same. Without it, `default_transaction_isolation = serializable` on a database, for
  example, would cost attempts.
  """

  # PgBouncer refuses such settings as parameters of the connection. Older versions of PostgreSQL lack the last one.
  @prepare """
  SELECT set_config(name, value, false)
  FROM (
    VALUES
      ('default_transaction_isolation', 'read committed'),
      ('default_transaction_read_only', 'off'),
      ('default_transaction_deferrable', 'off'),
      ('search_path', 'public'),
      ('timezone', 'UTC'),
      ('datestyle', 'ISO, MDY'),
      ('intervalstyle', 'postgres'),
      ('standard_conforming_strings', 'on'),
      ('statement_timeout', '30s'),
      ('lock_timeout', '10s'),
      ('idle_in_transaction_session_timeout', '30s'),
      ('idle_session_timeout', '0'),
      ('transaction_timeout', '0')
  ) AS wanted (name, value)
  WHERE current_setting(name, true) IS NOT NULL
  """

  @doc "Prepare a new connection of the pool, which calls this (`:after_connect` in `config/runtime.exs`)."
  @spec prepare(term) :: term
  def prepare(connection), do: Postgrex.query!(connection, @prepare, [])
end
