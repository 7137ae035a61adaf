-- As Oban retries, but not what completed, which would be done twice; and what waits for its next attempt
-- need wait no longer.
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
