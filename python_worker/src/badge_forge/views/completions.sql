-- Badges rendered and printed from `since` until `until`, counted in buckets of ten seconds. At most 100,000 jobs, the
-- newest.
SELECT
    extract(epoch FROM date_bin('10 seconds', completed_at, '2000-01-01') AT TIME ZONE 'UTC')::bigint AS started_at,
    count(*) FILTER (WHERE queue = 'badges') AS rendered,
    count(*) FILTER (WHERE queue = 'printing') AS printed
FROM (
    SELECT queue, completed_at
    FROM oban_jobs
    WHERE state = 'completed'
      AND completed_at >= to_timestamp(%(since)s::float8) AT TIME ZONE 'UTC'
      AND completed_at < to_timestamp(%(until)s::float8) AT TIME ZONE 'UTC' -- a clock can be ahead
      AND queue IN ('badges', 'printing')
    ORDER BY completed_at DESC
    LIMIT 100000
) AS recent
GROUP BY 1
ORDER BY 1
