-- Finished jobs of `queues` in `states`, latest first: at most `scanned` of them before the cursor. Each branch
-- reads a partial index backwards, and none at all if its state is not asked for.
SELECT row_number() OVER (ORDER BY at DESC, id DESC) AS place, id, queue, args, meta, at, 0 AS priority
FROM (
    (
        SELECT id, queue, args, meta, completed_at AS at
        FROM oban_jobs
        WHERE state = 'completed'
          AND 'completed' = ANY (%(states)s)
          AND queue = ANY (%(queues)s)
          AND (completed_at, id) < (%(at)s::timestamp, %(id)s::bigint)
        ORDER BY completed_at DESC, id DESC
        LIMIT %(scanned)s
    )
    UNION ALL
    (
        SELECT id, queue, args, meta, cancelled_at
        FROM oban_jobs
        WHERE state = 'cancelled'
          AND 'cancelled' = ANY (%(states)s)
          AND queue = ANY (%(queues)s)
          AND (cancelled_at, id) < (%(at)s::timestamp, %(id)s::bigint)
        ORDER BY cancelled_at DESC, id DESC
        LIMIT %(scanned)s
    )
    UNION ALL
    (
        SELECT id, queue, args, meta, discarded_at
        FROM oban_jobs
        WHERE state = 'discarded'
          AND 'discarded' = ANY (%(states)s)
          AND queue = ANY (%(queues)s)
          AND (discarded_at, id) < (%(at)s::timestamp, %(id)s::bigint)
        ORDER BY discarded_at DESC, id DESC
        LIMIT %(scanned)s
    )
) AS finished
ORDER BY place
LIMIT %(scanned)s
