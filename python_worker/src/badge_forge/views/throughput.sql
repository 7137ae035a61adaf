-- Jobs that each queue completed within the last minute, at most 20,000 in all. Reads the partial index on
-- completed_at, which Oban for Python and db/migrations create.
-- `within_s` is the time since the first of them: a run that began ten seconds ago, or completes more than
-- 20,000 a minute, has the right rate at once.
SELECT
    queue,
    count(*) AS jobs,
    extract(epoch FROM timezone('UTC', clock_timestamp()) - min(completed_at))::float8 AS within_s
FROM (
    SELECT queue, completed_at
    FROM oban_jobs
    WHERE state = 'completed'
      AND completed_at BETWEEN timezone('UTC', now()) - interval '60 seconds'
                           AND timezone('UTC', now()) + interval '1 day' -- a clock can be ahead, or infinite
    ORDER BY completed_at DESC
    LIMIT 20000
) AS recent
GROUP BY queue
ORDER BY queue
