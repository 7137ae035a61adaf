-- The nodes that executing jobs name, for a table without oban_producers.
SELECT
    left(attempted_by[1], 200) AS node,
    queue,
    count(*) AS executing,
    false AS paused,
    NULL::float8 AS job_limit,
    NULL::float8 AS seen_ago_s,
    NULL::float8 AS up_s,
    NULL::jsonb AS renderers
FROM (SELECT attempted_by, queue FROM oban_jobs WHERE state = 'executing' LIMIT 1000) AS first
WHERE attempted_by[1] IS NOT NULL
GROUP BY left(attempted_by[1], 200), queue
ORDER BY queue, node
