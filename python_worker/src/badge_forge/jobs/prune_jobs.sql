-- Delete finished jobs of our queues. Oban for Python's statement is the same, but for all queues. Jobs of an event
-- are the memory of its list: `badge-forge forget` deletes them.
WITH finished AS (
    SELECT id
    FROM oban_jobs
    WHERE queue = ANY (%(queues)s)
      AND NOT coalesce(meta ? 'event', false)
      AND (
          (state = 'completed' AND completed_at <= timezone('UTC', now()) - make_interval(secs => %(max_age)s))
          OR (state = 'cancelled' AND cancelled_at <= timezone('UTC', now()) - make_interval(secs => %(max_age)s))
          OR (state = 'discarded' AND discarded_at <= timezone('UTC', now()) - make_interval(secs => %(max_age)s))
      )
    ORDER BY id
    LIMIT %(limit)s
)
DELETE FROM oban_jobs
WHERE id IN (SELECT id FROM finished)
