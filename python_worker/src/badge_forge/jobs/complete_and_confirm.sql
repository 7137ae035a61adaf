-- Complete a badge job and insert its confirmation, in one transaction and one round trip. As in Oban for
-- Python's acknowledgement, attempted_at excludes a job that was rescued and belongs to another attempt.
WITH completed AS (
    UPDATE oban_jobs
    SET state = 'completed', completed_at = timezone('UTC', now())
    WHERE id = %(id)s
      AND state = 'executing'
      AND attempted_at = %(attempted_at)s
    RETURNING id
),
confirmed AS (
    INSERT INTO oban_jobs (worker, queue, args, meta, priority, max_attempts, tags)
    SELECT %(worker)s, %(queue)s, %(args)s, %(meta)s, %(priority)s, %(max_attempts)s, %(tags)s
    FROM completed
    RETURNING queue
)
-- Oban's notification of an insert. Without it, the print center would find the job at its next poll.
SELECT pg_notify('public.oban_insert', json_build_object('queue', queue)::text) FROM confirmed
