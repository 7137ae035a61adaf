-- Why jobs failed: the newest 1,000 cancelled and the newest 1,000 discarded ones, and 200 that wait for their
-- next attempt, grouped by their last error; and 200 that wait for a printer, by what it says. Ids, paths, quoted values and numbers are left out of the cause, so
-- that the failures of many badges are one group. Each group has its newest reason. to_jsonb() reads the errors of
-- both Obans, jsonb[] and jsonb.
WITH recent AS (
    (
        SELECT id, queue, state, errors, cancelled_at AS failed_at, NULL AS held_up
        FROM oban_jobs
        WHERE state = 'cancelled'
          -- A later version replaced it, or its ticket is gone: not a failure.
          AND NOT coalesce(meta ? 'withdrawn', false)
          AND cancelled_at BETWEEN '2000-01-01' AND timezone('UTC', now()) + interval '1 day'
        ORDER BY cancelled_at DESC
        LIMIT 1000
    )
    UNION ALL
    (
        SELECT id, queue, state, errors, discarded_at, NULL
        FROM oban_jobs
        WHERE state = 'discarded'
          AND discarded_at BETWEEN '2000-01-01' AND timezone('UTC', now()) + interval '1 day'
        ORDER BY discarded_at DESC
        LIMIT 1000
    )
    UNION ALL
    (
        SELECT id, queue, state, errors, attempted_at, NULL
        FROM oban_jobs
        WHERE state = 'retryable'
          AND attempted_at BETWEEN '2000-01-01' AND timezone('UTC', now()) + interval '1 day'
        ORDER BY queue, priority, scheduled_at, id -- else it might read the whole table
        LIMIT 200
    )
    UNION ALL
    (
        SELECT id, queue, state, errors, attempted_at, left(meta ->> 'held_up', 300)
        FROM (
            SELECT * FROM oban_jobs WHERE state = 'scheduled' ORDER BY queue, priority, scheduled_at, id LIMIT 200
        ) AS waiting
        WHERE meta ->> 'held_up' <> ''
    )
),
reasons AS (
    SELECT
        id,
        queue,
        state,
        failed_at,
        -- As `badge_forge.jobs.failed.reason`: the first line of an Elixir error, the last of a traceback.
        -- Oban for Elixir quotes what a worker returns: without the quotes, its words tell causes apart.
        left(CASE WHEN held_up IS NOT NULL THEN held_up
                  WHEN error LIKE '** (%%'
                  THEN regexp_replace(
                      split_part(error, E'\n', 1),
                      '^\*\* \(Oban\.PerformError\) \S+ failed with \{:[a-z]+, "(.*)"\}$',
                      '\1'
                  )
                  ELSE regexp_replace(error, '^.*\n', '') END, 300) AS reason
    FROM (
        SELECT *, btrim(right(coalesce(to_jsonb(errors) -> -1 ->> 'error', ''), 4000), E' \n') AS error
        FROM recent
    ) AS with_error
)
SELECT
    queue,
    state::text AS state,
    count(*) AS jobs,
    max(failed_at) AS failed_at,
    (array_agg(id ORDER BY failed_at DESC))[1:5] AS ids,
    (array_agg(reason ORDER BY failed_at DESC))[1] AS reason
FROM reasons
GROUP BY queue, state, regexp_replace(
    reason,
    '[0-9a-f]{8}-[0-9a-f-]{27}|/[^ :,;"'']+|"[^"]*("|$)|''[^'']*(''|$)|[0-9]+',
    '#',
    'g'
)
ORDER BY count(*) DESC, max(failed_at) DESC
LIMIT 50
