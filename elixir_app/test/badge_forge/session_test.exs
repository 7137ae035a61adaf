defmodule BadgeForge.SessionTest do
  use BadgeForge.Case, async: false

  @settings %{
    "datestyle" => "ISO, MDY",
    "default_transaction_isolation" => "read committed",
    "default_transaction_read_only" => "off",
    "idle_in_transaction_session_timeout" => "30s",
    "lock_timeout" => "10s",
    "search_path" => "public",
    "statement_timeout" => "30s",
    "timezone" => "UTC"
  }

  test "every session of the pool has the settings that the app relies on" do
    sql = """
    SELECT name, current_setting(name)
    FROM unnest(string_to_array($1::text, ',')) AS name, pg_sleep(0.1)
    """

    names = Enum.join(Map.keys(@settings), ",")

    1..20
    |> Enum.map(fn _number -> Task.async(fn -> Repo.query!(sql, [names]).rows end) end)
    |> Task.await_many(hang_ms())
    |> Enum.each(&assert(Map.new(&1, fn [name, value] -> {name, value} end) == @settings))
  end
end
