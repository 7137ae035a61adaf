-- Jobs of `queues` in `states` that are not finished, in the order in which Oban fetches them: at most `scanned`
-- of them after the cursor. Each state and queue reads the five-column index of both Obans.
SELECT row_number() OVER (ORDER BY job.priority, job.at, job.id) AS place, job.*
FROM unnest(%(states)s::oban_job_state[]) AS wanted (state)
CROSS JOIN unnest(%(queues)s::text[]) AS wanted_queue (queue)
CROSS JOIN LATERAL (
    SELECT id, queue, args, meta, scheduled_at AS at, priority
    FROM oban_jobs
    WHERE oban_jobs.state = wanted.state
      AND oban_jobs.queue = wanted_queue.queue
      AND (priority, scheduled_at, id) > (%(priority)s::integer, %(at)s::timestamp, %(id)s::bigint)
    ORDER BY priority, scheduled_at, id
    LIMIT %(scanned)s
) AS job
ORDER BY place
LIMIT %(scanned)s
