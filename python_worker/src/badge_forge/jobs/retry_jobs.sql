-- Retry jobs as Oban does, except completed ones, which would run twice. Retryable jobs run now instead of
-- after their back-off.
UPDATE oban_jobs AS job
SET state = 'available',
    max_attempts = GREATEST(max_attempts, LEAST(attempt::bigint + %(attempts)s, 2147483647)::integer),
    scheduled_at = timezone('UTC', now()),
    cancelled_at = NULL,
    discarded_at = NULL
WHERE state IN ('cancelled', 'discarded', 'retryable')
  AND NOT id = ANY (%(but)s::bigint[])
  AND NOT coalesce(meta ? 'withdrawn', false) -- a later version replaced it, or its ticket is gone
  AND (/* job_filter */ true)
RETURNING id
