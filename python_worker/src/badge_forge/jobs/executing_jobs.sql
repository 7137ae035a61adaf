-- What is being worked on, each with the last sign of life from who works on it.
SELECT id, attempted_at, left(meta ->> 'heartbeat', 40) AS heartbeat
FROM oban_jobs
WHERE state = 'executing'
  AND queue = ANY (%(queues)s)
