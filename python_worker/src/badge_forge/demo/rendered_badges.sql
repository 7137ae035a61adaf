-- The badges of the jobs `ids` that were rendered since a time, oldest first: the newest 200. Some of them from before
-- that time, since a completion can become visible after one with a later time.
SELECT id, name, type, duration_s, completed_at
FROM (
    SELECT
        id,
        left(args->>'name', 200) AS name,
        left(args->>'type', 40) AS type,
        extract(epoch FROM completed_at - attempted_at)::float8 AS duration_s,
        completed_at
    FROM oban_jobs
    WHERE state = 'completed'
      AND completed_at > coalesce(%(since)s::timestamp, '-infinity') - interval '2 seconds'
      AND id = ANY(%(ids)s)
    ORDER BY completed_at DESC
    LIMIT 200
) AS newest
ORDER BY completed_at
