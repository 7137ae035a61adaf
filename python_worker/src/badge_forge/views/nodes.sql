-- The queues of each node, with the number of their executing jobs: those that report themselves in
-- oban_producers, and those that executing jobs name. A row of oban_producers can outlive its node.
WITH executing AS (
    SELECT left(attempted_by[1], 200) AS node, queue, count(*) AS jobs
    FROM (SELECT attempted_by, queue FROM oban_jobs WHERE state = 'executing' LIMIT 1000) AS first
    WHERE attempted_by[1] IS NOT NULL
    GROUP BY left(attempted_by[1], 200), queue
),
reported AS (
    SELECT DISTINCT ON (node, queue) node, queue, meta, updated_at, started_at
    FROM oban_producers
    ORDER BY node, queue, updated_at DESC
    LIMIT 200
)
SELECT
    coalesce(reported.node, executing.node) AS node,
    coalesce(reported.queue, executing.queue) AS queue,
    coalesce(executing.jobs, 0) AS executing,
    coalesce((reported.meta -> 'paused') = 'true', false) AS paused,
    CASE WHEN jsonb_typeof(reported.meta -> 'local_limit') = 'number'
        THEN least((reported.meta ->> 'local_limit')::numeric, 1000000)::float8 END AS job_limit,
    extract(epoch FROM timezone('UTC', clock_timestamp()) - reported.updated_at)::float8 AS seen_ago_s,
    extract(epoch FROM timezone('UTC', clock_timestamp()) - reported.started_at)::float8 AS up_s,
    CASE WHEN jsonb_typeof(reported.meta -> 'renderers') = 'object' THEN reported.meta -> 'renderers' END AS renderers
FROM reported
FULL JOIN executing USING (node, queue)
ORDER BY queue, node
