-- Retry jobs as Oban does, except completed ones, which would run twice. Retryable jobs run now instead of
-- after their back-off.
UPDATE oban_jobs
SET state = 'available',
    max_attempts = GREATEST(max_attempts, LEAST(attempt::bigint + %(attempts)s, 2147483647)::integer),
    scheduled_at = timezone('UTC', now()),
    cancelled_at = NULL,
    discarded_at = NULL
WHERE queue = ANY (%(queues)s)
  AND state IN ('cancelled', 'discarded', 'retryable')
  AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s::bigint[]))
  AND NOT id = ANY (%(but)s::bigint[])
RETURNING id
