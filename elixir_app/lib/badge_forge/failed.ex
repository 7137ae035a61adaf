defmodule BadgeForge.Failed do
  @moduledoc "The jobs that were given up, and why."

  alias BadgeForge.Repo

  # What a person reads at once; whoever needs more asks the table.
  @most 100

  @doc "The latest #{@most} of them: see `BadgeForge.failed/0`."
  @spec list() :: [BadgeForge.failed()]
  def list do
    # Of an error of Elixir's the first line says what it was, of Python's, a traceback, the last.
    %{rows: rows} =
      Repo.query!("""
      SELECT id, queue, state, badge_id, name, attempt,
             left(CASE WHEN error LIKE '** (%' THEN split_part(error, E'\\n', 1)
                       ELSE substring(rtrim(error, E' \\r\\n\\t') FROM '[^\\n]*$') END, 500),
             to_char(failed_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      FROM (
        SELECT id, queue, state::text, attempt,
               CASE WHEN jsonb_typeof(args->'id') = 'string' THEN args->>'id' END AS badge_id,
               CASE WHEN jsonb_typeof(args->'name') = 'string' THEN args->>'name' END AS name,
               errors[array_upper(errors, 1)]->>'error' AS error,
               coalesce(greatest(cancelled_at, discarded_at), attempted_at, inserted_at) AS failed_at
        FROM public.oban_jobs
        WHERE queue IN ('badges', 'printing') AND state IN ('cancelled', 'discarded')
        ORDER BY failed_at DESC, id DESC
        LIMIT #{@most}
      ) AS failed
      ORDER BY failed_at DESC, id DESC
      """)

    Enum.map(rows, &failed/1)
  end

  defp failed([id, queue, state, badge_id, name, attempt, error, at]) do
    %{
      id: id,
      queue: queue,
      state: state,
      badge_id: badge_id,
      name: name,
      attempt: attempt,
      reason: reason(error, state),
      at: time(at)
    }
  end

  # A row may hold infinity.
  defp time(nil), do: nil

  defp time(text) do
    case DateTime.from_iso8601(text) do
      {:ok, time, 0} -> time
      {:error, _reason} -> nil
    end
  end

  defp reason(nil, state), do: "#{state} without an error"
  defp reason(error, _state), do: String.replace(error, ~r/\A\*\* \([\w.]+\) /, "")
end
