-- Write the heartbeat of a running job. It is in meta, because attempted_at identifies the attempt.
UPDATE oban_jobs
SET meta = coalesce(meta, '{}') || jsonb_build_object('heartbeat', extract(epoch FROM clock_timestamp()))
WHERE id = %(id)s
  AND state = 'executing'
  AND attempted_at = %(attempted_at)s
