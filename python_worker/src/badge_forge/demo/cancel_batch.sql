-- Cancel the jobs of a batch that are not executing yet.
UPDATE oban_jobs
SET state = 'cancelled',
    cancelled_at = timezone('UTC', now()),
    errors = errors || jsonb_build_object(
        'attempt', attempt,
        'at', to_char(timezone('UTC', now()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'error', 'cancelled: the demo that enqueued it was stopped'
    )
WHERE meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
  AND state IN ('available', 'scheduled', 'retryable')
