-- Remember a pause or a resume for applications that start later, and request it of those that run. Each producer
-- takes the request from its row (report_producer.sql). Another pause keeps the time of the first.
WITH remembered AS (
    UPDATE badge_forge_queues
    SET paused_at = CASE WHEN %(action)s = 'pause' THEN coalesce(paused_at, timezone('UTC', now())) END
    WHERE queue = ANY(%(queues)s)
)
UPDATE oban_producers
SET meta = meta || jsonb_build_object('requested', %(action)s::text)
WHERE queue = ANY(%(queues)s)
