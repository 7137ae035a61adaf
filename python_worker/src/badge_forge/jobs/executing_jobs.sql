-- The executing jobs with their heartbeats. left() bounds the length, since a row can contain anything.
SELECT id, attempted_at, left(meta ->> 'heartbeat', 40) AS heartbeat
FROM oban_jobs
WHERE state = 'executing'
  AND queue = ANY (%(queues)s)
