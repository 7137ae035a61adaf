-- Request a pause or a resume. Each producer takes the request from its row (report_producer.sql).
UPDATE oban_producers
SET meta = meta || jsonb_build_object('requested', %(action)s::text)
WHERE queue = ANY(%(queues)s)
