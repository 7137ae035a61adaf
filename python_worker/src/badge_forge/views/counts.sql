-- Jobs by queue and state. PostgreSQL's statistics answer where they expect more than 50,000 jobs, so that a
-- refresh takes as long with millions of finished jobs as with few. Otherwise the jobs are counted, at most
-- 50,001 of them. The recursion looks each queue up in the five-column index of both Obans, 200 at most.
WITH RECURSIVE states AS (
    SELECT unnest(enum_range(NULL::oban_job_state)) AS state
),
present AS (
    SELECT state, (SELECT min(queue) FROM oban_jobs AS job WHERE job.state = states.state) AS queue
    FROM states
    UNION ALL
    SELECT
        state,
        (SELECT min(queue) FROM oban_jobs AS job WHERE job.state = present.state AND job.queue > present.queue)
    FROM present
    WHERE queue IS NOT NULL
),
statistics AS (
    SELECT attname, value, frequency
    FROM pg_stats, unnest(most_common_vals::text::text[], most_common_freqs) AS common (value, frequency)
    WHERE schemaname = (SELECT nspname FROM pg_namespace WHERE oid = (SELECT relnamespace FROM pg_class
                                                                       WHERE oid = 'oban_jobs'::regclass))
      AND tablename = 'oban_jobs'
      AND attname IN ('state', 'queue')
),
expected AS MATERIALIZED (
    SELECT
        present.state,
        present.queue,
        (SELECT reltuples FROM pg_class WHERE oid = 'oban_jobs'::regclass)
            * coalesce((SELECT frequency FROM statistics WHERE attname = 'state' AND value = present.state::text), 0)
            * coalesce((SELECT frequency FROM statistics WHERE attname = 'queue' AND value = present.queue), 0)
            AS jobs
    FROM (
        (SELECT * FROM present WHERE queue IS NOT NULL LIMIT 200)
        UNION -- our queues, however many others there are
        SELECT state, queue
        FROM states
        CROSS JOIN unnest(%(own)s::text[]) AS own (queue)
        WHERE (
            SELECT true FROM oban_jobs AS job
            WHERE job.state = states.state AND job.queue = own.queue
            ORDER BY job.priority, job.scheduled_at, job.id -- else, as with EXISTS, it reads the whole table
            LIMIT 1
        )
    ) AS present
),
counted AS MATERIALIZED (
    SELECT
        state,
        queue,
        jobs AS expected,
        CASE WHEN jobs <= 50000 THEN (
            SELECT count(*)
            FROM (
                SELECT FROM oban_jobs AS job
                WHERE job.state = expected.state AND job.queue = expected.queue
                ORDER BY job.priority, job.scheduled_at, job.id -- else it might read the whole table
                LIMIT 50001
            ) AS first
        ) END AS counted
    FROM expected
)
SELECT
    queue,
    state::text AS state,
    coalesce(counted, expected)::bigint AS jobs,
    counted IS NULL OR counted > 50000 AS estimated
FROM counted
ORDER BY queue, state
