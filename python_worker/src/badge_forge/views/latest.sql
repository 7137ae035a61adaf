-- The jobs that completed last, newest first. left() bounds the lengths, since a row can contain anything. A time
-- can be infinite, or too far away for other languages, where no constraint refuses it.
SELECT
    id,
    queue,
    left(worker, 200) AS worker,
    left(args ->> 'id', 40) AS badge_id,
    left(args ->> 'name', 200) AS name,
    left(args ->> 'type', 40) AS type,
    left(args ->> 'design', 60) AS design,
    attempt,
    CASE WHEN isfinite(attempted_at) THEN extract(epoch FROM completed_at - attempted_at)::float8 END AS duration_s,
    completed_at
FROM oban_jobs
WHERE state = 'completed'
  AND completed_at BETWEEN '2000-01-01' AND timezone('UTC', now()) + interval '1 day'
  AND (%(queues)s::text[] IS NULL OR queue = ANY (%(queues)s::text[]))
ORDER BY completed_at DESC
LIMIT %(latest)s
