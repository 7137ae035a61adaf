-- Jobs of both queues that changed since `since`, by default within three seconds: those that finished, those that
-- are executing, and those in `watched`, which were executing. Jobs that finished at a `known` time are left out.
-- Each branch is bounded; the newest come first.
WITH known AS (
    SELECT * FROM unnest(%(known_ids)s::bigint[], %(known_at)s::timestamp[])
),
changed AS (
    (
        SELECT id FROM oban_jobs
        WHERE state = 'completed'
          AND completed_at >= coalesce(%(since)s, timezone('UTC', now()) - interval '3 s')
          AND queue IN ('badges', 'printing')
          AND (id, completed_at) NOT IN (SELECT * FROM known)
        ORDER BY completed_at DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT id FROM oban_jobs
        WHERE state = 'cancelled'
          AND cancelled_at >= coalesce(%(since)s, timezone('UTC', now()) - interval '3 s')
          AND queue IN ('badges', 'printing')
          AND (id, cancelled_at) NOT IN (SELECT * FROM known)
        ORDER BY cancelled_at DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT id FROM oban_jobs
        WHERE state = 'discarded'
          AND discarded_at >= coalesce(%(since)s, timezone('UTC', now()) - interval '3 s')
          AND queue IN ('badges', 'printing')
          AND (id, discarded_at) NOT IN (SELECT * FROM known)
        ORDER BY discarded_at DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (SELECT id FROM oban_jobs WHERE state = 'executing' AND queue = 'badges' LIMIT 50)
    UNION ALL
    (SELECT id FROM oban_jobs WHERE state = 'executing' AND queue = 'printing' LIMIT 50)
    UNION ALL
    SELECT unnest(%(watched)s::bigint[])
)
SELECT
    timezone('UTC', clock_timestamp()) AS looked_at,
    (
        SELECT coalesce(jsonb_agg(to_jsonb(rows)), '[]')
        FROM (
            SELECT
                job.id AS job_id,
                job.queue,
                job.state::text AS state,
                CASE WHEN job.args ->> 'id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                    THEN job.args ->> 'id' ELSE 'job-' || job.id END AS id,
                coalesce(left(job.args ->> 'name', 200), '') AS name,
                coalesce(left(job.args ->> 'company', 200), '') AS company,
                coalesce(left(job.args ->> 'type', 40), '') AS type,
                coalesce(left(job.args ->> 'design', 60), %(default_design)s) AS design,
                left(job.meta ->> 'batch_id', 100) AS batch_id,
                job.attempt,
                extract(epoch FROM coalesce(job.completed_at, job.cancelled_at, job.discarded_at)
                                   - job.attempted_at)::float8 AS duration_s,
                coalesce(job.completed_at, job.cancelled_at, job.discarded_at) AT TIME ZONE 'UTC' AS finished_at
            FROM (SELECT DISTINCT id FROM changed) AS changed
            -- LIMIT keeps the planner from joining the whole table.
            CROSS JOIN LATERAL (SELECT * FROM oban_jobs WHERE oban_jobs.id = changed.id LIMIT 1) AS job
            ORDER BY job.id
        ) AS rows
    ) AS jobs
