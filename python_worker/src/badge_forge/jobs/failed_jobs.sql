-- Cancelled and discarded jobs of both languages, newest first, with their last errors.
SELECT
    id,
    queue,
    state::text AS state,
    attempt,
    args ->> 'name' AS name,
    -- The last part of a path, as version 0.1 wrote it.
    coalesce(args ->> 'file', regexp_replace(args ->> 'path', '^.*/', '')) AS file,
    args ->> 'sha256' AS sha256,
    errors[array_upper(errors, 1)] ->> 'error' AS error,
    coalesce(cancelled_at, discarded_at) AS failed_at
FROM oban_jobs AS job
WHERE state IN ('cancelled', 'discarded')
  AND NOT coalesce(meta ? 'withdrawn', false) -- a later version replaced it, or its ticket is gone
  AND (/* job_filter */ true)
ORDER BY coalesce(cancelled_at, discarded_at) DESC NULLS LAST, id DESC
LIMIT %(limit)s
