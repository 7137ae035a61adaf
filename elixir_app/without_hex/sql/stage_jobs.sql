-- $1 queue
UPDATE public.oban_jobs SET state = 'available'
WHERE state IN ('scheduled', 'retryable') AND queue = $1
  AND scheduled_at <= timezone('UTC', clock_timestamp())
RETURNING id
