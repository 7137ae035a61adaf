-- $1 milliseconds since the attempt began
UPDATE public.oban_jobs SET
  state = CASE WHEN attempt < max_attempts THEN 'available' ELSE 'discarded' END::oban_job_state,
  discarded_at = CASE WHEN attempt < max_attempts
    THEN discarded_at ELSE timezone('UTC', clock_timestamp()) END
WHERE state = 'executing'
  AND attempted_at < timezone('UTC', clock_timestamp()) - $1::float * interval '1 millisecond'
RETURNING id
