-- Let jobs that were held wait again: those whose time has not come until it comes.
WITH released AS (
    UPDATE oban_jobs AS job
    SET state = CASE WHEN scheduled_at <= timezone('UTC', now()) THEN 'available'
                     WHEN attempt > 0 THEN 'retryable'
                     ELSE 'scheduled' END::oban_job_state
    WHERE state = 'suspended'
      AND (/* job_filter */ true)
    RETURNING id, queue
),
notified AS (
    SELECT pg_notify('public.oban_insert', json_build_object('queue', queue)::text)
    FROM (SELECT DISTINCT queue FROM released) AS queues
)
SELECT id FROM released WHERE (SELECT count(*) FROM notified) >= 0
