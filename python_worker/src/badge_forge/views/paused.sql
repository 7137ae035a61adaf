-- The queues whose pause is remembered, and since when (UTC).
SELECT queue, paused_at
FROM badge_forge_queues
WHERE paused_at IS NOT NULL
ORDER BY queue
LIMIT 200
