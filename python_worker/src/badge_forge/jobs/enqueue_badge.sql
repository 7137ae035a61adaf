-- Enqueue a badge as the Elixir app does: with priority 0, it goes ahead of every batch.
WITH enqueued AS (
    INSERT INTO oban_jobs (queue, worker, args, meta, priority, max_attempts)
    VALUES (%(queue)s, %(worker)s, %(args)s, %(meta)s, %(priority)s, 5)
    RETURNING id, queue
)
SELECT id, pg_notify('public.oban_insert', json_build_object('queue', queue)::text) FROM enqueued
