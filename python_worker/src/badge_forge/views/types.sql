-- Badge jobs by state and type: the newest 10,000 of each state. left() bounds the lengths to one more than a type
-- may have, and values that are too long to be a badge's args are not read, since a row can contain anything.
SELECT
    state::text AS state,
    CASE WHEN pg_column_size(args) <= 16000 THEN left(args ->> 'type', 41) END AS type,
    count(*) AS jobs
FROM unnest(enum_range(NULL::oban_job_state)) AS states (state)
CROSS JOIN LATERAL (
    SELECT args
    FROM oban_jobs AS job
    WHERE job.state = states.state AND job.queue = 'badges'
    ORDER BY job.priority DESC, job.scheduled_at DESC, job.id DESC
    LIMIT 10000
) AS newest
GROUP BY 1, 2
ORDER BY jobs DESC
LIMIT 200
