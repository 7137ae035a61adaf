-- How long the jobs took that each queue completed within the last minute, at most 20,000 in all: their number
-- and their seconds by bucket. Bucket 0 is below the first bound, bucket 1 from there to the second, and so on.
SELECT
    queue,
    width_bucket(duration_s, %(bounds_s)s::float8[]) AS bucket,
    count(*) AS jobs,
    sum(duration_s) AS total_s
FROM (
    SELECT queue, greatest(0, extract(epoch FROM completed_at - attempted_at))::float8 AS duration_s
    FROM oban_jobs
    WHERE state = 'completed'
      AND completed_at > timezone('UTC', now()) - interval '60 seconds'
      AND attempted_at IS NOT NULL
    ORDER BY completed_at DESC
    LIMIT 20000
) AS recent
GROUP BY queue, bucket
ORDER BY queue, bucket
LIMIT 500
