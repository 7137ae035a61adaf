-- Rescue jobs that still have the observed attempt and heartbeat. Others have a live worker and are left alone.
WITH orphans AS (
    SELECT job.id
    FROM oban_jobs AS job
    JOIN unnest(%(ids)s::bigint[], %(attempted_ats)s::timestamp[], %(heartbeats)s::text[])
        AS watched (id, attempted_at, heartbeat) ON job.id = watched.id
    WHERE job.state = 'executing'
      AND job.attempted_at IS NOT DISTINCT FROM watched.attempted_at
      AND left(job.meta ->> 'heartbeat', 40) IS NOT DISTINCT FROM watched.heartbeat
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE oban_jobs AS job
SET state = CASE WHEN attempt < max_attempts THEN 'available' ELSE 'discarded' END::oban_job_state,
    discarded_at = CASE WHEN attempt < max_attempts THEN discarded_at ELSE timezone('UTC', now()) END,
    errors = errors || jsonb_build_object(
        'attempt', attempt,
        'at', to_char(timezone('UTC', now()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'error', 'rescued: the heartbeat of ' || coalesce(left(attempted_by[1], 100), 'its worker') || ' stopped'
    )
FROM orphans
WHERE job.id = orphans.id
RETURNING job.id, job.state::text
