-- Insert a print with the args of the badge's newest print that completed, unless another one is under way. The
-- mark in its meta tells the print center that this copy is wanted.
WITH prints AS MATERIALIZED (
    SELECT id, state, worker, args, meta, priority, max_attempts, tags
    FROM oban_jobs
    WHERE args @> jsonb_build_object('id', %(badge_id)s::text)
      AND queue = %(queue)s
    LIMIT 1000
),
again AS (
    INSERT INTO oban_jobs (queue, worker, args, meta, priority, max_attempts, tags)
    SELECT %(queue)s, worker, args, meta || '{"print_again": true}', priority, max_attempts, tags
    FROM (SELECT * FROM prints WHERE state = 'completed' ORDER BY id DESC LIMIT 1) AS newest
    WHERE NOT EXISTS (
        SELECT FROM prints
        WHERE state IN ('available', 'scheduled', 'retryable', 'suspended', 'executing')
    )
    RETURNING id, queue
)
SELECT id, pg_notify('public.oban_insert', json_build_object('queue', queue)::text) FROM again
