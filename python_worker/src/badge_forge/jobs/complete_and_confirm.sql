-- One statement, so one transaction and one round trip. Fenced by attempted_at, as Oban for Python's own
-- acknowledgement is: a job that was cancelled or rescued since belongs to someone else.
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
-- What Oban sends, so that the print center need not look for itself.
SELECT pg_notify('public.oban_insert', json_build_object('queue', queue)::text) FROM confirmed
