-- Jobs that each queue completed within the last minute, at most 20,000 in all. Reads the partial index on
-- completed_at, which Oban for Python and db/migrations create.
SELECT queue, count(*) AS jobs
FROM (
    SELECT queue
    FROM oban_jobs
    WHERE state = 'completed'
      AND completed_at > timezone('UTC', now()) - interval '60 seconds'
    ORDER BY completed_at DESC
    LIMIT 20000
) AS recent
GROUP BY queue
ORDER BY queue
