-- The producers of some queues, as they last reported themselves.
SELECT
    queue,
    node,
    coalesce((meta -> 'paused') = 'true', false) AS paused,
    meta ? 'requested' AS pending,
    extract(epoch FROM timezone('UTC', clock_timestamp()) - updated_at)::float8 AS seen_ago_s
FROM oban_producers
WHERE queue = ANY(%(queues)s)
ORDER BY queue, node
