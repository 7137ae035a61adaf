-- Enqueue a badge as the Elixir app enqueues a single one: ahead of every batch.
WITH asked AS (
    INSERT INTO oban_jobs (queue, worker, args, meta, priority, max_attempts)
    VALUES (%(queue)s, %(worker)s, %(args)s, %(meta)s, 0, 5)
    RETURNING id, queue
)
SELECT id, pg_notify('public.oban_insert', json_build_object('queue', queue)::text) FROM asked
