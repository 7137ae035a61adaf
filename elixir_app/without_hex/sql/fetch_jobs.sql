-- $1 queue, $2 limit, $3 node and $4 producer that fetch
WITH next AS MATERIALIZED (
  SELECT id FROM public.oban_jobs
  WHERE state = 'available' AND queue = $1 AND attempt < max_attempts
  ORDER BY priority, scheduled_at, id
  LIMIT $2::integer
  FOR UPDATE SKIP LOCKED
)
UPDATE public.oban_jobs AS job
SET state = 'executing', attempt = attempt + 1,
    attempted_at = timezone('UTC', clock_timestamp()), attempted_by = ARRAY[$3::text, $4::text]
FROM next
WHERE job.id = next.id
RETURNING job.*
