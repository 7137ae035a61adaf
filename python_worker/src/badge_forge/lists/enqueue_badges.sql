-- Enqueue new badges and new versions of badges, in their order. The unique index decides which are new, so that
-- a version of a badge is enqueued once, even by two imports at once.
WITH given AS (
    SELECT badge -> 'args' AS args, badge -> 'meta' AS meta, place
    FROM jsonb_array_elements(%(badges)s::jsonb) WITH ORDINALITY AS list (badge, place)
),
enqueued AS (
    INSERT INTO oban_jobs (queue, worker, args, meta, priority, max_attempts)
    SELECT 'badges', %(worker)s, args, meta, 1, 5
    FROM given
    ORDER BY place
    ON CONFLICT ((args ->> 'id'), (meta ->> 'version')) WHERE queue = 'badges' AND meta ? 'event' DO NOTHING
    RETURNING id
)
SELECT count(*) FROM enqueued
