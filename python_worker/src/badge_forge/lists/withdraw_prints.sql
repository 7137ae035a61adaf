-- Cancel the prints of withdrawn badges that wait. One that is being printed goes on: stopping it would leave open
-- whether it is on paper.
WITH wanted AS (
    SELECT id, reason FROM jsonb_to_recordset(%(withdrawn)s::jsonb) AS gone (id text, reason text)
)
UPDATE oban_jobs AS job
SET state = CASE WHEN state IN ('available', 'scheduled', 'retryable', 'suspended') THEN 'cancelled' ELSE state END,
    cancelled_at = CASE
        WHEN state IN ('available', 'scheduled', 'retryable', 'suspended') THEN timezone('UTC', now())
        ELSE cancelled_at
    END,
    meta = meta || jsonb_build_object('withdrawn', wanted.reason),
    errors = CASE
        WHEN state IN ('available', 'scheduled', 'retryable', 'suspended') THEN errors || jsonb_build_object(
            'attempt', attempt,
            'at', to_char(timezone('UTC', now()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'error', wanted.reason
        )
        ELSE errors
    END
FROM wanted
WHERE job.args @> jsonb_build_object('id', wanted.id)
  AND job.queue = 'printing'
  AND job.state <> 'executing'
  AND NOT job.meta ? 'withdrawn'
