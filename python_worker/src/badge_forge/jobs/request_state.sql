UPDATE oban_producers
SET meta = meta || jsonb_build_object('requested', %(action)s::text)
WHERE queue = ANY(%(queues)s)
