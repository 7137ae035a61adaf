-- $1 id, $2 attempt, $3 node and $4 producer of the attempt that ended; $5 new state,
-- $6 seconds until it is due again, $7 error or null.
--
-- The row changes only while it belongs to this attempt: a job that was cancelled, rescued or completed
-- elsewhere stays as it is. A snooze adds one to max_attempts, as Oban does, so it costs no attempt.
UPDATE public.oban_jobs SET
  state = $5::oban_job_state,
  errors = CASE WHEN $7::text IS NULL THEN errors ELSE errors || $7::jsonb END,
  max_attempts = max_attempts + ($5::text = 'scheduled')::integer,
  scheduled_at = CASE WHEN $5::text IN ('scheduled', 'retryable')
    THEN timezone('UTC', clock_timestamp()) + $6::float * interval '1 second' ELSE scheduled_at END,
  completed_at = CASE $5::text
    WHEN 'completed' THEN timezone('UTC', clock_timestamp()) ELSE completed_at END,
  cancelled_at = CASE $5::text
    WHEN 'cancelled' THEN timezone('UTC', clock_timestamp()) ELSE cancelled_at END,
  discarded_at = CASE $5::text
    WHEN 'discarded' THEN timezone('UTC', clock_timestamp()) ELSE discarded_at END
WHERE id = $1::bigint AND state = 'executing' AND attempt = $2::integer
  AND attempted_by = ARRAY[$3::text, $4::text]
RETURNING id
