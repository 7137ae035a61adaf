-- A sign of life from who works on a job. Not attempted_at: acknowledgements are fenced by that.
UPDATE oban_jobs
SET meta = coalesce(meta, '{}') || jsonb_build_object('heartbeat', extract(epoch FROM clock_timestamp()))
WHERE id = %(id)s
  AND state = 'executing'
  AND attempted_at = %(attempted_at)s
