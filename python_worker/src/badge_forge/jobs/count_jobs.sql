-- Jobs by queue and state. A badge that was withdrawn has not failed.
SELECT queue, state::text AS state, count(*) AS jobs
FROM oban_jobs AS job
WHERE NOT (state IN ('cancelled', 'discarded') AND coalesce(meta ? 'withdrawn', false))
  AND (/* job_filter */ true)
GROUP BY queue, state
