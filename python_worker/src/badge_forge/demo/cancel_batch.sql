-- What of a batch nobody has begun, and nobody shall.
UPDATE oban_jobs
SET state = 'cancelled', cancelled_at = timezone('UTC', now())
WHERE meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
  AND state IN ('available', 'scheduled', 'retryable')
