-- Cancel jobs as Oban for Elixir does: set the state, also of executing jobs, and signal their workers to stop.
-- Oban for Python only sends the signal to executing jobs. A job that Elixir runs would stay `executing`.
WITH running AS (
    SELECT id, state
    FROM oban_jobs AS job
    WHERE state IN ('available', 'scheduled', 'retryable', 'suspended', 'executing')
      AND (/* job_filter */ true)
    ORDER BY id -- so that two of these statements do not wait for each other
    FOR UPDATE
),
cancelled AS (
    UPDATE oban_jobs AS job
    SET state = 'cancelled',
        cancelled_at = timezone('UTC', now()),
        errors = errors || jsonb_build_object(
            'attempt', attempt,
            'at', to_char(timezone('UTC', now()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'error', 'cancelled by hand'
        )
    FROM running
    WHERE job.id = running.id
    RETURNING job.id, running.state
)
SELECT
    id,
    CASE WHEN state = 'executing' THEN pg_notify(
        'public.oban_signal', json_build_object('action', 'pkill', 'job_id', id, 'ident', 'any')::text
    ) END
FROM cancelled
