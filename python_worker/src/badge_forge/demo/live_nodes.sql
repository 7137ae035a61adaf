-- The nodes that reported one of `queues` within `silent_after_s` seconds: the first five by name.
SELECT DISTINCT node
FROM oban_producers
WHERE queue = ANY(%(queues)s)
  AND updated_at > timezone('UTC', clock_timestamp()) - make_interval(secs => %(silent_after_s)s)
ORDER BY node
LIMIT 5
