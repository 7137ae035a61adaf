-- The jobs of one badge, of both queues, oldest first: the newest 20, each with its newest 50 errors. left() bounds
-- the lengths, since a row can contain anything. OFFSET makes the planner use the GIN index on args.
SELECT *
FROM (
    SELECT
        id,
        queue,
        state::text AS state,
        attempt,
        max_attempts,
        priority,
        left(args ->> 'name', 200) AS name,
        left(args ->> 'company', 200) AS company,
        left(args ->> 'type', 40) AS type,
        left(args ->> 'title', 200) AS title,
        left(args ->> 'event', 60) AS event,
        left(args ->> 'design', 60) AS design,
        left(coalesce(args ->> 'file', args ->> 'path'), 4096) AS path,
        left(args ->> 'sha256', 64) AS sha256,
        left(meta ->> 'batch_id', 40) AS batch_id,
        left(meta ->> 'held_up', 300) AS held_up,
        left(attempted_by[1], 200) AS node,
        inserted_at,
        scheduled_at,
        attempted_at,
        completed_at,
        cancelled_at,
        discarded_at,
        (
            SELECT coalesce(jsonb_agg(error ORDER BY number), '[]')
            FROM (
                SELECT
                    number,
                    jsonb_build_object(
                        'attempt', error -> 'attempt',
                        'at', left(error ->> 'at', 40),
                        -- The message is at the beginning of an Elixir error and at the end of a traceback.
                        'error', CASE WHEN error ->> 'error' LIKE '** (%%' THEN left(error ->> 'error', 2000)
                                      ELSE right(error ->> 'error', 2000) END
                    ) AS error
                FROM jsonb_array_elements(to_jsonb(errors)) WITH ORDINALITY AS element (error, number)
                ORDER BY number DESC
                LIMIT 50
            ) AS newest_errors
        ) AS errors
    FROM (
        SELECT *
        FROM oban_jobs
        WHERE queue IN ('badges', 'printing')
          AND args @> jsonb_build_object('id', %(badge_id)s::text)
        OFFSET 0
    ) AS job
    ORDER BY id DESC
    LIMIT 20
) AS newest
ORDER BY id
