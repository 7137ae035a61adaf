-- As Oban retries, but only what was given up: a job that completed would be done twice.
UPDATE oban_jobs
SET state = 'available',
    max_attempts = GREATEST(max_attempts, attempt + %(attempts)s),
    scheduled_at = timezone('UTC', now()),
    cancelled_at = NULL,
    discarded_at = NULL
WHERE id = ANY (%(ids)s)
  AND state IN ('cancelled', 'discarded')
RETURNING id
