-- Ask the print center, ahead of its other jobs in the queue.
WITH asked AS (
    INSERT INTO oban_jobs (queue, worker, args, priority, max_attempts)
    VALUES (%(queue)s, %(worker)s, %(args)s, 0, 20)
    RETURNING id, queue
)
SELECT id, pg_notify('public.oban_insert', json_build_object('queue', queue)::text) FROM asked
