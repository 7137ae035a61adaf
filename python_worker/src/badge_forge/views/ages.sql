-- Seconds since the oldest available job of each queue was due, for 50 queues at most. For each queue and
-- priority, it looks one job up in the five-column index of both Obans.
WITH RECURSIVE queues AS (
    SELECT min(queue) AS queue FROM oban_jobs WHERE state = 'available'
    UNION ALL
    SELECT (SELECT min(queue) FROM oban_jobs AS job WHERE job.state = 'available' AND job.queue > queues.queue)
    FROM queues
    WHERE queue IS NOT NULL
)
SELECT
    queue,
    greatest(0, extract(epoch FROM timezone('UTC', clock_timestamp()) - min(scheduled_at)))::float8 AS age_s
FROM (SELECT queue FROM queues WHERE queue IS NOT NULL LIMIT 50) AS first
CROSS JOIN generate_series(0, 9) AS priority
CROSS JOIN LATERAL (
    SELECT scheduled_at
    FROM oban_jobs AS job
    WHERE job.state = 'available' AND job.queue = first.queue AND job.priority = priority.priority
    ORDER BY job.scheduled_at, job.id
    LIMIT 1
) AS oldest
GROUP BY queue
ORDER BY queue
